"""Forecasts without a model: what customers spent so far, and the classic formula on it."""

import numpy as np

from audience_builder.clv.arrays import Floats
from audience_builder.clv.transactions import Histories, PurchaseDays

__all__ = ["formula_value", "half_life_value", "past_value", "retention"]


def past_value(histories: Histories) -> Floats:
    """Return net money so far, never below 0."""
    return np.maximum(histories.net, 0.0)


def retention(histories: Histories, days: PurchaseDays) -> float:
    """Return the share of the window's first-half buyers who bought again in its second half.

    One customer who came back and one who did not are added, so that a handful of customers never
    makes it 0 or 1.
    """
    middle = histories.cut_day - histories.window_days // 2
    bought = days.is_purchase & (days.day <= histories.cut_day)
    early = np.unique(days.customer[bought & (days.day <= middle)])
    late = np.unique(days.customer[bought & (days.day > middle)])
    return (np.intersect1d(early, late).size + 1.0) / (early.size + 2.0)


def formula_value(histories: Histories, retained: float, horizon_days: float | None) -> Floats:
    """Return money so far x horizon / window x retention, per customer, without margin.

    A horizon of h windows beyond one loses the same share again each window:
    R + R^2 + ... + R^h = R (1 - R^h) / (1 - R). Without end: R / (1 - R).
    """
    if horizon_days is None:
        return past_value(histories) * retained / (1.0 - retained)
    windows = horizon_days / max(histories.window_days, 1)
    if windows <= 1.0:
        return past_value(histories) * windows * retained
    result: Floats = past_value(histories) * retained * (1.0 - retained**windows) / (1.0 - retained)
    return result


def half_life_value(days: PurchaseDays, histories: Histories, half_life_days: float) -> Floats:
    """Return sales so far, each losing half its weight every ``half_life_days``."""
    known = days.day <= histories.cut_day
    weight = np.exp2(-(histories.cut_day - days.day[known]) / half_life_days)
    totals = np.bincount(days.customer[known], weights=days.gross[known] * weight, minlength=days.keys.size)
    return totals[np.searchsorted(days.keys, histories.keys)].astype(np.float64)
