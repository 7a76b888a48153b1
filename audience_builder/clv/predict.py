"""Value every customer: choose a forecast, apply it, and say what was done.

The frame that comes out is keyed by ``customer_key``; the facts beside it say which forecast was
used, why, how far off its total may be, and what the reader has to know.
"""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal, TypeAlias

import numpy as np
import polars as pl

from audience_builder import columns
from audience_builder.clv.arrays import Floats
from audience_builder.clv.baselines import formula_value, past_value, retention
from audience_builder.clv.choice import BASE, FORMULA, LEAST_REPEAT_BUYERS, OTHER_MODEL, PAST, Choice, candidates, choose
from audience_builder.clv.horizon import check_horizon
from audience_builder.clv.transactions import Histories, PurchaseDays, day_number, day_of, read_orders, summarise
from audience_builder.clv.value_model import (
    PLENTY_OF_REPEAT_BUYERS,
    ModelName,
    Scores,
    Terms,
    ValueModel,
    fit_value_model,
)
from audience_builder.clv.warnings import warnings_about
from audience_builder.errors import ConfigError

__all__ = ["Forecast", "ForecastFacts", "ForecastName", "Valuation", "forecast", "predict", "value_customers"]

ForecastName: TypeAlias = Literal["auto", "pareto", "bg", "formula", "past"]
Status: TypeAlias = Literal["ok", "low_data", "insufficient", "model_rejected", "no_spend"]

COLUMNS = (
    columns.CLV_PREDICTED,
    columns.CLV_LOW,
    columns.CLV_HIGH,
    columns.P_ALIVE,
    columns.EXPECTED_ORDERS,
    columns.EXPECTED_ORDER_VALUE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Valuation:
    """A forecast of every customer with a history, and how it came about.

    Attributes:
        status: ``ok``; ``low_data`` below 100 repeat buyers; ``insufficient`` below 10, where the
            formula stands in; ``model_rejected`` where the model ranked no better than chance;
            ``no_spend`` where nobody paid anything.
        chosen: Name of the forecast used.
        value: Money in the horizon, of each customer.
        scores: The model's own forecast; none where no model was used.
        low: Lower bound of each customer's 80 % interval; none without a model's own level.
        high: Upper bound.
        model: The fitted model; none where none was used.
        choice: What the inner backtest found; none where none was run.
        why: One sentence.
    """

    status: Status
    chosen: str
    value: Floats
    scores: Scores | None
    low: Floats | None
    high: Floats | None
    model: ValueModel | None
    choice: Choice | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastFacts:
    """What a reader has to know about a forecast; ``error_band`` is a share of the total."""

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
    days: PurchaseDays, everyone: pl.Series, terms: Terms, model: ForecastName, cut: date | None = None
) -> Forecast:
    """Forecast from purchase days; see ``predict``."""
    _check(terms, model)
    if not days.day.size:
        nobody = np.zeros(0, dtype=np.int64)
        empty = Histories(
            keys=nobody, x=nobody, t_x_days=nobody, age_days=nobody, gross=np.zeros(0), refunded=np.zeros(0), cut_day=0
        )
        valued = _no_spend(empty)
        return Forecast(table=_table(everyone, empty, valued), facts=_facts(empty, days, valued, terms, everyone.len()))
    histories = summarise(days, days.last_day if cut is None else day_number(cut))
    valued = value_customers(days, histories, terms, model)
    table = _table(everyone, histories, valued)
    return Forecast(table=table, facts=_facts(histories, days, valued, terms, everyone.len()))


