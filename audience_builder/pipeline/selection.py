"""Customers part by part: their contact text made fit, their values beside it, those chosen who are wanted."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

import numpy as np
import polars as pl

from audience_builder import columns as c
from audience_builder import schemas
from audience_builder.audiences import SLICE_ROWS
from audience_builder.contacts import COUNTRY_CODE, declared_cells, refuse_undeclared, tidied
from audience_builder.errors import DataError
from audience_builder.pipeline.census import ROW
from audience_builder.pipeline.joining import Joined
from audience_builder.pipeline.request import Request
from audience_builder.ranked import RANK
from audience_builder.reporting.summary import ValueSummary
from audience_builder.shelf import Shelf
from audience_builder.who import Chosen, FilterStep, choose, conditions, steps_together
from audience_builder.worth import Valued

__all__ = ["BROKEN_DOWN", "Selection"]

BROKEN_DOWN: Final = (c.NET_PAID, c.SEGMENT)
"""What the summary tells of customers beside their values."""
_KEPT: Final = (c.CUSTOMER_KEY, c.VALUE, *BROKEN_DOWN)

_LISTED = (*schemas.CONTACTS, COUNTRY_CODE, c.VALUE)
"""What a list is made of."""


class Selection:
    """Who is in, worked out part by part; what was counted is there once all parts have been through.

    Args:
        found: The customers.
        worth: Their values.
        request: Who is wanted.

    Attributes:
        repairs: Cells changed, by repair name.
        steps: Each filter's effect.
        kept: ``customer_key, value, net_paid, segment`` of those who are in, in the order of the key.
    """

    def __init__(self, found: Joined, worth: Valued, request: Request) -> None:
        self.repairs: Counter[str] = Counter()
        self.steps: tuple[FilterStep, ...] = ()
        self.kept = worth.customers.select(_KEPT).clear()
        self._found = found
        self._worth = worth
        self._request = request

    def parts(self) -> Iterator[Chosen]:
        """Yield the customers of each part who are in, and who is not.

        Raises:
            ConfigError: A filter cannot be used.
            DataError: Nobody is left, or contacts are not what they were declared to be.
        """
        wanted = conditions(self._request.who, self._request.contacts)
        steps: list[tuple[FilterStep, ...]] = []
        cells: Counter[tuple[str, str]] = Counter()
        kept = np.zeros(self._worth.customers.height, np.bool_)
        for number in range(self._found.people.parts):
            people = self._found.people.part(number)
            cells += declared_cells(people)
            chosen = choose(self._tidy(people), wanted)
            steps.append(chosen.steps)
            kept[chosen.customers[ROW].to_numpy()] = True
            yield chosen
        refuse_undeclared(cells, self._request.contacts)
        self.steps = steps_together(steps, self._found.facts.customers)
        self.kept = self._worth.customers.select(_KEPT).filter(kept)
        if not self.kept.height:
            raise self._nobody()

    def by_rank(self, block_rows: int | None) -> Shelf:
        """Lay those who are in aside by value, as many customers to a place as a list takes at a time."""
        rank = np.empty(self._worth.customers.height, np.uint32)
        best_first = pl.arg_sort_by([c.VALUE, c.CUSTOMER_KEY], descending=[True, False], nulls_last=True)
        order = self._worth.customers.select(best_first).to_series()
        rank[order.to_numpy()] = np.arange(rank.size, dtype=np.uint32)
        del order
        shelf = Shelf(block_rows)
        for chosen in self.parts():
            ranks = pl.Series(RANK, rank[chosen.customers[ROW].to_numpy()])
            rows = chosen.customers.select(_LISTED).with_columns(ranks)
            for (place,), part in rows.group_by(pl.col(RANK) // SLICE_ROWS, maintain_order=True):
                shelf.put(part, place)
        return shelf

    def value(self) -> ValueSummary:
        """How the values of those who are in are spread."""
        return self._worth.summary(self.kept, self._found.currency)

    def _tidy(self, people: pl.DataFrame) -> pl.DataFrame:
        clean = tidied(people, self._request.contacts, self._found.people.birth_orders)
        self.repairs += Counter(clean.repairs)
        figures = self._worth.customers
        beside = figures.select(name for name in figures.columns if name not in clean.customers.columns)
        own = beside.select(pl.all().gather(clean.customers[ROW])).with_columns(pl.col(pl.Enum).cast(pl.String))
        return clean.customers.hstack(own)

    def _nobody(self) -> DataError:
        customers, rows = self._found.facts.customers, self._found.orders.rows
        return DataError(
            "No customer is left.",
            f"{customers:,} customers were found; the filters took out all of them." if customers
            else f"None of the {rows:,} orders that were read counts and names a customer.",
            "Loosen a filter, or look at the file with `audience-builder inspect`.",
        )  # fmt: skip
