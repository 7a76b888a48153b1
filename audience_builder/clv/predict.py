"""Value every customer: choose a forecast, apply it, and say what was done.

The frame that comes out is keyed by ``customer_key``; the facts beside it say which forecast was
used, why, how far off its total may be, and what the reader has to know.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import polars as pl

from audience_builder import columns
from audience_builder.clv.arrays import Floats
from audience_builder.clv.cautions import warnings_about
from audience_builder.clv.choice import BASE, FORMULA, OTHER_MODEL, PAST
from audience_builder.clv.horizon import DAYS_PER_YEAR, check_horizon
from audience_builder.clv.orders import read_orders
from audience_builder.clv.transactions import Histories, PurchaseDays, day_number, day_of, summarise
from audience_builder.clv.valuation import ForecastName, Status, Valuation, value_customers
from audience_builder.clv.value_model import Terms, ValueModel
from audience_builder.errors import ConfigError

__all__ = ["Forecast", "ForecastFacts", "forecast", "predict"]

_MONTHS = 36
_DAYS_PER_MONTH = DAYS_PER_YEAR / 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastFacts:
    """What a reader has to know about a forecast.

    ``error_band`` is a share of the total. ``new_customer_by_month`` is what a customer won on the cut day
    brings within 1, 2 ... 36 months, the first order included, margin taken and nothing discounted.
    """

    chosen: str
    status: Status
    why: str
    cost_if_wrong: str
    parameters: dict[str, dict[str, float]]
    season_index: tuple[float, ...] | None
    inner_ginis: dict[str, float]
    error_band: float | None
    total: float
    total_low: float | None
    total_high: float | None
    new_customer_value: float | None
    new_customer_by_month: tuple[float, ...]
    cut: date | None
    horizon_days: float | None
    margin: float
    discount_per_year: float
    customers: int
    repeat_buyers: int
    without_history: int
    without_spend: int
    warnings: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return plain values only."""
        plain = asdict(self)
        plain["cut"] = None if self.cut is None else self.cut.isoformat()
        return plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """``table``: one row per customer key, ascending; null where a customer has no dated order."""

    table: pl.DataFrame
    facts: ForecastFacts


def predict(
    orders: pl.DataFrame,
    *,
    cut: date | None = None,
    horizon_days: float | None = 365.0,
    margin: float = 1.0,
    discount_per_year: float = 0.0,
    model: ForecastName = "auto",
) -> Forecast:
    """Forecast the money every customer will bring.

    Args:
        orders: ``customer_key, ordered_at, gross_amount, refunded_amount, orders_count``; every
            customer key in it comes back.
        cut: Last day that is known; the last order's day unless given.
        horizon_days: Days to look ahead; none means without end and needs a discount.
        margin: Share of net revenue kept, above 0 and up to 1.
        discount_per_year: Yearly rate, 0.1 for ten percent.
        model: ``auto`` backtests and chooses; the others force one.

    Raises:
        ConfigError: Horizon, margin, discount or model cannot be used.
        DataError: A needed column is missing.
    """
    terms = Terms(horizon_days=horizon_days, margin=margin, discount_per_year=discount_per_year)
    days = read_orders(orders)
    everyone = orders[columns.CUSTOMER_KEY].unique().sort()
    return forecast(days, everyone, terms, model, cut)


def forecast(
    days: PurchaseDays,
    everyone: pl.Series,
    terms: Terms,
    model: ForecastName,
    cut: date | None = None,
    wanted: Collection[str] = columns.FORECAST,
) -> Forecast:
    """Forecast from purchase days; see ``predict``. ``wanted`` names the columns to come back beside the key."""
    _check(terms, model)
    histories = summarise(days, days.last_day if cut is None else day_number(cut))
    valued = value_customers(days.between(None, histories.cut_day), histories, terms, model)
    table = _table(everyone, histories, valued, wanted)
    return Forecast(table=table, facts=_facts(histories, days, valued, terms, everyone.len()))


