"""The array types of the models, and the grouped customers they are fitted on."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Cells", "Floats", "Integers"]

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Customers with the same history, counted.

    Attributes:
        x: Repeat purchases, that is purchase days after the first; shape (cells,).
        t_x: Weeks from the first to the last purchase, 0 where x is 0.
        age: Weeks from the first purchase to the cut (T in the papers).
        weight: Customers in the cell.
    """

    x: Floats
    t_x: Floats
    age: Floats
    weight: Floats

    @property
    def customers(self) -> float:
        """How many customers there are."""
        return float(self.weight.sum())

    @property
    def repeat_buyers(self) -> int:
        """How many of them bought on two days or more."""
        return int(self.weight[self.x > 0].sum())

    def mean(self, values: Floats) -> float:
        """Return the mean of one value per cell over customers."""
        return float(self.weight @ values) / self.customers

    def weeks_per_repeat(self) -> float:
        """Return observed weeks per repeat purchase; finite without any repeat or any time."""
        return max(float(self.weight @ self.age), 1.0 / 7.0) / max(float(self.weight @ self.x), 0.5)

    def mean_age(self) -> float:
        """Return the mean weeks since the first purchase, at least a day."""
        return max(self.mean(self.age), 1.0 / 7.0)

    def thinned(self, keep: float, seed: int) -> "Cells":
        """Keep each customer with probability ``keep``; the same ones on every run."""
        kept = np.random.default_rng(seed).binomial(self.weight.astype(np.int64), keep)
        some = kept > 0
        return Cells(x=self.x[some], t_x=self.t_x[some], age=self.age[some], weight=kept[some].astype(float))
