"""Activations in ball arithmetic: against mpmath, and against 64-bit values."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from flint import arb, ctx

from ntklib.activations import Activation, gelu, named, sigmoid, softplus, swish, tanh
from ntklib.balls import UnknownOperationError, ball_function

POINTS = np.array([-7.3, -1.1, -0.2, 0.3, 0.9, 2.5])
REFERENCES = {
    tanh: mpmath.tanh,
    sigmoid: lambda z: 1 / (1 + mpmath.exp(-z)),
    softplus: lambda z: mpmath.log(1 + mpmath.exp(z)),
    swish: lambda z: z / (1 + mpmath.exp(-z)),
    gelu: lambda z: z * mpmath.erfc(-z * mpmath.mpf(np.sqrt(0.5))) / 2,
}


@pytest.mark.parametrize("activation", REFERENCES, ids=lambda each: each.name)
def test_values_and_slopes_to_forty_digits(activation):
    """The slope is a central difference at 90 digits; gelu is that of the float sqrt(1/2)."""
    function, slope = ball_function(activation), ball_function(activation.derivative)
    with ctx.workprec(300), mpmath.workdps(90):
        step = mpmath.mpf(10) ** -28
        for x in POINTS:
            exact = REFERENCES[activation]
            rise = (exact(x + step) - exact(x - step)) / (2 * step)
            assert abs(mpmath.mpf(function(arb(x)).str(70, radius=False)) - exact(x)) < 1e-60
            tolerance = 1e-15 if activation is gelu else 1e-50  # its slope has a float 1/sqrt(2 pi)
            assert abs(mpmath.mpf(slope(arb(x)).str(70, radius=False)) - rise) < tolerance


@pytest.mark.parametrize("activation", named(), ids=lambda each: each.name)
def test_every_named_activation_is_known(activation):
    function = ball_function(activation)
    values = [float(function(arb(x))) for x in POINTS]
    np.testing.assert_allclose(values, activation(POINTS), rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x * jnp.tanh(jax.nn.softplus(x)),
        lambda x: jnp.arctan(x) + jnp.arcsinh(x),
        lambda x: jnp.sqrt(1 + x**2) - jnp.log1p(x * x) / jnp.cosh(x),
        lambda x: jnp.clip(x, -1, 1) + jnp.maximum(jnp.abs(x), 0.5),
        lambda x: jnp.where((x > 0) & (x <= 1), jnp.exp2(x), (1 + x**2) ** 0.3),
        jnp.sinc,
    ],
)
def test_a_readers_own_activation(function):
    own = Activation("own", function)
    for each in (own, own.derivative):
        ball = ball_function(each)
        values = [float(ball(arb(x))) for x in POINTS]
        np.testing.assert_allclose(values, each(POINTS), rtol=1e-12, atol=1e-14)


def test_an_unknown_operation_is_named():
    bessel = Activation("bessel", lambda x: jax.scipy.special.i0e(x))
    with pytest.raises(UnknownOperationError, match="bessel uses the operation 'bessel_i0e'"):
        ball_function(bessel)


def test_balls_that_overlap_are_not_compared():
    step = Activation("step", lambda x: jnp.where(x > 0, 1.0, 0.0))
    with pytest.raises(ArithmeticError, match="overlap"):
        ball_function(step)(arb(0, 1e-3))
