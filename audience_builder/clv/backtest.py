"""How well each forecast would have done: hide the latest weeks, forecast them, compare."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from audience_builder.clv.choice import BASE, PAST, candidates
from audience_builder.clv.frames import purchases_of_pandas
from audience_builder.clv.metrics import Metrics, measure
from audience_builder.clv.transactions import PurchaseDays, day_number, day_of, summarise
from audience_builder.clv.valuation import ForecastName, value_customers
from audience_builder.clv.value_model import Terms
from audience_builder.errors import ConfigError, DataError

if TYPE_CHECKING:
    import polars as pl

__all__ = ["BacktestReport", "Split", "backtest"]

NAMES: Final[tuple[ForecastName, ...]] = ("auto", "pareto", "bg", "formula", "past")
_LONGEST_HOLDOUT_DAYS = 182
_MOST_SPLITS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One cut: what was known until then, scored on the days after it.

    Attributes:
        cut: Last known day.
        customers: Customers who had paid something by then.
        chosen: What ``auto`` chose.
        why: Its reason.
        actual_total: Net money the customers brought in the holdout.
        models: Metrics of each forecast.
    """

    cut: date
    customers: int
    chosen: str
    why: str
    actual_total: float
    models: dict[str, Metrics]


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestReport:
    """Metrics of every forecast, per cut and on average.

    Attributes:
        holdout_days: Length of each holdout.
        splits: Oldest cut first.
        sentence: The result in one sentence.
    """

    holdout_days: int
    splits: tuple[Split, ...]
    sentence: str

    @property
    def chosen(self) -> str:
        """What ``auto`` chose at the latest cut."""
        return self.splits[-1].chosen

    def averages(self) -> dict[str, dict[str, float | None]]:
        """Return each forecast's metrics, as means over the cuts."""
        return {name: _averaged([split.models[name] for split in self.splits]) for name in self.splits[-1].models}

    def as_json(self) -> dict[str, Any]:
        """Return plain values: ``models.<name>.{gini, mae, rmse, ...}`` are means over the cuts.

        ``chosen`` names one of the models; ``auto`` is what was chosen at each cut.
        """
        return {
            "holdout_days": self.holdout_days,
            "chosen": self.chosen,
            "sentence": self.sentence,
            "models": self.averages(),
            "splits": [asdict(split) | {"cut": split.cut.isoformat()} for split in self.splits],
        }


def backtest(
    orders: "pd.DataFrame | pl.DataFrame",
    cutoffs: Sequence[date] | None = None,
    holdout_days: int | None = None,
) -> BacktestReport:
    """Split orders by date, forecast each holdout from its past, and score every forecast.

    Args:
        orders: A pandas frame of orders as ``Forecaster`` takes them, or the Polars frame that ``predict``
            takes.
        cutoffs: Last known days; up to three are chosen unless given.
        holdout_days: Days to forecast after each cut; a third of the history, at most 182, unless given.

    Raises:
        ConfigError: A cut leaves nothing to learn from or nothing to score.
        DataError: The history is too short to split.
    """
    days = _purchase_days(orders)
    if not days.is_purchase.any():
        raise DataError(
            "There is nothing to backtest.", "No dated order with money was found.", "Give an order export."
        )
    cuts, length = _plan(days, cutoffs, holdout_days)
    splits = tuple(_split(days, cut, length) for cut in cuts)
    return BacktestReport(holdout_days=length, splits=splits, sentence=_sentence(splits, length))


def _purchase_days(orders: "pd.DataFrame | pl.DataFrame") -> PurchaseDays:
    if isinstance(orders, pd.DataFrame):
        return purchases_of_pandas(orders).days
    from audience_builder.clv.orders import read_orders  # a pandas frame is read without Polars

    return read_orders(orders)


def _plan(days: PurchaseDays, cutoffs: Sequence[date] | None, holdout_days: int | None) -> tuple[list[int], int]:
    first, last = days.first_day, days.last_day
    window = last - first + 1
    if holdout_days is not None and holdout_days < 1:
        raise ConfigError("The holdout has to be at least a day.", f"It is {holdout_days}.", "Use for example 91.")
    if cutoffs is None:
        length = holdout_days or min(window // 3, _LONGEST_HOLDOUT_DAYS)
        cuts = [last - length * k for k in range(_MOST_SPLITS, 0, -1)]
        usable = [cut for cut in cuts if length > 0 and cut - first + 1 >= length]
    else:
        asked = sorted({day_number(cut.date() if isinstance(cut, datetime) else cut) for cut in cutoffs})
        length = holdout_days or max(1, min(last - max(asked, default=last), _LONGEST_HOLDOUT_DAYS))
        usable = [cut for cut in asked if first <= cut and cut + length <= last]
        if len(usable) != len(asked):
            raise ConfigError(
                "A cut leaves too little on one of its sides.",
                f"Orders run from {day_of(first)} to {day_of(last)}; the holdout has {length} days.",
                "Choose an earlier or later cut, or a shorter holdout.",
            )
    if not usable:
        raise DataError(
            "The history is too short to hold a part of it back.",
            f"Orders run from {day_of(first)} to {day_of(last)}.",
            "Give a longer history or a shorter holdout.",
        )
    return usable, length


def _split(days: PurchaseDays, cut_day: int, length: int) -> Split:
    histories = summarise(days, cut_day)
    histories = histories.where(histories.gross > 0)
    if not histories.keys.size:
        raise ConfigError(
            "A cut leaves nothing to learn from.",
            f"Nobody had paid by {day_of(cut_day)}.",
            "Choose a later cut.",
        )
    known = days.between(None, cut_day)
    brought = days.between(cut_day, cut_day + length).net_by_customer()
    actual = brought[np.searchsorted(days.keys, histories.keys)]
    models: dict[str, Metrics] = {}
    chosen, why = "", ""
    for name in NAMES:
        valued = value_customers(known, histories, Terms(horizon_days=length), name)
        if name == "auto":
            chosen, why = valued.chosen, valued.why
        interval = None if valued.low is None or valued.high is None else (valued.low, valued.high)
        models[name] = measure(valued.value, actual, interval)
        if name == BASE and valued.model is not None:
            others = candidates(known, histories, valued.value, valued.model)
            models |= {other: measure(value, actual) for other, value in others.items() if other not in NAMES}
    return Split(
        cut=day_of(cut_day),
        customers=histories.keys.size,
        chosen=chosen,
        why=why,
        actual_total=float(actual.sum()),
        models=models,
    )


def _averaged(measured: list[Metrics]) -> dict[str, float | None]:
    names = ("gini", "mae", "rmse", "spearman", "bias", "top_decile_share", "coverage")
    found = {name: [v for m in measured if (v := getattr(m, name)) is not None] for name in names}
    return {name: float(np.mean(values)) if values else None for name, values in found.items()}


def _sentence(splits: tuple[Split, ...], length: int) -> str:
    def mean(name: str, metric: str) -> float | None:
        return _averaged([split.models[name] for split in splits])[metric]

    ours, past, bias = mean("auto", "top_decile_share"), mean(PAST, "top_decile_share"), mean("auto", "bias")
    if ours is None or past is None or bias is None:
        return f"Nobody brought any money in the {length} days held back, so nothing could be compared."
    direction = "high" if bias >= 0 else "low"
    return (
        f"The tenth of customers forecast highest brought {ours:.0%} of the money of the next {length} days "
        f"(sorted by past spend: {past:.0%}); the forecast total was {abs(bias):.0%} too {direction}, "
        f"on average over {len(splits)} cut-off date{'s' if len(splits) > 1 else ''}."
    )