def value_customers(
    days: PurchaseDays, histories: Histories, terms: Terms, model: ForecastName = "auto"
) -> Valuation:
    """Choose a forecast and apply it to every history."""
    payers = histories.where(histories.gross > 0)
    if not payers.keys.size:
        return _no_spend(histories)
    if model in {FORMULA, PAST}:
        return _without_model(days, histories, terms, model, "ok", "It was asked for.")
    if model == "auto" and payers.repeat_buyers < LEAST_REPEAT_BUYERS:
        why = (
            f"Only {payers.repeat_buyers} customers bought on two days or more; a model needs "
            f"{LEAST_REPEAT_BUYERS}. The classic formula stands in."
        )
        return _without_model(days, histories, terms, FORMULA, "insufficient", why)
    status: Status = "ok" if payers.repeat_buyers >= PLENTY_OF_REPEAT_BUYERS else "low_data"
    choice = choose(days, payers, terms) if model == "auto" else None
    if choice is not None and choice.rejected:
        return _without_model(days, histories, terms, FORMULA, "model_rejected", choice.why, choice)
    name: ModelName = OTHER_MODEL if model == OTHER_MODEL or (choice and choice.chosen == OTHER_MODEL) else BASE
    fitted = fit_value_model(histories, days, name)
    scores = fitted.score(histories, terms)
    value = scores.value
    if choice is not None and choice.chosen not in {BASE, OTHER_MODEL}:
        value = candidates(days, histories, scores, fitted)[choice.chosen]
    low, high = _moved_interval(scores, value)
    return Valuation(
        status=status,
        chosen=name if choice is None else choice.chosen,
        value=value,
        scores=scores,
        low=low,
        high=high,
        model=fitted,
        choice=choice,
        why="It was asked for." if choice is None else choice.why,
    )


def _moved_interval(scores: Scores, value: Floats) -> tuple[Floats, Floats]:
    """Scale each interval as the value was scaled, so that it still holds the value."""
    own = scores.value
    ratio = np.divide(value, own, out=np.ones_like(value), where=own > 0)
    return np.minimum(scores.low * ratio, value), np.maximum(scores.high * ratio, value)


def _no_spend(histories: Histories) -> Valuation:
    zeros = np.zeros(histories.keys.size)
    return Valuation(
        status="no_spend", chosen=FORMULA, value=zeros, scores=None, low=None, high=None, model=None, choice=None,
        why="No customer paid anything up to the cut, so every forecast is 0.",
    )  # fmt: skip


def _without_model(
    days: PurchaseDays,
    histories: Histories,
    terms: Terms,
    name: str,
    status: Status,
    why: str,
    choice: Choice | None = None,
) -> Valuation:
    if name == PAST:
        value = past_value(histories)
    else:
        value = formula_value(histories, retention(histories, days), terms.horizon_days)
    return Valuation(
        status=status, chosen=name, value=value * terms.margin, scores=None, low=None, high=None, model=None,
        choice=choice, why=why,
    )  # fmt: skip


def _table(everyone: pl.Series, histories: Histories, valued: Valuation) -> pl.DataFrame:
    scores = valued.scores
    found: dict[str, Floats | None] = dict.fromkeys(COLUMNS)
    found[columns.CLV_PREDICTED] = valued.value
    found[columns.CLV_LOW], found[columns.CLV_HIGH] = valued.low, valued.high
    if scores is not None:
        found[columns.P_ALIVE] = scores.p_alive
        found[columns.EXPECTED_ORDERS] = scores.expected_orders
        found[columns.EXPECTED_ORDER_VALUE] = scores.expected_order_value
    known = pl.DataFrame(
        {columns.CUSTOMER_KEY: pl.Series(histories.keys, dtype=everyone.dtype)}
        | {name: pl.Series(name, array, dtype=pl.Float64) if array is not None else
           pl.repeat(None, histories.keys.size, dtype=pl.Float64, eager=True) for name, array in found.items()}
    )  # fmt: skip
    keys = pl.DataFrame({columns.CUSTOMER_KEY: everyone})
    return keys.join(known, on=columns.CUSTOMER_KEY, how="left", maintain_order="left")


def _facts(
    histories: Histories, days: PurchaseDays, valued: Valuation, terms: Terms, customers: int
) -> ForecastFacts:
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


def _parameters(model: ValueModel | None) -> dict[str, dict[str, float]]:
    if model is None:
        return {}
    return {model.purchases.name: asdict(model.purchases), "gamma_gamma": asdict(model.spend), "refunds": asdict(model.refunds)}


def _check(terms: Terms, model: str) -> None:
    check_horizon(terms.horizon_days, terms.discount_per_year)
    if not (0.0 < terms.margin <= 1.0):
        raise ConfigError(
            "The margin has to be a share above 0 and up to 1.", f"It is {terms.margin}.", "Use 0.4 for forty percent."
        )
    names = ("auto", BASE, OTHER_MODEL, FORMULA, PAST)
    if model not in names:
        raise ConfigError("This forecast is not known.", f"Asked for: {model}.", f"Use one of {', '.join(names)}.")
