"""Maximum likelihood in log parameters: damped Newton, a weak prior, coarse to fine."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from audience_builder.clv.arrays import Cells, Floats

__all__ = ["Objective", "Prior", "fit_cells", "minimise"]

Objective = Callable[[Floats], tuple[float, Floats]]
"""Log parameters -> value to minimise and its gradient, both per customer."""

LogLikelihood = Callable[[Floats, Cells], tuple[float, Floats]]
"""Log parameters, cells -> total log-likelihood and its gradient in the log parameters."""

_LOWEST, _HIGHEST = -12.0, 14.0
_MAX_STEPS = 200
_FLAT = 1e-9
_STALLED = 1e-13
_LONGEST_STEP = 1.5
_COARSE_CELLS = 6_000
_COARSE_SHARE = 0.02
_FINE_FROM_CELLS = 12_000
_FINE_STEPS = 4
_FINE_FLAT = 1e-6
_THINNING_SEED = 1987


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """A log-normal prior: ``center`` in parameters, ``spread`` the deviation of their logs."""

    center: tuple[float, ...]
    spread: float

    def penalty(self, theta: Floats) -> tuple[float, Floats]:
        """Return minus the log density, constant left out, and its slope in the log parameters."""
        away = (theta - np.log(self.center)) / self.spread
        return 0.5 * float(away @ away), away / self.spread

    def weakened(self, share: float) -> "Prior":
        """Return the prior that weighs as much on a share of the customers as this one does on all."""
        return replace(self, spread=self.spread / float(np.sqrt(share)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Minimum:
    """Where a minimisation ended."""

    theta: Floats
    value: float
    gradient: Floats
    converged: bool


def minimise(objective: Objective, starts: Sequence[Sequence[float]]) -> Minimum:
    """Minimise from each start (in parameters) in turn until one converges; else keep the best."""
    best: Minimum | None = None
    for start in starts:
        found = _newton(objective, np.clip(np.log(start), _LOWEST, _HIGHEST))
        if best is None or found.value < best.value:
            best = found
        if found.converged:
            break
    if best is None:
        msg = "minimise needs at least one start"
        raise ValueError(msg)
    return best


def _newton(objective: Objective, theta: Floats) -> Minimum:
    """Damped Newton; the Hessian by forward differences of the gradient."""
    value, gradient = objective(theta)
    damping = 1e-3
    hessian = _hessian(objective, theta, gradient)
    small_steps = 0
    for _ in range(_MAX_STEPS):
        if np.abs(gradient).max() < _FLAT:
            return Minimum(theta=theta, value=value, gradient=gradient, converged=True)
        step = _step(hessian, gradient, damping)
        tried = np.clip(theta + step, _LOWEST, _HIGHEST)
        new_value, new_gradient = objective(tried)
        if not np.isfinite(new_value) or new_value > value:
            if -float(gradient @ step) < _STALLED:  # less to gain than rounding hides
                break
            damping *= 10.0
            if damping > 1e12:  # noqa: PLR2004  no step of any length goes down any more
                break
            continue
        small_steps = small_steps + 1 if value - new_value < _STALLED else 0
        theta, value, gradient = tried, new_value, new_gradient
        if small_steps >= 4:  # noqa: PLR2004  four steps without a gain in the 13th digit
            break
        damping = max(damping / 10.0, 1e-12)
        hessian = _hessian(objective, theta, gradient)
    return Minimum(theta=theta, value=value, gradient=gradient, converged=bool(np.abs(gradient).max() < _FINE_FLAT))


def _hessian(objective: Objective, theta: Floats, gradient: Floats, step: float = 1e-4) -> Floats:
    rows = []
    for j in range(theta.size):
        moved = theta.copy()
        moved[j] += step
        rows.append((objective(moved)[1] - gradient) / step)
    matrix = np.array(rows)
    return 0.5 * (matrix + matrix.T)


def _step(hessian: Floats, gradient: Floats, damping: float) -> Floats:
    values, vectors = np.linalg.eigh(hessian)
    curvature = np.maximum(np.abs(values), 1e-10)
    step = -vectors @ ((vectors.T @ gradient) / (curvature + damping * curvature.max()))
    longest = np.abs(step).max()
    result: Floats = step if longest <= _LONGEST_STEP else step * (_LONGEST_STEP / longest)
    return result


def fit_cells(
    log_likelihood: LogLikelihood, cells: Cells, starts: Sequence[Sequence[float]], prior: Prior | None
) -> tuple[Floats, float]:
    """Fit parameters to cells.

    Above 12,000 cells a thinned sample finds the optimum's neighbourhood and its curvature; a few
    Newton steps on all cells then finish, checked by the gradient. Where they do not, a full fit starts there.

    Returns:
        The parameters (not their logs) and the log-likelihood there, prior left out.
    """
    if cells.x.size > _FINE_FROM_CELLS:
        found = _coarse_to_fine(log_likelihood, cells, starts, prior)
    else:
        found = minimise(_objective(log_likelihood, cells, prior), starts)
    penalty = 0.0 if prior is None else prior.penalty(found.theta)[0]
    return np.exp(found.theta), penalty - found.value * cells.customers


def _objective(log_likelihood: LogLikelihood, cells: Cells, prior: Prior | None) -> Objective:
    customers = cells.customers

    def objective(theta: Floats) -> tuple[float, Floats]:
        value, gradient = log_likelihood(theta, cells)
        if prior is not None:
            penalty, slope = prior.penalty(theta)
            value, gradient = value - penalty, gradient - slope
        return -value / customers, -gradient / customers

    return objective


def _coarse_to_fine(
    log_likelihood: LogLikelihood, cells: Cells, starts: Sequence[Sequence[float]], prior: Prior | None
) -> Minimum:
    thinned = cells.thinned(max(_COARSE_SHARE, min(1.0, _COARSE_CELLS / cells.x.size)), _THINNING_SEED)
    share = thinned.customers / cells.customers
    coarse = _objective(log_likelihood, thinned, None if prior is None else prior.weakened(share))
    theta = minimise(coarse, starts).theta
    hessian = _hessian(coarse, theta, coarse(theta)[1])
    fine = _objective(log_likelihood, cells, prior)
    for _ in range(_FINE_STEPS):
        value, gradient = fine(theta)
        if np.abs(gradient).max() < _FINE_FLAT:
            return Minimum(theta=theta, value=value, gradient=gradient, converged=True)
        theta = np.clip(theta + _step(hessian, gradient, 0.0), _LOWEST, _HIGHEST)
    return minimise(fine, [np.exp(theta).tolist()])
