import numpy as np
import pytest
from reference_data import high_precision

from audience_builder.clv import gamma_gamma
from audience_builder.clv.gamma_gamma import GammaGamma


def cases():
    for block in high_precision()["gamma_gamma"]:
        model = GammaGamma(**dict(zip(("p", "q", "gamma"), block["params_p_q_gamma"], strict=True)))
        yield model, block


@pytest.mark.parametrize(("model", "block"), list(cases()))
def test_agrees_with_fifty_digit_arithmetic(model, block):
    for customer in block["customers"]:
        n, mean = np.array([customer["n"]]), np.array([customer["m"]])
        assert model.log_likelihood(n, mean)[0] == pytest.approx(customer["loglik"], abs=1e-6)
        assert model.expected(n, n * mean)[0] == pytest.approx(customer["expected"], rel=1e-6)
    assert model.expected_new() == pytest.approx(block["new_customer_expected"], rel=1e-9)


def test_gradient_agrees_with_central_differences():
    n = np.array([1.0, 1.0, 2.0, 7.0, 40.0])
    log_mean, weight = np.log([10.0, 55.0, 30.0, 28.0, 90.0]), np.array([3.0, 1.0, 2.0, 1.0, 1.0])
    theta = np.log([2.5, 2.7, 40.0])
    gradient = gamma_gamma._total_log_likelihood(theta, n, log_mean, weight)[1]
    for j in range(3):
        step = np.zeros(3)
        step[j] = 1e-5
        up = gamma_gamma._total_log_likelihood(theta + step, n, log_mean, weight)[0]
        down = gamma_gamma._total_log_likelihood(theta - step, n, log_mean, weight)[0]
        assert gradient[j] == pytest.approx((up - down) / 2e-5, rel=1e-7)


def spend(customers, seed=5):
    rng = np.random.default_rng(seed)
    n = 1.0 + rng.geometric(0.4, customers)
    return n, rng.gamma(6 * n) / n / rng.gamma(3.7, 1 / 15, customers)


def test_another_currency_scales_the_money_only():
    n, mean = spend(500)
    euro, _ = GammaGamma.fit(n, mean, prior_spread=3.0)
    yen, _ = GammaGamma.fit(n, 160.0 * mean, prior_spread=3.0)
    assert (yen.p, yen.q) == pytest.approx((euro.p, euro.q), rel=1e-6)
    assert yen.gamma == pytest.approx(160.0 * euro.gamma, rel=1e-6)


def test_grouping_many_customers_changes_nothing_that_counts(monkeypatch):
    n, mean = spend(8_000)
    monkeypatch.setattr(gamma_gamma, "_GROUPED_FROM", 1)
    grouped, _ = GammaGamma.fit(n, mean, prior_spread=None)
    monkeypatch.setattr(gamma_gamma, "_GROUPED_FROM", 10**9)
    exact, _ = GammaGamma.fit(n, mean, prior_spread=None)
    assert (grouped.p, grouped.q, grouped.gamma) == pytest.approx((exact.p, exact.q, exact.gamma), rel=3e-3)
    assert exact.expected_new() == pytest.approx(6 * 15 / 2.7, rel=0.03)


@pytest.mark.parametrize("means", [[20.0], [20.0] * 50, [0.0, 0.0, 5.0], [1e-9, 1e9]])
def test_odd_spend_still_gives_a_finite_mean(means):
    mean = np.array(means)
    model, _ = GammaGamma.fit(np.ones(mean.size), mean, prior_spread=1.0)
    assert model.q > 1.0
    assert np.isfinite(model.expected_new())
    assert np.isfinite(model.expected(np.ones(mean.size), mean)).all()
