"""Birth dates: one cell, in a known order of day and month, to ISO text, year, month and day."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Final, Literal

import polars as pl

__all__ = [
    "AMBIGUOUS",
    "IMPLAUSIBLE",
    "NOT_A_DATE",
    "Order",
    "column_order",
    "compact",
    "day",
    "iso",
    "month",
    "why_not",
    "year",
]

Order = Literal["mdy", "dmy"]

NOT_A_DATE: Final = "not a date"
AMBIGUOUS: Final = "day and month cannot be told apart"
IMPLAUSIBLE: Final = "not a birth date of a living person"

_ISO: Final = r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[t ].*)?$"
_COMPACT: Final = r"^((?:19|20)\d{2})(\d{2})(\d{2})$"
_PARTED: Final = r"^(\d{1,2})\s?[-/]\s?(\d{1,2})\s?[-/]\s?(\d{4}|\d{2})(?:[t ].*)?$"
_DOTTED: Final = r"^(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})(?:[t ].*)?$"
_MONTH_NAME: Final = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DAY_MONTH_NAME: Final = rf"^(\d{{1,2}})(?:st|nd|rd|th|\.)?[ -]{_MONTH_NAME},?[ -](\d{{4}})$"
_MONTH_NAME_DAY: Final = rf"^{_MONTH_NAME}[ -](\d{{1,2}})(?:st|nd|rd|th)?,?[ -](\d{{4}})$"
_MONTHS: Final = {
    name: str(number)
    for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)
}
_FIRST: Final = r"^(\d{1,2})(?:st|nd|rd|th|\.)?[ -]([a-z]{3})[a-z]*\.?,?[ -](\d{4})$"
_NAMED_MONTH_FIRST: Final = r"^([a-z]{3})[a-z]*\.?[ -](\d{1,2})(?:st|nd|rd|th)?,?[ -](\d{4})$"
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FIRST: Final = date(1900, 1, 1)
"""Meta takes years from 1900."""
_UNKNOWN: Final = (date(1900, 1, 1), date(1970, 1, 1))
"""What systems write when they know nothing."""
_MONTHS_IN_YEAR: Final = 12
_CELL: Final = "cell"
_DATE: Final = "date"


def iso(value: pl.Expr, order: Order | None) -> pl.Expr:
    """ISO date text (``1968-10-21``) of birth dates of living people, else null.

    ISO and year-first dates, English month names and dotted dates (day first) speak for themselves.
    Of ``10/21/68`` the order says which part is the month; without an order only cells with a part
    above 12 or two equal parts are read. A two-digit year is the last such year not in the future.
    Dates before 1900 and after today are no birth dates, nor are 1900-01-01 and 1970-01-01, which
    systems write when they know nothing.

    Source: https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences
    (``DOBY`` from 1900 to now).

    >>> cells = pl.Series(["10/21/68", "05/06/1990", "5.6.1990", "1900-01-01", "June 5, 1990"])
    >>> pl.select(iso(pl.lit(cells), None)).to_series().to_list()
    ['1968-10-21', None, '1990-06-05', None, '1990-06-05']
    >>> pl.select(iso(pl.lit(cells), "dmy")).to_series().to_list()
    [None, '1990-06-05', '1990-06-05', None, '1990-06-05']
    """

    def plausible(cells: pl.DataFrame) -> pl.DataFrame:
        return _dates(cells, order).select(pl.when(_is_plausible(pl.col(_DATE))).then(pl.col(_DATE).dt.to_string()))

    return _on_distinct(value, plausible)


def column_order(cells: pl.Series) -> Order | None:
    """The order of day and month that a whole column of birth dates keeps to, None if it does not show.

    A part above 12 is a day. A column that shows both orders keeps to neither.

    >>> column_order(pl.Series(["05/06/1990", "10/21/1968"]))
    'mdy'
    >>> column_order(pl.Series(["05/06/1990"])) is None
    True
    """
    numbers = _numbers(cells.drop_nulls().str.strip_chars().alias(_CELL).to_frame(), _PARTED)
    shown = numbers.select(
        dmy=(pl.col("1") > _MONTHS_IN_YEAR).any(), mdy=(pl.col("2") > _MONTHS_IN_YEAR).any()
    )
    match shown.row(0):
        case (True, False):
            return "dmy"
        case (False, True):
            return "mdy"
        case _:
            return None


def year(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Year of birth in four digits.

    Source: https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences (``DOBY``)

    >>> from audience_builder.matchkeys import apply
    >>> apply(year, ["10/21/68", "1968-10-21", "05/06/1990"])
    ['1968', '1968', None]
    """
    del country  # the order of day and month is decided for a whole column, not by country
    return iso(value, None).str.slice(0, 4)


