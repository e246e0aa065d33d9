"""An estimate is a float that remembers its error."""

import copy
import math
import pickle

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntklib.estimate import Estimate

ROOT = Estimate(1.5, error=2e-3, method="bisection")
FINITE = st.floats(allow_nan=False, allow_infinity=False)


def test_parts_by_position_and_by_name():
    assert (ROOT.value, ROOT.error, ROOT.method) == (1.5, 2e-3, "bisection")
    assert type(ROOT.value) is float
    same = Estimate(method="bisection", error=2e-3, value=1.5)
    assert (same.value, same.error, same.method) == (1.5, 2e-3, "bisection")


@given(FINITE, FINITE)
def test_arithmetic_and_comparison_are_those_of_the_value(value, other):
    estimate = Estimate(value, 1.0, "drawn")
    for result, expected in [
        (estimate + other, value + other),
        (other - estimate, other - value),
        (estimate * other, value * other),
        (-estimate, -value),
        (abs(estimate), abs(value)),
    ]:
        assert type(result) is float
        assert result == expected or math.isnan(expected)
    assert (estimate < other) == (value < other)
    assert (estimate == other) == (value == other)
    assert hash(estimate) == hash(value)
    assert f"{estimate:.3e}" == f"{value:.3e}"


def test_arrays_take_it_as_a_number():
    np.testing.assert_array_equal(np.arange(3) * ROOT, [0, 1.5, 3])
    assert (jnp.ones(2, jnp.float32) * ROOT).dtype == jnp.float32
    assert jax.jit(lambda x: 2 * x)(ROOT) == 3
    assert jax.grad(lambda x: x**2)(ROOT) == 3
    assert math.sqrt(Estimate(4, 0, "counted")) == 2


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))]
)
def test_copies_keep_everything(again):
    twin = again(ROOT)
    assert (type(twin), twin.value, twin.error, twin.method) == (Estimate, 1.5, 2e-3, "bisection")


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (66.7817123, 0.0012, "66.7817 ± 0.0012"),
        (-2.345, 0.1, "-2.35 ± 0.1"),
        (123456.7, 10, "123457 ± 10"),
        (3e-20, 1e-22, "3.000e-20 ± 1e-22"),
        (1.25, 0, "1.25 ± 0"),
        (1.1, 1e-20, "1.1 ± 1e-20"),
        (0, 0.1, "0.0 ± 0.1"),
        (math.inf, math.inf, "inf ± inf"),
    ],
)
def test_it_shows_the_digits_that_its_error_leaves(value, error, text):
    estimate = Estimate(value, error, "m")
    assert str(estimate) == text
    assert repr(estimate) == f"Estimate({text}, 'm')"


@pytest.mark.parametrize("name", ["value", "error", "method", "other"])
def test_it_cannot_be_changed(name):
    with pytest.raises(AttributeError):
        setattr(ROOT, name, 1.0)
    with pytest.raises(AttributeError):
        delattr(ROOT, name)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ((1.0, -0.1, "m"), r"error must be >= 0, got -0\.1"),
        ((math.nan, 0.1, "m"), "value must not be nan"),
        ((1.0, math.nan, "m"), "error must not be nan"),
        (("1", 0.1, "m"), "value must be a number, got '1'"),
        ((1.0, None, "m"), "error must be a number, got None"),
        ((1.0, 0.1, 3), "method must be a text, got 3"),
    ],
)
def test_bad_parts_are_refused(parts, message):
    with pytest.raises(ValueError, match=message):
        Estimate(*parts)
