"""What in the data makes a forecast less sure than it looks, in plain words."""

import numpy as np

from audience_builder.clv.arrays import Floats
from audience_builder.clv.transactions import Histories, PurchaseDays
from audience_builder.clv.value_model import Terms

__all__ = ["warnings_about"]

_MOST_CORRELATION = 0.3
_MOST_SHARE_OF_ONE = 0.05
_OPENING_DAYS = 28
_MOST_CROWDED_OPENING = 3.0


def warnings_about(
    histories: Histories, days: PurchaseDays, value: Floats, terms: Terms, status: str
) -> tuple[str, ...]:
    """Return one sentence for each thing the reader should know."""
    payers = histories.where(histories.gross > 0)
    if not payers.keys.size:
        return ()
    found = (
        _few(payers, status),
        _long_horizon(payers, terms),
        _dependent_spend(payers),
        _one_holds_much(value),
        _opens_midway(payers, days),
    )
    return tuple(sentence for sentence in found if sentence)


def _few(payers: Histories, status: str) -> str:
    if status != "low_data":
        return ""
    return (
        f"Only {payers.repeat_buyers} customers bought on two days or more: the order of customers is sound, "
        "the level may be off by a third to a half."
    )


def _long_horizon(payers: Histories, terms: Terms) -> str:
    if terms.horizon_days is not None and terms.horizon_days <= payers.window_days:
        return ""
    return f"The forecast looks further ahead than the {payers.window_days} days of history behind it."


def _dependent_spend(payers: Histories) -> str:
    if payers.keys.size <= 2 or np.ptp(payers.x) == 0:  # noqa: PLR2004  two points always correlate
        return ""
    mean = payers.gross / payers.n
    if np.ptp(mean) == 0 or float(np.corrcoef(payers.n, mean)[0, 1]) <= _MOST_CORRELATION:
        return ""
    return "Customers who buy often also spend more on an order; the spend model takes the two as independent."


def _one_holds_much(value: Floats) -> str:
    total = float(value.sum())
    if total <= 0 or value.size <= 1 / _MOST_SHARE_OF_ONE or float(value.max()) <= _MOST_SHARE_OF_ONE * total:
        return ""
    return f"One customer holds {float(value.max()) / total:.0%} of all forecast value."


def _opens_midway(payers: Histories, days: PurchaseDays) -> str:
    """Tell a window that opens in the middle of a shop's life: its first weeks teem with newcomers."""
    if payers.window_days < 6 * _OPENING_DAYS:
        return ""
    first_day = payers.window_days - 1 - payers.age_days
    opening = np.count_nonzero(first_day < _OPENING_DAYS) / _OPENING_DAYS
    later = np.count_nonzero(first_day >= _OPENING_DAYS) / (payers.window_days - _OPENING_DAYS)
    closing = np.count_nonzero(days.day[days.is_purchase] > payers.cut_day - _OPENING_DAYS) / _OPENING_DAYS
    if later == 0 or opening <= _MOST_CROWDED_OPENING * later or closing == 0:
        return ""
    return (
        "Most customers' first order falls into the first four weeks: the export seems to open in the middle "
        "of the shop's life. Export the full history; otherwise the forecast tends to be too high."
    )
