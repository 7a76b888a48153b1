"""The dates of one file: which order of day and month, which zone, which rows cannot be read."""

from typing import Final

import polars as pl

from audience_builder import columns, schemas
from audience_builder.errors import DataError
from audience_builder.sources.dates import (
    DateOrder,
    OrderEvidence,
    checked_zone,
    earliest,
    latest,
    order_evidence,
    read_dates,
)
from audience_builder.sources.detect import Binding
from audience_builder.sources.fields import text_of
from audience_builder.sources.options import SourceOptions
from audience_builder.sources.sieve import Sieve
from audience_builder.sources.told import Told

__all__ = ["DATE_FIELDS", "date_notes", "dated", "orders_settled"]

DATE_FIELDS: Final = (columns.ORDERED_AT, columns.FIRST_ORDER_AT, columns.LAST_ORDER_AT)


def dated(sieve: Sieve, binding: Binding, options: SourceOptions, name: str, told: Told) -> None:
    """Add the three instants to the rows; refuse rows whose dates cannot be read or cannot be true.

    Raises:
        DataError: Day and month cannot be told apart, or most dates are unreadable.
    """
    zone = _zone(binding, options)
    zone_header = binding.first(binding.preset.dates.zone_column)
    for canonical in DATE_FIELDS:
        texts = sieve.frame.select(columns.SOURCE_ROW, text_of(binding, canonical))[canonical]
        if texts.null_count() == len(texts):
            sieve.frame = sieve.frame.with_columns(pl.lit(None, schemas.INSTANT).alias(canonical))
            continue
        order = _order(texts, binding, options, canonical, name, told)
        read = read_dates(texts, order, zone, sieve.frame[zone_header] if zone_header else None)
        told.naive += int(read["naive"].sum())
        sieve.frame = sieve.frame.with_columns(read["at"].alias(canonical), texts.alias(_TEXT))
        _refuse(sieve, binding, canonical, name, told)


def _zone(binding: Binding, options: SourceOptions) -> str:
    return checked_zone(options.timezone or binding.preset.dates.timezone or "UTC")


_TEXT: Final = "date text"


def _refuse(sieve: Sieve, binding: Binding, canonical: str, name: str, told: Told) -> None:
    at, text = pl.col(canonical), pl.col(_TEXT)
    header = " + ".join(binding.sources(canonical)[0])
    unreadable, written = sieve.frame.select((at.is_null() & text.is_not_null()).sum(), text.is_not_null().sum()).row(0)
    before = told.unreadable.get(canonical, (0, 0))
    told.unreadable[canonical] = (before[0] + unreadable, before[1] + written)
    if told.whole:
        _refuse_mostly_unreadable(told, binding, canonical, name)
    sieve.reject(at.is_null() & text.is_not_null(), "date cannot be read", header)
    sieve.reject((at < earliest()) | (at >= latest()), "date before 1995 or after tomorrow", header)
    sieve.frame = sieve.frame.drop(_TEXT)


def _refuse_mostly_unreadable(told: Told, binding: Binding, canonical: str, name: str) -> None:
    unreadable, written = told.unreadable[canonical]
    if unreadable * 2 <= written:
        return
    header = " + ".join(binding.sources(canonical)[0])
    raise DataError(
        f"Most dates of {name} cannot be read.",
        f'Of {written:,} in column "{header}", {unreadable:,} cannot.',
        f'Check that this is the date: --map {canonical}="HEADER"; or say --date-order.',
    )


def _order(
    texts: pl.Series, binding: Binding, options: SourceOptions, canonical: str, name: str, told: Told
) -> DateOrder:
    """Day or month first: the user's word, else what the column shows, else what the system writes."""
    here = order_evidence(texts)
    told.dates[canonical] = told.dates.get(canonical, _NOTHING_SHOWN) + here
    order = told.orders.get(canonical) or _decided(told, binding, options, canonical, name, refuse=told.whole)
    if here.open or here.day_first or here.month_first:
        told.read_as[canonical].add(order)
    return order


_NOTHING_SHOWN: Final = OrderEvidence(day_first=0, month_first=0, open=0)


def orders_settled(told: Told, binding: Binding, options: SourceOptions, name: str) -> dict[str, DateOrder]:
    """The order of day and month of each field of dates, now that all rows have told.

    Raises:
        DataError: Nothing tells, or most dates cannot be read.
    """
    orders = {}
    for canonical in told.dates:
        orders[canonical] = _decided(told, binding, options, canonical, name, refuse=True)
        if told.read_as[canonical] <= {orders[canonical]}:
            _refuse_mostly_unreadable(told, binding, canonical, name)
    return orders


def _decided(
    told: Told, binding: Binding, options: SourceOptions, canonical: str, name: str, *, refuse: bool
) -> DateOrder:
    shown = told.dates[canonical]
    order = options.date_order or shown.order or binding.preset.dates.order
    if order is not None or not refuse or not (shown.open or shown.day_first):
        return order or "ymd"
    header = " + ".join(binding.sources(canonical)[0])
    if shown.day_first:
        found = f"{shown.day_first:,} have the day first, {shown.month_first:,} the month."
    else:
        found = f"None of the {shown.open:,} has a day above 12, so 05/06 may be in May or in June."
    raise DataError(
        f'Day and month of column "{header}" of {name} cannot be told apart.',
        found,
        "Say which comes first: --date-order mdy or --date-order dmy.",
    )


def date_notes(told: Told, binding: Binding, options: SourceOptions) -> tuple[str, ...]:
    """What the user has to know of the times."""
    if not told.naive or options.timezone or binding.preset.dates.timezone:
        return ()
    zone = _zone(binding, options)
    return (f"{told.naive:,} times state no zone and were read as {zone}; --timezone changes that",)
