"""The dual under grad, jit and vmap, and what a second activation compiles."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ntklib.activations import Activation, elu, gelu, hard_tanh, relu_squared, sine, tanh
from ntklib.dual import decay_law, dual, dual_table, hermite_coefficients, second_moment

MINE = Activation("mine", lambda z: jnp.maximum(z - 0.5, 0) + jnp.tanh(z), kinks=(0.5,))
RHO = jnp.array([-1.0, -0.7, 0.0, 0.3, 0.99, 1.0])
KINDS = [tanh, hard_tanh, elu, sine, relu_squared, gelu, MINE]  # closed, by Owen's T, tabulated
either = pytest.mark.parametrize("activation", KINDS, ids=lambda a: a.name)


@either
@pytest.mark.parametrize("variances", [(1.0, 1.0), (2.0, 0.3)])
def test_jit_vmap_and_grad(activation, variances):
    def function(r):
        return dual(activation, r, variances=variances)

    expected, close = function(RHO), {"rtol": 1e-14, "atol": 1e-15}
    np.testing.assert_allclose(jax.jit(function)(RHO), expected, **close)
    np.testing.assert_allclose(jax.vmap(function)(RHO), expected, **close)
    np.testing.assert_allclose(jax.jit(jax.vmap(function))(RHO[:, None])[:, 0], expected, **close)
    slope = jax.jit(jax.vmap(jax.grad(function)))(RHO)
    root = np.sqrt(np.prod(variances))
    by_price = root * dual(activation.derivative, RHO, variances=variances)
    np.testing.assert_allclose(slope, by_price, **close)
    forward = jax.jvp(function, (RHO,), (jnp.full_like(RHO, 2.0),))[1]
    np.testing.assert_allclose(forward, 2 * np.asarray(slope), **close)


@either
def test_second_derivatives_inside(activation):
    """Against a difference of the first: four values, so h^4 with h = 1e-3."""
    rho, h = jnp.array([-0.6, 0.1, 0.8]), 1e-3
    first = jax.vmap(jax.grad(lambda r: dual(activation, r)))
    second = jax.vmap(jax.grad(jax.grad(lambda r: dual(activation, r))))(rho)
    around = [np.asarray(first(rho + k * h)) for k in (-2, -1, 1, 2)]
    quotient = (around[0] - 8 * around[1] + 8 * around[2] - around[3]) / (12 * h)
    np.testing.assert_allclose(second, quotient, rtol=2e-8, atol=1e-9)


@either
def test_out_of_range_is_nan_where_it_cannot_be_checked(activation):
    value = jax.jit(lambda r: dual(activation, r))(jnp.array([0.5, 1.5, jnp.nan]))
    assert np.isfinite(value[0])
    assert np.isnan(value[1:]).all()


class Compilations:
    """Counts what XLA compiles while it is entered."""

    EVENT = "/jax/core/compile/backend_compile_duration"

    def __enter__(self):
        self.count = 0
        jax.monitoring.register_event_duration_secs_listener(self._listen)
        return self

    def _listen(self, event, duration, **_):
        self.count += event == self.EVENT

    def __exit__(self, *_):
        jax.monitoring.unregister_event_duration_listener(self._listen)


def work(activation):
    dual_table(activation)(np.linspace(-1, 1, 50))
    dual(activation, np.linspace(-1, 1, 50), variances=(2.0, 0.3))
    hermite_coefficients(activation, 400)
    dual(activation, 0.123)
    return second_moment(activation)


def fresh(gain):
    return Activation(f"fresh {gain}", lambda z: jnp.maximum(gain * z - 0.5, 0), (0.5 / gain,))


def test_a_second_activation_compiles_its_own_function_and_no_more():
    """Two: the function itself and, for the order of its kink, one derivative of it."""
    work(fresh(1.25))
    with Compilations() as first:
        work(fresh(1.5))
    assert 1 <= first.count <= 2
    with Compilations() as again:
        other = fresh(1.75)
        work(other)
        before = again.count
        work(other)
        work(other)
    assert again.count == before <= 2


def test_the_counter_counts():
    with Compilations() as counted:
        jax.jit(lambda x: x * 1.2345 + 1)(np.arange(7.0)).block_until_ready()
    assert counted.count >= 1


def test_a_decay_law_compiles_no_solver_either():
    decay_law(fresh(2.25))
    with Compilations() as counted:
        decay_law(fresh(2.5))
    assert counted.count <= 2
