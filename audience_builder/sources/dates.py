"""Date text to instants in UTC, whole columns at a time.

One grammar reads what exports write: ISO 8601, slashed, dotted and dashed dates, month names in seven
languages, 12-hour clocks, offsets and zone abbreviations, spreadsheet serials, Unix epochs. Whether
``05/06`` is in May or June is decided once per column, by a day above 12 anywhere in the file; never
cell by cell.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Final, Literal
from zoneinfo import available_timezones

import polars as pl

from audience_builder import schemas
from audience_builder.errors import ConfigError
from audience_builder.sources.date_words import MONTH_NUMBERS, OFFSETS, WRITTEN_ZONES

__all__ = ["DateOrder", "OrderEvidence", "checked_zone", "earliest", "latest", "order_evidence", "read_dates"]

DateOrder = Literal["mdy", "dmy", "ymd"]

_TIME: Final = (
    r"(?:[T ,]+(?:(?:at|um|à) )?(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})"
    r"(?:[:.](?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?)?(?: ?(?P<zone>\S(?:.*\S)?))?$"
)
_ISO: Final = r"^(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})" + _TIME
_NUMERIC: Final = r"^(?P<first>\d{1,2})(?P<mark>[-/.])(?P<second_part>\d{1,2})[-/.](?P<year>\d{4}|\d{2})" + _TIME
_NAMED_DAY_FIRST: Final = (
    r"^(?:\p{L}+\.?,? )?(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?(?: de)?[- ]"
    r"(?P<name>\p{L}{3,})\.?(?: de)?,?[- ](?P<year>\d{4}|\d{2})" + _TIME
)
_NAMED_MONTH_FIRST: Final = (
    r"^(?:\p{L}+\.?,? )?(?P<name>\p{L}{3,})\.?[- ](?P<day>\d{1,2})(?:st|nd|rd|th)?,?[- ](?P<year>\d{4}|\d{2})" + _TIME
)
_QUICK_FORMS: Final = (
    (r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}$", "%Y-%m-%d %H:%M:%S %#z"),
    (r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)$", "%Y-%m-%dT%H:%M:%S%#z"),
    (r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$", "%Y-%m-%d %H:%M:%S"),
    (r"^\d{4}-\d\d-\d\d \d\d:\d\d$", "%Y-%m-%d %H:%M"),
)
_QUICK_SLASHED: Final = {
    order: (
        (r"^\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d\d$", f"{leading}/%Y %H:%M"),
        (r"^\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d\d:\d\d$", f"{leading}/%Y %H:%M:%S"),
    )
    for order, leading in (("mdy", "%m/%d"), ("dmy", "%d/%m"), ("ymd", "%d/%m"))
}
_MONTHS: Final = 12
_FIRST_1900_SHORT_YEAR: Final = 70
_SERIAL_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001  spreadsheet serials carry no zone


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEvidence:
    """How many dates of a column tell which of two leading numbers is the day."""

    day_first: int
    month_first: int
    open: int

    @property
    def order(self) -> DateOrder | None:
        """The order, None where nothing tells or the column contradicts itself."""
        if bool(self.day_first) == bool(self.month_first):
            return None
        return "dmy" if self.day_first else "mdy"

    def __add__(self, other: "OrderEvidence") -> "OrderEvidence":
        """What the dates of both tell."""
        return OrderEvidence(
            day_first=self.day_first + other.day_first,
            month_first=self.month_first + other.month_first,
            open=self.open + other.open,
        )


def order_evidence(texts: pl.Series) -> OrderEvidence:
    """Count days above 12 in the first and in the second place of slashed and dashed dates."""
    parts = texts.to_frame("text").select(pl.col("text").str.extract_groups(_NUMERIC).struct.unnest())
    first, second = (pl.col(name).cast(pl.Int32) for name in ("first", "second_part"))
    told = parts.filter(pl.col("mark") != ".").select(
        day_first=(first > _MONTHS).sum(),
        month_first=(second > _MONTHS).sum(),
        open=((first <= _MONTHS) & (second <= _MONTHS)).sum(),
    )
    return OrderEvidence(**told.row(0, named=True))


def checked_zone(name: str) -> str:
    """The zone name itself, if there is such a zone.

    Raises:
        ConfigError: There is none.
    """
    if name not in available_timezones():
        near = get_close_matches(name.title(), available_timezones(), n=1)
        raise ConfigError(
            f"There is no time zone {name!r}.",
            "Zones have IANA names, such as Europe/Berlin.",
            f"Did you mean {near[0]}?" if near else "Look it up in the list of tz database time zones.",
        )
    return name


def earliest() -> datetime:
    """No order of ours is older."""
    return datetime(1995, 1, 1, tzinfo=UTC)


def latest() -> datetime:
    """The end of tomorrow: clocks of shops may run ahead of ours."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=2)


