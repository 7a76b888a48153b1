"""Costly text work done only on the rows, or the distinct cells, that need it."""

from collections.abc import Callable, Sequence

import polars as pl

__all__ = ["fixed_where", "not_ascii", "on_distinct"]

_VALUE = "value"
_COUNTRY = "country"


def not_ascii(value: pl.Expr) -> pl.Expr:
    """True where a cell holds any character outside ASCII.

    >>> pl.select(not_ascii(pl.lit("Zoë"))).item()
    True
    """
    return value.str.len_bytes() != value.str.len_chars()


def fixed_where(
    value: pl.Expr, needed: Callable[[pl.Expr], pl.Expr], fix: Callable[[pl.Expr], pl.Expr]
) -> pl.Expr:
    """Apply ``fix`` to the cells for which ``needed`` is true and leave the others untouched.

    A plain when/then evaluates both branches on every row; this does not.

    >>> cells = pl.Series(["ab", "a-b", None])
    >>> dashed = fixed_where(pl.lit(cells), lambda v: v.str.contains("-"), lambda v: v.str.to_uppercase())
    >>> pl.select(dashed).to_series().to_list()
    ['ab', 'A-B', None]
    """

    def batch(cells: pl.Series) -> pl.Series:
        frame = cells.alias(_VALUE).to_frame()
        mask = frame.select(needed(pl.col(_VALUE)).fill_null(value=False)).to_series()
        if not mask.any():
            return cells
        fixed = frame.filter(mask).select(fix(pl.col(_VALUE))).to_series()
        place_of_each = (mask.cast(pl.Int64).cum_sum() - 1).clip(lower_bound=0)
        return fixed.gather(place_of_each).zip_with(mask, cells)

    return value.map_batches(batch, return_dtype=pl.String, is_elementwise=True)


def on_distinct(rule: Callable[[pl.Expr, pl.Expr], pl.Expr], value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Evaluate ``rule`` once for each distinct pair of cell and country.

    Pays off for columns that repeat themselves: cities, states, countries, names.

    >>> cells = pl.DataFrame({"cell": ["a", "a", None]})
    >>> cells.select(on_distinct(lambda v, c: v + c, pl.col("cell"), pl.lit("US"))).to_series().to_list()
    ['aUS', 'aUS', None]
    """

    def batch(columns: Sequence[pl.Series]) -> pl.Series:
        pairs = pl.DataFrame(dict(zip((_VALUE, _COUNTRY), _of_one_length(columns), strict=True)))
        distinct = pairs.unique(maintain_order=False)
        normal = distinct.with_columns(rule(pl.col(_VALUE), pl.col(_COUNTRY)).alias("normal"))
        joined = pairs.join(
            normal, on=[_VALUE, _COUNTRY], how="left", nulls_equal=True, maintain_order="left"
        )
        return joined["normal"].alias(columns[0].name)

    return pl.map_batches([value, country], batch, return_dtype=pl.String, is_elementwise=True)


def _of_one_length(columns: Sequence[pl.Series]) -> list[pl.Series]:
    """Repeat literals, which arrive as one row, to the length of the columns."""
    lengths = [column.len() for column in columns]
    rows = min(lengths) if 0 in lengths else max(lengths)
    return [column if column.len() == rows else column.new_from_index(0, rows) for column in columns]
