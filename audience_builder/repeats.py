"""Columns that repeat themselves: their distinct cells, worked on once and spread over the rows."""

from typing import Final, NamedTuple

import polars as pl
import pyarrow.compute as pc

__all__ = ["Distinct", "distinct", "distinct_pairs", "repeats_itself"]

_SAMPLE: Final = 1_000
"""Cells looked at to see whether a column repeats itself."""


def repeats_itself(cells: pl.Series) -> bool:
    """Whether at most half of a column's first cells differ, as with cities or months.

    >>> repeats_itself(pl.Series(["a", "b", "a", "a"])), repeats_itself(pl.Series(["a", "b"]))
    (True, False)
    """
    first = cells.head(_SAMPLE)
    return 2 * first.n_unique() <= first.len()


class Distinct(NamedTuple):
    """A column taken apart.

    Args:
        values: Its distinct values, null one of them.
        place: Each cell's place among them.
    """

    values: pl.Series
    place: pl.Series


def distinct(cells: pl.Series) -> Distinct:
    """The distinct values of a column, and where its cells are among them.

    >>> values, place = distinct(pl.Series(["a", "b", None, "a"]))
    >>> values.to_list(), place.to_list()
    (['a', 'b', None], [0, 1, 2, 0])
    """
    encoded = pc.dictionary_encode(cells.to_arrow(), null_encoding="encode")
    return Distinct(pl.Series(cells.name, encoded.dictionary, dtype=cells.dtype), pl.Series(encoded.indices))


def distinct_pairs(left: Distinct, right: Distinct) -> tuple[pl.DataFrame, pl.Series]:
    """The distinct rows of two columns, and each row's place among them.

    >>> rows = pl.DataFrame({"a": [1, 1, 2], "b": ["x", "x", "x"]})
    >>> pairs, place = distinct_pairs(distinct(rows["a"]), distinct(rows["b"]))
    >>> pairs.rows(), place.to_list()
    ([(1, 'x'), (2, 'x')], [0, 0, 1])
    """
    both, place = distinct(left.place.cast(pl.Int64) * right.values.len() + right.place)
    of_left, of_right = both // right.values.len(), both % right.values.len()
    return pl.DataFrame([left.values.gather(of_left), right.values.gather(of_right)]), place
