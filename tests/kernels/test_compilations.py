"""A second activation, depth or set of rows compiles next to nothing."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ntklib.activations import Activation, gelu, relu, tanh
from ntklib.kernels import ntk

EVENT = "/jax/core/compile/backend_compile_duration"
COMPILED: list[float] = []
jax.monitoring.register_event_duration_secs_listener(
    lambda event, seconds, **_: COMPILED.append(seconds) if event == EVENT else None
)


def unit_rows(n):
    x = np.random.default_rng(n).standard_normal((n, 6))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def compilations(call):
    before = len(COMPILED)
    call()
    return len(COMPILED) - before


@pytest.mark.parametrize("rows", [12, 150])
def test_another_depth_compiles_nothing(rows):
    x = unit_rows(rows)
    ntk(x, activation=gelu, depth=2, normalized=True)
    assert compilations(lambda: ntk(x, activation=gelu, depth=5, normalized=True)) == 0
    assert compilations(lambda: ntk(x, activation=gelu, depth=30, normalized=True)) == 0


def test_a_second_activation_compiles_itself_and_no_solver():
    """Its own function and derivative, and what tells its smoothness; no more for large data."""
    small, large = unit_rows(12), unit_rows(150)
    ntk(small, activation=tanh, depth=3)
    ntk(large, activation=tanh, depth=3)
    fresh = Activation("fresh", lambda z: z * jnp.exp(-z * z / 4))
    first = compilations(lambda: ntk(small, activation=fresh, depth=3, normalized=True))
    assert 0 < first < 40
    assert compilations(lambda: ntk(large, activation=fresh, depth=3, normalized=True)) == 0
    again = compilations(
        lambda: ntk(small, activation=fresh, depth=3, bias_variance=0.3, normalized=True)
    )
    assert again == 0


def test_large_sets_of_any_size_share_their_compilations():
    """But for the copy of the result to the device, 5 ms a shape."""
    ntk(unit_rows(300), activation=relu, depth=5, normalized=True)
    assert compilations(lambda: ntk(unit_rows(310), activation=relu, depth=7, normalized=True)) <= 1
