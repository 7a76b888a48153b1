from datetime import UTC, datetime

import polars as pl
import pytest

from audience_builder.matchkeys import apply, birth

THIS_YEAR = datetime.now(UTC).year


@pytest.mark.parametrize(
    ("cell", "mdy", "dmy", "unordered"),
    [
        ("1968-10-21", "1968-10-21", "1968-10-21", "1968-10-21"),
        ("1968-10-21T00:00:00Z", "1968-10-21", "1968-10-21", "1968-10-21"),
        ("1968/1/2", "1968-01-02", "1968-01-02", "1968-01-02"),
        ("19681021", "1968-10-21", "1968-10-21", "1968-10-21"),
        ("10/21/1968", "1968-10-21", None, "1968-10-21"),
        ("21/10/1968", None, "1968-10-21", "1968-10-21"),
        ("05/06/1990", "1990-05-06", "1990-06-05", None),
        ("5-6-1990", "1990-05-06", "1990-06-05", None),
        ("5/5/1990", "1990-05-05", "1990-05-05", "1990-05-05"),
        ("05.06.1990", "1990-06-05", "1990-06-05", "1990-06-05"),
        ("10/21/1968 12:00 AM", "1968-10-21", None, "1968-10-21"),
        ("October 21, 1968", "1968-10-21", "1968-10-21", "1968-10-21"),
        ("21 Oct 1968", "1968-10-21", "1968-10-21", "1968-10-21"),
        ("21st October 1968", "1968-10-21", "1968-10-21", "1968-10-21"),
        ("13/13/1990", None, None, None),
        ("02/30/1990", None, None, None),
        ("1899-12-31", None, None, None),
        ("1900-01-01", None, None, None),
        ("01/01/1970", None, None, None),
        ("0001-01-01", None, None, None),
        ("42", None, None, None),
        ("10/21", None, None, None),
        ("soon", None, None, None),
        ("", None, None, None),
        (None, None, None, None),
    ],
)
def test_birth_date_is_read_in_its_columns_order(cell, mdy, dmy, unordered):
    value = pl.lit(cell, pl.String)
    read = pl.select(mdy=birth.iso(value, "mdy"), dmy=birth.iso(value, "dmy"), unordered=birth.iso(value, None))
    assert read.row(0) == (mdy, dmy, unordered)


@pytest.mark.parametrize(
    ("two_digits", "year"),
    [
        (f"{THIS_YEAR % 100:02}", THIS_YEAR),
        (f"{(THIS_YEAR + 1) % 100:02}", THIS_YEAR + 1 - 100),
        ("68", 1968),
    ],
)
def test_two_digit_year_is_the_last_one_not_in_the_future(two_digits, year):
    assert apply(birth.year, [f"1/1/{two_digits}"]) == [str(year)]


def test_future_date_is_no_birth_date():
    cell = f"{THIS_YEAR + 1}-06-15"
    assert apply(birth.year, [cell]) == [None]
    assert apply(birth.why_not, [cell]) == [birth.IMPLAUSIBLE]


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["05/06/1990", "10/21/1968", None, ""], "mdy"),
        (["05/06/1990", "21/10/1968"], "dmy"),
        (["10/21/1968", "21/10/1968"], None),
        (["05/06/1990"], None),
        (["1968-10-21", "21.10.1968"], None),
        ([None], None),
        ([], None),
    ],
)
def test_column_shows_its_order(cells, order):
    assert birth.column_order(pl.Series(cells, dtype=pl.String)) == order


def test_parts_are_padded():
    cell = "1968-03-04"
    assert [apply(part, [cell])[0] for part in (birth.year, birth.month, birth.day)] == ["1968", "03", "04"]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("05/06/1990", birth.AMBIGUOUS),
        ("1900-01-01", birth.IMPLAUSIBLE),
        ("01/02/1850", birth.IMPLAUSIBLE),
        ("02/30/1990", birth.NOT_A_DATE),
        ("42", birth.NOT_A_DATE),
        (" ", None),
        (None, None),
    ],
)
def test_reason_names_what_is_wrong(cell, reason):
    assert apply(birth.why_not, [cell]) == [reason]


@pytest.mark.parametrize("cell", ["١٩٩٠-٠١-٠٢", "٢/١/١٩٩٠", "2 jan ١٩٩٠", "١٩٩٠٠١٠٢"])
def test_digits_of_other_scripts_are_no_date_and_stop_nobody(cell):
    assert apply(birth.year, [cell]) == [None]
    assert apply(birth.why_not, [cell]) == ["not a date"]
