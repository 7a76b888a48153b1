"""What each customer is worth: every figure of the report, and the one number that goes along."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal

import polars as pl

from audience_builder import columns as c
from audience_builder.clv.acquisition import acquisition
from audience_builder.clv.formula import Factors, FormulaFacts, formula, measured
from audience_builder.clv.rfm import as_of_day, with_rfm
from audience_builder.errors import DataError
from audience_builder.reporting.summary import ValueSummary

__all__ = ["Valued", "Worth", "gate", "valued"]

QUANTILES: Final = {
    "lowest": 0.0,
    "a quarter below": 0.25,
    "half below": 0.5,
    "a quarter above": 0.75,
    "highest": 1.0,
}
FEW_VALUES: Final = 20
TOP_HEAVY: Final = 0.5
MANY_VALUES: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """Which number becomes the value, and what the user knows about it."""

    kind: Literal["historic", "formula"] = "historic"
    margin: float | None = None
    retention_years: float | None = None
    orders_per_year: float | None = None
    average_order: float | None = None
    as_of: date | None = None
    cac: float | None = None
    spend: float | None = None
    new_customers: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Valued:
    """Customers with all value columns, and the factors behind them."""

    customers: pl.DataFrame
    facts: FormulaFacts
    worth: Worth

    def summary(self, kept: pl.DataFrame) -> ValueSummary:
        """How the values of the kept customers are spread."""
        values = kept[c.VALUE]
        total = Decimal(str(round(values.sum() or 0.0, 2)))
        ordered = values.sort(descending=True)
        return ValueSummary(
            kind=self.worth.kind,
            total=total,
            quantiles={name: float(values.quantile(at, "linear") or 0.0) for name, at in QUANTILES.items()},
            top_1_share=_share(ordered, 0.01),
            top_10_share=_share(ordered, 0.10),
            facts=self._sentences(kept),
        )

    def _sentences(self, kept: pl.DataFrame) -> tuple[str, ...]:
        facts, currency = self.facts, str(kept[c.CURRENCY].first() or "")
        shop = (
            f"Classic formula of the shop: average order {facts.average_order:,.2f} {currency} x "
            f"{facts.orders_per_year:.2f} orders a year x {facts.retention_years:.2f} years x margin "
            f"{facts.margin:.2f} = {facts.value:,.2f} {currency}."
        )
        new = self.worth.new_customers if self.worth.new_customers is not None else self.customers.height
        cost = acquisition(facts.value, cac=self.worth.cac, spend=self.worth.spend, new_customers=new)
        return (shop, *facts.notes, *([cost.sentence(currency)] if cost else []))


def valued(customers: pl.DataFrame, orders: pl.DataFrame, worth: Worth) -> Valued:
    """Add RFM, the historic and the formula value, and ``value``, the chosen one.

    Args:
        customers: The ledger's customers, all of them: scores are relative.
        orders: The ledger's orders.
        worth: Which number becomes the value.

    Raises:
        ConfigError: A given factor is impossible.
    """
    factors = Factors(
        average_order=worth.average_order, orders_per_year=worth.orders_per_year,
        retention_years=worth.retention_years, margin=worth.margin,
    )  # fmt: skip
    facts = measured(customers, orders, factors)
    scored = with_rfm(customers, as_of_day(customers, worth.as_of)).with_columns(
        pl.col(c.NET_PAID).cast(pl.Float64).round(2).alias(c.CLV_HISTORIC),
        formula(customers, facts, factors).round(2),
    )
    chosen = {"historic": c.CLV_HISTORIC, "formula": c.CLV_FORMULA}[worth.kind]
    return Valued(customers=scored.with_columns(pl.col(chosen).alias(c.VALUE)), facts=facts, worth=worth)


def gate(customers: pl.DataFrame) -> list[str]:
    """Refuse values no platform can learn from; return what is worth a warning.

    Values at or below zero are left out of the list and counted there. Money is expected: Meta asks for
    net profit per person and advises against ranks (its help on value-based lookalikes).

    Raises:
        DataError: No value is above zero, all are the same, or they are ranks or percentiles.
    """
    values = customers[c.VALUE].drop_nulls().drop_nans()
    usable = values.filter((values > 0) & values.is_finite())
    if usable.is_empty():
        raise DataError(
            "No customer has a value above zero.",
            f"{customers.height:,} customers were looked at.",
            "Check refunds and filters, or choose another --value.",
        )
    if usable.len() > 1 and usable.n_unique() == 1:
        raise DataError(
            "Every customer has the same value.",
            f"{usable.len():,} values are equal.",
            "Send the list with --no-value: equal values teach a platform nothing.",
        )
    if usable.len() >= FEW_VALUES and _are_ranks(usable):
        raise DataError(
            "The values are ranks, not money.",
            f"{usable.len():,} values count from 1 upwards.",
            "Use amounts of money: --value historic.",
        )
    notes = []
    if usable.len() >= MANY_VALUES and _share(usable.sort(descending=True), 0.01) > TOP_HEAVY:
        notes.append(
            "The best 1 % of customers hold more than half of all value: look at them before you send the list."
        )
    return notes


def _are_ranks(values: pl.Series) -> bool:
    ordered: Sequence[float] = values.sort().to_list()
    return all(value == place for place, value in enumerate(ordered, start=1))


def _share(ordered: pl.Series, part: float) -> float:
    """Share of the total that the first part of the customers hold, at least one of them."""
    total = float(ordered.sum())
    return float(ordered.head(max(round(ordered.len() * part), 1)).sum()) / total if total > 0 else 0.0
