"""Birth dates: written in many ways, read only where the order of day and month is plain."""

from datetime import date
from typing import Final, Literal

import polars as pl

__all__ = ["ORDER_UNKNOWN", "NOT_A_BIRTH_DATE", "column_order", "day", "iso", "month", "why_not", "year"]

NOT_A_BIRTH_DATE: Final = "not a plausible birth date"
ORDER_UNKNOWN: Final = "day and month cannot be told apart"

Order = Literal["mdy", "dmy"]

_PARTS: Final = r"^(\d{1,2})[./\- ](\d{1,2})[./\- ](\d{4}|\d{2})$"
_ISO: Final = r"^(\d{4})[./\-]?(\d{2})[./\-]?(\d{2})(?:[T ].*)?$"
_OLDEST_YEARS: Final = 110
_TWELVE: Final = 12
_CENTURY: Final = 100
_SENTINELS: Final = ("1900-01-01", "1970-01-01", "0001-01-01")


def iso(value: pl.Expr, order: Order | None) -> pl.Expr:
    """``YYYY-MM-DD`` from ISO dates and from day, month and year in a known or evident order.

    A year of two digits is the last such year that is not in the future. Dates that stand for "unknown"
    (1900-01-01, 1970-01-01) and ages over 110 years give nothing.

    >>> cells = pl.DataFrame({"born": ["10/21/68", "1968-10-21", "21.10.1968", "03/04/1990", "1900-01-01"]})
    >>> cells.select(iso(pl.col("born"), None)).to_series().to_list()
    ['1968-10-21', '1968-10-21', '1968-10-21', None, None]
    >>> cells.select(iso(pl.col("born"), "dmy")).to_series().to_list()[3]
    '1990-04-03'
    """
    text = value.str.strip_chars()
    first, second = (text.str.extract(_PARTS, group).cast(pl.Int32) for group in (1, 2))
    month_first = (second > _TWELVE) | (pl.lit(order == "mdy") & (first <= _TWELVE))
    day_first = (first > _TWELVE) | (pl.lit(order == "dmy") & (second <= _TWELVE))
    months = pl.when(month_first).then(first).when(day_first).then(second)
    days = pl.when(month_first).then(second).when(day_first).then(first)
    written = pl.date(_full_year(text.str.extract(_PARTS, 3)), months, days)
    plain = pl.date(*(text.str.extract(_ISO, group).cast(pl.Int32) for group in (1, 2, 3)))
    found = pl.coalesce(_valid(plain), _valid(written))
    return pl.when(~found.is_in(list(_SENTINELS))).then(found)


def column_order(values: pl.Series) -> Order | None:
    """The order of day and month in a whole column: a part over 12 gives it away, both orders give nothing.

    >>> column_order(pl.Series(["03/04/1990", "21/10/1968"]))
    'dmy'
    """
    parts = values.drop_nulls().str.strip_chars()
    first = bool((parts.str.extract(_PARTS, 1).cast(pl.Int32) > _TWELVE).any())
    second = bool((parts.str.extract(_PARTS, 2).cast(pl.Int32) > _TWELVE).any())
    if first == second:
        return None
    return "dmy" if first else "mdy"


def year(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Four digits of the year of birth.

    Source: https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences (``DOBY``).

    >>> from audience_builder.matchkeys import apply
    >>> apply(year, ["10/21/68", "03/04/05"])
    ['1968', None]
    """
    del country
    return iso(value, None).str.slice(0, 4)


def month(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Two digits of the month of birth.

    Source: https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences (``DOBM``).

    >>> from audience_builder.matchkeys import apply
    >>> apply(month, ["1968-03-21"])
    ['03']
    """
    del country
    return iso(value, None).str.slice(5, 2)


def day(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Two digits of the day of birth.

    Source: https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences (``DOBD``).

    >>> from audience_builder.matchkeys import apply
    >>> apply(day, ["10/21/68"])
    ['21']
    """
    del country
    return iso(value, None).str.slice(8, 2)


def why_not(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Why a filled cell gives no birth date; null where it does.

    >>> from audience_builder.matchkeys import apply
    >>> apply(why_not, ["03/04/1990", "soon", "1968-10-21", None])
    ['day and month cannot be told apart', 'not a plausible birth date', None, None]
    """
    del country
    reason = pl.when(iso(value, "mdy").is_not_null()).then(pl.lit(ORDER_UNKNOWN)).otherwise(pl.lit(NOT_A_BIRTH_DATE))
    return pl.when((value.str.strip_chars().str.len_bytes() > 0) & iso(value, None).is_null()).then(reason)


def _full_year(text: pl.Expr) -> pl.Expr:
    number = text.cast(pl.Int32)
    this = date.today().year  # noqa: DTZ011  the calendar year where the program runs
    near = number + this // _CENTURY * _CENTURY
    return pl.when(number >= _CENTURY).then(number).when(near > this).then(near - _CENTURY).otherwise(near)


def _valid(made: pl.Expr) -> pl.Expr:
    today = date.today()  # noqa: DTZ011  as above
    plausible = (made <= today) & (made.dt.year() >= today.year - _OLDEST_YEARS)
    return pl.when(plausible).then(made.dt.to_string("%Y-%m-%d"))
