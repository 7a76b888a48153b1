"""The few special functions and quadrature rules the models need, in NumPy alone."""

from functools import cache, lru_cache

import numpy as np

from audience_builder.clv.arrays import Floats

__all__ = ["beta_nodes", "digamma", "legendre_nodes", "ln_gamma"]

_SHIFT_TO = 9
_HALF_LN_TWO_PI = 0.5 * np.log(2.0 * np.pi)
# Bernoulli terms of Stirling's series, https://dlmf.nist.gov/5.11.E1 and https://dlmf.nist.gov/5.11.E2
_LN_GAMMA_SERIES = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188)
_DIGAMMA_SERIES = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132)


def ln_gamma(z: Floats | float) -> Floats:
    """Return ln Gamma(z) for z > 0, to about 1e-13.

    The argument is raised by the recurrence until it is at least 9, then Stirling's series serves.

    >>> [round(float(v), 10) for v in np.exp(ln_gamma(np.array([1.0, 5.0, 0.5])))]
    [1.0, 24.0, 1.7724538509]
    """
    raised = np.array(z, dtype=float)
    lowered = np.zeros_like(raised)
    for _ in range(_SHIFT_TO):
        small = raised < _SHIFT_TO
        lowered += np.where(small, np.log(raised), 0.0)
        raised = raised + small
    result: Floats = (
        (raised - 0.5) * np.log(raised) - raised + _HALF_LN_TWO_PI + _tail(raised, _LN_GAMMA_SERIES) - lowered
    )
    return result


def digamma(z: Floats | float) -> Floats:
    """Return psi(z), the derivative of ln Gamma, for z > 0, to about 1e-13.

    >>> round(float(-digamma(1.0)), 10)  # Euler's constant
    0.5772156649
    """
    raised = np.array(z, dtype=float)
    lowered = np.zeros_like(raised)
    for _ in range(_SHIFT_TO):
        small = raised < _SHIFT_TO
        lowered += np.where(small, 1.0 / raised, 0.0)
        raised = raised + small
    result: Floats = np.log(raised) - 0.5 / raised - _tail(raised, _DIGAMMA_SERIES) / raised - lowered
    return result


def _tail(z: Floats, series: tuple[float, ...]) -> Floats:
    """Sum series[k] / z^(2k+1)."""
    inverse_square = 1.0 / (z * z)
    total = np.zeros_like(z)
    for coefficient in reversed(series):
        total = total * inverse_square + coefficient
    return total / z


@cache
def legendre_nodes(count: int) -> tuple[Floats, Floats]:
    """Return Gauss-Legendre nodes and weights on (0, 1)."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return 0.5 * (nodes + 1.0), 0.5 * weights


@lru_cache(maxsize=1024)
def beta_nodes(a: float, b: float, count: int) -> tuple[Floats, Floats]:
    """Return nodes and weights that average over p ~ Beta(a, b).

    Gauss-Jacobi by the eigenvalues of the Jacobi matrix: Golub & Welsch 1969, Mathematics of
    Computation 23; recurrence of the Jacobi polynomials https://dlmf.nist.gov/18.9 with exponents
    b - 1 and a - 1 on (-1, 1), moved to (0, 1).
    """
    left, right = b - 1.0, a - 1.0
    k = np.arange(1, count, dtype=float)
    total = 2.0 * k + left + right
    diagonal = np.empty(count)
    diagonal[0] = (right - left) / (left + right + 2.0)
    diagonal[1:] = (right * right - left * left) / (total * (total + 2.0))
    square = np.empty(count - 1)
    square[0] = 4.0 * a * b / ((a + b) ** 2 * (a + b + 1.0))
    later, sums = k[1:], total[1:]
    square[1:] = (
        4.0 * later * (later + left) * (later + right) * (later + left + right)
        / (sums * sums * (sums + 1.0) * (sums - 1.0))
    )  # fmt: skip
    off = np.sqrt(square)
    values, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(off, 1) + np.diag(off, -1))
    return np.clip(0.5 * (values + 1.0), 1e-300, 1.0), vectors[0] ** 2
