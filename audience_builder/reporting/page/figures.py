"""Numbers as people read them: money in its own currency, counts, shares, months."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import floor, log10
from typing import Final

from babel.dates import format_date
from babel.numbers import format_compact_currency, format_compact_decimal, format_currency, format_decimal

__all__ = ["Figures", "count", "day", "month", "months_between", "share", "ticks"]

_LOCALE: Final = "en"
_MANY: Final = 4
"""Lines behind a chart at most, the zero line aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Money of one currency; ISO code, or blank where nothing says which it is."""

    currency: str

    def money(self, amount: Decimal | float) -> str:
        """An amount with the currency's sign and its usual decimals.

        >>> Figures(currency="GBP").money(Decimal("1234.5")), Figures(currency="JPY").money(1234.0)
        ('£1,234.50', '¥1,234')
        """
        exact = amount if isinstance(amount, Decimal) else Decimal(str(amount))
        if not self.currency:
            return str(format_decimal(exact, "#,##0.00", locale=_LOCALE))
        return str(format_currency(exact, self.currency, locale=_LOCALE))

    def short(self, amount: float) -> str:
        """An amount for the side of a chart.

        >>> Figures(currency="USD").short(1340000.0)
        '$1.3M'
        """
        if not self.currency:
            return str(format_compact_decimal(amount, locale=_LOCALE, fraction_digits=1))
        return str(format_compact_currency(amount, self.currency, locale=_LOCALE, fraction_digits=1))


def count(number: int) -> str:
    """``12,345``."""
    return f"{number:,}"


def share(part: float) -> str:
    """``12.3 %``, kept on one line."""
    return f"{part:.1%}".replace("%", "\N{NO-BREAK SPACE}%")


def day(when: date) -> str:
    """``9 December 2011``."""
    return str(format_date(when, "d MMMM y", locale=_LOCALE))


def month(text: str | None) -> str:
    """A month of the summary.

    >>> month("2026-05"), month(None)
    ('May 2026', 'Without a date')
    """
    if text is None:
        return "Without a date"
    return str(format_date(date.fromisoformat(f"{text}-01"), "MMM y", locale=_LOCALE))


def months_between(first: str, last: str) -> list[str]:
    """Every month from the first to the last.

    >>> months_between("2025-11", "2026-02")
    ['2025-11', '2025-12', '2026-01', '2026-02']
    """
    start, end = (int(text[:4]) * 12 + int(text[5:]) - 1 for text in (first, last))
    return [f"{place // 12:04}-{place % 12 + 1:02}" for place in range(start, end + 1)]


def ticks(values: Sequence[float]) -> list[float]:
    """Round numbers from the lowest value, or 0, to the highest, or 0; a few of them.

    >>> ticks([3.0, 87.0]), ticks([-30.0, 60.0]), ticks([0.0])
    ([0.0, 20.0, 40.0, 60.0, 80.0], [-20.0, 0.0, 20.0, 40.0, 60.0], [0.0])
    """
    low, high = min(0.0, *values, 0.0), max(0.0, *values, 0.0)
    span = high - low
    if span <= 0:
        return [0.0]
    unit = 10.0 ** floor(log10(span / _MANY))
    step = next(unit * factor for factor in (1, 2, 5, 10) if span / (unit * factor) <= _MANY + 0.5)
    first = -floor(-low / step)
    return [place * step for place in range(first, floor(high / step) + 1)]
