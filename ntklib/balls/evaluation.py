"""An activation evaluated in ball arithmetic, from the operations that JAX records of it.

An activation is a function of `jax.numpy`, which computes in 64 bits at most. But JAX can write
down which operations it is made of, and those can be carried out in any arithmetic.
"""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from flint import arb
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal

from ntklib.activations import Activation

Value = arb | bool
BallFunction = Callable[[arb], arb]


class UnknownOperationError(ValueError):
    """An activation uses an operation that is not known in ball arithmetic."""


def ball_function(activation: Activation) -> BallFunction:
    """Return an activation as a function of balls, at the precision of `flint.ctx`.

    Constants are the 64-bit floats that the function is written with, taken as exact.

    Raises:
        UnknownOperationError: If the function uses an operation that is not in the table below.

    >>> from ntklib.activations import tanh
    >>> print(ball_function(tanh.derivative)(arb(1)).str(12, radius=False))
    0.419974341614
    """
    traced = jax.make_jaxpr(lambda x: activation.fn(x, *activation.params))(0.0)
    _require_known(traced.jaxpr, activation.name)

    def call(x: arb) -> arb:
        return _ball(_run(traced, [x])[0])

    return call


def _require_known(jaxpr: Jaxpr, name: str) -> None:
    for equation in jaxpr.eqns:
        operation = equation.primitive.name
        inner = _inner(equation)
        if inner is not None:
            _require_known(inner.jaxpr, name)
        elif operation not in _OPERATIONS:
            raise UnknownOperationError(
                f"{name} uses the operation {operation!r}, which is not known in ball arithmetic"
            )


def _inner(equation: Any) -> ClosedJaxpr | None:
    """Return the function that an equation calls, if it is a call."""
    for key in ("jaxpr", "call_jaxpr"):
        if key in equation.params:
            found = equation.params[key]
            return found if isinstance(found, ClosedJaxpr) else ClosedJaxpr(found, ())
    return None


def _run(function: ClosedJaxpr, arguments: list[Value]) -> list[Value]:
    jaxpr = function.jaxpr
    known: dict[Any, Value] = dict(
        zip(jaxpr.constvars, map(_constant, function.consts), strict=True)
    )
    known.update(zip(jaxpr.invars, arguments, strict=True))

    def value(atom: Any) -> Value:
        return _constant(atom.val) if isinstance(atom, Literal) else known[atom]

    for equation in jaxpr.eqns:
        inputs = [value(atom) for atom in equation.invars]
        inner = _inner(equation)
        if inner is not None:
            outputs = _run(inner, inputs)
        else:
            outputs = [_OPERATIONS[equation.primitive.name](*inputs, **equation.params)]
        known.update(zip(equation.outvars, outputs, strict=True))
    return [value(atom) for atom in jaxpr.outvars]


def _constant(value: Any) -> Value:
    number = np.asarray(value)
    return bool(number) if number.dtype == np.bool_ else arb(float(number))


def _ball(value: Value) -> arb:
    return arb(int(value)) if isinstance(value, bool) else value


def _select(which: Value, *cases: Value, **_: Any) -> Value:
    return cases[which if isinstance(which, bool) else int(float(which))]


def _compare(certain: Callable, opposite: Callable) -> Callable[..., bool]:
    """Return a comparison that refuses to decide between balls that overlap."""

    def decide(a: Value, b: Value, **_: Any) -> bool:
        a, b = _ball(a), _ball(b)
        if certain(a, b):
            return True
        if opposite(a, b) or a.is_nan() or b.is_nan():
            return False
        raise ArithmeticError(f"balls {a} and {b} overlap, so they cannot be compared")

    return decide


def _equal(a: Value, b: Value, **_: Any) -> bool:
    """Return whether two balls are one number; a ball that is not exact equals itself."""
    a, b = _ball(a), _ball(b)
    return a is b or bool(a == b)


def _integer_power(x: arb, *, y: int, **_: Any) -> arb:
    return x**y


def _power(x: arb, y: Value, **_: Any) -> arb:
    return x ** _ball(y)


def _one(method: str) -> Callable[..., arb]:
    def operation(x: arb, **_: Any) -> arb:
        return getattr(x, method)()

    return operation


def _two(function: Callable[[arb, arb], arb]) -> Callable[..., arb]:
    def operation(a: Value, b: Value, **_: Any) -> arb:
        return function(_ball(a), _ball(b))

    return operation


def _and(a: bool, b: bool, **_: Any) -> bool:
    return a and b


def _or(a: bool, b: bool, **_: Any) -> bool:
    return a or b


def _same(x: Value, **_: Any) -> Value:
    return x


def _as_type(x: Value, *, new_dtype: Any, **_: Any) -> Value:
    return x if np.dtype(new_dtype) == np.bool_ else _ball(x)


_METHODS = (
    "exp", "expm1", "log", "log1p", "sin", "cos", "tan", "sinh", "cosh", "tanh", "asin", "acos",
    "atan", "asinh", "acosh", "atanh", "sqrt", "rsqrt", "erf", "erfc", "lgamma", "digamma",
)  # fmt: skip
_OPERATIONS: dict[str, Callable[..., Value]] = {
    **{name: _one(name) for name in _METHODS},
    "abs": lambda x, **_: abs(x),
    "neg": lambda x, **_: -x,
    "sign": lambda x, **_: x.sgn(),
    "square": lambda x, **_: x * x,
    "logistic": lambda x, **_: 1 / (1 + (-x).exp()),
    "exp2": lambda x, **_: arb(2) ** x,
    "integer_pow": _integer_power,
    "pow": _power,
    "add": _two(lambda a, b: a + b),
    "add_any": _two(lambda a, b: a + b),
    "sub": _two(lambda a, b: a - b),
    "mul": _two(lambda a, b: a * b),
    "div": _two(lambda a, b: a / b),
    "max": _two(lambda a, b: a.max(b)),
    "min": _two(lambda a, b: a.min(b)),
    "atan2": _two(lambda a, b: arb.atan2(a, b)),
    "gt": _compare(lambda a, b: a > b, lambda a, b: a <= b),
    "ge": _compare(lambda a, b: a >= b, lambda a, b: a < b),
    "lt": _compare(lambda a, b: a < b, lambda a, b: a >= b),
    "le": _compare(lambda a, b: a <= b, lambda a, b: a > b),
    "eq": _equal,
    "ne": lambda a, b, **_: not _equal(a, b),
    "and": _and,
    "or": _or,
    "not": lambda a, **_: not a,
    "is_finite": lambda x, **_: x.is_finite(),
    "select_n": _select,
    "convert_element_type": _as_type,
    "copy": _same,
    "copy_p": _same,
    "stop_gradient": _same,
    "real": _same,
}
