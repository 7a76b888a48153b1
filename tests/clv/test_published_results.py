"""Published results, reproduced within the tolerance each block states."""

import math
from datetime import date

import numpy as np
import polars as pl
import pytest
from reference_data import cdnow_sample, published, shared_file

from audience_builder.clv.bg_nbd import BgNbd
from audience_builder.clv.gamma_gamma import GammaGamma
from audience_builder.clv.horizon import Horizon
from audience_builder.clv.orders import read_orders
from audience_builder.clv.pareto_nbd import ParetoNbd
from audience_builder.clv.special_functions import legendre_nodes
from audience_builder.clv.transactions import count_cells, day_number, summarise

CUT, END = day_number(date(1997, 9, 30)), day_number(date(1998, 6, 30))
START = day_number(date(1997, 1, 1))


@pytest.fixture(scope="module")
def days():
    return read_orders(cdnow_sample(), keep_free_orders=True)


@pytest.fixture(scope="module")
def histories(days):
    return summarise(days, CUT)


@pytest.fixture(scope="module")
def cells(histories):
    return count_cells(histories).plain()


@pytest.fixture(scope="module")
def pareto(cells):
    return ParetoNbd.fit(cells, prior_spread=None)


@pytest.fixture(scope="module")
def bg(cells):
    return BgNbd.fit(cells, prior_spread=None)


def expected(model, x, t_x, age, weeks):
    arrays = [np.atleast_1d(np.asarray(v, dtype=float)) for v in (x, t_x, age)]
    return model.p_alive(*arrays) * model.expected_if_alive(arrays[0], arrays[2], Horizon.of(7 * weeks))


def count_probability(model, count, weeks):
    """P(X(t) = n): the likelihood integrated over where the last of n purchases fell."""
    if count == 0:
        return math.exp(model.log_likelihood(np.zeros(1), np.zeros(1), np.array([weeks]))[0])
    nodes, weights = legendre_nodes(100)
    last, n = nodes**3 * weeks, np.full(100, float(count))
    density = model.log_likelihood(n, last, np.full(100, weeks)) + (count - 1) * np.log(last) - math.lgamma(count)
    return float(weights @ (np.exp(density) * 3 * nodes**2 * weeks))


def by_frequency(histories, values):
    group = np.minimum(histories.x, 7)
    return np.bincount(group, weights=values) / np.bincount(group)


def test_cdnow_sample_is_summarised_as_in_the_paper(histories, days):
    block = published()["cdnow_sample_39w"]
    counts = np.bincount(np.minimum(histories.x, 7))
    assert counts.tolist() == block["frequency_counts_0..6,7+"]
    assert histories.repeat_buyers == block["repeaters"]
    later = np.bincount(days.customer[days.is_purchase & (days.day > CUT) & (days.day <= END)], minlength=len(counts))
    later = np.pad(later, (0, histories.keys.size - later.size))
    assert by_frequency(histories, later) == pytest.approx(block["holdout_repeat_purchases_by_freq_actual"], abs=1e-4)
    firsts = CUT - histories.age_days
    made = [
        int((days.day[days.is_purchase] < START + 7 * k).sum() - (firsts < START + 7 * k).sum()) for k in range(20, 26)
    ]
    assert made == block["cum_repeat_purchases_weeks20_25_actual"]


def test_pareto_fit_is_the_published_one(pareto):
    block = published()["pnbd_cdnow"]
    model, log_likelihood = pareto
    found = [model.r, model.alpha, model.s, model.beta]
    assert found == pytest.approx(block["params_r_alpha_s_beta_exact_maximum"], rel=1e-4)
    for name in ("BTYD", "CLVTools", "FHL_2005"):
        assert found == pytest.approx(block[f"params_r_alpha_s_beta_{name}"], rel=0.002)
    assert log_likelihood == pytest.approx(block["loglik"], abs=0.001)
    assert model.expected_new(Horizon.of(364)) == pytest.approx(block["E_new_52w"], rel=3e-4)


def test_pareto_standard_errors_are_the_published_ones(cells, pareto):
    model, _ = pareto
    theta = np.log([model.r, model.alpha, model.s, model.beta])
    from audience_builder.clv import pareto_nbd

    def slope(at):
        return pareto_nbd._total_log_likelihood(at, cells)[1]

    steps = 1e-4 * np.eye(4)
    information = -np.array([(slope(theta + s) - slope(theta - s)) / 2e-4 for s in steps])
    errors = np.sqrt(np.diag(np.linalg.inv(information))) * np.exp(theta)
    assert errors == pytest.approx(published()["pnbd_cdnow"]["SE"], rel=0.001)


