"""Activation functions: a function, its kinks, and what follows from them.

Three are named so far, and they are one family. The leaky ReLU with slope s below zero is

    sigma_s(z) = z for z > 0,  s z for z <= 0   =   (1 + s)/2 z + (1 - s)/2 |z|,

a linear part and a kinked part. Slope 0 is ReLU; slope 1 is the identity, the linear network
that every comparison in the book starts from.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike

from ntklib import _validate

Function = Callable[..., Array]


@dataclass(frozen=True)
class Activation:
    """An elementwise function sigma with its kinks declared.

    Two activations with the same name, function, kinks and parameters are equal and hash
    alike, so they can key a cache. Call one as `activation(x)`.

    Attributes:
        name: What figures and error messages call it.
        fn: The function, called as `fn(x, *params)`; made of `jax.numpy` operations.
        kinks: Points where the function or a derivative of it jumps.
        params: Numbers handed to `fn` after `x`.

    Raises:
        ValueError: If the name is no string, the function cannot be called, or a kink or a
            parameter is not a finite number.

    >>> leaky_relu(0.1) == leaky_relu(0.1)
    True
    >>> float(relu(3.0)), float(leaky_relu(0.25)(-2.0))
    (3.0, -0.5)
    """

    name: str
    fn: Function
    kinks: tuple[float, ...] = ()
    params: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Store kinks and parameters as plain floats, so that equality is by value."""
        if not isinstance(self.name, str):
            raise ValueError(f"name must be a string, got {self.name!r}")
        if not callable(self.fn):
            raise ValueError(f"fn of {self.name} must be a function, got {self.fn!r}")
        for field in ("kinks", "params"):
            values = _validate.numbers(f"{field} of {self.name}", getattr(self, field))
            object.__setattr__(self, field, values)

    def __call__(self, x: ArrayLike) -> Array:
        """Apply the function to every entry of `x`; the shape is kept."""
        return self.fn(jnp.asarray(x), *self.params)

    @cached_property
    def derivative(self) -> "Activation":
        """The derivative sigma', itself an `Activation` with the same kinks.

        At a kink it has the value that `jax.grad` finds there: in the leaky family the slope
        below, so relu'(0) = 0. It keeps the type of a floating-point array and takes plain
        numbers and integers as float64.

        Raises:
            ValueError: If the function itself jumps at a kink, or has no finite values beside
                it. The derivative of a jump is a point mass, which no elementwise function
                can represent (and which `jax.grad` would silently drop).

        >>> float(relu.derivative(3.0)), float(leaky_relu(0.25).derivative(-3.0))
        (1.0, 0.25)
        """
        for kink in self.kinks:
            jump = _jump(self, kink)
            if math.isnan(jump):
                raise ValueError(f"{self.name} has no finite values beside its kink at {kink}")
            if jump:
                raise ValueError(
                    f"{self.name} jumps by {jump:.3g} at {kink}, so its derivative "
                    "is not a function"
                )
        return Activation(f"{self.name}'", Derivative(self.fn), self.kinks, self.params)


@dataclass(frozen=True)
class Derivative:
    """The derivative of an elementwise function, by forward-mode differentiation.

    A class rather than a closure, so that two derivatives of one function are equal.
    """

    fn: Function

    def __call__(self, x: Array, *params: float) -> Array:
        """Differentiate `fn` with respect to its first argument, entry by entry."""
        x = jnp.asarray(x)
        if not jnp.issubdtype(x.dtype, jnp.inexact):
            x = x.astype(float)
        return jax.jvp(lambda z: self.fn(z, *params), (x,), (jnp.ones_like(x),))[1]


def _jump(activation: Activation, kink: float) -> float:
    """Return by how much a function jumps at a point: 0 where it does not, nan if undefined.

    The function is compared at two points near the kink and at two far from it. A jump does
    not shrink with the distance; what a continuous function does across the kink is a small
    part of its variation from near to far, the cube root included.
    """
    eps = float(jnp.finfo(jnp.result_type(float)).eps)
    near, far = 64 * eps, eps**0.5
    steps = max(1.0, abs(kink)) * np.array([-far, -near, near, far])
    with jax.ensure_compile_time_eval():
        values = np.asarray(activation(kink + steps), np.float64)
    if not np.isfinite(values).all():
        return math.nan
    jump = float(values[2] - values[1])
    variation = abs(values[1] - values[0]) + abs(values[3] - values[2])
    rounding = 8 * eps * np.abs(values).max()
    return jump if abs(jump) > 2 * (near / far) ** (1 / 3) * variation + rounding else 0.0


def two_slopes(x: Array, slope: float) -> Array:
    """Return x where it is positive and slope * x elsewhere (0 at -inf if the slope is 0)."""
    below = jnp.where(jnp.isinf(x) & (slope == 0), 0, x)  # 0 * inf is not a number
    return jnp.where(x > 0, x, slope * below)


def leaky_relu(slope: float) -> Activation:
    """Return the leaky ReLU: z above zero, `slope` z below.

    Args:
        slope: The slope below zero; any finite number (0 is ReLU, 1 the identity,
            -1 the absolute value).

    Raises:
        ValueError: If `slope` is not one finite number.
    """
    return Activation(
        "leaky_relu", two_slopes, kinks=(0.0,), params=(_validate.number("slope", slope),)
    )


relu = Activation("relu", two_slopes, kinks=(0.0,), params=(0.0,))
identity = Activation("identity", two_slopes, params=(1.0,))


def require_activation(value: object) -> Activation:
    """Return `value` if it is an `Activation`.

    Raises:
        ValueError: If it is not; the message names a remedy.
    """
    if isinstance(value, Activation):
        return value
    if value is leaky_relu:
        hint = "call it: leaky_relu(0.1)"
    elif isinstance(value, str) and value in ("relu", "identity"):
        hint = f"take ntklib.activations.{value}"
    else:
        hint = "make one: Activation(name, function)"
    raise ValueError(f"activation must be an Activation, got {value!r}; {hint}")
