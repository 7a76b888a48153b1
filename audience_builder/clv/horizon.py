"""How far a forecast looks, and what later money is worth today."""

from dataclasses import dataclass

import numpy as np

from audience_builder.clv.arrays import Floats
from audience_builder.errors import ConfigError

__all__ = ["DAYS_PER_WEEK", "DAYS_PER_YEAR", "Horizon", "weekly_discount"]

DAYS_PER_WEEK = 7.0
DAYS_PER_YEAR = 365.25
_UNLIMITED_DISCOUNT = 40.0  # money so far ahead is worth e^-40 of itself
_FINEST_WEEKS = 1.0
_COARSEST_GROWTH = 0.02


def weekly_discount(discount_per_year: float) -> float:
    """Return the continuous weekly rate of a yearly one: ln(1 + d) / (365.25 / 7)."""
    return float(np.log1p(discount_per_year)) / (DAYS_PER_YEAR / DAYS_PER_WEEK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """Stretches of model time after the cut, each with its discount factor.

    Attributes:
        edges: Weeks after the cut, from 0 on; shape (stretches + 1,).
        factors: What money of each stretch is worth at the cut; shape (stretches,).
        weekly_discount: Continuous rate inside a single stretch; 0 where ``factors`` say it all.
    """

    edges: Floats
    factors: Floats
    weekly_discount: float = 0.0

    @classmethod
    def of(cls, days: float | None, discount_per_year: float = 0.0) -> "Horizon":
        """Build a plain horizon.

        Args:
            days: Length in days; none means without end.
            discount_per_year: Yearly rate, 0.1 for ten percent.

        Raises:
            ConfigError: Without an end and without a discount: the value can be infinite.
        """
        check_horizon(days, discount_per_year)
        rate = weekly_discount(discount_per_year)
        weeks = days / DAYS_PER_WEEK if days is not None else _UNLIMITED_DISCOUNT / rate
        return cls(edges=np.array([0.0, weeks]), factors=np.ones(1), weekly_discount=rate)

    @property
    def weeks(self) -> float:
        """Length in weeks of model time."""
        return float(self.edges[-1])

    def stretched(self) -> "Horizon":
        """Return the same horizon as short stretches of constant discount."""
        if self.weekly_discount == 0.0:
            return self
        edges = [0.0]
        while edges[-1] < self.weeks:
            edges.append(min(self.weeks, edges[-1] + max(_FINEST_WEEKS, _COARSEST_GROWTH * edges[-1])))
        ends = np.array(edges)
        worth = np.exp(-self.weekly_discount * ends)
        return Horizon(edges=ends, factors=-np.diff(worth) / (self.weekly_discount * np.diff(ends)))

    def discounted_weeks(self, lifetime: Floats) -> Floats:
        """Return the discounted weeks between the cut and a lifetime within the horizon."""
        if self.weekly_discount > 0.0:
            return -np.expm1(-self.weekly_discount * lifetime) / self.weekly_discount
        sums = np.concatenate([[0.0], np.cumsum(self.factors * np.diff(self.edges))])
        result: Floats = np.interp(lifetime, self.edges, sums)
        return result


def check_horizon(days: float | None, discount_per_year: float) -> None:
    """Refuse horizons and rates without a finite value.

    Raises:
        ConfigError: Negative or not finite, or endless without a discount.
    """
    if not np.isfinite(discount_per_year) or discount_per_year < 0.0:
        raise ConfigError(
            "The yearly discount rate cannot be used.",
            f"It is {discount_per_year}.",
            "Give a rate from 0 upwards, for example 0.1 for ten percent.",
        )
    if days is None and discount_per_year == 0.0:
        raise ConfigError(
            "An unlimited horizon needs a discount rate: without one the value can be infinite.",
            "The yearly discount rate is 0.",
            "Give a yearly rate such as 0.1, or a horizon in days.",
        )
    if days is not None and not (np.isfinite(days) and days > 0.0):
        raise ConfigError("The horizon has to be a number of days above 0.", f"It is {days}.", "Use for example 365.")