def test_bg_fit_is_the_published_one(bg):
    block = published()["bgnbd_cdnow"]
    model, log_likelihood = bg
    found = [model.r, model.alpha, model.a, model.b]
    assert found == pytest.approx(block["params_r_alpha_a_b"], rel=1e-4)
    assert found == pytest.approx(block["paper_rounded"], abs=0.0006)
    assert log_likelihood == pytest.approx(block["loglik"], abs=0.001)
    assert model.expected_new(Horizon.of(364)) == pytest.approx(block["E_new_52w"], rel=1e-5)
    weeks = np.array(block["E_new_t"]["t"])
    assert model.expected_new_by(weeks) == pytest.approx(block["E_new_t"]["E"], abs=5e-4)


@pytest.mark.parametrize(("name", "relative"), [("pnbd_cdnow", 1e-3), ("bgnbd_cdnow", 1e-4)])
def test_conditional_expectations_are_the_published_ones(name, relative, pareto, bg):
    model = (
        ParetoNbd(
            **dict(zip(("r", "alpha", "s", "beta"), published()[name]["params_r_alpha_s_beta_BTYD"], strict=True))
        )
        if name == "pnbd_cdnow"
        else bg[0]
    )
    for case in published()[name]["cond_exp"]:
        found = expected(model, case["x"], case["tx"], case["T"], case["t"])[0]
        assert found == pytest.approx(case["E"], rel=max(relative, 5e-4 if case["E"] == 1.226 else 0))
        if "p_alive" in case:
            alive = model.p_alive(*(np.array([float(case[k])]) for k in ("x", "tx", "T")))[0]
            assert alive == pytest.approx(case["p_alive"], rel=relative)


@pytest.mark.parametrize(("name", "tolerance"), [("pnbd_cdnow", {"abs": 1e-3}), ("bgnbd_cdnow", {"rel": 1e-4})])
def test_holdout_purchases_by_frequency_are_the_published_ones(name, tolerance, pareto, bg, histories):
    model = (pareto if name == "pnbd_cdnow" else bg)[0]
    found = expected(model, histories.x, histories.t_x_days / 7, histories.age_days / 7, 39)
    assert by_frequency(histories, found) == pytest.approx(published()[name]["holdout_expected_by_freq"], **tolerance)


@pytest.mark.parametrize(("name", "relative"), [("pnbd_cdnow", 2e-4), ("bgnbd_cdnow", 1e-5)])
def test_tracking_curve_is_the_published_one(name, relative, pareto, bg, histories):
    model = (pareto if name == "pnbd_cdnow" else bg)[0]
    first = CUT - histories.age_days - START
    total = [float(model.expected_new_by(np.maximum(0, 7 * k - first) / 7).sum()) for k in range(19, 26)]
    assert total[1:] == pytest.approx(published()[name]["cum_tracking_weeks20_25_expected"], rel=relative)
    assert np.diff(total) == pytest.approx(published()[name]["inc_tracking_weeks20_25_expected"], rel=relative)


def test_pareto_count_probabilities_are_the_published_ones():
    block = published()["pnbd_cdnow"]
    model = ParetoNbd(**dict(zip(("r", "alpha", "s", "beta"), block["params_r_alpha_s_beta_BTYD"], strict=True)))
    found = [count_probability(model, n, 39.0) for n in range(8)]
    assert found == pytest.approx(block["pmf_t39_n0..7"], rel=1e-4)
    assert model.expected_new_by(np.arange(10.0)) == pytest.approx(block["E_new_0..9w_loose"], abs=0.003)


def test_bg_count_probabilities_are_the_published_ones():
    block = published()["bgnbd_cdnow"]["with_params_0.243_4.414_0.793_2.426"]
    model = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426)
    assert [count_probability(model, n, 39.0) for n in range(8)] == pytest.approx(block["pmf_t39_n0..7"], abs=1e-9)
    assert [count_probability(model, n, 30.0) for n in range(11, 21)] == pytest.approx(
        block["pmf_t30_n11..20"], abs=1e-9
    )
    assert expected(model, 10, 35, 39, 2)[0] == pytest.approx(block["E_x10_tx35_T39_t2"], rel=1e-6)
    alive = model.p_alive(np.array([0.0, 1, 2, 23, 10]), np.array([0, 5, 30.43, 39, 35]), np.full(5, 39.0))
    assert alive == pytest.approx(block["p_alive_x=[0,1,2,23,10]_tx=[0,5,30.43,39,35]_T39"], abs=1e-8)


