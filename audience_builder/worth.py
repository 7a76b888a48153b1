"""What each customer is worth: every figure of the report, and the one number that goes along."""

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import polars as pl

from audience_builder import columns as c
from audience_builder.clv.acquisition import Acquisition, acquisition, payback_months
from audience_builder.clv.formula import Factors, FormulaFacts, formula, measured
from audience_builder.clv.rfm import SEGMENT_NAMES, as_of_day, with_rfm
from audience_builder.errors import DataError
from audience_builder.reporting.breakdown import tenths
from audience_builder.reporting.forecast import auto_sentence, forecast_sentences, payback_sentence
from audience_builder.reporting.summary import ValueSummary

if TYPE_CHECKING:
    from audience_builder.clv.predict import ForecastFacts
    from audience_builder.clv.transactions import PurchaseDays

__all__ = ["Kind", "Valued", "Worth", "gate", "valued"]

Kind: TypeAlias = Literal["historic", "formula", "predicted", "total", "auto"]
Settled: TypeAlias = Literal["historic", "formula", "predicted", "total"]
HORIZON_DAYS: Final = 365.0
_VALUES: Final[dict[Settled, pl.Expr]] = {
    "historic": pl.col(c.CLV_HISTORIC),
    "formula": pl.col(c.CLV_FORMULA),
    "predicted": pl.col(c.CLV_PREDICTED),
    "total": pl.col(c.CLV_HISTORIC) + pl.col(c.CLV_PREDICTED),
}

_AUTO: Final[dict[str, Settled]] = {
    "ok": "predicted",
    "low_data": "predicted",
    "insufficient": "formula",
    "model_rejected": "formula",
}
"""Status of a forecast -> what ``auto`` takes; any other status: what was paid."""

