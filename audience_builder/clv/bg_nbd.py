"""BG/NBD: customers may leave after each purchase.

Fader, Hardie & Lee 2005, Marketing Science 24(2), 275-284,
http://brucehardie.com/papers/018/fader_et_al_mksc_05.pdf. While alive a customer buys at Poisson
rate lambda ~ Gamma(r, alpha); after each repeat purchase it leaves with probability p ~ Beta(a, b).
Time in weeks. A customer without a repeat purchase counts as alive for ever: shipped for comparison.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from audience_builder.clv.arrays import Cells, Floats
from audience_builder.clv.fitting import Prior, fit_cells
from audience_builder.clv.horizon import Horizon
from audience_builder.clv.special_functions import beta_nodes, digamma, ln_gamma

__all__ = ["BgNbd"]

_NODES = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class BgNbd:
    """Parameters: purchase rate ~ Gamma(r, alpha) per week, leaving probability ~ Beta(a, b)."""

    r: float
    alpha: float
    a: float
    b: float

    name: ClassVar[str] = "bg"

    @classmethod
    def fit(
        cls, cells: Cells, *, prior_spread: float | None, near: Sequence[float] | None = None
    ) -> "tuple[BgNbd, float]":
        """Fit by maximum likelihood; see ``ParetoNbd.fit``."""
        per_repeat, mean_age = cells.weeks_per_repeat(), cells.mean_age()
        starts: list[Sequence[float]] = [
            (0.5, 0.25 * per_repeat, 1.0, 2.0),
            (1.0, per_repeat, 1.0, 3.0),
            (0.2, mean_age / 5, 0.5, 0.5),
        ]
        if near is not None:
            starts.insert(0, near)
        center = (0.5, 0.25 * per_repeat, 1.0, 2.5)
        prior = None if prior_spread is None else Prior(center=center, spread=prior_spread)
        (r, alpha, a, b), log_likelihood = fit_cells(_total_log_likelihood, cells, starts, prior)
        return cls(r=float(r), alpha=float(alpha), a=float(a), b=float(b)), log_likelihood

    def log_likelihood(self, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """Return ln L of each history."""
        constant = self.r * np.log(self.alpha) - ln_gamma(self.r) + ln_gamma(self.a + self.b) - ln_gamma(self.b)
        result: Floats = (
            constant
            + ln_gamma(self.r + x) - (self.r + x) * np.log(self.alpha + age)
            + ln_gamma(self.b + x) - ln_gamma(self.a + self.b + x)
            + np.logaddexp(0.0, _ln_odds_left(self, x, t_x, age))
        )  # fmt: skip
        return result

    def p_alive(self, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """Return the probability of still buying at the cut: 1 / (1 + k)."""
        return np.exp(-np.logaddexp(0.0, _ln_odds_left(self, x, t_x, age)))

    def expected_if_alive(self, x: Floats, age: Floats, horizon: Horizon) -> Floats:
        """Return expected purchases in the horizon of customers alive at the cut, discounted.

        The mean over p ~ Beta(a, b+x) of (1 - (1 + p t/(alpha+T))^-(r+x)) / p by Gauss-Jacobi
        replaces the paper's 2F1, which overflows.
        """
        pairs, index = np.unique(np.stack([x, age]), axis=1, return_inverse=True)
        result = np.empty(pairs.shape[1])
        stretched = horizon.stretched()
        for count in np.unique(pairs[0]):
            rows = pairs[0] == count
            result[rows] = self._expected_of_count(float(count), pairs[1][rows], stretched)
        return result[index.ravel()]

    def _expected_of_count(self, count: float, age: Floats, horizon: Horizon) -> Floats:
        nodes, weights = beta_nodes(self.a, self.b + count, _NODES)
        before = np.zeros(age.size)
        total = np.zeros(age.size)
        for edge, factor in zip(horizon.edges[1:], horizon.factors, strict=True):
            growth = np.log1p(np.outer(edge / (self.alpha + age), nodes))
            until = -np.expm1(-(self.r + count) * growth) @ (weights / nodes)
            total += factor * (until - before)
            before = until
        return total

    def expected_new(self, horizon: Horizon) -> float:
        """Return expected repeat purchases of a customer from the first purchase on."""
        return float(self.expected_if_alive(np.zeros(1), np.zeros(1), horizon)[0])

    def expected_new_by(self, weeks: Floats) -> Floats:
        """Return expected repeat purchases of a new customer within each number of weeks."""
        nodes, weights = beta_nodes(self.a, self.b, _NODES)
        growth = np.log1p(np.outer(weeks / self.alpha, nodes))
        return -np.expm1(-self.r * growth) @ (weights / nodes)

    def draw_purchases(self, rng: np.random.Generator, x: float, age: float, horizon: Horizon, size: int) -> Floats:
        """Draw purchase counts in the horizon of one history that is alive at the cut."""
        rate = rng.standard_gamma(self.r + x, size) / (self.alpha + age)
        weeks = horizon.discounted_weeks(np.full(size, horizon.weeks))
        offered = rng.poisson(np.minimum(rate * weeks, 1e9))
        leaving = np.clip(rng.beta(self.a, self.b + x, size), 1e-9, 1.0)
        return np.minimum(offered, rng.geometric(leaving)).astype(float)


def _ln_odds_left(model: BgNbd, x: Floats, t_x: Floats, age: Floats) -> Floats:
    """Ln k, minus infinity at x = 0 (Hardie, http://brucehardie.com/notes/027/)."""
    repeated = x > 0
    waited = np.log(model.alpha + age) - np.log(model.alpha + t_x)
    after = np.where(repeated, model.b + x - 1.0, 1.0)
    return np.where(repeated, np.log(model.a) - np.log(after) + (model.r + x) * waited, -np.inf)


def _total_log_likelihood(theta: Floats, cells: Cells) -> tuple[float, Floats]:
    """Return the log-likelihood of all cells and its gradient in the log parameters."""
    r, alpha, a, b = (float(v) for v in np.exp(theta))
    model = BgNbd(r=r, alpha=alpha, a=a, b=b)
    counts, index = np.unique(cells.x, return_inverse=True)
    by_count = np.bincount(index, weights=cells.weight)
    customers = cells.customers
    ln_odds = _ln_odds_left(model, cells.x, cells.t_x, cells.age)
    ln_end, ln_last = np.log(alpha + cells.age), np.log(alpha + cells.t_x)
    left_weight = cells.weight * -np.expm1(-np.logaddexp(0.0, ln_odds))
    alive_weight = cells.weight - left_weight
    shape = r + cells.x
    value = (
        customers * (r * np.log(alpha) - ln_gamma(r) + ln_gamma(a + b) - ln_gamma(b))
        + by_count @ (ln_gamma(r + counts) + ln_gamma(b + counts) - ln_gamma(a + b + counts))
        + cells.weight @ (np.logaddexp(0.0, ln_odds) - shape * ln_end)
    )
    left_by_count = np.bincount(index, weights=left_weight)
    after = np.where(counts > 0, b + counts - 1.0, 1.0)
    joint = customers * digamma(a + b) - by_count @ digamma(a + b + counts)
    gradient = np.array([
        by_count @ digamma(r + counts) + customers * (np.log(alpha) - digamma(r))
        - alive_weight @ ln_end - left_weight @ ln_last,
        customers * r / alpha - (alive_weight * shape) @ (1 / (alpha + cells.age))
        - (left_weight * shape) @ (1 / (alpha + cells.t_x)),
        joint + left_by_count.sum() / a,
        joint + by_count @ digamma(b + counts) - customers * digamma(b)
        - left_by_count @ np.where(counts > 0, 1.0 / after, 0.0),
    ])  # fmt: skip
    return float(value), gradient * np.exp(theta)
