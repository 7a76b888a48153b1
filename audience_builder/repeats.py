"""Columns that repeat themselves: their distinct cells, worked on once and spread over the rows."""

from typing import Final

import polars as pl
import pyarrow.compute as pc

__all__ = ["distinct", "distinct_rows", "repeats_itself"]

_SAMPLE: Final = 1_000
"""Cells looked at to see whether a column repeats itself."""


def repeats_itself(cells: pl.Series) -> bool:
    """Whether at most half of a column's first cells differ, as with cities or months.

    >>> repeats_itself(pl.Series(["a", "b", "a", "a"])), repeats_itself(pl.Series(["a", "b"]))
    (True, False)
    """
    first = cells.head(_SAMPLE)
    return 2 * first.n_unique() <= first.len()


def distinct(cells: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The distinct values of a column, null one of them, and each cell's place among them.

    >>> values, place = distinct(pl.Series(["a", "b", None, "a"]))
    >>> values.to_list(), place.to_list()
    (['a', 'b', None], [0, 1, 2, 0])
    """
    encoded = pc.dictionary_encode(cells.to_arrow(), null_encoding="encode")
    return pl.Series(cells.name, encoded.dictionary, dtype=cells.dtype), pl.Series(encoded.indices)


def distinct_rows(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """The distinct rows of a frame, and each row's place among them.

    >>> few, place = distinct_rows(pl.DataFrame({"a": [1, 1, 2], "b": ["x", "x", "x"]}))
    >>> few.rows(), place.to_list()
    ([(1, 'x'), (2, 'x')], [0, 0, 1])
    """
    first, *others = rows.get_columns()
    values, place = distinct(first)
    few = values.to_frame()
    for column in others:
        values, of_values = distinct(column)
        both, place = distinct(place.cast(pl.Int64) * values.len() + of_values)
        few = few[both // values.len()].with_columns(values.gather(both % values.len()))
    return few, place
