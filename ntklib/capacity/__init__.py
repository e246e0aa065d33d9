"""How many random patterns a network can store, and what the solutions look like.

A wide machine of hidden units stores patterns as a perceptron does whose overlaps are bent by one
function, the centred dual Q(q): capacities, entropies and the breaking of replica symmetry follow
from Q and its slope at 1.
"""

from ntklib.capacity.binary import binary_capacity, binary_entropy
from ntklib.capacity.curve import (
    ReplicaCurve,
    almeida_thouless,
    binary_curve,
    spherical_curve,
)
from ntklib.capacity.finite import finite_capacity
from ntklib.capacity.overlap import overlap
from ntklib.capacity.projection import squared_distances
from ntklib.capacity.spherical import CapacitySaddle, capacity_saddle, spherical_capacity

__all__ = [
    "CapacitySaddle",
    "ReplicaCurve",
    "almeida_thouless",
    "binary_capacity",
    "binary_curve",
    "binary_entropy",
    "capacity_saddle",
    "finite_capacity",
    "overlap",
    "spherical_capacity",
    "spherical_curve",
    "squared_distances",
]
