"""The dates of one file: which order of day and month, which zone, which rows cannot be read."""

from typing import Final

import polars as pl

from audience_builder import columns, schemas
from audience_builder.errors import DataError
from audience_builder.sources.dates import (
    DateOrder,
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

__all__ = ["DATE_FIELDS", "dated", "order_of"]

DATE_FIELDS: Final = (columns.ORDERED_AT, columns.FIRST_ORDER_AT, columns.LAST_ORDER_AT)


def dated(sieve: Sieve, binding: Binding, options: SourceOptions, name: str) -> tuple[str, ...]:
    """Add the three instants to the rows; refuse rows whose dates cannot be read or cannot be true.

    Returns:
        Notes for the user.

    Raises:
        DataError: Day and month cannot be told apart, or most dates are unreadable.
    """
    zone = checked_zone(options.timezone or binding.preset.dates.timezone or "UTC")
    zone_header = binding.first(binding.preset.dates.zone_column)
    naive = 0
    for canonical in DATE_FIELDS:
        texts = sieve.frame.select(columns.SOURCE_ROW, text_of(binding, canonical))[canonical]
        if texts.null_count() == len(texts):
            sieve.frame = sieve.frame.with_columns(pl.lit(None, schemas.INSTANT).alias(canonical))
            continue
        order = order_of(texts, binding, options, canonical, name)
        read = read_dates(texts, order, zone, sieve.frame[zone_header] if zone_header else None)
        naive += int(read["naive"].sum())
        sieve.frame = sieve.frame.with_columns(read["at"].alias(canonical), texts.alias(_TEXT))
        _refuse(sieve, binding, canonical, name)
    return _notes(naive, zone, stated=bool(options.timezone or binding.preset.dates.timezone))


_TEXT: Final = "date text"


def _refuse(sieve: Sieve, binding: Binding, canonical: str, name: str) -> None:
    at, text = pl.col(canonical), pl.col(_TEXT)
    header = " + ".join(binding.sources(canonical)[0])
    unreadable, written = sieve.frame.select((at.is_null() & text.is_not_null()).sum(), text.is_not_null().sum()).row(0)
    if unreadable * 2 > written:
        raise DataError(
            f"Most dates of {name} cannot be read.",
            f'Of {written:,} in column "{header}", {unreadable:,} cannot.',
            f'Check that this is the date: --map {canonical}="HEADER"; or say --date-order.',
        )
    sieve.reject(at.is_null() & text.is_not_null(), "date cannot be read", header)
    sieve.reject((at < earliest()) | (at >= latest()), "date before 1995 or after tomorrow", header)
    sieve.frame = sieve.frame.drop(_TEXT)


def order_of(texts: pl.Series, binding: Binding, options: SourceOptions, canonical: str, name: str) -> DateOrder:
    """Day or month first: the user's word, else what the column shows, else what the system writes.

    Raises:
        DataError: Nothing tells.
    """
    told = order_evidence(texts)
    order = options.date_order or told.order or binding.preset.dates.order
    if order is not None or not (told.open or told.day_first):
        return order or "ymd"
    header = " + ".join(binding.sources(canonical)[0])
    if told.day_first:
        found = f"{told.day_first:,} have the day first, {told.month_first:,} the month."
    else:
        found = f"None of the {told.open:,} has a day above 12, so 05/06 may be in May or in June."
    raise DataError(
        f'Day and month of column "{header}" of {name} cannot be told apart.',
        found,
        "Say which comes first: --date-order mdy or --date-order dmy.",
    )


def _notes(naive: int, zone: str, *, stated: bool) -> tuple[str, ...]:
    if not naive or stated:
        return ()
    return (f"{naive:,} times state no zone and were read as {zone}; --timezone changes that",)
