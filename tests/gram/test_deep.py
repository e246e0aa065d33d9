"""Smallest eigenvalues of deep kernels: known numbers, the kernel in floats, exact zeros."""

import mpmath
import numpy as np
import pytest
from inputs import circle

from ntklib.activations import elu, erf, gelu, polynomial, quadratic, relu, swish, tanh
from ntklib.gram import deep_min_eigenvalue
from ntklib.kernels import ntk


@pytest.mark.parametrize(
    ("activation", "values"),
    [
        (tanh, {1: 7.54611e-8, 3: 4.19342e-6, 5: 7.08266e-5, 10: 5.98053e-3, 20: 0.267142}),
        (relu, {1: 0.0126607, 3: 0.0746461, 5: 0.122174, 10: 0.227088, 20: 0.372414}),
    ],
)
def test_circle_of_21(activation, values):
    for depth, value in values.items():
        found = deep_min_eigenvalue(circle(21), activation=activation, depth=depth)
        assert float(found) == pytest.approx(value, rel=1e-5)


@pytest.mark.parametrize("activation", [relu, elu, tanh, swish, gelu], ids=lambda each: each.name)
@pytest.mark.parametrize("depth", [1, 4])
def test_agrees_with_floats_where_they_see(activation, depth):
    x = np.random.default_rng(1).standard_normal((9, 3))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    kernel = ntk(x, activation=activation, depth=depth, normalized=True)
    found = deep_min_eigenvalue(x, activation=activation, depth=depth)
    assert float(found) == pytest.approx(np.linalg.eigvalsh(kernel)[0], rel=1e-7)


def test_two_layers_of_erf_by_mpmath():
    """The dual of erf is (2 / pi) arcsin(2 rho / 3), that of its slope the derivative."""
    x = circle(31, 1)
    with mpmath.workdps(60):
        angles = [mpmath.atan2(float(b), float(a)) for a, b in x]
        scale = 2 / mpmath.pi * mpmath.asin(mpmath.mpf(2) / 3)

        def entry(rho):
            kernel = rho
            for _ in range(2):
                slope = 4 / (3 * mpmath.pi) / mpmath.sqrt(1 - 4 * rho**2 / 9) / scale
                rho = 2 / mpmath.pi * mpmath.asin(2 * rho / 3) / scale
                kernel = rho + slope * kernel
            return kernel

        whole = entry(mpmath.mpf(1))
        cosines = [[entry(mpmath.cos(a - b)) / whole for b in angles] for a in angles]
        exact = min(mpmath.eigsy(mpmath.matrix(cosines), eigvals_only=True))
    found = deep_min_eigenvalue(x, activation=erf, depth=2)
    assert 0 < exact < 1e-9
    assert float(found) == pytest.approx(float(exact), rel=1e-6)


@pytest.mark.parametrize(
    ("x", "activation", "depth", "reason"),
    [
        (np.array([[1.0, 0.0], [2.0, 0.0]]), relu, 2, "rows 0 and 1 point the same way"),
        (circle(8), tanh, 3, "opposite and the activation is odd"),
        (circle(8), quadratic, 3, "opposite and the activation is even"),
        (circle(6, 1), quadratic, 2, "6 rows, and the kernel has room for 5"),
        (circle(10, 1), polynomial(0.3, 0.5, 1), 2, "10 rows, and the kernel has room for 9"),
    ],
)
def test_exact_zeros(x, activation, depth, reason):
    found = deep_min_eigenvalue(x, activation=activation, depth=depth)
    assert (float(found), found.error) == (0.0, 0.0)
    assert reason in found.method


def test_a_polynomial_that_just_fits():
    assert deep_min_eigenvalue(circle(5, 1), activation=quadratic, depth=2) > 0.1
    assert deep_min_eigenvalue(circle(9, 1), activation=polynomial(0.3, 0.5, 1), depth=2) > 1e-8


def test_homogeneous_rows_may_have_any_norm():
    x = circle(7)
    found = deep_min_eigenvalue(x * np.arange(1, 8)[:, None], activation=relu, depth=3)
    assert float(found) == pytest.approx(
        float(deep_min_eigenvalue(x, activation=relu, depth=3)), rel=1e-9
    )


def test_what_is_refused():
    with pytest.raises(ValueError, match="norm 1, as tanh is not homogeneous, got norm 2"):
        deep_min_eigenvalue(2 * circle(5), activation=tanh, depth=2)
    with pytest.raises(ValueError, match="depth must be an integer >= 1, got 0"):
        deep_min_eigenvalue(circle(5), activation=tanh, depth=0)