def _table(everyone: pl.Series, histories: Histories, valued: Valuation, wanted: Collection[str]) -> pl.DataFrame:
    scores = valued.scores
    found = (
        valued.value,
        valued.low,
        valued.high,
        None if scores is None else scores.p_alive,
        None if scores is None else scores.expected_orders,
        None if scores is None else scores.expected_order_value,
    )
    known = pl.DataFrame(
        [
            pl.Series(columns.CUSTOMER_KEY, histories.keys, dtype=everyone.dtype),
            *(
                _column(name, array, histories.keys.size)
                for name, array in zip(columns.FORECAST, found, strict=True)
                if name in wanted
            ),
        ]
    )
    keys = pl.DataFrame({columns.CUSTOMER_KEY: everyone})
    return keys.join(known, on=columns.CUSTOMER_KEY, how="left", maintain_order="left")


def _column(name: str, array: Floats | None, rows: int) -> pl.Series:
    if array is None:
        return pl.repeat(None, rows, dtype=pl.Float64, eager=True).alias(name)
    return pl.Series(name, array, dtype=pl.Float64)


def _facts(histories: Histories, days: PurchaseDays, valued: Valuation, terms: Terms, customers: int) -> ForecastFacts:
    total = float(valued.value.sum())
    choice, model = valued.choice, valued.model
    bias = None if choice is None or valued.status == "model_rejected" else choice.bias
    band = None if bias is None else max(abs(bias), abs(1.0 / (1.0 + bias) - 1.0)) if bias > -1.0 else None
    return ForecastFacts(
        chosen=valued.chosen,
        status=valued.status,
        why=valued.why,
        cost_if_wrong="Not measured." if choice is None else choice.cost_if_wrong,
        parameters=_parameters(model),
        season_index=None if model is None or model.season is None else model.season.index,
        inner_ginis={} if choice is None else choice.ginis,
        error_band=band,
        total=total,
        total_low=None if band is None else total / (1.0 + band),
        total_high=None if band is None else total * (1.0 + band),
        new_customer_value=None if model is None else model.new_customer_value(histories.cut_day, terms),
        new_customer_by_month=() if model is None else _by_month(model, histories.cut_day, terms.margin),
        cut=day_of(histories.cut_day) if histories.keys.size else None,
        horizon_days=terms.horizon_days,
        margin=terms.margin,
        discount_per_year=terms.discount_per_year,
        customers=customers,
        repeat_buyers=histories.where(histories.gross > 0).repeat_buyers,
        without_history=customers - histories.keys.size,
        without_spend=int((histories.gross <= 0).sum()),
        warnings=warnings_about(histories, days, valued.value, terms, valued.status),
    )


def _by_month(model: ValueModel, cut_day: int, margin: float) -> tuple[float, ...]:
    horizons = (Terms(horizon_days=month * _DAYS_PER_MONTH, margin=margin) for month in range(1, _MONTHS + 1))
    return tuple(model.new_customer_value(cut_day, terms) for terms in horizons)


def _parameters(model: ValueModel | None) -> dict[str, dict[str, float]]:
    if model is None:
        return {}
    return {
        model.purchases.name: asdict(model.purchases),
        "gamma_gamma": asdict(model.spend),
        "refunds": asdict(model.refunds),
    }


def _check(terms: Terms, model: str) -> None:
    check_horizon(terms.horizon_days, terms.discount_per_year)
    if not (0.0 < terms.margin <= 1.0):
        raise ConfigError(
            "The margin has to be a share above 0 and up to 1.",
            f"It is {terms.margin}.",
            "Use 0.4 for forty percent.",
        )
    names = ("auto", BASE, OTHER_MODEL, FORMULA, PAST)
    if model not in names:
        raise ConfigError("This forecast is not known.", f"Asked for: {model}.", f"Use one of {', '.join(names)}.")
