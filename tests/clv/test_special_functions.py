import math

import numpy as np
import pytest

from audience_builder.clv.special_functions import beta_nodes, digamma, legendre_nodes, ln_gamma


def test_ln_gamma_agrees_with_the_c_library():
    z = np.concatenate([np.geomspace(1e-6, 1e6, 200), [1.0, 2.0, 8.999, 9.0]])
    assert ln_gamma(z) == pytest.approx([math.lgamma(v) for v in z], rel=1e-12, abs=1e-12)


def test_digamma_of_one_half_is_minus_euler_minus_two_ln_two():
    assert float(digamma(0.5)) == pytest.approx(-0.5772156649015329 - 2 * math.log(2), abs=1e-13)


def test_digamma_rises_by_the_inverse_of_its_argument():
    z = np.geomspace(0.01, 1000, 50)
    assert digamma(z + 1) - digamma(z) == pytest.approx(1 / z, rel=1e-10)


def test_legendre_nodes_integrate_a_power_exactly():
    nodes, weights = legendre_nodes(20)
    assert float(weights @ nodes**9) == pytest.approx(0.1, abs=1e-14)


@pytest.mark.parametrize(("a", "b"), [(0.8, 2.4), (1.0, 1.0), (0.5, 0.5), (3.0, 120.0)])
def test_beta_nodes_give_the_moments_of_the_beta_distribution(a, b):
    nodes, weights = beta_nodes(a, b, 48)
    assert weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert weights @ nodes == pytest.approx(a / (a + b), rel=1e-11)
    assert weights @ nodes**2 == pytest.approx(a * (a + 1) / (a + b) / (a + b + 1), rel=1e-11)
