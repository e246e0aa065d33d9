"""The leading form against gradients of a real network, and against neurons that follow it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ntklib.activations import (
    Activation,
    cosine,
    gelu,
    leaky_relu,
    polynomial,
    relu,
    selu,
    sigmoid,
    softplus,
    tanh,
    x2tanh,
    xtanh,
)
from ntklib.condensation import leading_form, nearest_angles, predicted_orientations
from ntklib.condensation.leading import LeadingForm
from ntklib.condensation.tensor import sphere_extrema

X = np.linspace(-1, 1.5, 40)
Y = np.sin(3 * X) + np.sin(6 * X) / 2
SMOOTH = [tanh, xtanh, x2tanh, gelu, polynomial(0, 0, 0, 0, 3)]


def named(value):
    return value.name if hasattr(value, "name") else None


@pytest.mark.parametrize("d", [1, 3])
@pytest.mark.parametrize("activation", [*SMOOTH, relu, leaky_relu(0.3), selu], ids=named)
def test_gradient_of_a_real_network(activation, d):
    """At weights of size eps the loss has the gradient -(F, a grad F), up to order eps."""
    rng = np.random.default_rng(d)
    x, y = rng.normal(size=(20, d)), rng.normal(size=20)
    rows, eps = np.append(x, np.ones((20, 1)), axis=1), 1e-5
    out, weights = rng.normal(size=4) * eps, rng.normal(size=(4, d + 1)) * eps

    def loss(out, weights):
        return jnp.mean((activation(rows @ weights.T) @ out - y) ** 2) / 2

    form = leading_form(x, y, activation=activation)
    by_out, by_weights = jax.grad(loss, argnums=(0, 1))(out, weights)
    unit = eps**form.power * form.size()
    np.testing.assert_allclose(-by_out, form.value(weights), atol=1e-3 * unit)
    expected = out[:, None] * form.gradient(weights)
    np.testing.assert_allclose(-by_weights, expected, atol=1e-3 * unit)


@pytest.mark.parametrize("activation", [sigmoid, softplus, cosine], ids=named)
def test_offset_leaves_the_centred_form(activation):
    """Where a network of these already outputs the mean, only centred targets pull its weights."""
    rng, eps = np.random.default_rng(0), 1e-5
    weights, out = eps * rng.normal(size=(4, 2)), rng.normal(size=4)
    rows = np.stack([X, np.ones(40)], axis=1)
    form = leading_form(X, Y, activation=activation)
    out += (Y.mean() / float(activation(0.0)) - out.sum()) / 4

    def loss(weights):
        return jnp.mean((activation(rows @ weights.T) @ out - Y) ** 2) / 2

    unit = eps ** (form.power - 1) * form.size()
    np.testing.assert_allclose(
        -jax.grad(loss)(weights), out[:, None] * form.gradient(weights), atol=1e-3 * unit
    )


@pytest.mark.parametrize("d", [1, 3])
@pytest.mark.parametrize("activation", SMOOTH, ids=named)
def test_derivatives_by_differences(activation, d):
    rng = np.random.default_rng(d)
    form = leading_form(rng.normal(size=(9, d)), rng.normal(size=9), activation=activation)
    u, step = rng.normal(size=(7, d + 1)), 1e-5
    for axis, move in enumerate(step * np.eye(d + 1)):
        rise = (form.value(u + move) - form.value(u - move)) / (2 * step)
        np.testing.assert_allclose(form.gradient(u)[:, axis], rise, rtol=1e-6, atol=1e-7)
        turn = (form.gradient(u + move) - form.gradient(u - move)) / (2 * step)
        np.testing.assert_allclose(form.hessian(u)[:, axis], turn, rtol=1e-6, atol=1e-7)


def test_blocks_of_rows_change_nothing(monkeypatch):
    rng = np.random.default_rng(0)
    form = leading_form(rng.normal(size=(50, 3)), rng.normal(size=50), activation=x2tanh)
    u = rng.normal(size=(4, 4))
    whole = form.hessian(u)
    monkeypatch.setattr("ntklib.condensation.leading.NUMBERS", 100)
    np.testing.assert_allclose(form.hessian(u), whole, rtol=1e-12, atol=1e-12)


def test_euler_identity():
    form = leading_form(X, Y, activation=x2tanh)
    u = np.random.default_rng(0).normal(size=(5, 2))
    np.testing.assert_allclose((u * form.gradient(u)).sum(axis=1), 3 * form.value(u))


def follow(form, theta, *, steps, rate=0.02):
    """Neurons (w, a) under da/dt = F(w), dw/dt = a grad F(w), each at a speed of its own."""
    for _ in range(steps):
        w, a = theta[:, :-1], theta[:, -1:]
        pull = np.hstack([a * form.gradient(w), form.value(w)[:, None]])
        size = np.linalg.norm(theta, axis=1) / np.maximum(np.linalg.norm(pull, axis=1), 1e-300)
        theta = theta + rate * size[:, None] * pull
    return theta


@pytest.mark.parametrize("activation", [tanh, xtanh, x2tanh, cosine, relu, selu], ids=named)
@pytest.mark.parametrize("seed", range(3))
def test_neurons_that_grow_end_where_predicted(activation, seed):
    """All grown neurons are at growing directions of their sign, and there are some at each.

    At a corner of F a neuron goes to and fro, and hardly grows where F is small for its slopes.
    """
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=15), rng.normal(size=15)
    form = leading_form(x, y, activation=activation)
    found = predicted_orientations(x, y, activation=activation)
    first = rng.normal(size=(500, 3))
    theta = follow(form, first, steps=1500)
    grown = theta[np.linalg.norm(theta, axis=1) > 30]
    assert len(grown) > 100
    for sign in (1, -1):
        seen = grown[np.sign(grown[:, 2]) == sign][:, :2]
        expected = found.directions[found.grows & (found.output_sign == sign)]
        strong = expected[np.abs(form.value(expected)) > 0.01 * np.abs(found.value).max()]
        assert bool(len(seen)) == bool(len(expected))
        if len(seen):
            assert np.quantile(nearest_angles(seen, expected), 0.99) < np.radians(2)
            assert nearest_angles(strong, seen).max() < np.radians(2)


@pytest.mark.parametrize("activation", [tanh, xtanh, x2tanh], ids=named)
def test_alignment_exponent(activation):
    """ln(angle) against ln|w| has slope -exponent as a neuron grows, to within 2 %."""
    form = leading_form(X, Y, activation=activation)
    found = predicted_orientations(X, Y, activation=activation)
    for u, sign, exponent in zip(found.growing, found.output_sign, found.exponent, strict=True):
        w = u + 1e-3 * np.array([-u[1], u[0]])
        theta = np.append(w, sign * np.linalg.norm(w) / np.sqrt(form.power))[None]
        points = []
        for _ in range(40):
            theta = follow(form, theta, steps=25, rate=5e-4)
            points.append(theta[0, :2])
        angle = np.log(nearest_angles(points, u[None]))
        length = np.log(np.linalg.norm(points, axis=1))
        slope = np.polyfit(length, angle, 1)[0]
        assert -slope == pytest.approx(exponent, rel=0.02)


def test_conserved_quantity():
    """|w|^2 - p a^2 stays what it is, to the first order of the steps."""
    form = leading_form(X, Y, activation=x2tanh)
    first = np.random.default_rng(0).normal(size=(50, 3))
    last = follow(form, first, steps=1000, rate=1e-4)
    kept, before = ((each**2) @ [1, 1, -3] for each in (last, first))
    np.testing.assert_allclose(kept, before, atol=2e-3)


def test_circle_of_maxima_is_refused():
    """Eight equal spokes make the fourth-order form the same all around, up to order 7."""
    angles = 2 * np.pi * np.arange(8) / 8
    rows = np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1)
    form = LeadingForm(rows, np.ones(8) / 8, 4, 1.0, 1.0, centred=False)
    with pytest.raises(ValueError, match=r"same extreme value 0.375 along a whole curve"):
        sphere_extrema(form, starts=50)


def test_flat_bottom_is_left_out():
    """With positive targets nothing pulls below zero: x^4 has no minima that count."""
    x = np.random.default_rng(0).normal(size=(2, 2))
    found = predicted_orientations(x, [1.0, 2.0], activation=polynomial(0, 0, 0, 0, 1))
    assert found.grows.all()
    assert (found.output_sign == 1).all()


@pytest.mark.parametrize(
    ("activation", "message"),
    [
        (Activation("pole", lambda z: 1 / z), "pole must be finite at zero, got inf"),
        (
            Activation("root", lambda z: jnp.sign(z) * jnp.sqrt(jnp.abs(z)), kinks=(0.0,)),
            "root has no lowest order",
        ),
    ],
)
def test_activations_without_a_lowest_order(activation, message):
    with pytest.raises(ValueError, match=message):
        leading_form(X, Y, activation=activation)
