"""Customers and orders broken down for people: tenths by value, segments, months."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import chain, pairwise
from typing import Final

import polars as pl

from audience_builder import columns as c
from audience_builder.clv.rfm import SEGMENTS
from audience_builder.reporting.summary import MonthLine, SegmentLine, TenthLine

__all__ = ["NO_SEGMENT", "added_months", "months", "order_days", "segments", "tenths"]

NO_SEGMENT: Final = "Without a dated order"
_TENTHS: Final = 10
_MONTH: Final = "month"
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


def months(orders: pl.DataFrame) -> tuple[MonthLine, ...]:
    """Orders and money of each calendar month (UTC) that has any, the earliest first; last, what has no date.

    Args:
        orders: The orders that count: ``ordered_at, orders_count``, the three amounts.

    Returns:
        Lines that add up to the orders and the net revenue of the whole.
    """
    found = (
        orders.group_by(pl.col(c.ORDERED_AT).dt.strftime("%Y-%m").alias(_MONTH))
        .agg(pl.col(c.ORDERS_COUNT, c.GROSS_AMOUNT, c.REFUNDED_AMOUNT, c.NET_AMOUNT).sum())
        .sort(_MONTH, nulls_last=True)
    )
    return tuple(
        MonthLine(
            month=month, orders=count, total_paid=Decimal(paid), total_refunded=Decimal(refunded), net_paid=Decimal(net)
        )
        for month, count, paid, refunded, net in found.iter_rows()
    )


def added_months(parts: Sequence[tuple[MonthLine, ...]]) -> tuple[MonthLine, ...]:
    """The lines of several parts of the orders, as of all of them."""
    if len(parts) == 1:
        return parts[0]
    by_month: dict[str | None, list[MonthLine]] = {}
    for line in chain.from_iterable(parts):
        by_month.setdefault(line.month, []).append(line)
    return tuple(
        MonthLine(
            month=month,
            orders=sum(line.orders for line in lines),
            total_paid=sum((line.total_paid for line in lines), Decimal(0)),
            total_refunded=sum((line.total_refunded for line in lines), Decimal(0)),
            net_paid=sum((line.net_paid for line in lines), Decimal(0)),
        )
        for month, lines in sorted(by_month.items(), key=lambda item: (item[0] is None, item[0] or ""))
    )


def order_days(orders: pl.DataFrame) -> tuple[date | None, date | None]:
    """The first and the last day (UTC) with an order; none where nothing is dated."""
    first, last = orders.select(
        pl.min_horizontal(c.ORDERED_AT, c.FIRST_ORDER_AT).min().dt.date().alias("first"),
        pl.max_horizontal(c.ORDERED_AT, c.LAST_ORDER_AT).max().dt.date().alias("last"),
    ).row(0)
    return first, last


def _money(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)
