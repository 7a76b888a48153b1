"""Customers and orders broken down for people: tenths by value, segments, months."""

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Final

import polars as pl

from audience_builder import columns as c
from audience_builder.clv.rfm import SEGMENTS
from audience_builder.reporting.summary import MonthLine, SegmentLine, TenthLine

__all__ = ["NO_SEGMENT", "Calendar", "segments", "tenths"]

NO_SEGMENT: Final = "Without a dated order"
_TENTHS: Final = 10
_MONTH: Final = "month"
_OF_MONTH: Final = pl.col(c.ORDERS_COUNT, c.GROSS_AMOUNT, c.REFUNDED_AMOUNT, c.NET_AMOUNT)
_CENTS: Final = (pl.col(c.VALUE) * 100).round().cast(pl.Int64, strict=False).sum()
"""Values summed as whole cents: the same in every run, in whatever order they are added."""


def tenths(customers: pl.DataFrame) -> tuple[TenthLine, ...]:
    """The customers who have a value in ten equal parts, the highest values first; ties broken by customer.

    Args:
        customers: ``customer_key, value, net_paid``.

    Returns:
        Ten parts, or fewer where there are fewer customers; none without a value.
    """
    ranked = customers.filter(pl.col(c.VALUE).is_finite()).sort(
        [c.VALUE, c.CUSTOMER_KEY], descending=[True, False]
    )  # fmt: skip
    whole = ranked.select(_CENTS).item()
    edges = sorted({round(ranked.height * place / _TENTHS) for place in range(_TENTHS + 1)})
    parts = [ranked.slice(start, end - start) for start, end in pairwise(edges)]
    return tuple(
        TenthLine(
            place=place,
            customers=part.height,
            lowest=float(part.item(-1, c.VALUE)),
            total=_money(part.select(_CENTS).item()),
            share=part.select(_CENTS).item() / whole if whole > 0 else 0.0,
            net_paid=Decimal(part[c.NET_PAID].sum()),
        )
        for place, part in enumerate(parts, start=1)
    )


def segments(customers: pl.DataFrame) -> tuple[SegmentLine, ...]:
    """Customers, net revenue and value of each RFM segment that anybody is in, the most recent buyers first.

    Args:
        customers: ``segment, net_paid, value``.
    """
    found = customers.group_by(c.SEGMENT).agg(pl.len().alias("customers"), pl.col(c.NET_PAID).sum(), _CENTS)
    lines = {
        name or NO_SEGMENT: SegmentLine(
            name=name or NO_SEGMENT, customers=count, net_paid=Decimal(net), value=_money(cents)
        )
        for name, count, net, cents in found.iter_rows()
    }
    order = dict.fromkeys(name for row in SEGMENTS.values() for name in reversed(row)) | {NO_SEGMENT: None}
    return tuple(lines[name] for name in order if name in lines)


class Calendar:
    """When orders came, and their money; takes the orders that count block by block.

    Attributes:
        first, last: The first and the last day (UTC) with an order; None where nothing is dated.
    """

    def __init__(self) -> None:
        self.first: date | None = None
        self.last: date | None = None
        self._parts: list[pl.DataFrame] = []

    def add(self, orders: pl.DataFrame) -> None:
        """Take orders: ``ordered_at, first_order_at, last_order_at, orders_count`` and the three amounts."""
        first, last = orders.select(
            pl.min_horizontal(c.ORDERED_AT, c.FIRST_ORDER_AT).min().dt.date().alias("first"),
            pl.max_horizontal(c.ORDERED_AT, c.LAST_ORDER_AT).max().dt.date().alias("last"),
        ).row(0)
        self.first = min((day for day in (self.first, first) if day is not None), default=None)
        self.last = max((day for day in (self.last, last) if day is not None), default=None)
        month = pl.col(c.ORDERED_AT).dt.strftime("%Y-%m").alias(_MONTH)
        self._parts.append(orders.group_by(month).agg(_OF_MONTH.sum()))

    def months(self) -> tuple[MonthLine, ...]:
        """Orders and money of each calendar month (UTC) that has any, the earliest first; last, what has no date.

        The lines add up to the orders and the net revenue of the whole.
        """
        if not self._parts:
            return ()
        found = pl.concat(self._parts).group_by(_MONTH).agg(_OF_MONTH.sum()).sort(_MONTH, nulls_last=True)
        return tuple(
            MonthLine(
                month=month,
                orders=count,
                total_paid=Decimal(paid),
                total_refunded=Decimal(refunded),
                net_paid=Decimal(net),
            )
            for month, count, paid, refunded, net in found.iter_rows()
        )


def _money(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)
