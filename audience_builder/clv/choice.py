"""Which forecast to trust: an inner backtest, because on some shops models rank worse than chance.

The cut is moved back, every candidate is made from what was known then, and scored on the money that
came in since. The model stays unless another candidate ranks clearly better.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from audience_builder.clv.arrays import Floats
from audience_builder.clv.baselines import half_life_value, past_value
from audience_builder.clv.metrics import measure
from audience_builder.clv.transactions import Histories, PurchaseDays, summarise
from audience_builder.clv.value_model import Terms, ValueModel, fit_value_model

__all__ = ["BASE", "FORMULA", "LEAST_REPEAT_BUYERS", "OTHER_MODEL", "PAST", "Choice", "candidates", "choose"]

BASE: Final = "pareto"
OTHER_MODEL: Final = "bg"
FORMULA: Final = "formula"
PAST: Final = "past"
LEAST_REPEAT_BUYERS = 10
_REAL_GAIN = 0.01
_HALF_LIVES_DAYS = (60, 240)
_LEAST_HOLDOUT_DAYS = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the inner backtest found.

    Attributes:
        chosen: Name of the candidate to use.
        rejected: Whether the model ranked no better than chance, so its total is not to be trusted.
        why: One sentence.
        cost_if_wrong: One sentence: what the second best order would have caught.
        ginis: Normalised Gini of every candidate on the inner holdout.
        bias: Total of the model on the inner holdout / actual - 1.
        holdout_days: Length of the inner holdout; none where none could be held.
        too_short: Whether the history is shorter than the least holdout and as much before it.
    """

    chosen: str
    rejected: bool
    why: str
    cost_if_wrong: str
    ginis: dict[str, float]
    bias: float | None
    holdout_days: int | None
    too_short: bool = False


def candidates(days: PurchaseDays, histories: Histories, base: Floats, model: ValueModel) -> dict[str, Floats]:
    """Return the value of every candidate that is made without a second model.

    Candidates other than the model order customers their way and are scaled to the model's total. The
    classic formula is past spend times a constant, so it orders customers as past spend does.
    """
    total = float(base.sum())
    kept = model.refunds.kept(histories)
    raw = {PAST: past_value(histories)}
    for half_life in _HALF_LIVES_DAYS:
        faded = kept * half_life_value(days, histories, half_life)
        raw[f"half_life_{half_life}"] = faded
        raw[f"blend_{half_life}"] = np.sqrt(base * faded)
    scaled = {name: _scaled(value, total) for name, value in raw.items()}
    return {BASE: base, **scaled}


def _scaled(value: Floats, total: float) -> Floats:
    own = float(value.sum())
    return value * (total / own) if own > 0 else value


def choose(days: PurchaseDays, histories: Histories, terms: Terms) -> Choice:
    """Backtest the candidates inside the known history.

    Args:
        days: Purchase days.
        histories: Customers who paid something, summarised at the cut.
        terms: The horizon decides how much is held back.
    """
    holdout = _holdout_days(histories.window_days, terms.horizon_days)
    inner_cut = histories.cut_day - holdout
    inner = summarise(days, inner_cut)
    inner = inner.where(inner.gross > 0)
    brought = days.between(inner_cut, histories.cut_day).net_by_customer()
    actual = brought[np.searchsorted(days.keys, inner.keys)]
    if inner.repeat_buyers < LEAST_REPEAT_BUYERS:
        return _untested(histories.window_days)
    if actual.sum() <= 0:
        return _silent(holdout)
    inner_terms = Terms(horizon_days=holdout)
    model = fit_value_model(inner, days)
    base = model.value(inner, inner_terms)
    values = candidates(days, inner, base, model)
    values[OTHER_MODEL] = fit_value_model(inner, days, OTHER_MODEL).value(inner, inner_terms)
    return _judge(values, actual, holdout)


def _holdout_days(window_days: int, horizon_days: float | None) -> int:
    longest = max(window_days // 3, _LEAST_HOLDOUT_DAYS)
    return longest if horizon_days is None else min(int(np.ceil(horizon_days)), longest)


def _untested(window_days: int) -> Choice:
    too_short = window_days < 2 * _LEAST_HOLDOUT_DAYS
    thin = f"short ({window_days} days)" if too_short else "thin"
    return Choice(
        chosen=BASE,
        rejected=False,
        why=f"The history is too {thin} to hold a part of it back, so the model was not put to the test.",
        cost_if_wrong="Unknown: nothing could be held back to measure it.",
        ginis={},
        bias=None,
        holdout_days=None,
        too_short=too_short,
    )


def _silent(holdout_days: int) -> Choice:
    return Choice(
        chosen=PAST,
        rejected=True,
        why=f"Nobody known before brought any money in the {holdout_days} days held back: no model foresees that.",
        cost_if_wrong="Unknown: there was no money to rank customers by.",
        ginis={},
        bias=None,
        holdout_days=holdout_days,
    )


def _judge(values: dict[str, Floats], actual: Floats, holdout_days: int) -> Choice:
    scored = {name: measure(value, actual) for name, value in values.items()}
    ginis = {name: metrics.gini for name, metrics in scored.items()}
    rejected = ginis[BASE] <= 0.0
    best = max(ginis, key=lambda name: ginis[name])
    if rejected:
        chosen = PAST
        why = "The model ranked no better than chance: past spend orders them, the formula sets the level."
    elif ginis[best] >= ginis[BASE] + _REAL_GAIN:
        chosen = best
        why = f"It ranked customers better than the model: Gini {ginis[best]:.3f} against {ginis[BASE]:.3f}."
    else:
        chosen = BASE
        why = (
            f"No other order was better by {_REAL_GAIN} Gini or more: "
            f"the model has {ginis[BASE]:.3f}, past spend {ginis[PAST]:.3f}."
        )
    other = BASE if chosen != BASE else PAST
    return Choice(
        chosen=chosen,
        rejected=rejected,
        why=why,
        cost_if_wrong=_cost_sentence(
            scored[chosen].top_decile_share, scored[other].top_decile_share, other, holdout_days
        ),
        ginis=ginis,
        bias=scored[BASE].bias,
        holdout_days=holdout_days,
    )


def _cost_sentence(ours: float | None, theirs: float | None, other: str, holdout_days: int) -> str:
    name = {BASE: "the model", PAST: "past spend"}.get(other, other)
    return (
        f"In the {holdout_days} days held back the best tenth by this choice brought {ours or 0.0:.1%} "
        f"of the money; the best tenth by {name} brought {theirs or 0.0:.1%}."
    )
