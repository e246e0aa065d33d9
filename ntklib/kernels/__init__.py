"""Kernels of infinitely wide networks, and where their recursion leads."""

from ntklib.kernels.by_layer import layer_ntk
from ntklib.kernels.infinite import nngp, ntk
from ntklib.kernels.phases import (
    EdgePoint,
    FixedPoint,
    chi,
    correlation_fixed_points,
    edge_of_chaos,
    variance_fixed_points,
)

__all__ = [
    "EdgePoint",
    "FixedPoint",
    "chi",
    "correlation_fixed_points",
    "edge_of_chaos",
    "layer_ntk",
    "nngp",
    "ntk",
    "variance_fixed_points",
]
