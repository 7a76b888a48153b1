"""The 80 % interval of each customer's future money, given the fitted parameters.

The money of k purchases is (gamma + n m) Gamma(p k) / Gamma(p n + q). For customers still alive at
the cut its distribution depends on (x, age) only, and smoothly on age: it is drawn on a grid of
those, with a fixed seed, and read off between the grid's points. Being gone adds a lump at zero.
"""

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from audience_builder.clv.arrays import Cells, Floats
from audience_builder.clv.gamma_gamma import GammaGamma
from audience_builder.clv.horizon import Horizon

__all__ = ["COVERAGE", "interval_factors"]

COVERAGE = 0.8
"""Share of customers whose outcome should lie inside the interval."""

_TAIL = (1.0 - COVERAGE) / 2.0
_DRAWS = 2000
_SEED = 2005
_AGES = 8
_LEVELS = np.linspace(0.0, 1.0 - _TAIL, 46)
_EXACT_COUNTS = 32
_COUNT_STEP = 1.1


class PurchaseDraws(Protocol):
    """What the interval needs of a purchase model."""

    def expected_if_alive(self, x: Floats, age: Floats, horizon: Horizon) -> Floats:
        """Return expected purchases of customers alive at the cut."""
        ...

    def draw_purchases(self, rng: np.random.Generator, x: float, age: float, horizon: Horizon, size: int) -> Floats:
        """Draw purchase counts of one history alive at the cut."""
        ...


def interval_factors(
    purchases: PurchaseDraws, spend: GammaGamma, cells: Cells, p_alive: Floats, horizon: Horizon
) -> tuple[Floats, Floats]:
    """Return what to multiply the expected money of a living customer by to get both bounds.

    Args:
        purchases: Purchase model.
        spend: Spend model.
        cells: Histories; shape (cells,).
        p_alive: Probability of still buying, per cell.
        horizon: How far the forecast looks.
    """
    gone = 1.0 - p_alive
    low_level = np.clip((_TAIL - gone) / p_alive, 0.0, _LEVELS[-1])
    high_level = np.clip((1.0 - _TAIL - gone) / p_alive, 0.0, _LEVELS[-1])
    low, high = np.zeros((2, cells.x.size))
    ages = _age_grid(cells.age)
    for count, rows in _by_count(cells.x):
        alive_orders = purchases.expected_if_alive(np.full(ages.size, count), ages, horizon)
        table = np.stack(
            [
                _quantiles(
                    spend,
                    count,
                    purchases.draw_purchases(_rng(count), count, float(age), horizon, _DRAWS),
                    float(orders),
                )
                for age, orders in zip(ages, alive_orders, strict=True)
            ]
        )
        place = np.interp(cells.age[rows], ages, np.arange(ages.size))
        low[rows] = _look_up(table, place, low_level[rows])
        high[rows] = _look_up(table, place, high_level[rows])
    return np.where(gone >= _TAIL, 0.0, low), np.where(gone >= 1.0 - _TAIL, 0.0, high)


def _age_grid(age: Floats) -> Floats:
    """Return ages between the youngest and the oldest, closer together among the young."""
    return np.unique(np.expm1(np.linspace(np.log1p(age.min()), np.log1p(age.max()), _AGES)))


def _by_count(x: Floats) -> Iterator[tuple[float, np.ndarray]]:
    """Yield representative counts with the cells they stand for; above 32 every tenth more shares one."""
    excess = np.log(np.maximum(x, _EXACT_COUNTS) / _EXACT_COUNTS) / np.log(_COUNT_STEP)
    nearest = np.rint(np.where(x <= _EXACT_COUNTS, x, _EXACT_COUNTS * _COUNT_STEP ** np.rint(excess)))
    order = np.argsort(nearest, kind="stable")
    counts, starts = np.unique(nearest[order], return_index=True)
    for count, rows in zip(counts, np.split(order, starts[1:]), strict=True):
        yield float(count), rows


def _rng(count: float) -> np.random.Generator:
    return np.random.default_rng([_SEED, int(count)])


def _quantiles(spend: GammaGamma, x: float, bought: Floats, orders: float) -> Floats:
    """Return quantiles of future money over its mean, for one history alive at the cut.

    Args:
        spend: Spend model.
        x: Repeat purchases so far.
        bought: Purchases drawn for the horizon.
        orders: Their exact mean.
    """
    rng = np.random.default_rng([_SEED, int(x), 1])
    shape = spend.p * (x + 1.0) + spend.q
    money = rng.standard_gamma(spend.p * bought) / rng.standard_gamma(shape, _DRAWS)
    mean = orders * spend.p / (shape - 1.0)
    return np.quantile(money, _LEVELS) / mean if mean > 0 else np.zeros_like(_LEVELS)


def _look_up(table: Floats, place: Floats, level: Floats) -> Floats:
    """Interpolate linearly between the rows (ages) and columns (levels) of a table."""
    column = level * ((_LEVELS.size - 1) / _LEVELS[-1])
    row0, column0 = place.astype(np.int64), column.astype(np.int64)
    row1 = np.minimum(row0 + 1, table.shape[0] - 1)
    column1 = np.minimum(column0 + 1, table.shape[1] - 1)
    down, right = place - row0, column - column0
    upper = table[row0, column0] * (1.0 - right) + table[row0, column1] * right
    lower = table[row1, column0] * (1.0 - right) + table[row1, column1] * right
    result: Floats = upper * (1.0 - down) + lower * down
    return result
