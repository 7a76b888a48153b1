"""The facts of a run, as one document: printed for people, dumped as JSON for machines."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

__all__ = [
    "FilterLine",
    "ListSummary",
    "MonthLine",
    "SegmentLine",
    "SourceLine",
    "Summary",
    "TenthLine",
    "ValueSummary",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """One input file."""

    name: str
    sha256: str
    preset: str
    rows_read: int
    rows_rejected: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterLine:
    """One filter: customers and net revenue it took out."""

    name: str
    title: str
    customers_out: int
    net_out: Decimal
    customers_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TenthLine:
    """A tenth of the kept customers, 1 the highest values: the lowest value in it, their sum and its share."""

    place: int
    customers: int
    lowest: float
    total: Decimal
    share: float
    net_paid: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentLine:
    """The kept customers of one RFM segment: net revenue and sum of their values."""

    name: str
    customers: int
    net_paid: Decimal
    value: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthLine:
    """The orders of one month (``2026-05``, UTC), refunds taken off it; None for orders without a date."""

    month: str | None
    orders: int
    total_paid: Decimal
    total_refunded: Decimal
    net_paid: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueSummary:
    """How the values are spread. ``facts`` are sentences about the model's own numbers.

    ``forecast`` holds the facts of the forecast, ``acquisition`` the cost of a customer against its value.
    """

    kind: str
    total: Decimal
    quantiles: Mapping[str, float] = field(default_factory=dict)
    top_1_share: float = 0.0
    top_10_share: float = 0.0
    tenths: tuple[TenthLine, ...] = ()
    facts: tuple[str, ...] = ()
    forecast: Mapping[str, Any] | None = None
    acquisition: Mapping[str, float | int | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSummary:
    """One platform's list: rows, customers dropped, cells that gave no key, by reason."""

    platform: str
    rules_version: str
    rules_checked: str
    rules_url: str
    rows: int
    dropped_by_reason: Mapping[str, int]
    unusable: Mapping[str, Mapping[str, int]]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Everything a run has to say, in the order it happened.

    The funnel adds up: ``rows_read = rows_rejected + sum(rows_dropped) + rows_folded + orders +
    sum(orders_left_out) + refund_rows``, and ``customers = customers_kept + sum(dropped_by_reason)``.

    Args:
        rows_folded: Rows that became part of an order counted elsewhere (item lines, linked refunds).
        refund_rows: Refund rows that name no order; they reduce their customer.
        orders: Orders that count; an aggregated customer row counts as one row here, see ``order_count``.
        order_count: Orders those rows stand for.
        orders_left_out: Rows whose status does not count, or that lie outside the window, by reason.
        total_paid, total_refunded, net_paid: Of all that counts, orders of no one included.
        orders_of_no_one, net_of_no_one: Rows without any customer key.
        merged: Customer records joined into another, by the key that joined them.
        shared_keys: Keys carried by too many customer ids, which joined nobody, by kind.
        match_key_coverage: Rows carrying a key, by platform and key.
        repairs: Cells repaired, by repair.
        segments: The kept customers by RFM segment.
        months: The orders that count by month; they add up to ``order_count`` and ``net_paid``.
        orders_from, orders_until: First and last day of those orders, None where nothing is dated.
        settings: What was asked for, in words: label -> text. Nobody's contact or id is in it.
    """

    sources: tuple[SourceLine, ...]
    rows_read: int
    rows_rejected: int
    rejects_by_reason: Mapping[str, int]
    rows_folded: int
    rows_dropped: Mapping[str, int]
    refund_rows: int
    orders: int
    order_count: int
    orders_left_out: Mapping[str, int]
    currency: str
    total_paid: Decimal
    total_refunded: Decimal
    net_paid: Decimal
    orders_of_no_one: int
    net_of_no_one: Decimal
    customers: int
    merged: Mapping[str, int]
    shared_keys: Mapping[str, int]
    dropped_by_reason: Mapping[str, int]
    filters: tuple[FilterLine, ...]
    customers_kept: int
    value: ValueSummary
    match_key_coverage: Mapping[str, Mapping[str, int]]
    repairs: Mapping[str, int]
    lists: tuple[ListSummary, ...] = ()
    files: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    segments: tuple[SegmentLine, ...] = ()
    months: tuple[MonthLine, ...] = ()
    orders_from: date | None = None
    orders_until: date | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    def rows_set_aside(self) -> tuple[dict[str, int], ...]:
        """Rows that were read and are no order of their own, in words: reason -> rows, step by step."""
        return (
            dict(self.rows_dropped),
            {"lines that belong to an order already counted": self.rows_folded},
            {f"orders that do not count: {why}": count for why, count in self.orders_left_out.items()},
            {"refund rows, taken off their customer": self.refund_rows},
        )

    def document(self) -> dict[str, Any]:
        """The summary as JSON-ready values; money as decimal text, days as ISO text."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return format(value.quantize(Decimal("0.01")), "f")
        case date():
            return value.isoformat()
        case dict():
            return {key: _plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case _:
            return value
