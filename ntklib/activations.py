"""Activation functions: a function, its kinks, and what follows from them.

Three are named so far, and they are one family. The leaky ReLU with slope s below zero is

    sigma_s(z) = z for z > 0,  s z for z <= 0   =   (1 + s)/2 z + (1 - s)/2 |z|,

a linear part and a kinked part. Slope 0 is ReLU; slope 1 is the identity, the linear network
that every comparison in the book starts from.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import jax
import jax.numpy as jnp
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
        ValueError: If a kink or a parameter is not a finite number.

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
        for field in ("kinks", "params"):
            values = _validate.finite(f"{field} of {self.name}", getattr(self, field))
            object.__setattr__(self, field, tuple(float(v) for v in values))

    def __call__(self, x: ArrayLike) -> Array:
        """Apply the function to every entry of `x`; the shape is kept."""
        return self.fn(jnp.asarray(x), *self.params)

    @cached_property
    def derivative(self) -> "Activation":
        """The derivative sigma', itself an `Activation` with the same kinks.

        Raises:
            ValueError: If the function itself jumps at a kink. Its derivative then has a
                point mass there, which no elementwise function can represent (and which
                `jax.grad` would silently drop).

        >>> float(relu.derivative(3.0)), float(leaky_relu(0.25).derivative(-3.0))
        (1.0, 0.25)
        """
        for kink in self.kinks:
            jump = float(self(kink + 1e-9) - self(kink - 1e-9))
            if abs(jump) > 1e-6:
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
        x = jnp.asarray(x, dtype=jnp.result_type(x, jnp.float32))
        return jax.jvp(lambda z: self.fn(z, *params), (x,), (jnp.ones_like(x),))[1]


def two_slopes(x: Array, slope: float) -> Array:
    """Return x where it is positive and slope * x elsewhere."""
    return jnp.where(x > 0, x, slope * x)


def leaky_relu(slope: float) -> Activation:
    """Return the leaky ReLU: z above zero, `slope` z below.

    Args:
        slope: The slope below zero; any finite number (0 is ReLU, 1 the identity,
            -1 the absolute value).

    Raises:
        ValueError: If `slope` is not finite.
    """
    return Activation("leaky_relu", two_slopes, kinks=(0.0,), params=(slope,))


relu = Activation("relu", two_slopes, kinks=(0.0,), params=(0.0,))
identity = Activation("identity", two_slopes, params=(1.0,))
