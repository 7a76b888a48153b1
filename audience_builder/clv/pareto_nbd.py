"""Pareto/NBD: how often customers buy and when they leave.

Schmittlein, Morrison & Colombo 1987, Management Science 33(1), 1-24; notation of Fader & Hardie,
http://brucehardie.com/notes/008/ and /009/. While alive a customer buys at Poisson rate
lambda ~ Gamma(r, alpha); the lifetime is exponential with rate mu ~ Gamma(s, beta). Time in weeks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from audience_builder.clv.arrays import Cells, Floats
from audience_builder.clv.fitting import Prior, fit_cells
from audience_builder.clv.horizon import Horizon
from audience_builder.clv.special_functions import digamma, legendre_nodes, ln_gamma

__all__ = ["ParetoNbd"]

_FIT_NODES = 20
_SCORE_NODES = 32
_DISCOUNT_NODES = 64
_CHUNK = 8192  # cells per pass: the working arrays stay in the processor's cache


@dataclass(frozen=True, slots=True, kw_only=True)
class ParetoNbd:
    """Parameters: purchase rate ~ Gamma(r, alpha), death rate ~ Gamma(s, beta), per week."""

    r: float
    alpha: float
    s: float
    beta: float

    name: ClassVar[str] = "pareto"

    @classmethod
    def fit(
        cls, cells: Cells, *, prior_spread: float | None, near: Sequence[float] | None = None
    ) -> "tuple[ParetoNbd, float]":
        """Fit by maximum likelihood.

        Args:
            cells: Counted histories.
            prior_spread: Deviation of the log-normal prior, centred on the data's own scale; none
                reproduces published fits.
            near: Parameters of a fit to much the same cells, where the search begins.

        Returns:
            The model and its log-likelihood.
        """
        per_repeat, mean_age = cells.weeks_per_repeat(), cells.mean_age()
        starts: list[Sequence[float]] = [(0.5, 0.3 * per_repeat, 0.6, mean_age / 3), (1.0, per_repeat, 1.0, mean_age)]
        if near is not None:
            starts.insert(0, near)
        center = (0.6, 0.36 * per_repeat, 0.6, mean_age / 2)
        prior = None if prior_spread is None else Prior(center=center, spread=prior_spread)
        (r, alpha, s, beta), log_likelihood = fit_cells(_total_log_likelihood, cells, starts, prior)
        return cls(r=float(r), alpha=float(alpha), s=float(s), beta=float(beta)), log_likelihood

    def log_likelihood(self, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """Return ln L of each history."""
        split = _split(self, x, t_x, age, _SCORE_NODES)
        constant = self.r * np.log(self.alpha) + self.s * np.log(self.beta) - ln_gamma(self.r)
        result: Floats = ln_gamma(self.r + x) + constant + np.logaddexp(split.ln_alive, split.ln_left)
        return result

    def p_alive(self, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """Return the probability of still buying at the cut: A / (A + D)."""
        result = np.empty(x.size)
        for start in range(0, x.size, _CHUNK):
            part = slice(start, start + _CHUNK)
            result[part] = _split(self, x[part], t_x[part], age[part], _SCORE_NODES).p_alive
        return result

    def expected_if_alive(self, x: Floats, age: Floats, horizon: Horizon) -> Floats:
        """Return expected purchases in the horizon of customers alive at the cut, discounted."""
        ages, index = np.unique(age, return_inverse=True)
        return (self.r + x) / (self.alpha + age) * self._exposure(ages, horizon)[index]

    def expected_new(self, horizon: Horizon) -> float:
        """Return expected repeat purchases of a customer from the first purchase on."""
        return float(self.expected_if_alive(np.zeros(1), np.zeros(1), horizon)[0])

    def expected_new_by(self, weeks: Floats) -> Floats:
        """Return expected repeat purchases of a new customer within each number of weeks."""
        return self.r / self.alpha * self._weeks_alive(np.zeros_like(weeks), weeks)

    def _exposure(self, age: Floats, horizon: Horizon) -> Floats:
        """Return the expected (discounted) weeks alive within the horizon, given alive at the cut."""
        if horizon.weekly_discount > 0.0:
            return self._discounted_weeks(age, horizon.weeks, horizon.weekly_discount)
        ends = np.stack([self._weeks_alive(age, edge) for edge in horizon.edges], axis=1)
        return np.diff(ends, axis=1) @ horizon.factors

    def _weeks_alive(self, age: Floats, weeks: Floats | float) -> Floats:
        """phi(T, t) = integral from 0 to t of ((beta+T)/(beta+T+u))^s du."""
        span = self.beta + age
        log_growth = np.log1p(weeks / span)
        power = self.s - 1.0
        if abs(power) < 1e-9:  # noqa: PLR2004  the limit s -> 1
            return span * log_growth
        return span * -np.expm1(-power * log_growth) / power

    def _discounted_weeks(self, age: Floats, weeks: float, rate: float) -> Floats:
        """phi_delta(T, t) after the substitution u = (beta+T)(e^y - 1)."""
        span = self.beta + age
        upper = np.log1p(weeks / span)
        total = np.zeros_like(age)
        for node, weight in zip(*legendre_nodes(_DISCOUNT_NODES), strict=True):
            y = node * upper
            total += weight * np.exp((1.0 - self.s) * y - rate * span * np.expm1(y))
        return span * upper * total

    def draw_purchases(self, rng: np.random.Generator, x: float, age: float, horizon: Horizon, size: int) -> Floats:
        """Draw purchase counts in the horizon of one history that is alive at the cut."""
        rate = rng.standard_gamma(self.r + x, size) / (self.alpha + age)
        death_rate = np.maximum(rng.standard_gamma(self.s, size) / (self.beta + age), 1e-300)
        lifetime = np.minimum(rng.standard_exponential(size) / death_rate, horizon.edges[-1])
        return rng.poisson(np.minimum(rate * horizon.discounted_weeks(lifetime), 1e9)).astype(float)


@dataclass(slots=True, kw_only=True)
class _Split:
    """ln A (alive at the cut), ln D (left before), and means over the leaving time y."""

    ln_alive: Floats
    ln_left: Floats
    mean_ln_alpha: Floats  # mean of ln(alpha + y)
    mean_ln_beta: Floats
    mean_over_alpha: Floats  # mean of 1 / (alpha + y)
    mean_over_beta: Floats

    @property
    def p_alive(self) -> Floats:
        return np.exp(self.ln_alive - np.logaddexp(self.ln_alive, self.ln_left))


def _split(model: ParetoNbd, x: Floats, t_x: Floats, age: Floats, nodes: int) -> _Split:
    """Evaluate A and D, the integral by Gauss-Legendre.

    The integrand (alpha+y)^-(r+x) (beta+y)^-(s+1) is divided by the power law that shares its first
    two logarithmic derivatives at t_x; what is left is close to 1 and smooth. Inside the loop plain logs
    do: they lose 1e-16 of a sum near 1, and take half the time of log1p.
    """
    a, b = model.alpha + t_x, model.beta + t_x
    shape_a, shape_b = model.r + x, model.s + 1.0
    slope = shape_a / a + shape_b / b
    bend = shape_a / (a * a) + shape_b / (b * b)
    scale = slope / bend
    power = slope * scale - 1.0
    power = np.where(np.abs(power) < 1e-6, 1e-6, power)  # noqa: PLR2004  the limit is smooth
    reach = -np.expm1(-power * np.log1p((age - t_x) / scale))
    total, ln_a, ln_b, over_a, over_b = np.zeros((5, x.size))
    per_a, per_b, exponent = scale / a, scale / b, -1.0 / power
    for node, weight in zip(*legendre_nodes(nodes), strict=True):
        u = exponent * np.log(1.0 - node * reach)
        grown = np.exp(u) - 1.0
        ratio_a, ratio_b = 1.0 + per_a * grown, 1.0 + per_b * grown
        log_a, log_b = np.log(ratio_a), np.log(ratio_b)
        h = weight * np.exp((power + 1.0) * u - shape_a * log_a - shape_b * log_b)
        total += h
        ln_a += h * log_a
        ln_b += h * log_b
        over_a += h / ratio_a
        over_b += h / ratio_b
    base_a, base_b = np.log(a), np.log(b)
    width = np.maximum(reach / power, 1e-300)  # t_x = T: nobody left in between
    ln_integral = np.log(scale * width * total) - shape_a * base_a - shape_b * base_b
    return _Split(
        ln_alive=-shape_a * np.log(model.alpha + age) - model.s * np.log(model.beta + age),
        ln_left=np.log(model.s) + ln_integral,
        mean_ln_alpha=base_a + ln_a / total,
        mean_ln_beta=base_b + ln_b / total,
        mean_over_alpha=over_a / (a * total),
        mean_over_beta=over_b / (b * total),
    )


def _total_log_likelihood(theta: Floats, cells: Cells) -> tuple[float, Floats]:
    """Return the log-likelihood of all cells and its gradient in the log parameters."""
    r, alpha, s, beta = (float(v) for v in np.exp(theta))
    model = ParetoNbd(r=r, alpha=alpha, s=s, beta=beta)
    counts, index = np.unique(cells.x, return_inverse=True)
    by_count = np.bincount(index, weights=cells.weight)
    customers = cells.customers
    value = float(by_count @ (ln_gamma(r + counts) - ln_gamma(r))) + customers * (r * np.log(alpha) + s * np.log(beta))
    gradient = np.array(
        [
            float(by_count @ (digamma(r + counts) - digamma(r))) + customers * np.log(alpha),
            customers * r / alpha,
            customers * np.log(beta),
            customers * s / beta,
        ]
    )
    for start in range(0, cells.x.size, _CHUNK):
        part = slice(start, start + _CHUNK)
        x, age, weight = cells.x[part], cells.age[part], cells.weight[part]
        split = _split(model, x, cells.t_x[part], age, _FIT_NODES)
        value += float(weight @ np.logaddexp(split.ln_alive, split.ln_left))
        gradient += weight @ _slopes(model, x, age, split)
    return value, gradient * np.exp(theta)


def _slopes(model: ParetoNbd, x: Floats, age: Floats, split: _Split) -> Floats:
    """Return the gradient of ln(A + D) in r, alpha, s, beta; shape (cells, 4)."""
    alive = split.p_alive
    left = 1.0 - alive
    end_alpha, end_beta = model.alpha + age, model.beta + age
    return np.stack(
        [
            -alive * np.log(end_alpha) - left * split.mean_ln_alpha,
            -(model.r + x) * (alive / end_alpha + left * split.mean_over_alpha),
            -alive * np.log(end_beta) + left * (1.0 / model.s - split.mean_ln_beta),
            -alive * model.s / end_beta - left * (model.s + 1.0) * split.mean_over_beta,
        ],
        axis=1,
    )
