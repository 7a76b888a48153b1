"""Date text: the forms real exports write, and the standard library's datetime as oracle."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audience_builder.errors import ConfigError
from audience_builder.sources.dates import checked_zone, order_evidence, read_dates

NEW_YORK = ZoneInfo("America/New_York")

READ = {
    "2025-05-11 09:55:16 -0400": "2025-05-11T13:55:16",
    "2026-05-13T06:57:28+00:00": "2026-05-13T06:57:28",
    "2020-01-10T10:00:00.123Z": "2020-01-10T10:00:00.123",
    "2022-09-08T03:21:55Z": "2022-09-08T03:21:55",
    "May 13, 2026 9:55:16 AM": "2026-05-13T09:55:16",
    "May-13-26": "2026-05-13T00:00:00",
    "10-Dez-25": "2025-12-10T00:00:00",
    "13. März 2026": "2026-03-13T00:00:00",
    "5 janv. 2026 14:30": "2026-01-05T14:30:00",
    "13 de mayo de 2026": "2026-05-13T00:00:00",
    "3 maggio 2026": "2026-05-03T00:00:00",
    "3 mei 2026": "2026-05-03T00:00:00",
    "3 out 2026": "2026-10-03T00:00:00",
    "1/2/2025 10:00 AM": "2025-01-02T10:00:00",
    "1/2/2025 12:00 AM": "2025-01-02T00:00:00",
    "1/2/2025 12:30 PM": "2025-01-02T12:30:00",
    "05/13/26": "2026-05-13T00:00:00",
    "9/6/2016 6:29:00": "2016-09-06T06:29:00",
    "5.6.2026": "2026-06-05T00:00:00",
    "20260513": "2026-05-13T00:00:00",
    "45789.41": "2025-05-12T09:50:24",
    "1747000000": "2025-05-11T21:46:40",
    "1747000000000": "2025-05-11T21:46:40",
    "1747000000123456": "2025-05-11T21:46:40.123456",
    "05/13/2026 09:55:16 PDT": "2026-05-13T16:55:16",
    "05/13/2026 09:55:16 CEST": "2026-05-13T07:55:16",
    "2026-05-13 10:00 Pacific Time (US & Canada)": "2026-05-13T17:00:00",
    "Wed, 13 May 2026 10:00:00 GMT": "2026-05-13T10:00:00",
}
UNREADABLE = [
    *(
        "nonsense",
        "2026-02-31",
        "31/02/2026",
        "12/25/2025 13:00 PM",
        "2026-05-13 25:00",
        "2026-05-13 10:00 XYZ",
    ),
    *("13/13/2026", "ann@example.com", "12", "+1 212-555-0100", "0000-00-00 00:00:00"),
]


def read(texts, order="mdy", zone="UTC", zones=None):
    series = pl.Series(texts, dtype=pl.String)
    return read_dates(series, order, zone, pl.Series(zones) if zones else None)["at"].to_list()


@pytest.mark.parametrize(("text", "instant"), READ.items())
def test_form_is_read_to_the_instant(text, instant):
    assert read([text, None]) == [datetime.fromisoformat(instant).replace(tzinfo=UTC), None]


def test_forms_may_be_mixed_in_one_column():
    assert read(list(READ)) == [datetime.fromisoformat(one).replace(tzinfo=UTC) for one in READ.values()]


def test_what_is_no_date_is_null():
    assert read(UNREADABLE) == [None] * len(UNREADABLE)


def test_day_first_swaps_slashed_dates_only():
    assert read(["05/06/2026", "2026-05-06"], "dmy") == [
        datetime(2026, 6, 5, tzinfo=UTC),
        datetime(2026, 5, 6, tzinfo=UTC),
    ]


def test_times_without_zone_are_in_the_zone_given_winter_and_summer():
    assert read(["2026-01-15 12:00:00", "2026-07-15 12:00:00"], zone="America/New_York") == [
        datetime(2026, 1, 15, 17, tzinfo=UTC),
        datetime(2026, 7, 15, 16, tzinfo=UTC),
    ]


def test_hour_that_spring_skips_is_read_as_the_next():
    assert read(["2026-03-08 02:30:00"], zone="America/New_York") == [datetime(2026, 3, 8, 7, 30, tzinfo=UTC)]


def test_zone_may_stand_in_another_column():
    assert read(["05/13/2026 09:55:16"] * 2, zones=["PDT", "PST"]) == [
        datetime(2026, 5, 13, 16, 55, 16, tzinfo=UTC),
        datetime(2026, 5, 13, 17, 55, 16, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["05/06/2026", "05/13/2026"], "mdy"),
        (["05/06/2026", "13/05/2026"], "dmy"),
        (["05/06/2026"], None),
        (["05/13/2026", "13/05/2026"], None),
        (["2026-05-13"], None),
    ],
)
def test_one_day_above_twelve_decides_the_order(texts, order):
    assert order_evidence(pl.Series(texts)).order == order


def test_unknown_zone_is_refused():
    with pytest.raises(ConfigError, match="no time zone 'Mars/Base'"):
        checked_zone("Mars/Base")


INSTANTS = st.datetimes(datetime(1995, 1, 1), datetime(2035, 1, 1)).map(lambda at: at.replace(microsecond=0))  # noqa: DTZ001  wall clocks


@given(INSTANTS, st.integers(-12 * 60, 14 * 60))
@settings(max_examples=25, deadline=None)
def test_offsets_agree_with_datetime(at, minutes):
    zoned = at.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    forms = [
        zoned.isoformat(),
        zoned.strftime("%Y-%m-%d %H:%M:%S %z"),
        zoned.strftime("%b %d, %Y %I:%M:%S %p %z"),
    ]
    assert read(forms) == [zoned.astimezone(UTC)] * 3


@given(INSTANTS)
@settings(max_examples=25, deadline=None)
def test_wall_clocks_agree_with_datetime(at):
    expected = at.replace(tzinfo=UTC)
    assert read([at.strftime("%m/%d/%Y %H:%M:%S"), at.strftime("%B %d %Y %H:%M:%S")]) == [expected] * 2
    assert read([at.strftime("%d/%m/%Y %I:%M:%S %p")], "dmy") == [expected]


@given(st.lists(st.text(max_size=20), max_size=20))
@settings(max_examples=25, deadline=None)
def test_no_text_breaks_the_reader(texts):
    assert len(read(texts)) == len(texts)
