"""Everything a forecast rests on: purchases, spend, refunds, season; fitted, then applied."""

from dataclasses import astuple, dataclass
from typing import Literal, TypeAlias

import numpy as np

from audience_builder.clv.arrays import Cells, Floats
from audience_builder.clv.bg_nbd import BgNbd
from audience_builder.clv.gamma_gamma import GammaGamma
from audience_builder.clv.horizon import DAYS_PER_WEEK, Horizon
from audience_builder.clv.intervals import interval_factors
from audience_builder.clv.pareto_nbd import ParetoNbd
from audience_builder.clv.season import LEAST_SEASON_WEEKS, Season, measure_season
from audience_builder.clv.transactions import CellIndex, Histories, PurchaseDays, count_cells

__all__ = ["ModelName", "Refunds", "Scores", "Terms", "ValueModel", "fit_value_model", "prior_spread"]

ModelName: TypeAlias = Literal["pareto", "bg"]

PLENTY_OF_REPEAT_BUYERS = 100
_PRIOR_SPREAD, _PRIOR_SPREAD_OF_FEW = 3.0, 1.0
_REFUND_SHRINKAGE = 3.0  # average orders at the shop's rate, added to each customer's own
_LEAST_SEASON_GAIN = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a forecast is worth to the shop.

    Attributes:
        horizon_days: How far it looks; none means without end.
        margin: Share of net revenue that is kept, 1 for revenue itself.
        discount_per_year: Yearly rate, 0.1 for ten percent.
    """

    horizon_days: float | None = 365.0
    margin: float = 1.0
    discount_per_year: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refunds:
    """The shop's refunded share of gross money and its average order value."""

    rate: float
    average_order: float

    @classmethod
    def measure(cls, histories: Histories) -> "Refunds":
        """Measure both on customers who paid something."""
        gross = float(histories.gross.sum())
        return cls(
            rate=min(1.0, float(histories.refunded.sum()) / gross),
            average_order=gross / float(histories.n.sum()),
        )

    def kept(self, histories: Histories) -> Floats:
        """Return the share of its gross money each customer keeps: 1 - shrunk refund rate."""
        weight = _REFUND_SHRINKAGE * self.average_order
        rate = (histories.refunded + self.rate * weight) / (histories.gross + weight)
        return 1.0 - np.clip(rate, 0.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """The forecast of each customer; arrays of shape (customers,).

    ``value = expected_orders * expected_order_value * margin``; orders are discounted as the value is.
    """

    p_alive: Floats
    expected_orders: Floats
    expected_order_value: Floats
    value: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueModel:
    """A fitted forecast."""

    purchases: ParetoNbd | BgNbd
    spend: GammaGamma
    refunds: Refunds
    season: Season | None
    log_likelihood: float

    def horizon(self, cut_day: int, terms: Terms) -> Horizon:
        """Return the horizon in the time the purchase model was fitted in."""
        if self.season is None:
            return Horizon.of(terms.horizon_days, terms.discount_per_year)
        return self.season.horizon(cut_day, terms.horizon_days, terms.discount_per_year)

    def value(self, histories: Histories, terms: Terms) -> Floats:
        """Forecast every customer's money, and nothing else."""
        index = count_cells(histories)
        cells = _in_time(index, self.season)
        horizon = self.horizon(histories.cut_day, terms)
        alive = self.purchases.p_alive(cells.x, cells.t_x, cells.age)
        orders = alive * self.purchases.expected_if_alive(cells.x, cells.age, horizon)
        result: Floats = self._order_value(histories) * terms.margin * orders[index.cell]
        return result

    def _order_value(self, histories: Histories) -> Floats:
        """Return the expected net money of an order; 0 for those who never paid anything."""
        expected = self.spend.expected(histories.n, histories.gross) * self.refunds.kept(histories)
        return np.where(histories.gross > 0, expected, 0.0)

    def score(self, histories: Histories, terms: Terms) -> Scores:
        """Forecast every customer; those who never paid anything get 0."""
        index = count_cells(histories)
        cells = _in_time(index, self.season)
        horizon = self.horizon(histories.cut_day, terms)
        alive = self.purchases.p_alive(cells.x, cells.t_x, cells.age)
        if_alive = self.purchases.expected_if_alive(cells.x, cells.age, horizon)
        factors = interval_factors(self.purchases, self.spend, cells, alive, horizon)
        order_value = self._order_value(histories)
        worth = order_value * terms.margin
        value = worth * (alive * if_alive)[index.cell]
        low, high = (worth * (factor * if_alive)[index.cell] for factor in factors)
        return Scores(
            p_alive=alive[index.cell],
            expected_orders=(alive * if_alive)[index.cell],
            expected_order_value=order_value,
            value=value,
            low=np.minimum(low, value),
            high=np.maximum(high, value),
        )

    def new_customer_value(self, cut_day: int, terms: Terms) -> float:
        """Return what a customer won on the cut day is worth, the first order included."""
        orders = 1.0 + self.purchases.expected_new(self.horizon(cut_day, terms))
        return terms.margin * self.spend.expected_new() * (1.0 - self.refunds.rate) * orders


def prior_spread(repeat_buyers: int) -> float:
    """Return the deviation of the weak prior on the logs of the parameters."""
    return _PRIOR_SPREAD if repeat_buyers >= PLENTY_OF_REPEAT_BUYERS else _PRIOR_SPREAD_OF_FEW


def fit_value_model(histories: Histories, days: PurchaseDays | None = None, model: ModelName = "pareto") -> ValueModel:
    """Fit purchases, spend and refunds on customers who paid something.

    Args:
        histories: At least one customer with gross money above 0.
        days: The purchase days behind them; needed to find a season.
        model: Which purchase model.
    """
    payers = histories.where(histories.gross > 0)
    spread = prior_spread(payers.repeat_buyers)
    index = count_cells(payers)
    kind = ParetoNbd if model == "pareto" else BgNbd
    purchases, log_likelihood = kind.fit(index.plain(), prior_spread=spread)
    season = None
    if days is not None and payers.window_days >= LEAST_SEASON_WEEKS * DAYS_PER_WEEK:
        repeats = _repeats_per_day(days, payers)
        found = measure_season(purchases, index, repeats)
        bent, bent_likelihood = kind.fit(found.cells(index), prior_spread=spread, near=astuple(purchases))
        first_day = payers.cut_day - repeats.size + 1
        gain = bent_likelihood + found.log_index_of(repeats, first_day) - log_likelihood
        if gain > _LEAST_SEASON_GAIN:
            purchases, season, log_likelihood = bent, found, log_likelihood + gain
    spend, _ = GammaGamma.fit(payers.n, payers.gross / payers.n, prior_spread=spread)
    return ValueModel(
        purchases=purchases,
        spend=spend,
        refunds=Refunds.measure(payers),
        season=season,
        log_likelihood=log_likelihood,
    )


def _in_time(index: CellIndex, season: Season | None) -> Cells:
    return index.plain() if season is None else season.cells(index)


def _repeats_per_day(days: PurchaseDays, payers: Histories) -> Floats:
    """Count repeat purchases on each day of the window."""
    first_day = payers.cut_day - payers.window_days + 1
    bought = days.day[days.is_purchase & (days.day <= payers.cut_day)] - first_day
    purchases = np.bincount(bought, minlength=payers.window_days)
    firsts = np.bincount(payers.window_days - 1 - payers.age_days, minlength=payers.window_days)
    return (purchases - firsts).astype(float)
