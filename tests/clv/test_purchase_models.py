"""Tight tests of both purchase models that need no data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_data import high_precision

from audience_builder.clv import bg_nbd, pareto_nbd
from audience_builder.clv.arrays import Cells
from audience_builder.clv.bg_nbd import BgNbd
from audience_builder.clv.horizon import Horizon
from audience_builder.clv.pareto_nbd import ParetoNbd

PARETO = ParetoNbd(r=0.5533971433, alpha=10.58019854, s=0.6060624971, beta=11.65622367)
BG = BgNbd(r=0.2425945, alpha=4.4136019, a=0.7929199, b=2.4258881)
YEAR = Horizon.of(364)


def one(*values):
    return tuple(np.array([float(v)]) for v in values)


def high_precision_cases():
    for kind, model, names in (("pareto_nbd", ParetoNbd, "r alpha s beta"), ("bg_nbd", BgNbd, "r alpha a b")):
        for block in high_precision()[kind]:
            parameters = next(v for k, v in block.items() if k.startswith("params"))
            fitted = model(**dict(zip(names.split(), parameters, strict=True)))
            for customer in block["customers"]:
                yield pytest.param(fitted, customer, id=f"{kind}-{customer['x']:.0f}-{customer['T']:.0f}")


@pytest.mark.parametrize(("model", "customer"), list(high_precision_cases()))
def test_agrees_with_fifty_digit_arithmetic(model, customer):
    x, t_x, age = one(customer["x"], customer["t_x"], customer["T"])
    alive = model.p_alive(x, t_x, age)[0]
    assert model.log_likelihood(x, t_x, age)[0] == pytest.approx(customer["loglik"], abs=1e-6)
    assert alive == pytest.approx(customer["p_alive"], rel=1e-6)
    horizons = {
        "expected": YEAR,
        "expected_discounted": Horizon.of(364, 0.1),
        "expected_discounted_infinite": Horizon.of(None, 0.1),
    }
    for name, horizon in horizons.items():
        if name in customer:
            assert alive * model.expected_if_alive(x, age, horizon)[0] == pytest.approx(customer[name], rel=1e-6)


def test_bg_discounting_by_stretches_agrees_with_a_fine_sum():
    x, age = one(3, 30)
    weeks = np.arange(0, 52.01, 0.25)
    upto = [BG.expected_if_alive(x, age, Horizon.of(7 * w))[0] if w else 0.0 for w in weeks]
    rate = np.log(1.1) / (365.25 / 7)
    fine = np.diff(upto) @ np.exp(-rate * (weeks[1:] + weeks[:-1]) / 2)
    assert BG.expected_if_alive(x, age, Horizon.of(364, 0.1))[0] == pytest.approx(fine, rel=1e-5)


def test_bg_counts_a_one_time_buyer_as_alive_and_pareto_does_not():
    x, t_x, age = one(0, 0, 300)
    assert BG.p_alive(x, t_x, age)[0] == 1.0
    assert PARETO.p_alive(x, t_x, age)[0] < 0.1


@pytest.mark.parametrize(("module", "tolerance"), [(pareto_nbd, 1e-5), (bg_nbd, 1e-8)])
def test_gradient_agrees_with_central_differences(module, tolerance, monkeypatch):
    monkeypatch.setattr(pareto_nbd, "_FIT_NODES", 64)  # nodes move with the parameters: many, so that it does not show
    rng = np.random.default_rng(7)
    x = np.array([0, 0, 1, 2, 5, 20, 60], dtype=float)
    age = np.array([1, 40, 39, 39, 10, 80, 100], dtype=float)
    t_x = np.where(x > 0, age * np.array([0, 0, 0.1, 0.8, 1.0, 0.5, 0.99]), 0.0)
    cells = Cells(x=x, t_x=t_x, age=age, weight=np.arange(1.0, 8.0))
    for _ in range(5):
        theta = np.log([0.5, 8.0, 0.7, 9.0]) + rng.normal(0, 0.5, 4)
        gradient = module._total_log_likelihood(theta, cells)[1]
        for j in range(4):
            step = np.zeros(4)
            step[j] = 1e-5
            up = module._total_log_likelihood(theta + step, cells)[0]
            down = module._total_log_likelihood(theta - step, cells)[0]
            assert gradient[j] == pytest.approx((up - down) / 2e-5, rel=tolerance, abs=1e-5)


@settings(max_examples=150, deadline=None)
@given(
    x=st.integers(0, 1000),
    age=st.floats(0, 520),
    share=st.floats(0, 1),
    logs=st.lists(st.floats(-4, 5), min_size=4, max_size=4),
    discount=st.sampled_from([0.0, 0.1]),
)
def test_every_history_has_a_finite_forecast(x, age, share, logs, discount):
    first, scale, third, fourth = np.exp(logs)
    history = one(x, age * share if x else 0, age)
    for model in (
        ParetoNbd(r=first, alpha=scale, s=third, beta=fourth),
        BgNbd(r=first, alpha=scale, a=third, b=fourth),
    ):
        alive = model.p_alive(*history)[0]
        expected = model.expected_if_alive(history[0], history[2], Horizon.of(365, discount))[0]
        assert 0.0 <= alive <= 1.0
        assert np.isfinite(expected)
        assert expected >= 0.0


@settings(max_examples=100, deadline=None)
@given(x=st.integers(0, 200), t_x=st.floats(0, 100), wait=st.floats(0, 200), longer=st.floats(0.5, 100))
def test_the_longer_the_silence_the_less_is_expected(x, t_x, wait, longer):
    t_x = t_x if x else 0.0
    for model in (PARETO, BG):
        values = [
            model.p_alive(*one(x, t_x, t_x + w))[0] * model.expected_if_alive(*one(x, t_x + w), YEAR)[0]
            for w in (wait, wait + longer)
        ]
        assert values[1] <= values[0] * (1 + 1e-9) + 1e-300


@settings(max_examples=60, deadline=None)
@given(x=st.integers(1, 100), age=st.floats(1, 200), early=st.floats(0, 0.9))
def test_a_more_recent_last_order_makes_alive_likelier(x, age, early):
    for model in (PARETO, BG):
        assert model.p_alive(*one(x, age * early, age))[0] <= model.p_alive(*one(x, age * (early + 0.1), age))[0] + 1e-9


@pytest.mark.parametrize("model", [PARETO, BG])
def test_twice_the_horizon_brings_more_but_at_most_twice_as_much(model):
    x, age = np.array([0.0, 2.0, 30.0]), np.array([10.0, 39.0, 50.0])
    once, twice = (model.expected_if_alive(x, age, Horizon.of(days)) for days in (182, 364))
    assert (twice > once).all()
    assert (twice < 2 * once).all()


@pytest.mark.parametrize("model", [PARETO, BG])
def test_a_higher_discount_is_worth_less(model):
    x, age = np.array([0.0, 2.0, 30.0]), np.array([10.0, 39.0, 50.0])
    values = [model.expected_if_alive(x, age, Horizon.of(364, d)) for d in (0.0, 0.05, 0.3)]
    assert (values[0] > values[1]).all()
    assert (values[1] > values[2]).all()


@pytest.mark.parametrize("model", [PARETO, BG])
def test_drawn_purchases_average_to_the_expectation(model):
    draws = model.draw_purchases(np.random.default_rng(1), 3.0, 30.0, YEAR, 200_000)
    assert draws.mean() == pytest.approx(model.expected_if_alive(*one(3, 30), YEAR)[0], rel=0.01)


@pytest.mark.parametrize("kind", [ParetoNbd, BgNbd])
def test_days_instead_of_weeks_change_the_time_scales_only(kind):
    rng = np.random.default_rng(3)
    age = rng.uniform(10, 60, 400)
    x = rng.poisson(rng.gamma(0.6, 1 / 8, 400) * age).astype(float)
    t_x = np.where(x > 0, age * rng.uniform(0.2, 1, 400), 0.0)
    weeks, _ = kind.fit(Cells(x=x, t_x=t_x, age=age, weight=np.ones(400)), prior_spread=3.0)
    days, _ = kind.fit(Cells(x=x, t_x=7 * t_x, age=7 * age, weight=np.ones(400)), prior_spread=3.0)
    assert days.r == pytest.approx(weeks.r, rel=1e-4)
    assert days.alpha == pytest.approx(7 * weeks.alpha, rel=1e-4)
    assert np.allclose(days.p_alive(x, 7 * t_x, 7 * age), weeks.p_alive(x, t_x, age), atol=1e-5)


@pytest.mark.parametrize("kind", [ParetoNbd, BgNbd])
def test_thinning_many_cells_ends_at_the_full_optimum(kind, monkeypatch):
    rng = np.random.default_rng(4)
    size = 6_000
    age = rng.integers(20, 700, size) / 7
    life = np.minimum(rng.exponential(1 / rng.gamma(0.6, 1 / 12, size)), age)
    x = rng.poisson(rng.gamma(0.6, 1 / 10, size) * life).astype(float)
    t_x = np.where(x > 0, life * rng.uniform(0, 1, size) ** (1 / np.maximum(x, 1)), 0.0)
    cells = Cells(x=x, t_x=t_x, age=age, weight=np.ones(size))
    monkeypatch.setattr("audience_builder.clv.fitting._FINE_FROM_CELLS", 5_000)
    monkeypatch.setattr("audience_builder.clv.fitting._COARSE_CELLS", 3_000)
    _, thinned = kind.fit(cells, prior_spread=None)
    monkeypatch.setattr("audience_builder.clv.fitting._FINE_FROM_CELLS", 10**9)
    _, full = kind.fit(cells, prior_spread=None)
    assert thinned == pytest.approx(full, abs=0.001)
