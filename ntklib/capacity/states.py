"""Where weights may lie: how much room is left at a given overlap, for the two kinds of weights.

For n replicas with overlaps q off the diagonal, as n goes to zero, the logarithm of their common
volume is n times S(q). Both kinds are given as curves: q and S as functions of one parameter p,
since for binary weights S(q) is known only through the field that makes the overlap.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Float

from ntklib.capacity.normal import half_rule

Vector = Float[np.ndarray, " k"]
Kind = Literal["spherical", "binary"]
CHUNK = 256  # overlaps at a time: a matrix of overlaps by nodes stays in cache


def in_chunks(values: Vector) -> list[Vector]:
    """Return an array in pieces of at most CHUNK entries."""
    return np.array_split(values, max(-(-len(values) // CHUNK), 1))


class Room(NamedTuple):
    """What the weights alone contribute, at each of k parameters.

    Attributes:
        overlap: q.
        gap: 1 - q, accurate near 1.
        entropy: S(q), nats per weight.
        slope: dS/dq, half of the conjugate overlap.
        spread: The weights' factor in the Almeida-Thouless expression.
    """

    overlap: Vector
    gap: Vector
    entropy: Vector
    slope: Vector
    spread: Vector


@dataclass(frozen=True)
class Spherical:
    """Weights on the sphere: S = ln(1 - q) / 2 + q / (2 (1 - q)), and p = -ln(1 - q)."""

    smallest: float = 1e-4
    largest: float = 18.0
    end: float = 2.0
    """Loads end at this times Q'(1)."""

    def room(self, parameter: Vector) -> Room:
        """Return what the weights contribute at the given p."""
        gap = np.exp(-parameter)
        q = -np.expm1(-parameter)
        slope = q / (2 * gap**2)
        return Room(q, gap, (q / gap - parameter) / 2, slope, gap**2)


@dataclass(frozen=True)
class Binary:
    """Weights of +1 and -1 in a Gaussian field of variance p^2, which is the conjugate overlap.

    S = max over p of -p^2 (1 - q) / 2 + E[ln 2cosh(p z)], reached where q = E[tanh^2(p z)].
    """

    smallest: float = 1e-2
    largest: float = 1e5
    end: float = 4 / np.pi

    def room(self, parameter: Vector) -> Room:
        """Return what the weights contribute at the given p."""
        parts = [self._room(part) for part in in_chunks(parameter)]
        return Room(*(np.concatenate(each) for each in zip(*parts, strict=True)))

    def _room(self, parameter: Vector) -> Room:
        z, weights = half_rule()
        field = parameter[:, None] * z
        left = np.exp(-2 * field)
        sech_squared = 4 * left / (1 + left) ** 2
        tanh_squared = ((1 - left) / (1 + left)) ** 2
        gap, square = sech_squared @ weights, parameter**2
        return Room(
            overlap=tanh_squared @ weights,
            gap=gap,
            entropy=(field + np.log1p(left)) @ weights - square * gap / 2,
            slope=square / 2,
            spread=sech_squared**2 @ weights,
        )


KINDS: dict[str, Spherical | Binary] = {"spherical": Spherical(), "binary": Binary()}
