"""Fit, look, keep and use a forecast from Python, on pandas frames."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import pandas as pd

from audience_builder import columns
from audience_builder.clv.bg_nbd import BgNbd
from audience_builder.clv.frames import PandasHistories, histories_of_pandas, purchases_of_pandas
from audience_builder.clv.gamma_gamma import GammaGamma
from audience_builder.clv.horizon import check_horizon
from audience_builder.clv.pareto_nbd import ParetoNbd
from audience_builder.clv.season import Season
from audience_builder.clv.transactions import PurchaseDays, day_number, summarise
from audience_builder.clv.value_model import ModelName, Refunds, Terms, ValueModel, fit_value_model
from audience_builder.errors import ConfigError, DataError

__all__ = ["Forecaster"]

_FORMAT = "audience-builder forecast 1"
_KINDS: dict[str, type[ParetoNbd | BgNbd]] = {ParetoNbd.name: ParetoNbd, BgNbd.name: BgNbd}


class Forecaster:
    """A purchase model, a spend model and what they learnt.

    Frames hold either one row per order, as ``audience_builder.read`` returns it (rows that count, have a date
    and a customer id or e-mail) or with ``customer_id, ordered_at, amount``, refunds below 0; or one row per
    customer (``customer_id, orders, first_order_at, last_order_at, total_paid`` and perhaps
    ``total_refunded``). They are never written to.

    >>> orders = pd.DataFrame({
    ...     "customer_id": ["a", "a", "b"],
    ...     "ordered_at": ["2025-01-01", "2025-02-01", "2025-03-01"],
    ...     "amount": [10.0, 20.0, 15.0],
    ... })
    >>> list(Forecaster().fit(orders).predict(orders, horizon_days=90).index)
    ['a', 'b']
    """

    def __init__(self, model: ModelName = "pareto") -> None:
        if model not in _KINDS:
            raise ConfigError("This model is not known.", f"Asked for: {model}.", f"Use one of {', '.join(_KINDS)}.")
        self.model: ModelName = model
        self._fitted: ValueModel | None = None

    def fit(self, frame: pd.DataFrame, cut: str | pd.Timestamp | None = None) -> Self:
        """Learn from orders or from one row per customer.

        Args:
            frame: See the class.
            cut: Last known day; the last order's day unless given.

        Raises:
            DataError: The frame cannot be read, or nobody paid anything.
        """
        read, days = _read(frame, cut)
        if not (read.histories.gross > 0).any():
            raise DataError("There is nothing to learn from.", "No customer paid anything.", "Check the amounts.")
        self._fitted = fit_value_model(read.histories, days, self.model)
        return self

    @property
    def fitted(self) -> ValueModel:
        """The fitted model."""
        if self._fitted is None:
            raise ConfigError("The forecaster has learnt nothing yet.", "", "Call fit or load first.")
        return self._fitted

    @property
    def parameters(self) -> dict[str, Any]:
        """Every parameter by name; time in weeks."""
        fitted = self.fitted
        return {
            "purchases": asdict(fitted.purchases),
            "spend": asdict(fitted.spend),
            "refunds": asdict(fitted.refunds),
            "season": None if fitted.season is None else list(fitted.season.index),
            "log_likelihood": fitted.log_likelihood,
        }

    def predict(
        self,
        frame: pd.DataFrame,
        *,
        horizon_days: float | None = 365.0,
        margin: float = 1.0,
        discount_per_year: float = 0.0,
        cut: str | pd.Timestamp | None = None,
    ) -> pd.DataFrame:
        """Forecast each customer of a frame, whether it was fitted on or not.

        Returns:
            One row per customer id, in the order of ids.
        """
        check_horizon(horizon_days, discount_per_year)
        terms = Terms(horizon_days=horizon_days, margin=margin, discount_per_year=discount_per_year)
        read, _ = _read(frame, cut)
        scores = self.fitted.score(read.histories, terms)
        found = {
            columns.CLV_PREDICTED: scores.value,
            columns.CLV_LOW: scores.low,
            columns.CLV_HIGH: scores.high,
            columns.P_ALIVE: scores.p_alive,
            columns.EXPECTED_ORDERS: scores.expected_orders,
            columns.EXPECTED_ORDER_VALUE: scores.expected_order_value,
        }
        return pd.DataFrame(found, index=read.ids[read.histories.keys].rename(columns.CUSTOMER_ID))

    def save(self, path: str | Path) -> None:
        """Write the parameters as JSON; no customer is in it."""
        kept = {"format": _FORMAT, "model": self.model, **self.parameters}
        Path(path).write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> "Forecaster":
        """Read what ``save`` wrote.

        Raises:
            DataError: The file is not one of those.
        """
        try:
            kept = json.loads(Path(path).read_text(encoding="utf-8"))
            loaded = cls(kept["model"])
            loaded._fitted = ValueModel(
                purchases=_KINDS[kept["model"]](**kept["purchases"]),
                spend=GammaGamma(**kept["spend"]),
                refunds=Refunds(**kept["refunds"]),
                season=None if kept["season"] is None else Season(index=tuple(kept["season"])),
                log_likelihood=float(kept["log_likelihood"]),
            )
        except (ValueError, KeyError, TypeError):
            raise DataError(
                "The file holds no saved forecast.",
                f"Read from {path}.",
                "Save one with Forecaster.save first.",
            ) from None
        return loaded


def _read(frame: pd.DataFrame, cut: str | pd.Timestamp | None) -> tuple[PandasHistories, PurchaseDays | None]:
    """Read either kind of frame; purchase days come with orders only."""
    moment = None if cut is None else pd.Timestamp(cut)
    if not len(frame):
        raise DataError("The frame has no rows.", "", "Give at least one order.")
    if columns.ORDERED_AT not in frame.columns:
        return histories_of_pandas(frame, moment), None
    read = purchases_of_pandas(frame)
    cut_day = read.days.last_day if moment is None else day_number(moment.date())
    return PandasHistories(histories=summarise(read.days, cut_day), ids=read.ids), read.days
