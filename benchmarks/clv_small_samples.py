"""Ranking learnt from 30 to 200 customers, ours beside lifetimes on the same samples of CDNOW.

    python benchmarks/clv_small_samples.py

Thirty samples of each size learn from 39 weeks and are scored on the money 6,000 customers brought in the 39
weeks after. lifetimes runs as its guide has it: BG/NBD, and Gamma-Gamma on repeat buyers. An error or a value
that is no number is a failure; its median is taken over the samples that did not fail. The constants in
tests/clv/test_holdouts.py come from here. Needs the shared CDNOW data.
"""

import contextlib
import io
import sys
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from audience_builder.clv.metrics import normalised_gini
from audience_builder.clv.orders import read_orders
from audience_builder.clv.value_model import Terms, fit_value_model

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "clv"))
from reference_data import SAMPLE_DRAWS, SAMPLE_HOLDOUT_DAYS, SAMPLE_SIZES, cdnow_master, small_samples


def ours(learnt_from, judged):
    return fit_value_model(learnt_from).value(judged, Terms(horizon_days=SAMPLE_HOLDOUT_DAYS))


def lifetimes(learnt_from, judged):
    from lifetimes import BetaGeoFitter, GammaGammaFitter

    x, t_x, age = weeks(learnt_from)
    purchases = BetaGeoFitter().fit(x, t_x, age)
    again = x > 0
    spend = GammaGammaFitter().fit(x[again], repeat_mean(learnt_from)[again])
    x, t_x, age = weeks(judged)
    orders = purchases.conditional_expected_number_of_purchases_up_to_time(SAMPLE_HOLDOUT_DAYS / 7, x, t_x, age)
    money = spend.conditional_expected_average_profit(x, repeat_mean(judged))
    return np.asarray(orders, dtype=float) * np.asarray(money, dtype=float)


def weeks(histories):
    return histories.x.astype(float), histories.t_x_days / 7, histories.age_days / 7


@cache
def first_orders():
    """Key of each customer, and the money of the first purchase day."""
    days = read_orders(cdnow_master())
    bought = days.is_purchase
    who, first = np.unique(days.customer[bought], return_index=True)
    return days.keys[who], days.gross[bought][first]


def repeat_mean(histories):
    """Mean money of the purchases after the first, as lifetimes wants it; 0 without one."""
    keys, first = first_orders()
    repeated = histories.gross - first[np.searchsorted(keys, histories.keys)]
    return np.where(histories.x > 0, repeated / np.maximum(histories.x, 1), 0.0)


def scored(forecast, customers):
    """Ginis of the samples that did not fail."""
    ginis = []
    for learnt_from, judged, actual in small_samples(customers):
        try:
            with contextlib.redirect_stdout(io.StringIO()):  # lifetimes prints the fits that end badly
                value = forecast(learnt_from, judged)
        except Exception:  # noqa: BLE001  whatever it raises is a failure
            continue
        if np.isfinite(value).all():
            ginis.append(normalised_gini(value, actual))
    return ginis


def main():
    warnings.simplefilter("ignore")
    worse = 0
    print(f"{'customers':<12}{'ours':>8}{'fails':>8}{'lifetimes':>12}{'fails':>8}")
    for customers in SAMPLE_SIZES:
        own, other = scored(ours, customers), scored(lifetimes, customers)
        print(
            f"{customers:<12}{np.median(own):>8.4f}{SAMPLE_DRAWS - len(own):>8}"
            f"{np.median(other):>12.4f}{SAMPLE_DRAWS - len(other):>8}",
            flush=True,
        )
        worse += len(own) < SAMPLE_DRAWS or np.median(own) < np.median(other)
    if worse:
        sys.exit("an aim was missed")


if __name__ == "__main__":
    try:
        main()
    except pytest.skip.Exception as absent:
        print(f"left out: {absent.msg}")
