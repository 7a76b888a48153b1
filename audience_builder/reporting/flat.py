"""The summary as one flat table, for those who go on with a spreadsheet."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import polars as pl

from audience_builder.reporting.summary import Summary
from audience_builder.reporting.table import spreadsheet_safe

__all__ = ["flat_summary"]

_HEADS: Final = ("section", "item", "figure", "amount")
_Row = tuple[str, str, str, int | float | Decimal]


def flat_summary(summary: Summary) -> pl.DataFrame:
    """One row per figure: ``section, item, figure, amount``; money with two decimals, in the run's currency.

    Args:
        summary: The facts of the run.
    """
    rows = [(part, item, figure, _number(amount)) for part, item, figure, amount in _rows(summary)]
    return spreadsheet_safe(pl.DataFrame(rows, schema=dict.fromkeys(_HEADS, pl.String), orient="row"))


def _rows(summary: Summary) -> Iterator[_Row]:
    money = f"money {summary.currency}".rstrip()
    yield from _totals(summary, money)
    for line in summary.filters:
        yield "left out", line.title, "customers", line.customers_out
        yield "left out", line.title, money, line.net_out
    for tenth in summary.value.tenths:
        yield "value by tenth, 1 the highest", str(tenth.place), "customers", tenth.customers
        yield "value by tenth, 1 the highest", str(tenth.place), money, tenth.total
        yield "value by tenth, 1 the highest", str(tenth.place), "share", round(tenth.share, 6)
    for segment in summary.segments:
        yield "segments", segment.name, "customers", segment.customers
        yield "segments", segment.name, money, segment.net_paid
    for month in summary.months:
        yield "months", month.month or "without a date", "orders", month.orders
        yield "months", month.month or "without a date", money, month.net_paid
    yield from _keys(summary)
    for name, counts in (("rows refused", summary.rejects_by_reason), ("cells repaired", summary.repairs)):
        for item, count in counts.items():
            yield name, item, "number", count


def _totals(summary: Summary, money: str) -> Iterator[_Row]:
    yield "totals", "rows read", "number", summary.rows_read
    yield "totals", "rows refused", "number", summary.rows_rejected
    yield "totals", "orders", "number", summary.order_count
    yield "totals", "paid", money, summary.total_paid
    yield "totals", "refunded", money, summary.total_refunded
    yield "totals", "net revenue", money, summary.net_paid
    yield "totals", "customers found", "customers", summary.customers
    yield "totals", "customers kept", "customers", summary.customers_kept
    yield "totals", f"value ({summary.value.kind})", money, summary.value.total
    forecast = summary.value.forecast or {}
    for item, figure in (("forecast", "total"), ("forecast, low", "total_low"), ("forecast, high", "total_high")):
        if forecast.get(figure) is not None:
            yield "totals", item, money, Decimal(str(round(forecast[figure], 2)))
    if summary.value.acquisition is not None:
        yield "totals", "LTV:CAC", "ratio", round(float(summary.value.acquisition["ratio"] or 0.0), 4)


def _keys(summary: Summary) -> Iterator[_Row]:
    for one in summary.lists:
        yield f"list for {one.platform}", "rows", "rows", one.rows
        for reason, count in one.dropped_by_reason.items():
            yield f"list for {one.platform}", f"left out: {reason}", "customers", count
    for platform, keys in summary.match_key_coverage.items():
        for key, count in keys.items():
            yield f"match keys for {platform}", key, "rows", count


def _number(amount: float | Decimal) -> str:
    return format(amount.quantize(Decimal("0.01")), "f") if isinstance(amount, Decimal) else format(amount, "")
