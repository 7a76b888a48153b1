"""Choose a forecast and apply it to every history, or fall back where the data cannot carry a model."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from audience_builder.clv.arrays import Floats
from audience_builder.clv.baselines import formula_value, past_value, retention
from audience_builder.clv.choice import (
    BASE,
    FORMULA,
    LEAST_REPEAT_BUYERS,
    OTHER_MODEL,
    PAST,
    Choice,
    candidates,
    choose,
)
from audience_builder.clv.transactions import Histories, PurchaseDays
from audience_builder.clv.value_model import (
    PLENTY_OF_REPEAT_BUYERS,
    ModelName,
    Scores,
    Terms,
    ValueModel,
    fit_value_model,
)

__all__ = ["ForecastName", "Status", "Valuation", "value_customers"]

ForecastName: TypeAlias = Literal["auto", "pareto", "bg", "formula", "past"]
Status: TypeAlias = Literal["ok", "low_data", "too_short", "insufficient", "model_rejected", "no_spend"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Valuation:
    """A forecast of every customer with a history, and how it came about.

    Attributes:
        status: ``ok``; ``low_data`` below 100 repeat buyers; ``too_short`` where four weeks cannot be held
            back and as many learnt from; ``insufficient`` below 10 repeat buyers, where the
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


def value_customers(days: PurchaseDays, histories: Histories, terms: Terms, model: ForecastName = "auto") -> Valuation:
    """Choose a forecast and apply it to every history."""
    payers = histories.where(histories.gross > 0)
    if not payers.keys.size:
        return _no_spend(histories)
    if model in {FORMULA, PAST}:
        return _without_model(days, histories, terms, name=model, status="ok", why="It was asked for.")
    if model == "auto" and payers.repeat_buyers < LEAST_REPEAT_BUYERS:
        why = (
            f"Only {payers.repeat_buyers} customers bought on two days or more; a model needs "
            f"{LEAST_REPEAT_BUYERS}. The classic formula stands in."
        )
        return _without_model(days, histories, terms, name=FORMULA, status="insufficient", why=why)
    status: Status = "ok" if payers.repeat_buyers >= PLENTY_OF_REPEAT_BUYERS else "low_data"
    choice = choose(days, payers, terms) if model == "auto" else None
    if choice is not None and choice.rejected:
        return _without_model(
            days, histories, terms, name=FORMULA, status="model_rejected", why=choice.why, choice=choice
        )
    if choice is not None and choice.too_short:
        status = "too_short"
    name: ModelName = OTHER_MODEL if OTHER_MODEL in {model, choice and choice.chosen} else BASE
    fitted = fit_value_model(histories, days, name)
    scores = fitted.score(histories, terms)
    value = scores.value
    if choice is not None and choice.chosen not in {BASE, OTHER_MODEL}:
        value = candidates(days, histories, scores.value, fitted)[choice.chosen]
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
        status="no_spend",
        chosen=FORMULA,
        value=zeros,
        scores=None,
        low=None,
        high=None,
        model=None,
        choice=None,
        why="No customer paid anything up to the cut, so every forecast is 0.",
    )


def _without_model(
    days: PurchaseDays,
    histories: Histories,
    terms: Terms,
    *,
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
        status=status,
        chosen=name,
        value=value * terms.margin,
        scores=None,
        low=None,
        high=None,
        model=None,
        choice=choice,
        why=why,
    )
