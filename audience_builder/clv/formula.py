"""The classic formula: average order value x orders per year x retention time x margin."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import polars as pl

from audience_builder import columns as c
from audience_builder.errors import ConfigError

__all__ = ["Factors", "FormulaFacts", "formula", "measured"]

DAYS_PER_YEAR: Final = 365.25
HORIZON_YEARS: Final = 3
"""Years counted where a retention of 1 would last for ever."""
SHORT_WINDOW_DAYS: Final = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Factors:
    """Factors the user gives; None is measured (margin: 1, and said so)."""

    average_order: float | None = None
    orders_per_year: float | None = None
    retention_years: float | None = None
    margin: float | None = None

    def __post_init__(self) -> None:
        """Refuse factors no business can have."""
        for name in ("average_order", "orders_per_year", "retention_years"):
            given = getattr(self, name)
            if given is not None and not given > 0:
                raise ConfigError(
                    f"{name} has to be above zero.", f"It is {given}.", "Leave it out to have it measured."
                )
        if self.margin is not None and not 0 < self.margin <= 1:
            raise ConfigError(
                "The margin has to be above 0 and at most 1.",
                f"It is {self.margin}.",
                "Write 40 % as --margin 0.4.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class FormulaFacts:
    """The four factors of the shop as a whole, and how they came about."""

    average_order: float
    orders_per_year: float
    retention_years: float
    margin: float
    value: float
    notes: tuple[str, ...]


def measured(customers: pl.DataFrame, orders: pl.DataFrame, factors: Factors) -> FormulaFacts:
    """The shop's factors: given ones as given, the rest from the data.

    Average order is net revenue per order; orders per year are orders per customer over the length of the
    window, the same for all; retention is the share of customers who bought in the window's first half and
    again in its second, carried on year by year.

    Args:
        customers: The ledger's customers.
        orders: The ledger's orders, with ``customer_key`` and ``ordered_at``.
        factors: What the user gave.
    """
    notes: list[str] = []
    count = float(customers[c.ORDERS].sum() or 0)
    net = float(customers[c.NET_PAID].sum() or 0)
    average = factors.average_order if factors.average_order is not None else (net / count if count else 0.0)
    first, last = _window(customers)
    days = max((last - first).days + 1, 1) if first and last else 0
    years = days / DAYS_PER_YEAR
    if factors.orders_per_year is not None:
        per_year = factors.orders_per_year
    elif days >= SHORT_WINDOW_DAYS:
        per_year = count / customers.height / years
    else:
        per_year = count / customers.height if customers.height else 0.0
        notes.append(
            "The data covers less than four weeks or has no dates: orders per customer are taken as one year's."
        )
    if factors.retention_years is not None:
        retention = factors.retention_years
    else:
        retention, said = _retention_years(orders, first, last, years)
        notes.append(said)
    margin = factors.margin if factors.margin is not None else 1.0
    if factors.margin is None:
        notes.append("No margin was given: values are revenue, not profit. Give yours with --margin 0.4.")
    return FormulaFacts(
        average_order=average, orders_per_year=per_year, retention_years=retention, margin=margin,
        value=average * per_year * retention * margin, notes=tuple(notes),
    )  # fmt: skip


def formula(customers: pl.DataFrame, facts: FormulaFacts, factors: Factors) -> pl.Expr:
    """Each customer's own formula value: own average order and own orders per year of the window.

    Retention time and margin are the shop's; a factor the user gave is the same for everyone. Customers
    without a net order are worth nothing.
    """
    count = pl.col(c.ORDERS).cast(pl.Float64)
    own_average = pl.col(c.NET_PAID).cast(pl.Float64) / count
    average = pl.lit(factors.average_order) if factors.average_order is not None else own_average
    mean_orders = float(customers[c.ORDERS].sum() or 0) / max(customers.height, 1)
    own_rate = count * (facts.orders_per_year / mean_orders if mean_orders else 0.0)
    rate = pl.lit(factors.orders_per_year) if factors.orders_per_year is not None else own_rate
    value = average * rate * facts.retention_years * facts.margin
    return pl.when(count > 0).then(value).otherwise(0.0).alias(c.CLV_FORMULA)


def _window(customers: pl.DataFrame) -> tuple[date | None, date | None]:
    first, last = customers[c.FIRST_ORDER_AT].min(), customers[c.LAST_ORDER_AT].max()
    return (first.date() if first is not None else None), (last.date() if last is not None else None)  # type: ignore[union-attr]


def _retention_years(orders: pl.DataFrame, first: date | None, last: date | None, years: float) -> tuple[float, str]:
    """Expected years from now, 1/(1-q) for a new customer, and how it was found."""
    dated = orders.filter(pl.col(c.ORDERED_AT).is_not_null() & (pl.col(c.ORDERS_COUNT) > 0))
    if first is None or last is None or dated.is_empty() or (last - first).days < 2 * SHORT_WINDOW_DAYS:
        return (
            1.0,
            "Too little history to measure retention: one year is taken. Give yours with --retention-years.",
        )
    middle = first + timedelta(days=(last - first).days / 2)
    days = dated.select(c.CUSTOMER_KEY, pl.col(c.ORDERED_AT).dt.date().alias("day"))
    early = days.filter(pl.col("day") <= middle)[c.CUSTOMER_KEY].unique()
    late = days.filter(pl.col("day") > middle)[c.CUSTOMER_KEY].unique()
    stayed = early.is_in(late.implode()).sum()
    rate = float(stayed) / early.len()
    q = rate ** (2 / years)
    limited = (1 - q**HORIZON_YEARS) / (1 - q) if q < 1 else float(HORIZON_YEARS)
    return limited, (
        f"Retention: {stayed:,} of {early.len():,} customers of the first half bought again in the second, "
        f"{q:.0%} a year; counted over {HORIZON_YEARS} years."
    )
