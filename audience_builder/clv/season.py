"""A yearly season, as a clock that runs faster in busy months.

Time is bent before the models see it, so they need not know about seasons: a month with index 1.5
lasts one and a half months of model time (idea: Hardie, http://brucehardie.com/notes/040/).
"""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from audience_builder.clv.arrays import Cells, Floats, Integers
from audience_builder.clv.horizon import DAYS_PER_WEEK, Horizon, check_horizon, weekly_discount
from audience_builder.clv.transactions import CellIndex

__all__ = ["LEAST_SEASON_WEEKS", "Season", "measure_season"]

LEAST_SEASON_WEEKS = 78
"""Below that, growth and season cannot be told apart."""

_MONTHS = 12
_SHRINKAGE = 50.0  # repeat purchases added on both sides of each month's index
_ENDLESS_DAYS = 400 * 366


class NewCustomerForecast(Protocol):
    """What the season needs of a purchase model."""

    def expected_new_by(self, weeks: Floats) -> Floats:
        """Return expected repeat purchases of a new customer within each number of weeks."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """How busy each month is; ``index`` runs from January to December with mean 1."""

    index: tuple[float, ...]

    def cells(self, cells: CellIndex) -> Cells:
        """Return the cells in weeks of bent time."""
        plain = cells.plain()
        oldest = int(cells.age_days.max())
        clock = self._clock(cells.cut_day - oldest, oldest)
        first = oldest - cells.age_days
        return replace(
            plain,
            t_x=clock[first + cells.t_x_days] - clock[first],
            age=clock[oldest] - clock[first],
        )

    def horizon(self, cut_day: int, days: float | None, discount_per_year: float) -> Horizon:
        """Return a horizon in bent time: one stretch per calendar month."""
        check_horizon(days, discount_per_year)
        length = int(np.ceil(days)) if days is not None else _ENDLESS_DAYS
        clock = self._clock(cut_day, length)
        months = _month_of(np.arange(cut_day + 1, cut_day + length + 1))
        ends = np.append(np.flatnonzero(np.diff(months)) + 1, length)
        starts = np.insert(ends[:-1], 0, 0)
        middle = (starts + ends) / (2 * DAYS_PER_WEEK)
        factors = np.exp(-weekly_discount(discount_per_year) * middle)
        return Horizon(edges=np.insert(clock[ends], 0, 0.0), factors=factors)

    def log_index_of(self, per_day: Floats, first_day: int) -> float:
        """Return the sum of ln(index) over purchases counted by day."""
        return float(per_day @ np.log(self._of_days(first_day, per_day.size)))

    def _of_days(self, first_day: int, count: int) -> Floats:
        return np.array(self.index)[_month_of(np.arange(first_day, first_day + count)) % _MONTHS]

    def _clock(self, from_day: int, days: int) -> Floats:
        """Return bent weeks from the end of ``from_day`` to the end of each following day."""
        return np.insert(np.cumsum(self._of_days(from_day + 1, days)), 0, 0.0) / DAYS_PER_WEEK


def measure_season(model: NewCustomerForecast, cells: CellIndex, repeats_per_day: Floats) -> Season:
    """Compare repeat purchases with what a model without seasons expects, month by month.

    Args:
        model: Purchase model fitted in plain time.
        cells: The histories it was fitted on.
        repeats_per_day: Repeat purchases of each day, from the first purchase of anybody to the cut.
    """
    days = repeats_per_day.size
    newcomers = np.bincount(days - 1 - cells.age_days, weights=cells.weight, minlength=days)
    per_newcomer = np.diff(model.expected_new_by(np.arange(days) / DAYS_PER_WEEK), prepend=0.0)
    expected = np.convolve(newcomers, per_newcomer)[:days]
    months = _month_of(np.arange(cells.cut_day - days + 1, cells.cut_day + 1)) % _MONTHS
    actual_by_month = np.bincount(months, weights=repeats_per_day, minlength=_MONTHS)
    expected_by_month = np.bincount(months, weights=expected, minlength=_MONTHS)
    index = (actual_by_month + _SHRINKAGE) / (expected_by_month + _SHRINKAGE)
    index[np.bincount(months, minlength=_MONTHS) == 0] = 1.0
    return Season(index=tuple(float(v) for v in index / index.mean()))


def _month_of(days: Integers) -> Integers:
    """Return months since January 1970."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
