"""Gamma-Gamma: how much customers spend on a purchase.

Colombo & Jiang 1999, J. Interactive Marketing 13(3); Fader, Hardie & Lee 2005, JMR 42(4), 415-430;
http://brucehardie.com/notes/025/. Each purchase ~ Gamma(p, nu), nu ~ Gamma(q, gamma) across
customers. The papers leave the first purchase out; here ``n`` counts every purchase, the first
included, because six in ten customers have no other.
"""

from dataclasses import dataclass

import numpy as np

from audience_builder.clv.arrays import Floats
from audience_builder.clv.fitting import Prior, minimise
from audience_builder.clv.special_functions import digamma, ln_gamma

__all__ = ["LEAST_MEAN", "GammaGamma"]

LEAST_MEAN = 0.01
"""Means below a hundredth of the currency unit count as that much."""

_LEAST_Q = 1.0001  # at q <= 1 the mean over customers is infinite
_GROUPED_FROM = 30_000
_STEPS_PER_LOG = 128.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GammaGamma:
    """Parameters: money per purchase ~ Gamma(p, nu), nu ~ Gamma(q, gamma)."""

    p: float
    q: float
    gamma: float

    @classmethod
    def fit(cls, n: Floats, mean: Floats, *, prior_spread: float | None) -> "tuple[GammaGamma, float]":
        """Fit by maximum likelihood.

        Args:
            n: Purchases of each customer.
            mean: Mean money per purchase of each customer.
            prior_spread: Deviation of the log-normal prior around (3, 3, geometric mean); none
                reproduces published fits.

        Returns:
            The model and its log-likelihood.
        """
        log_mean = np.log(np.maximum(mean, LEAST_MEAN))
        middle = float(log_mean.mean())
        grouped = _group(n, log_mean - middle)
        scale = np.exp(middle)
        starts = ((3.0, 2.0, 1.0), (6.0, 3.0, 0.5), (1.0, 0.5, 1.0))
        prior = None if prior_spread is None else Prior(center=starts[0], spread=prior_spread)

        def objective(theta: Floats) -> tuple[float, Floats]:
            value, slope = _total_log_likelihood(theta, *grouped)
            if prior is not None:
                penalty, pull = prior.penalty(theta)
                value, slope = value - penalty, slope - pull
            return -value / n.size, -slope / n.size

        theta = minimise(objective, starts).theta
        p, above_least_q, gamma = (float(v) for v in np.exp(theta))
        model = cls(p=p, q=_LEAST_Q + above_least_q, gamma=gamma * float(scale))
        return model, _total_log_likelihood(theta, *grouped)[0] - n.size * middle

    def log_likelihood(self, n: Floats, mean: Floats) -> Floats:
        """Return ln f(m | n) of each customer."""
        p, q, gamma, total = self.p, self.q, self.gamma, n * mean
        result: Floats = (
            ln_gamma(p * n + q) - ln_gamma(p * n) - ln_gamma(q)
            + q * np.log(gamma) + (p * n - 1.0) * np.log(mean) + p * n * np.log(n)
            - (p * n + q) * np.log(gamma + total)
        )  # fmt: skip
        return result

    def expected(self, n: Floats, total: Floats) -> Floats:
        """Return the expected money of a customer's next purchase: p (gamma + n m) / (p n + q - 1).

        Args:
            n: Purchases so far.
            total: Money so far, n times the mean.
        """
        return self.p * (self.gamma + total) / (self.p * n + self.q - 1.0)

    def expected_new(self) -> float:
        """Return the expected money of an unknown customer's purchase: p gamma / (q - 1)."""
        return self.p * self.gamma / (self.q - 1.0)


def _group(n: Floats, log_mean: Floats) -> tuple[Floats, Floats, Floats]:
    """Return (n, log mean, customers) of each group; many customers are grouped to 1/128 of a log."""
    if n.size < _GROUPED_FROM:
        return n, log_mean, np.ones(n.size)
    steps = np.rint(log_mean * _STEPS_PER_LOG).astype(np.int64)
    lowest = int(steps.min())
    span = int(steps.max()) - lowest + 1
    keys, counts = np.unique(n.astype(np.int64) * span + (steps - lowest), return_counts=True)
    return (keys // span).astype(float), (keys % span + lowest) / _STEPS_PER_LOG, counts.astype(float)


def _total_log_likelihood(theta: Floats, n: Floats, log_mean: Floats, weight: Floats) -> tuple[float, Floats]:
    """Return the log-likelihood and its gradient in ln p, ln(q - least q), ln gamma."""
    p, above_least_q, gamma = (float(v) for v in np.exp(theta))
    q = _LEAST_Q + above_least_q
    counts, index = np.unique(n, return_inverse=True)
    by_count = np.bincount(index, weights=weight)
    customers = float(weight.sum())
    log_total = np.log(n) + log_mean
    total = np.exp(log_total)
    log_sum = np.log(gamma + total)
    shape = p * n + q
    psi_shape, psi_q = digamma(p * counts + q), float(digamma(q))
    value = (
        by_count @ (ln_gamma(p * counts + q) - ln_gamma(p * counts))
        + customers * (q * np.log(gamma) - float(ln_gamma(q)))
        + weight @ (p * n * log_total - log_mean - shape * log_sum)
    )
    gradient = np.array([
        (by_count * counts) @ (psi_shape - digamma(p * counts)) + (weight * n) @ (log_total - log_sum),
        by_count @ psi_shape + customers * (np.log(gamma) - psi_q) - weight @ log_sum,
        customers * q / gamma - (weight * shape) @ (1.0 / (gamma + total)),
    ])  # fmt: skip
    return float(value), gradient * np.array([p, above_least_q, gamma])
