"""The one object that all four theories take: an elementwise function with its kinks."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike

from ntklib import _validate
from ntklib.activations import smoothness

Function = Callable[..., Array]


@dataclass(frozen=True)
class Activation:
    """An elementwise function sigma with its kinks declared.

    Two activations with the same name, function, kinks and parameters are equal and hash
    alike, so they can key a cache. Call one as `activation(x)`.

    Attributes:
        name: What figures and error messages call it.
        fn: The function, called as `fn(x, *params)`; made of `jax.numpy` operations.
        kinks: Points where the function or a derivative of it jumps, kept in order.
        params: Numbers handed to `fn` after `x`.
        point_masses: Pairs (point, weight) of Dirac masses to add to `fn`. Only the derivative
            of a function that jumps has any.

    Raises:
        ValueError: If the name is no string, the function cannot be called, or a kink or a
            parameter is not a finite number.

    >>> from ntklib.activations import leaky_relu, relu
    >>> leaky_relu(0.1) == leaky_relu(0.1)
    True
    >>> float(relu(3.0)), float(leaky_relu(0.25)(-2.0))
    (3.0, -0.5)
    >>> Activation("softsign", lambda x: x / (1 + abs(x)), kinks=(0.0,)).jump_order
    2
    """

    name: str
    fn: Function
    kinks: tuple[float, ...] = ()
    params: tuple[float, ...] = ()
    point_masses: tuple[tuple[float, float], ...] = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        """Store kinks and parameters as plain floats, so that equality is by value."""
        if not isinstance(self.name, str):
            raise ValueError(f"name must be a string, got {self.name!r}")
        if not callable(self.fn):
            raise ValueError(f"fn of {self.name} must be a function, got {self.fn!r}")
        kinks = _validate.numbers(f"kinks of {self.name}", self.kinks)
        object.__setattr__(self, "kinks", tuple(sorted({kink + 0.0 for kink in kinks})))
        params = _validate.numbers(f"params of {self.name}", self.params)
        object.__setattr__(self, "params", params)

    def __call__(self, x: ArrayLike) -> Array:
        """Apply the function to every entry of `x`; the shape is kept.

        Raises:
            ValueError: If the activation has point masses: it is no function then.
        """
        if self.point_masses:
            raise ValueError(
                f"{self.name} has a point mass at {self.point_masses[0][0]}, so it has no values; "
                "its dual is ntklib.dual.dual"
            )
        return self.fn(jnp.asarray(x), *self.params)

    @cached_property
    def derivative(self) -> "Activation":
        """The derivative sigma', itself an `Activation` with the same kinks.

        At a kink it has the value that `jax.grad` finds there: for the named ones the slope
        below, so relu'(0) = 0. It keeps the type of a floating-point array and takes plain
        numbers and integers as float64. Where the function itself jumps, the derivative
        has a point mass, which `jax.grad` would silently drop: it is recorded in
        `point_masses`, its dual is defined, and calling it raises.

        Raises:
            ValueError: If the function has no finite values beside a kink, or is itself the
                derivative of a jump.

        >>> from ntklib.activations import leaky_relu, relu, sign
        >>> float(relu.derivative(3.0)), float(leaky_relu(0.25).derivative(-3.0))
        (1.0, 0.25)
        >>> sign.derivative.point_masses
        ((0.0, 2.0),)
        """
        if self.point_masses:
            raise ValueError(
                f"{self.name} has a point mass at {self.point_masses[0][0]}, "
                "and the book has no use for the derivative of one"
            )
        jumps = [(kink, self._jump(kink)) for kink in self.kinks]
        masses = tuple((kink, jump) for kink, jump in jumps if jump)
        derivative = Activation(
            f"{self.name}'", Derivative(self.fn), self.kinks, self.params, point_masses=masses
        )
        if "jump_order" in self.__dict__:  # known already, and one less there
            derivative.__dict__["jump_order"] = self.jump_order - 1
        return derivative

    def scaled(self, gain: float) -> "Activation":
        """Return the activation z -> sigma(gain z); its kinks move to kink / gain.

        Raises:
            ValueError: If `gain` is zero or not one finite number.

        >>> from ntklib.activations import hard_tanh, tanh
        >>> hard_tanh.scaled(4).kinks, tanh.scaled(2).scaled(3) == tanh.scaled(6)
        ((-0.25, 0.25), True)
        """
        factor = _validate.number("gain", gain)
        if factor == 0:
            raise ValueError("gain must not be zero: the activation would be a constant, got 0.0")
        fn, params, name = self.fn, self.params, self.name
        kinks = tuple(kink / factor for kink in self.kinks)
        masses = tuple((at / factor, size / abs(factor)) for at, size in self.point_masses)
        if isinstance(fn, Scaled):
            name, fn, params, factor = fn.name, fn.fn, params[:-1], factor * params[-1]
        if factor == 1:
            return Activation(name, fn, kinks, params, point_masses=masses)
        return Activation(
            f"{name}({factor:g} z)", Scaled(fn, name), kinks, (*params, factor), point_masses=masses
        )

    @cached_property
    def jump_order(self) -> float:
        """The order of the first derivative that jumps at a kink, 0 for sign and 1 for ReLU.

        `math.inf` if none does, up to order 8; a derivative that is infinite beside a kink
        counts as one that jumps.

        >>> from ntklib.activations import elu, selu, tanh
        >>> elu.jump_order, selu.jump_order, tanh.jump_order
        (2, 1, inf)
        """
        if self.point_masses:
            return -1
        return min((smoothness.first_jump(self, kink) for kink in self.kinks), default=math.inf)

    @cached_property
    def multiplicity(self) -> int | None:
        """The order of the first derivative, from 1 on, that is not zero at the origin.

        None where it is undefined: a derivative jumps at the origin before one differs from
        zero (as for ReLU), or all of them vanish up to order 8.

        Source: the definition is that of Zhou et al., "Towards understanding the condensation
        of neural networks at initial training".

        >>> from ntklib.activations import cosine, relu, tanh, x2tanh
        >>> tanh.multiplicity, cosine.multiplicity, x2tanh.multiplicity, relu.multiplicity
        (1, 2, 3, None)
        """
        return None if self.point_masses else smoothness.multiplicity(self)

    @cached_property
    def homogeneous_degree(self) -> float | None:
        """The p with sigma(a z) = a^p sigma(z) for all a > 0, or None if there is none.

        >>> from ntklib.activations import leaky_relu, relu_squared, sign, tanh
        >>> [each.homogeneous_degree for each in (leaky_relu(0.2), relu_squared, sign, tanh)]
        [1.0, 2.0, 0.0, None]
        """
        return None if self.point_masses else smoothness.homogeneous_degree(self)

    def _jump(self, kink: float) -> float:
        jump = smoothness.jump(self, kink)
        if math.isnan(jump):
            raise ValueError(f"{self.name} has no finite values beside its kink at {kink}")
        return jump


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


@dataclass(frozen=True)
class Scaled:
    """An elementwise function behind a gain, which comes as its last parameter.

    Attributes:
        fn: The function behind.
        name: What the activation with that function is called.
    """

    fn: Function
    name: str

    def __call__(self, x: Array, *params: float) -> Array:
        """Apply `fn` to the last parameter times `x`."""
        *rest, gain = params
        x = jnp.asarray(x)
        dtype = x.dtype if jnp.issubdtype(x.dtype, jnp.floating) else jnp.result_type(float)
        return self.fn(jnp.asarray(gain, dtype) * x, *rest)


def require_activation(value: object) -> Activation:
    """Return `value` if it is an `Activation`.

    Raises:
        ValueError: If it is not; the message names a remedy.
    """
    if isinstance(value, Activation):
        return value
    from ntklib.activations import registry  # itself made of activations

    family = getattr(value, "__name__", "")
    if callable(value) and family in ("leaky_relu", "polynomial"):
        hint = f"call it: {family}(0.1)"
    elif isinstance(value, str) and value in {each.name for each in registry.named()}:
        hint = f"take ntklib.activations.{value}"
    else:
        hint = "make one: Activation(name, function)"
    raise ValueError(f"activation must be an Activation, got {value!r}; {hint}")
