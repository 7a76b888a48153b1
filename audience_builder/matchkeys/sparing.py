"""Costly text work done only on the rows, or the distinct cells, that need it."""

from collections.abc import Callable, Sequence
from typing import Final

import polars as pl

from audience_builder.repeats import distinct, distinct_pairs

__all__ = ["NOWHERE", "fixed_where", "in_stages", "not_ascii", "of_one_length", "on_distinct", "scattered"]

NOWHERE: Final = pl.lit(None, pl.String)
"""Stands for the country where a rule is the same everywhere."""

_VALUE = "value"
_COUNTRY = "country"
_NORMAL = "normal"


def not_ascii(value: pl.Expr) -> pl.Expr:
    """True where a cell holds any character outside ASCII.

    >>> pl.select(not_ascii(pl.lit("Zoë"))).item()
    True
    """
    return value.str.len_bytes() != value.str.len_chars()


def fixed_where(value: pl.Expr, needed: Callable[[pl.Expr], pl.Expr], fix: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
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
        return scattered(frame.filter(mask).select(fix(pl.col(_VALUE))).to_series(), mask, cells)

    return value.map_batches(batch, return_dtype=pl.String, is_elementwise=True)


def in_stages(value: pl.Expr, *stages: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """Apply the stages one after the other, each on the finished text of the one before.

    Nested expressions repeat what they mention twice; stages work every step out once.

    >>> pl.select(in_stages(pl.lit(" A "), lambda v: v.str.strip_chars(), lambda v: v + v)).item()
    'AA'
    """

    def batch(cells: pl.Series) -> pl.Series:
        frame = cells.alias(_VALUE).to_frame()
        for stage in stages:
            frame = frame.select(stage(pl.col(_VALUE)).alias(_VALUE))
        return frame.to_series().alias(cells.name)

    return value.map_batches(batch, return_dtype=pl.String, is_elementwise=True)


def on_distinct(value: pl.Expr, country: pl.Expr, *stages: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> pl.Expr:
    """Apply the stages to each distinct pair of cell and country, and spread the result over the rows.

    Pays off for columns that repeat themselves: cities, states, countries, postal codes.

    >>> cells = pl.DataFrame({"cell": ["a", "a", None]})
    >>> cells.select(on_distinct(pl.col("cell"), pl.lit("US"), lambda v, c: v + c)).to_series().to_list()
    ['aUS', 'aUS', None]
    """

    def batch(columns: Sequence[pl.Series]) -> pl.Series:
        distinct, place = _distinct_pairs(*columns)
        for stage in stages:
            distinct = distinct.with_columns(stage(pl.col(_NORMAL), pl.col(_COUNTRY)).alias(_NORMAL))
        return distinct[_NORMAL].gather(place).alias(columns[0].name)

    return pl.map_batches([value, country], batch, return_dtype=pl.String, is_elementwise=True)


def _distinct_pairs(cells: pl.Series, countries: pl.Series) -> tuple[pl.DataFrame, pl.Series]:
    """Each distinct pair of cell and country once, and each row's place among them."""
    if countries.len() == 1:
        texts, place = distinct(cells)
        return pl.DataFrame({_NORMAL: texts, _COUNTRY: countries.new_from_index(0, texts.len())}), place
    _, land = of_one_length([cells, countries])
    return distinct_pairs(distinct(cells.alias(_NORMAL)), distinct(land.alias(_COUNTRY)))


def of_one_length(columns: Sequence[pl.Series]) -> list[pl.Series]:
    """Repeat literals, which arrive as one row, to the length of the columns."""
    lengths = [column.len() for column in columns]
    rows = min(lengths) if 0 in lengths else max(lengths)
    return [column if column.len() == rows else column.new_from_index(0, rows) for column in columns]


def scattered(fixed: pl.Series, mask: pl.Series, cells: pl.Series) -> pl.Series:
    """Put back the cells that were taken out by a mask, in order; the others stay.

    >>> scattered(pl.Series(["B"]), pl.Series([False, True]), pl.Series(["a", "b"])).to_list()
    ['a', 'B']
    """
    return cells.clone().scatter(mask.arg_true(), fixed)