def month(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Month of birth, 01 to 12.

    Source: https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences (``DOBM``)

    >>> from audience_builder.matchkeys import apply
    >>> apply(month, ["10/21/68"])
    ['10']
    """
    del country  # as for the year
    return iso(value, None).str.slice(5, 2)


def day(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Day of birth, 01 to 31.

    Source: https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences (``DOBD``)

    >>> from audience_builder.matchkeys import apply
    >>> apply(day, ["10/21/68"])
    ['21']
    """
    del country  # as for the year
    return iso(value, None).str.slice(8, 2)


def compact(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Birth date in eight digits, year first.

    Source: https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters

    >>> from audience_builder.matchkeys import apply
    >>> apply(compact, ["2/16/1997"])
    ['19970216']
    """
    del country  # as for the year
    return iso(value, None).str.replace_all("-", "", literal=True)


def why_not(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Why a non-blank cell is no usable birth date, null where it is usable or blank.

    >>> from audience_builder.matchkeys import apply
    >>> apply(why_not, ["05/06/1990", "1900-01-01", "42", "1990-06-05"])  # doctest: +NORMALIZE_WHITESPACE
    ['day and month cannot be told apart', 'not a birth date of a living person', 'not a date', None]
    """
    del country  # as for the year
    return _on_distinct(value, _reasons)


def _on_distinct(value: pl.Expr, work: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.Expr:
    """Work on the distinct cells, of which birth dates have few, and spread the result over the rows."""

    def batch(cells: pl.Series) -> pl.Series:
        distinct = cells.unique().alias(_CELL).to_frame()
        done = distinct.with_columns(work(distinct).to_series().alias("done"))
        return cells.alias(_CELL).to_frame().join(
            done, on=_CELL, how="left", nulls_equal=True, maintain_order="left"
        )["done"].alias(cells.name)

    return value.map_batches(batch, return_dtype=pl.String, is_elementwise=True)


def _reasons(cells: pl.DataFrame) -> pl.DataFrame:
    orders: dict[str, Order | None] = {"plain": None, "mdy": "mdy", "dmy": "dmy"}
    read = cells.with_columns(_dates(cells, order).to_series().alias(name) for name, order in orders.items())
    either = pl.coalesce("mdy", "dmy")
    return read.select(
        pl.when(_is_plausible(pl.col("plain")) | (pl.col(_CELL).str.strip_chars().str.len_bytes() == 0))
        .then(None)
        .when(pl.col("plain").is_not_null())
        .then(pl.lit(IMPLAUSIBLE))
        .when(_is_plausible(either))
        .then(pl.lit(AMBIGUOUS))
        .when(either.is_not_null())
        .then(pl.lit(IMPLAUSIBLE))
        .when(pl.col(_CELL).is_not_null())
        .then(pl.lit(NOT_A_DATE))
    )


def _is_plausible(born: pl.Expr) -> pl.Expr:
    return born.is_between(_FIRST, _today()) & ~born.is_in(_UNKNOWN)


def _today() -> date:
    return datetime.now(UTC).date()


def _dates(cells: pl.DataFrame, order: Order | None) -> pl.DataFrame:
    """The date in each cell, plausible or not, in one column."""
    text = cells.select(pl.col(_CELL).str.strip_chars().str.to_lowercase())
    read = [
        _numbers(text, _ISO).select(_date("1", "2", "3")),
        _numbers(text, _COMPACT).select(_date("1", "2", "3")),
        _numbers(text, _PARTED).with_columns(_century()).select(_in_order(order)),
        _numbers(text, _DOTTED).with_columns(_century()).select(_date("3", "2", "1")),
        _numbers(text, _DAY_MONTH_NAME).select(_date("3", "2", "1")),
        _numbers(text, _MONTH_NAME_DAY).select(_date("3", "1", "2")),
    ]
    columns = [frame.to_series().alias(str(place)) for place, frame in enumerate(read)]
    return pl.DataFrame(columns).select(pl.coalesce(pl.all()).alias(_DATE))


def _numbers(text: pl.DataFrame, pattern: str) -> pl.DataFrame:
    """The three groups of a pattern as columns ``1``, ``2`` and ``3`` of numbers; a month may be a name."""
    groups = text.select(pl.col(_CELL).str.extract_groups(pattern)).unnest(_CELL)
    return groups.select(pl.all().replace(_MONTHS).cast(pl.Int32, strict=False))


def _date(years: str, months: str, days: str) -> pl.Expr:
    """A date of three columns of numbers, null where the calendar has none."""
    padded = (pl.col(column).cast(pl.String).str.zfill(width) for column, width in ((years, 4), (months, 2), (days, 2)))
    return pl.concat_str(padded).str.to_date("%Y%m%d", strict=False).alias(_DATE)


def _in_order(order: Order | None) -> pl.Expr:
    first, second = pl.col("1"), pl.col("2")
    day_first, month_first = _date("3", "2", "1"), _date("3", "1", "2")
    if order is not None:
        return day_first if order == "dmy" else month_first
    certain = (first > _MONTHS_IN_YEAR) | (second > _MONTHS_IN_YEAR) | (first == second)
    return pl.when(certain).then(pl.coalesce(day_first, month_first))


def _century() -> pl.Expr:
    """Two digits become the last year not in the future that ends in them."""
    this_year = _today().year
    century = this_year - this_year % 100
    digits = pl.col("3")
    in_full = digits + pl.when(digits <= this_year % 100).then(century).otherwise(century - 100)
    return pl.when(digits < 100).then(in_full).otherwise(digits).alias("3")  # noqa: PLR2004 two digits
