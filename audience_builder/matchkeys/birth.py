"""Birth dates: one cell, in a known order of day and month, to ISO text, year, month and day."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Final, Literal

import polars as pl

from audience_builder.matchkeys.sparing import NOWHERE, fixed_where, in_stages, on_distinct
from audience_builder.repeats import distinct

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
    "orders_shown",
    "settled_order",
    "why_not",
    "year",
]

Order = Literal["mdy", "dmy"]

NOT_A_DATE: Final = "not a date"
AMBIGUOUS: Final = "day and month cannot be told apart"
IMPLAUSIBLE: Final = "not a birth date of a living person"

_ISO: Final = r"^(?P<y>[0-9]{4})[-/.](?P<m>[0-9]{1,2})[-/.](?P<d>[0-9]{1,2})(?:[t ].*)?$"
_AS_ISO: Final = "%Y-%m-%d"
_EXACTLY_ISO: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_COMPACT: Final = r"^(?P<y>(?:19|20)[0-9]{2})(?P<m>[0-9]{2})(?P<d>[0-9]{2})$"
_PARTED: Final = r"^([0-9]{1,2})\s?[-/.]\s?([0-9]{1,2})\s?[-/.]\s?([0-9]{4}|[0-9]{2})(?:[t ].*)?$"
_DOTTED: Final = r"^[0-9]{1,2}\.\s?[0-9]{1,2}\."
_NAMED_DAY_FIRST: Final = r"^([0-9]{1,2})(?:st|nd|rd|th|\.)?[ -]([a-z]{3})[a-z]*\.?,?[ -]([0-9]{4})$"
_NAMED_MONTH_FIRST: Final = r"^([a-z]{3})[a-z]*\.?[ -]([0-9]{1,2})(?:st|nd|rd|th)?,?[ -]([0-9]{4})$"
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FIRST: Final = date(1900, 1, 1)
"""Meta takes years from 1900."""
_UNKNOWN: Final = (date(1900, 1, 1), date(1970, 1, 1))
"""What systems write when they know nothing."""
_MONTHS_IN_YEAR: Final = 12


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
    return on_distinct(value, NOWHERE, lambda text, _: _as_iso(text, order), lambda text, _: _plausible(text))


def column_order(cells: pl.Series) -> Order | None:
    """The order of day and month that a whole column of birth dates keeps to, None if it does not show.

    A part above 12 is a day. A column that shows both orders keeps to neither.

    >>> column_order(pl.Series(["05/06/1990", "10/21/1968"]))
    'mdy'
    >>> column_order(pl.Series(["05/06/1990"])) is None
    True
    """
    return settled_order(orders_shown(cells))


def settled_order(shown: frozenset[Order]) -> Order | None:
    """The one order shown, None where none is, or both are."""
    return next(iter(shown)) if len(shown) == 1 else None


def orders_shown(cells: pl.Series) -> frozenset[Order]:
    """The orders of day and month that some cell of a column can only be in.

    >>> sorted(orders_shown(pl.Series(["05/06/1990", "10/21/1968", "21/10/1968"])))
    ['dmy', 'mdy']
    """
    texts, _ = distinct(cells)
    parted = texts.filter(~texts.str.contains(_DOTTED)).str.strip_chars().to_frame("cell")
    first, second = (pl.col("cell").str.extract(_PARTED, group).cast(pl.Int32) for group in (1, 2))
    shown = parted.select(dmy=(first > _MONTHS_IN_YEAR).any(), mdy=(second > _MONTHS_IN_YEAR).any())
    dmy, mdy = shown.row(0)
    orders: tuple[tuple[Order, bool], ...] = (("dmy", dmy), ("mdy", mdy))
    return frozenset(order for order, met in orders if met)


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
    """Why a cell that ``iso`` refused is no usable birth date, null where it is blank.

    >>> from audience_builder.matchkeys import apply
    >>> apply(why_not, ["05/06/1990", "1900-01-01", "42"])  # doctest: +NORMALIZE_WHITESPACE
    ['day and month cannot be told apart', 'not a birth date of a living person', 'not a date']
    """
    del country  # as for the year
    blank = value.str.strip_chars().str.len_bytes().fill_null(0) == 0
    born = in_stages(value, lambda text: pl.coalesce(_read(text, "mdy"), _read(text, "dmy")).dt.to_string(_AS_ISO))
    return (
        pl.when(blank)
        .then(None)
        .when(born.is_null())
        .then(pl.lit(NOT_A_DATE))
        .when(_plausible(born).is_null())
        .then(pl.lit(IMPLAUSIBLE))
        .otherwise(pl.lit(AMBIGUOUS))
    )


def _as_iso(value: pl.Expr, order: Order | None) -> pl.Expr:
    """ISO text of whatever date a cell holds; cells of that shape already stay."""
    return fixed_where(
        value,
        lambda text: ~text.str.contains(_EXACTLY_ISO),
        lambda text: _read(text, order).dt.to_string(_AS_ISO),
    )


def _plausible(text: pl.Expr) -> pl.Expr:
    return pl.when(_is_plausible(text.str.to_date(_AS_ISO, strict=False))).then(text)


def _is_plausible(born: pl.Expr) -> pl.Expr:
    return born.is_between(_FIRST, _today()) & ~born.is_in(_UNKNOWN)


def _today() -> date:
    return datetime.now(UTC).date()


def _read(value: pl.Expr, order: Order | None) -> pl.Expr:
    """The date in a cell, plausible or not, as a date."""
    text = value.str.strip_chars().str.to_lowercase()
    return pl.coalesce(
        _year_first(text, _ISO),
        _year_first(text, _COMPACT),
        _parted(text, order),
        _named(text, _NAMED_DAY_FIRST, day_group=1, month_group=2),
        _named(text, _NAMED_MONTH_FIRST, day_group=2, month_group=1),
    )


def _date(years: pl.Expr, months: pl.Expr, days: pl.Expr) -> pl.Expr:
    """A date of three numbers, null where the calendar has none."""
    text = pl.concat_str(
        years.cast(pl.String).str.zfill(4),
        months.cast(pl.String).str.zfill(2),
        days.cast(pl.String).str.zfill(2),
    )
    return text.str.to_date("%Y%m%d", strict=False)


def _number(text: pl.Expr, pattern: str, group: int) -> pl.Expr:
    return text.str.extract(pattern, group).cast(pl.Int32)


def _year_first(text: pl.Expr, pattern: str) -> pl.Expr:
    return _date(*(_number(text, pattern, group) for group in (1, 2, 3)))


def _parted(text: pl.Expr, order: Order | None) -> pl.Expr:
    first, second, last = (_number(text, _PARTED, group) for group in (1, 2, 3))
    years = pl.when(text.str.extract(_PARTED, 3).str.len_bytes() == 2).then(_in_full(last)).otherwise(last)  # noqa: PLR2004 digits
    day_first, month_first = _date(years, second, first), _date(years, first, second)
    certain = (first > _MONTHS_IN_YEAR) | (second > _MONTHS_IN_YEAR) | (first == second)
    by_order: dict[Order | None, Callable[[], pl.Expr]] = {
        "dmy": lambda: day_first,
        "mdy": lambda: month_first,
        None: lambda: pl.when(certain).then(pl.coalesce(day_first, month_first)),
    }
    return pl.when(text.str.contains(_DOTTED)).then(day_first).otherwise(by_order[order]())


def _in_full(two_digits: pl.Expr) -> pl.Expr:
    """The last year not in the future that ends in these digits."""
    this_year = _today().year
    century = this_year - this_year % 100
    return two_digits + pl.when(two_digits <= this_year % 100).then(century).otherwise(century - 100)


def _named(text: pl.Expr, pattern: str, day_group: int, month_group: int) -> pl.Expr:
    numbers = list(range(1, len(_MONTHS) + 1))
    name = text.str.extract(pattern, month_group)
    months = name.replace_strict(list(_MONTHS), numbers, default=None, return_dtype=pl.Int32)
    return _date(_number(text, pattern, 3), months, _number(text, pattern, day_group))
