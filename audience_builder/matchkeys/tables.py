"""Look-up tables that come with the package; the scripts in ``scripts/`` write them."""

from functools import cache
from importlib.resources import files

import polars as pl

__all__ = ["table"]


@cache
def table(name: str) -> pl.DataFrame:
    """The table ``<name>.tsv`` beside this module, every column as text, blank cells as empty text.

    >>> table("state_names").columns
    ['country', 'name', 'code']
    """
    content = files(__package__).joinpath(f"{name}.tsv").read_bytes()
    return pl.read_csv(content, separator="\t", infer_schema=False, quote_char=None).fill_null("")
