"""What must not change a forecast, and data no forecast may break on."""

import contextlib
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audience_builder import DataError, Forecaster, backtest

MONEY = ["clv_predicted", "clv_low", "clv_high", "expected_order_value"]
DAY = pd.Timestamp("2024-01-01")


def shop(seed, customers=60, days=300):
    """Customers with their own rate, lifetime and price; one order in ten refunded in part."""
    rng = np.random.default_rng(seed)
    rows = []
    for who in range(customers):
        when, price = rng.integers(0, days - 30), rng.gamma(3, 10)
        leaves = when + rng.exponential(200)
        while when < min(days, leaves):
            paid = round(price * rng.gamma(4, 0.25), 2) + 0.01
            rows.append((who, DAY + pd.Timedelta(days=float(when)), paid))
            if rng.random() < 0.1:
                rows.append((who, DAY + pd.Timedelta(days=float(when)), -round(paid / 2, 2)))
            when += 1 + rng.exponential(35)
    return pd.DataFrame(rows, columns=["customer_id", "ordered_at", "amount"])


def forecast(orders, model="pareto", **terms):
    return Forecaster(model).fit(orders).predict(orders, **terms)


seeds = st.integers(0, 10_000)
models = st.sampled_from(["pareto", "bg"])


@settings(max_examples=8, deadline=None)
@given(seed=seeds, model=models)
def test_the_order_of_rows_changes_no_byte(seed, model):
    orders = shop(seed)
    mixed = orders.sample(frac=1, random_state=seed)
    assert forecast(mixed, model).to_csv() == forecast(orders, model).to_csv()


@settings(max_examples=8, deadline=None)
@given(seed=seeds, model=models)
def test_a_day_in_two_orders_is_a_day_in_one(seed, model):
    orders = shop(seed)
    cents = (orders["amount"] * 100).round().astype(int)
    half = (cents // 2) / 100
    split = pd.concat([orders.assign(amount=half), orders.assign(amount=(cents / 100 - half).round(2))])
    assert split["amount"].sum() == pytest.approx(orders["amount"].sum())
    pd.testing.assert_frame_equal(forecast(split, model), forecast(orders, model))


@settings(max_examples=8, deadline=None)
@given(seed=seeds, model=models, rate=st.sampled_from([0.5, 7, 160]))
def test_another_currency_scales_the_money_and_nothing_else(seed, model, rate):
    orders = shop(seed)
    ours, theirs = forecast(orders, model), forecast(orders.assign(amount=orders["amount"] * rate), model)
    others = ["p_alive", "expected_orders"]
    pd.testing.assert_frame_equal(theirs[others], ours[others])
    np.testing.assert_allclose(theirs[MONEY], ours[MONEY] * rate, rtol=2e-3, atol=0.05 * rate)


@settings(max_examples=8, deadline=None)
@given(seed=seeds, model=models)
def test_a_clock_three_times_slower_changes_no_forecast_of_as_many_ticks(seed, model):
    orders = shop(seed)
    slow = orders.assign(ordered_at=DAY + (orders["ordered_at"].dt.normalize() - DAY) * 3)
    cut = orders["ordered_at"].max().normalize()
    ours = forecast(orders, model, horizon_days=120, cut=cut)
    theirs = forecast(slow, model, horizon_days=360, cut=DAY + (cut - DAY) * 3)
    for name in ("p_alive", "expected_orders", "clv_predicted"):
        np.testing.assert_allclose(theirs[name], ours[name], rtol=1e-4, atol=1e-6)


def rows(*orders):
    return pd.DataFrame(
        [(who, DAY + pd.Timedelta(days=day), amount) for who, day, amount in orders],
        columns=["customer_id", "ordered_at", "amount"],
    )


ODD = {
    "1,000 orders of one customer": rows(*[("a", day, 10.0) for day in range(1_000)]),
    "1,000 orders of one among others": rows(*[("a", d, 9.0) for d in range(1_000)], *[(k, 9 * k, 5.0) for k in range(50)]),
    "one customer, one order": rows(("a", 0, 10.0)),
    "all one-time buyers": rows(*[(k, k, 10.0 + k) for k in range(40)]),
    "all on one day": rows(*[(k % 7, 0, 10.0) for k in range(40)]),
    "two days": rows(*[(k, k % 2, 10.0) for k in range(40)], *[(k, 1, 10.0) for k in range(12)]),
    "zero spend beside spend": rows(*[(k, k, 0.0) for k in range(20)], *[(k, 9 * k, 5.0) for k in range(20)]),
    "everything refunded": rows(*[(k, k + j, 8.0) for k in range(20) for j in (0, 9)], *[(k, 40, -16.0) for k in range(20)]),
    "a refund beyond what was paid": rows(("a", 0, 5.0), ("a", 1, -50.0), ("b", 3, 5.0)),
    "a giant": rows(*[(k, 3 * k, 1.0) for k in range(30)], *[(k, 200, 2.0) for k in range(15)], ("z", 10, 1e9)),
}  # fmt: skip


@pytest.mark.parametrize("orders", ODD.values(), ids=ODD)
@pytest.mark.parametrize("terms", [{}, {"horizon_days": None, "discount_per_year": 0.1}], ids=["a year", "without end"])
def test_odd_shops_get_finite_forecasts(orders, terms):
    for model in ("pareto", "bg"):
        found = forecast(orders, model, **terms).to_numpy()
        assert np.isfinite(found).all()
        assert (found >= 0).all()


@pytest.mark.parametrize("orders", ODD.values(), ids=ODD)
def test_odd_shops_are_backtested_or_refused_in_words(orders):
    with contextlib.suppress(DataError):
        averages = backtest(orders).averages().values()
        assert np.isfinite([value for of_model in averages for value in of_model.values() if value is not None]).all()


def test_nobody_who_paid_is_refused_in_words():
    with pytest.raises(DataError, match="nothing to learn from"):
        Forecaster().fit(rows(("a", 0, 0.0), ("b", 9, 0.0)))


def test_models_import_in_a_tenth_of_a_second_over_the_table_libraries():
    """The least of five fresh starts; pandas and polars are loaded before, SciPy never."""
    code = (
        "import pandas, polars, sys, time; start = time.perf_counter(); import audience_builder.clv.forecaster; "
        "print(time.perf_counter() - start); assert 'scipy' not in sys.modules"
    )
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(5)]
    assert min(float(run.stdout) for run in runs) <= 0.1
