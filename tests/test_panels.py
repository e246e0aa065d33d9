"""Panels: they integrate and evaluate, and they tell a kink from a steep place."""

import numpy as np
import pytest
from scipy import integrate

from ntklib.panels import KinkError, resolve, rule

EDGES = np.linspace(-2, 2.1871, 6)
FUNCTIONS = {
    "polynomial": lambda x: x**7 - x,
    "exponential": np.exp,
    "steep": lambda x: np.tanh(200 * x),
    "fast": lambda x: np.cos(80 * x),
    "pole": lambda x: 1 / (1 + 25 * x * x),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_and_integrals(name):
    function = FUNCTIONS[name]
    panels = resolve(function, EDGES)
    x = np.random.default_rng(0).uniform(-2, 2.1871, 4000).reshape(40, 100)
    scale = np.abs(function(x)).max()
    assert np.abs(panels(x) - function(x)).max() < 1e-12 * scale
    _, weights = rule(panels.edges)
    expected = integrate.quad(function, -2, 2.1871, limit=500, epsabs=1e-13, points=[0.0])[0]
    assert (weights * panels.values).sum() == pytest.approx(expected, abs=1e-12 * scale)
    assert panels.edges[0] == -2
    assert (np.diff(panels.edges) > 0).all()


@pytest.mark.parametrize("place", [-1.9, -0.3, 1e-5, 0.7, 2.08])
@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_a_kink_is_refused_or_resolved_as_told(place, order):
    def kinked(x):
        return np.cos(x) + np.where(x > place, np.maximum(x - place, 0) ** order, 0)

    with pytest.raises(KinkError) as refusal:
        resolve(kinked, EDGES)
    assert abs(refusal.value.point - place) < 0.05
    assert refusal.value.panel[0] - 1e-3 < refusal.value.point < refusal.value.panel[1] + 1e-3
    panels = resolve(kinked, EDGES, refuse_kinks=False)
    x = np.linspace(-2, 2.1871, 1001)
    x = x[np.abs(x - place) > 1e-5]
    assert np.abs(panels(x) - kinked(x)).max() < 1e-9


@pytest.mark.parametrize("place", [-1.9999, 2.187, -1.1623])
def test_a_jump_beyond_the_last_node_of_a_panel_is_seen(place):
    """Nodes end 0.3 % before a panel does, and the values there fit a smooth function well."""
    with pytest.raises(KinkError) as refusal:
        resolve(lambda x: np.where(x > place, 1.0, 0.0), EDGES, ends=True)
    assert refusal.value.point == pytest.approx(place, abs=1e-6)


def test_a_kink_at_an_edge_is_no_kink():
    panels = resolve(np.abs, [-1.0, 0.0, 1.0])
    assert len(panels.edges) == 3


@pytest.mark.parametrize("power", [-0.3, -0.1, 0.5])
def test_panels_shrink_towards_a_declared_singularity(power):
    edges = np.union1d(EDGES, 0.0)
    panels = resolve(lambda x: np.abs(x) ** power, edges, graded=(0.0,), in_the_mean=True)
    _, weights = rule(panels.edges)
    exact = (2 ** (2 * power + 1) + 2.1871 ** (2 * power + 1)) / (2 * power + 1)
    assert (weights * panels.values**2).sum() == pytest.approx(exact, rel=1e-12)


def test_few_cuts_are_refused_when_more_are_needed():
    with pytest.raises(KinkError):
        resolve(FUNCTIONS["steep"], EDGES, most_cuts=2)


def test_what_is_not_finite_is_refused_and_rough_functions_end():
    with pytest.raises(ValueError, match=r"not finite at 0\.5\d"):
        resolve(lambda x: np.where(x > 0.5, np.nan, x), [0.0, 1.0])
    noise = np.random.default_rng(0)
    rough = resolve(lambda x: noise.random(x.shape), [0.0, 1.0], refuse_kinks=False, most_cuts=3)
    assert len(rough.edges) == 9


def test_residuals_bound_the_misfit():
    panels = resolve(FUNCTIONS["pole"], EDGES, tolerance=1e-6)
    x = np.linspace(-2, 2.187, 5000)
    at = np.clip(np.searchsorted(panels.edges, x, side="right") - 1, 0, len(panels.residuals) - 1)
    missed = np.abs(panels(x) - FUNCTIONS["pole"](x))
    assert (missed <= 20 * panels.residuals[at] + 1e-15).all()
    assert 0 < panels.residuals.max() < 1e-6


def test_local_errors_are_relative_to_each_panel():
    edges = np.append(0.0, 2.0 ** np.arange(-30, 1))
    panels = resolve(lambda x: x**3 * (1 + x), edges, local=True, graded=(0.0,))
    x = np.logspace(-8, -0.01, 500)
    np.testing.assert_allclose(panels(x), x**3 * (1 + x), rtol=1e-12)
