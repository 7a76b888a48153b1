"""Look-up tables that come with the package; the scripts in ``scripts/`` write them."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import polars as pl

__all__ = ["looked_up", "table"]


@cache
def table(name: str) -> pl.DataFrame:
    """The table ``<name>.tsv`` beside this module, every column as text, blank cells as empty text.

    >>> table("state_names").columns
    ['country', 'name', 'code']
    """
    content = files(__package__).joinpath(f"{name}.tsv").read_bytes()
    return pl.read_csv(content, separator="\t", infer_schema=False, quote_char=None).fill_null("")


def looked_up(text: pl.Expr, name: str, *keys: str) -> pl.Expr:
    """The code that a table has for a text, null where it has none; several keys are joined by a space.

    For a few distinct cells: the table is read once in a process.

    >>> pl.select(looked_up(pl.lit("US texas"), "state_names", "country", "name")).item()
    'TX'
    """

    def batch(cells: pl.Series) -> pl.Series:
        codes = _codes(name, keys)
        return pl.Series(cells.name, [codes.get(cell) for cell in cells], dtype=pl.String)

    return text.map_batches(batch, return_dtype=pl.String, is_elementwise=True)


@cache
def _codes(name: str, keys: tuple[str, ...]) -> Mapping[str | None, str]:
    entries = table(name)
    return dict(entries.select(pl.concat_str(keys, separator=" "), "code").iter_rows())