def read_dates(texts: pl.Series, order: DateOrder, timezone: str, zones: pl.Series | None = None) -> pl.DataFrame:
    """Read every text of a column.

    Args:
        texts: Dates, null where blank.
        order: What ``05/06/2026`` means. Dotted dates are always day first.
        timezone: IANA zone of times that state none.
        zones: Zone of each row by abbreviation or name, where another column has it.

    Returns:
        ``at``: the instant, null where unreadable; ``naive``: whether the text stated a time without zone.
    """
    if zones is None:
        quick = _quick(texts, order, timezone)
        if quick is not None:
            return quick
    rows = pl.DataFrame({"text": texts.cast(pl.String), "zones": zones if zones is not None else None})
    rows = rows.with_columns(pl.col("zones").cast(pl.String))
    different = rows.unique().lazy().with_columns(_parts(order)).with_columns(local=_local(), zone=_zone()).collect()
    read = _zoned(different.with_columns(local=pl.coalesce("local", _serials())), timezone).select(
        "text",
        "zones",
        at=pl.coalesce("at", _epochs()).cast(schemas.INSTANT),
        naive=pl.col("local").is_not_null() & pl.col("zone").is_null(),
    )
    return rows.join(read, on=["text", "zones"], how="left", nulls_equal=True, maintain_order="left").select(
        "at", "naive"
    )


def _quick(texts: pl.Series, order: DateOrder, timezone: str) -> pl.DataFrame | None:
    """The commonest forms by the engine's own parser, where every row has the same form."""
    for shape, form in (*_QUICK_FORMS, *_QUICK_SLASHED[order]):
        if not texts.str.contains(shape).all():
            continue
        naive = not form.endswith("%#z")
        at = pl.col("text").str.to_datetime(form, time_unit="us", strict=False)
        instant = _in_zone(at, timezone) if naive else at.cast(schemas.INSTANT)
        return texts.to_frame("text").select(at=instant, naive=instant.is_not_null() & naive)
    return None


def _parts(order: DateOrder) -> list[pl.Expr]:
    text = pl.col("text").str.replace_all("[ \u00a0\u202f]+", " ").str.strip_chars(" ")
    iso, numeric, day_first, month_first = (
        text.str.extract_groups(pattern) for pattern in (_ISO, _NUMERIC, _NAMED_DAY_FIRST, _NAMED_MONTH_FIRST)
    )
    forms = (iso, numeric, day_first, month_first)
    first, second = numeric.struct.field("first"), numeric.struct.field("second_part")
    day_leads = (numeric.struct.field("mark") == ".") if order == "mdy" else pl.lit(value=True)
    names = [form.struct.field("name").str.to_lowercase() for form in (day_first, month_first)]
    named = pl.coalesce(names).replace_strict(MONTH_NUMBERS, default=None, return_dtype=pl.Int32)
    return [
        _short_year(pl.coalesce([form.struct.field("year") for form in forms])).alias("year"),
        pl.coalesce(
            iso.struct.field("month").cast(pl.Int32),
            pl.when(day_leads).then(second).otherwise(first).cast(pl.Int32),
            named,
        ).alias("month"),
        pl.coalesce(
            iso.struct.field("day"),
            pl.when(day_leads).then(first).otherwise(second),
            *[form.struct.field("day") for form in (day_first, month_first)],
        )
        .cast(pl.Int32)
        .alias("day"),
        *(
            pl.coalesce([form.struct.field(name) for form in forms]).alias(name)
            for name in ("hour", "minute", "second", "fraction", "half", "zone")
        ),
    ]