QUANTILES: Final = {
    "lowest": 0.0,
    "a quarter below": 0.25,
    "half below": 0.5,
    "a quarter above": 0.75,
    "highest": 1.0,
}
_RFM: Final = frozenset({c.RECENCY_DAYS, c.FREQUENCY, c.MONETARY, c.RFM_SCORE, c.SEGMENT})
FEW_VALUES: Final = 20
TOP_HEAVY: Final = 0.5
MANY_VALUES: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """Which number becomes the value, and what the user knows about it.

    Args:
        kind: ``historic`` net paid x margin; ``formula`` the classic formula; ``predicted`` the forecast;
            ``total`` historic plus predicted; ``auto`` predicted where the data carries a model, else the
            formula, else historic. None: historic in a report, ``auto`` in a list whose values count.
        margin: Share of net revenue that is kept; 1 unless given.
        retention_years, orders_per_year, average_order: Factors of the formula; measured unless given.
        as_of: Day recency is counted to and the forecast starts after.
        cac: Cost per new customer.
        spend: Else the spend that brought ``new_customers``.
        new_customers: Likewise.
        model: Purchase model of the forecast; ``auto`` lets a backtest choose.
        horizon_days: Days the forecast looks ahead; 365 unless given.
        discount_per_year: Yearly rate at which later money is worth less; 0 unless given.
        forecast: Whether the forecast's columns are wanted even if the value is another one.
    """

    kind: Kind | None = None
    margin: float | None = None
    retention_years: float | None = None
    orders_per_year: float | None = None
    average_order: float | None = None
    as_of: date | None = None
    cac: float | None = None
    spend: float | None = None
    new_customers: int | None = None
    model: Literal["auto", "pareto", "bg"] | None = None
    horizon_days: float | None = None
    discount_per_year: float | None = None
    forecast: bool = False

    @property
    def forecasts(self) -> bool:
        """Whether a forecast was asked for; it takes a second or more, so it is never made unasked."""
        given = (self.model, self.horizon_days, self.discount_per_year)
        return self.forecast or self.kind in {"predicted", "total", "auto"} or any(one is not None for one in given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Valued:
    """Customers with their value columns, and the factors behind them; ``kind`` is what ``auto`` became."""

    customers: pl.DataFrame
    facts: FormulaFacts
    worth: Worth
    kind: Settled
    outlook: "ForecastFacts | None" = None
    undated: int = 0

    def summary(self, kept: pl.DataFrame, currency: str) -> ValueSummary:
        """How the values of the kept customers are spread.

        Args:
            kept: Their ``customer_key, value, net_paid``, in the order of ``customers``.
            currency: What they are in.
        """
        values = kept[c.VALUE].drop_nulls()
        total = Decimal(str(round(values.sum() or 0.0, 2)))
        ordered = values.sort(descending=True)
        cost = self._cost()
        return ValueSummary(
            kind=self.kind,
            total=total,
            quantiles={name: float(values.quantile(at, "linear") or 0.0) for name, at in QUANTILES.items()},
            top_1_share=_share(ordered, 0.01),
            top_10_share=_share(ordered, 0.10),
            tenths=tenths(kept),
            facts=tuple(self._sentences(cost, currency)),
            forecast=None if self.outlook is None else self.outlook.as_json(),
            acquisition=None if cost is None else asdict(cost) | {"payback_months": self._payback_months(cost)},
        )

    def _sentences(self, cost: Acquisition | None, currency: str) -> Iterator[str]:
        if self.worth.kind == "auto" and self.outlook is not None:
            yield auto_sentence(self.outlook, self.kind)
        if self.outlook is not None:
            yield from forecast_sentences(self.outlook, currency, undated=self.undated)
        facts = self.facts
        yield (
            f"Classic formula of the shop: average order {facts.average_order:,.2f} {currency} x "
            f"{facts.orders_per_year:.2f} orders a year x {facts.retention_years:.2f} years x margin "
            f"{facts.margin:.2f} = {facts.value:,.2f} {currency}."
        )
        yield from facts.notes
        if cost is not None:
            yield cost.sentence(currency)
            if self.outlook is not None and self.outlook.new_customer_by_month:
                yield payback_sentence(self._payback_months(cost), seen=len(self.outlook.new_customer_by_month))

    def _cost(self) -> Acquisition | None:
        """What winning a customer cost, against a newcomer's forecast where there is one, else the formula."""
        new = self.worth.new_customers if self.worth.new_customers is not None else self.customers.height
        forecast = None if self.outlook is None else self.outlook.new_customer_value
        worth = self.facts.value if forecast is None else forecast
        return acquisition(worth, cac=self.worth.cac, spend=self.worth.spend, new_customers=new)

    def _payback_months(self, cost: Acquisition) -> int | None:
        return None if self.outlook is None else payback_months(self.outlook.new_customer_by_month, cost.cac)


def valued(
    customers: pl.DataFrame, orders: pl.DataFrame, worth: Worth, wanted: Collection[str] | None = None
) -> Valued:
    """Add RFM, the historic, formula and perhaps predicted value, and ``value``, the chosen one.

    Args:
        customers: The ledger's customers, all of them: scores are relative.
        orders: The ledger's orders.
        worth: Which number becomes the value.
        wanted: Which columns are kept beside ``customer_key`` and ``value``; None for all.

    Raises:
        ConfigError: A given factor, horizon, margin or discount is impossible.
        DataError: A forecast is to be the value and no order has a date.
    """
    factors = Factors(
        average_order=worth.average_order, orders_per_year=worth.orders_per_year,
        retention_years=worth.retention_years, margin=worth.margin,
    )  # fmt: skip
    facts = measured(customers, orders, factors)
    kept_share = 1.0 if worth.margin is None else worth.margin
    table = customers
    if wanted is None or not _RFM.isdisjoint(wanted):
        table = with_rfm(customers, orders, as_of_day(customers, worth.as_of))
    days = _purchases(orders) if worth.forecasts else None
    del orders  # the largest of all: a forecast needs the room
    table = table.with_columns(
        (pl.col(c.NET_PAID).cast(pl.Float64) * kept_share).round(2).alias(c.CLV_HISTORIC),
        formula(customers, facts, factors).round(2),
    )
    if wanted is not None:
        table = table.select(c.CUSTOMER_KEY, *_in(table, {c.CLV_HISTORIC, c.CLV_FORMULA, *wanted}))
        table = table.with_columns(pl.col(name).cast(SEGMENT_NAMES) for name in table.columns if name == c.SEGMENT)
    outlook = None
    if days is not None:
        foretold = None if wanted is None else {*wanted, c.CLV_PREDICTED}
        table, outlook = _with_forecast(table, days, worth, foretold)
    kind = _settled(worth, outlook)
    undated = 0 if outlook is None else table[c.CLV_PREDICTED].null_count()
    table = table.with_columns(_VALUES[kind].round(2).alias(c.VALUE))
    if wanted is not None:
        table = table.select(c.CUSTOMER_KEY, *_in(table, {*wanted, c.VALUE}))
    return Valued(customers=table, facts=facts, worth=worth, kind=kind, outlook=outlook, undated=undated)


def _purchases(orders: pl.DataFrame) -> "PurchaseDays":
    from audience_builder.clv.orders import read_orders

    return read_orders(orders)


def _in(table: pl.DataFrame, wanted: Collection[str]) -> list[str]:
    return [name for name in table.columns if name in wanted and name != c.CUSTOMER_KEY]


def _with_forecast(
    customers: pl.DataFrame, days: "PurchaseDays", worth: Worth, wanted: Collection[str] | None
) -> tuple[pl.DataFrame, "ForecastFacts"]:
    """Add the forecast; null without a dated order, 0 where nothing was bought on any date."""
    from audience_builder.clv.predict import forecast
    from audience_builder.clv.value_model import Terms

    terms = Terms(
        horizon_days=HORIZON_DAYS if worth.horizon_days is None else worth.horizon_days,
        margin=1.0 if worth.margin is None else worth.margin,
        discount_per_year=worth.discount_per_year or 0.0,
    )
    found = forecast(
        days, customers[c.CUSTOMER_KEY], terms, worth.model or "auto", worth.as_of,
        wanted=c.FORECAST if wanted is None else wanted,
    )  # fmt: skip
    if not days.keys.size and worth.kind in {"predicted", "total"}:
        raise DataError(
            "Nothing can be forecast: no order has a date.",
            f"{customers.height:,} customers were found.",
            "Export orders with their dates, or use --value historic.",
        )
    table = customers.hstack(found.table.drop(c.CUSTOMER_KEY))
    if table[c.CLV_PREDICTED].null_count():
        dated = pl.Series(days.keys, dtype=pl.Int64)
        nothing = pl.col(c.CLV_PREDICTED).is_null() & pl.col(c.CUSTOMER_KEY).is_in(dated.implode())
        table = table.with_columns(pl.when(nothing).then(0.0).otherwise(c.CLV_PREDICTED).alias(c.CLV_PREDICTED))
    rounded = [pl.col(name).round(places) for name, places in _ROUNDED.items() if name in table.columns]
    return table.with_columns(rounded), found.facts


_ROUNDED: Final = {
    **dict.fromkeys((c.CLV_PREDICTED, c.CLV_LOW, c.CLV_HIGH, c.EXPECTED_ORDER_VALUE), 2),
    **dict.fromkeys((c.P_ALIVE, c.EXPECTED_ORDERS), 4),
}


def _settled(worth: Worth, outlook: "ForecastFacts | None") -> Settled:
    """What ``auto`` becomes; a forecast made by the formula is left to the formula's own column."""
    if worth.kind == "auto":
        return _AUTO.get("" if outlook is None else outlook.status, "historic")
    return worth.kind or "historic"


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
    return bool((values.sort() == pl.int_range(1, values.len() + 1, eager=True)).all())


def _share(ordered: pl.Series, part: float) -> float:
    """Share of the total that the first part of the customers hold, at least one of them."""
    total = float(ordered.sum())
    return float(ordered.head(max(round(ordered.len() * part), 1)).sum()) / total if total > 0 else 0.0
