"""Customers by value, the best first, however many there are: read slice by slice."""

from collections.abc import Iterator

import polars as pl

from audience_builder import columns as c
from audience_builder.shelf import Shelf

__all__ = ["RANK", "Ranked"]

RANK = "rank"
"""A customer's place by value, from 0; ties are broken by customer so that runs agree."""


class Ranked:
    """Customers by value, or those from one rank to another.

    Args:
        shelf: Customers with their ``rank``; its places are numbers in the order of the ranks laid there.
        values: Column ``value`` of all of them, in any order.
        start: The first to be read, counted among those on the shelf.
        end: The first not to be read any more; None for no limit.
    """

    def __init__(self, shelf: Shelf, values: pl.DataFrame, start: int = 0, end: int | None = None) -> None:
        self.values = values
        self._shelf = shelf
        self._start = start
        self._end = values.height if end is None else end

    @classmethod
    def of(cls, customers: pl.DataFrame) -> "Ranked":
        """All customers of a frame."""
        shelf = Shelf()
        ordered = customers.sort([c.VALUE, c.CUSTOMER_KEY], descending=[True, False], nulls_last=True)
        shelf.put(ordered.with_columns(pl.int_range(pl.len(), dtype=pl.UInt32).alias(RANK)))
        return cls(shelf, customers.select(c.VALUE))

    @property
    def height(self) -> int:
        """How many they are."""
        return self._end - self._start

    def part(self, start: int, end: int) -> "Ranked":
        """Some of them, by their place among these."""
        return Ranked(self._shelf, self.values, self._start + start, self._start + end)

    def iter_slices(self, n_rows: int) -> Iterator[pl.DataFrame]:
        """Yield so many at a time, the last ones fewer."""
        waiting: list[pl.DataFrame] = []
        for frame in self._frames():
            waiting.append(frame)
            if sum(part.height for part in waiting) >= n_rows:
                *full, rest = pl.concat(waiting).iter_slices(n_rows)
                yield from full
                waiting = [rest]
        if waiting and (rest := pl.concat(waiting)).height:
            yield from rest.iter_slices(n_rows)

    def _frames(self) -> Iterator[pl.DataFrame]:
        before = 0
        for place in sorted(self._shelf.places, key=int):  # type: ignore[arg-type]  # numbers, as the class says
            rows = self._shelf.rows(place)
            first, last = max(self._start - before, 0), min(self._end - before, rows)
            before += rows
            if first < last:
                yield self._shelf.table(place).sort(RANK).drop(RANK).slice(first, last - first)