def _short_year(year: pl.Expr) -> pl.Expr:
    number = year.cast(pl.Int32)
    century = pl.when(number < _FIRST_1900_SHORT_YEAR).then(2000).otherwise(1900)
    return pl.when(year.str.len_chars() == 2).then(number + century).otherwise(number)  # noqa: PLR2004  digits


def _local() -> pl.Expr:
    """The wall clock, null for the 31st of February and the 25th hour."""
    hour = pl.col("hour").cast(pl.Int32).fill_null(0)
    half = pl.col("half").str.to_lowercase()
    clock = pl.when(half.is_null()).then(hour).otherwise(hour % 12 + pl.when(half == "p").then(12).otherwise(0))
    fits = hour.is_between(1, 12) | half.is_null()
    fraction = pl.col("fraction").fill_null("").str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int32)
    minute, second = (pl.col(name).cast(pl.Int32).fill_null(0) for name in ("minute", "second"))
    text = pl.concat_str(
        pl.col("year").cast(pl.String).str.zfill(4),
        pl.lit("-"), pl.col("month").cast(pl.String).str.zfill(2),
        pl.lit("-"), pl.col("day").cast(pl.String).str.zfill(2),
        pl.lit(" "), clock.cast(pl.String).str.zfill(2),
        pl.lit(":"), minute.cast(pl.String).str.zfill(2),
        pl.lit(":"), second.cast(pl.String).str.zfill(2),
    )  # fmt: skip
    read = text.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False)
    return pl.when(fits).then(read + pl.duration(microseconds=fraction))


def _zone() -> pl.Expr:
    return pl.coalesce(pl.col("zone").str.replace(r"^[(\[](.*)[)\]]$", "$1"), pl.col("zones"))


def _zoned(read: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """Wall clocks to instants: by offset, by abbreviation, by zone name, else in the zone given."""
    zone, local = pl.col("zone"), pl.col("local")
    offset = zone.str.extract_groups(r"^(?:UTC|GMT)?(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?(?: \(.*\))?$")
    minutes = offset.struct.field("hours").cast(pl.Int32) * 60 + offset.struct.field("minutes").cast(
        pl.Int32
    ).fill_null(0)
    east = pl.coalesce(
        pl.when(offset.struct.field("sign") == "-").then(-minutes).otherwise(minutes),
        zone.str.to_uppercase().replace_strict(OFFSETS, default=None, return_dtype=pl.Int32),
    )
    at = (local - pl.duration(minutes=east)).dt.replace_time_zone("UTC")
    cases = [at, pl.when(zone.is_null()).then(_in_zone(local, timezone))]
    zones = available_timezones()
    for written in read["zone"].drop_nulls().unique():
        name = WRITTEN_ZONES.get(written, written)
        if written.upper() not in OFFSETS and name in zones:
            cases.append(pl.when(zone == written).then(_in_zone(local, name)))
    return read.with_columns(at=pl.coalesce(cases))


def _in_zone(local: pl.Expr, timezone: str) -> pl.Expr:
    """Wall clocks of a zone; the hour that spring skips is read as the one after it."""
    found, skipped = (
        clock.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")
        for clock in (local, local + pl.duration(hours=1))
    )
    return pl.coalesce(found, skipped)


def _epochs() -> pl.Expr:
    """Unix seconds, milli- and microseconds, told apart by their digits."""
    whole = pl.col("text").str.extract(r"^(\d+)$")
    return pl.coalesce(
        pl.when(whole.str.len_chars() == digits).then(whole.cast(pl.Int64, strict=False) * factor)
        for digits, factor in ((9, 10**6), (10, 10**6), (12, 1000), (13, 1000), (15, 1), (16, 1))
    ).cast(schemas.INSTANT)


def _serials() -> pl.Expr:
    """Wall clocks from days since 1899-12-30, as spreadsheets count, and from YYYYMMDD."""
    days = pl.col("text").str.extract(r"^(\d{5}(?:\.\d+)?)$").cast(pl.Float64)
    seconds = (days * 86_400).round().cast(pl.Int64)
    compact = pl.col("text").str.extract(r"^(\d{8})$").str.to_datetime("%Y%m%d", time_unit="us", strict=False)
    return pl.coalesce(pl.lit(_SERIAL_EPOCH) + pl.duration(seconds=seconds), compact)
