"""From orders to what the models are fitted on: purchase days, histories, counted cells.

A purchase is a day with a sale: one customer's sales of one day are one purchase. Refunds are never
purchases. Times count in days from each customer's first purchase day; the cut day is inside.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from audience_builder import columns
from audience_builder.clv.arrays import Cells, Floats, Integers
from audience_builder.clv.horizon import DAYS_PER_WEEK

__all__ = ["CellIndex", "Histories", "PurchaseDays", "add_up", "count_cells", "day_number", "day_of", "summarise"]

_EPOCH = date(1970, 1, 1)
_UNITS = 10.0**columns.MONEY_SCALE


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseDays:
    """One row per customer and day, sorted by both.

    Attributes:
        keys: Every customer's key, ascending; shape (customers,).
        customer: Position in ``keys``; shape (rows,).
        day: Days since 1970-01-01.
        gross: Money of the day's sales; 0 on a day of refunds only.
        refunded: Money given back, dated by the order or by the refund's own row.
        is_purchase: Whether the day holds a sale.
    """

    keys: Integers
    customer: Integers
    day: Integers
    gross: Floats
    refunded: Floats
    is_purchase: np.ndarray

    @property
    def first_day(self) -> int:
        """The earliest day with a row; 0 without any."""
        return int(self.day.min()) if self.day.size else 0

    @property
    def last_day(self) -> int:
        """The latest day with a row; 0 without any."""
        return int(self.day.max()) if self.day.size else 0

    def between(self, after: int | None, until: int) -> "PurchaseDays":
        """Keep the days in (after, until]; every customer stays known."""
        inside = self.day <= until
        if after is not None:
            inside &= self.day > after
        if inside.all():
            return self
        return PurchaseDays(
            keys=self.keys,
            customer=self.customer[inside],
            day=self.day[inside],
            gross=self.gross[inside],
            refunded=self.refunded[inside],
            is_purchase=self.is_purchase[inside],
        )

    def net_by_customer(self) -> Floats:
        """Return each customer's net money; shape (customers,)."""
        net = self.gross - self.refunded
        return np.bincount(self.customer, weights=net, minlength=self.keys.size).astype(np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Histories:
    """One row per customer with at least one purchase up to the cut.

    Attributes:
        keys: Customer keys, ascending.
        x: Repeat purchases.
        t_x_days: Days from the first to the last purchase.
        age_days: Days from the first purchase to the cut.
        gross: Money of all purchases.
        refunded: Money given back up to the cut.
        cut_day: Days since 1970-01-01.
    """

    keys: Integers
    x: Integers
    t_x_days: Integers
    age_days: Integers
    gross: Floats
    refunded: Floats
    cut_day: int

    @property
    def n(self) -> Floats:
        """Purchases, the first included."""
        return self.x.astype(np.float64) + 1.0

    @property
    def net(self) -> Floats:
        """Money kept after refunds."""
        return self.gross - self.refunded

    @property
    def repeat_buyers(self) -> int:
        """Customers who bought on two days or more."""
        return int(np.count_nonzero(self.x))

    @property
    def window_days(self) -> int:
        """Days from the first purchase of anybody to the cut, both inside."""
        return int(self.age_days.max()) + 1 if self.age_days.size else 0

    def where(self, kept: np.ndarray) -> "Histories":
        """Keep some customers."""
        if kept.all():
            return self
        return Histories(
            keys=self.keys[kept],
            x=self.x[kept],
            t_x_days=self.t_x_days[kept],
            age_days=self.age_days[kept],
            gross=self.gross[kept],
            refunded=self.refunded[kept],
            cut_day=self.cut_day,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CellIndex:
    """Customers grouped by (x, t_x, age) in whole days; ``cell`` names each customer's group."""

    x: Integers
    t_x_days: Integers
    age_days: Integers
    weight: Integers
    cell: np.ndarray
    cut_day: int

    def plain(self) -> Cells:
        """Return the cells in weeks of plain time."""
        return Cells(
            x=self.x.astype(float),
            t_x=self.t_x_days / DAYS_PER_WEEK,
            age=self.age_days / DAYS_PER_WEEK,
            weight=self.weight.astype(float),
        )


def day_number(day: date) -> int:
    """Return the days since 1970-01-01."""
    return (day - _EPOCH).days


def day_of(number: int) -> date:
    """Return the date of a day number."""
    return _EPOCH + timedelta(days=number)


def add_up(
    *, keys: np.ndarray, day: np.ndarray, gross: Integers, refunded: Integers, is_purchase: np.ndarray
) -> PurchaseDays:
    """Add up rows by customer and day, in whole ten-thousandths: sums do not depend on the order of rows.

    Args:
        keys: Customer of each row; shape (rows,).
        day: Days since 1970-01-01.
        gross: Money of the sale, in ten-thousandths.
        refunded: Money given back, in ten-thousandths.
        is_purchase: Whether the row is a sale that counts.
    """
    order = np.lexsort((day, keys))
    keys, day = keys[order], day[order]
    new_customer = np.ones(keys.size, dtype=bool)
    new_customer[1:] = keys[1:] != keys[:-1]
    new_day = new_customer.copy()
    new_day[1:] |= day[1:] != day[:-1]
    starts = np.flatnonzero(new_day)
    return PurchaseDays(
        keys=keys[new_customer],
        customer=np.cumsum(new_customer[starts]) - 1,
        day=day[starts].astype(np.int64),
        gross=np.add.reduceat(gross[order], starts) / _UNITS,
        refunded=np.add.reduceat(refunded[order], starts) / _UNITS,
        is_purchase=np.logical_or.reduceat(is_purchase[order], starts),
    )


def summarise(days: PurchaseDays, cut_day: int) -> Histories:
    """Summarise each customer up to the cut; customers without a purchase until then are left out."""
    known = days.between(None, cut_day)
    bought = known.is_purchase
    customer, day = known.customer[bought], known.day[bought]
    starts = np.flatnonzero(np.diff(customer, prepend=-1))
    ends = np.append(starts, customer.size)[1:] - 1
    who = customer[starts]
    total = days.keys.size
    return Histories(
        keys=days.keys[who],
        x=ends - starts,
        t_x_days=day[ends] - day[starts],
        age_days=cut_day - day[starts],
        gross=np.bincount(known.customer, weights=known.gross, minlength=total)[who],
        refunded=np.bincount(known.customer, weights=known.refunded, minlength=total)[who],
        cut_day=cut_day,
    )


def count_cells(histories: Histories) -> CellIndex:
    """Group customers with the same (x, t_x, age); cells come sorted."""
    span = histories.window_days + 1
    key = (histories.x * span + histories.t_x_days) * span + histories.age_days
    cells, index, weight = np.unique(key, return_inverse=True, return_counts=True)
    return CellIndex(
        x=cells // (span * span),
        t_x_days=cells // span % span,
        age_days=cells % span,
        weight=weight,
        cell=index.astype(np.int32),
        cut_day=histories.cut_day,
    )