def test_single_bg_customers_have_the_published_log_likelihood():
    block = published()["bgnbd_cdnow"]["single_customer_loglik_params_a.8_b2.5_r.25_alpha4_T40"]
    model = BgNbd(r=0.25, alpha=4.0, a=0.8, b=2.5)
    found = model.log_likelihood(np.array([0.0, 200]), np.array([0.0, 38]), np.full(2, 40.0))
    assert found == pytest.approx([block["x0_tx0"], block["x200_tx38"]], abs=1e-4)


def test_pareto_survives_hundreds_of_purchases():
    block = published()["pnbd_cdnow"]["stress_no_nan"]
    model = ParetoNbd(**dict(zip(("r", "alpha", "s", "beta"), block["params"], strict=True)))
    found = model.p_alive(*(np.array(block[k], dtype=float) for k in ("x", "tx", "T")))
    assert found == pytest.approx(block["p_alive"], abs=1e-6)


def test_endless_discounted_expectations_are_the_published_ones():
    block = published()["pnbd_DERT"]
    model = ParetoNbd(**dict(zip(("r", "alpha", "s", "beta"), block["params_r_alpha_s_beta"], strict=True)))
    horizon = Horizon.of(None, math.expm1(block["delta_weekly_continuous"] * 365.25 / 7))
    x = np.array([7.0, 0, 14, *range(1, 11)])
    t_x = np.array([35.0, 0, 77, *[30] * 10])
    age = np.full(x.size, block["T"])
    found = model.p_alive(x, t_x, age) * model.expected_if_alive(x, age, horizon)
    wanted = [block["x7_tx35"], block["x0_tx0"], block["x14_tx77"], *block["x1..10_tx30"]]
    assert found == pytest.approx(wanted, rel=1e-7)


def test_gamma_gamma_fit_on_repeat_purchases_is_the_published_one():
    block = published()["gamma_gamma_cdnow"]
    frame = pl.read_csv(shared_file("cdnow_sample_rfm_39w.csv")).filter(pl.col("x") > 0)
    n, mean = frame["x"].to_numpy().astype(float), frame["zbar"].to_numpy()
    model, log_likelihood = GammaGamma.fit(n, mean, prior_spread=None)
    assert [model.p, model.q, model.gamma] == pytest.approx(block["params_p_q_gamma"], rel=5e-4)
    assert log_likelihood == pytest.approx(block["loglik_maximum"], abs=0.01)


def test_gamma_gamma_expectations_are_the_published_ones():
    block = published()["gamma_gamma_cdnow"]
    model = GammaGamma(p=6.25, q=3.74, gamma=15.44)
    frame = pl.read_csv(shared_file("cdnow_sample_rfm_39w.csv")).head(10)
    n = frame["x"].to_numpy().astype(float)
    found = model.expected(n, n * frame["zbar"].to_numpy())
    assert found == pytest.approx(block["with_paper_params_first10_customers"], abs=0.06)
    means = np.arange(30.0, 41.0)
    assert model.expected(np.full(11, 3.0), 3 * means) == pytest.approx(block["with_paper_params_m30..40_x3"], rel=1e-9)


def test_thirty_day_expectations_agree_with_lifetimes():
    block = published()["clv_discounting_rules"]
    model = BgNbd(**dict(zip(("r", "alpha", "a", "b"), block["params_r_alpha_a_b"], strict=True)))
    x, t_x, age = np.array(block["customers_x_tx_T"], dtype=float).T
    assert expected(model, x, t_x, age, 30) == pytest.approx(block["E30d"], rel=0.03)  # the block's unit is a day


def test_six_customers_are_summarised_by_hand():
    block = published()["rfm_micro"]
    ids, moments, amounts = zip(*block["orders_id_date_amount"], strict=True)
    orders = pl.DataFrame(
        {
            "customer_key": ids,
            "ordered_at": pl.Series(moments).str.to_datetime("%Y-%m-%d", time_zone="UTC"),
            "gross_amount": pl.Series(amounts).cast(pl.Decimal(18, 4)),
            "refunded_amount": pl.Series([0] * len(ids)).cast(pl.Decimal(18, 4)),
            "orders_count": [1] * len(ids),
        }
    )
    found = summarise(read_orders(orders), day_number(date.fromisoformat(block["end"])))
    rows = zip(found.keys, found.x, found.t_x_days, found.age_days, strict=True)
    assert [list(r) for r in rows] == [row[:4] for row in block["x_tx_T_mrep"]]
    means = [row[3] for row in block["n_daysSinceLast_meanAll"]]
    assert found.gross / found.n == pytest.approx(means)
