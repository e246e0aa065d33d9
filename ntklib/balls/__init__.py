"""Ball arithmetic: numbers to any precision, each with a bound on its error.

The smallest eigenvalue of a smooth activation's Gram matrix may be 1e-30 of the largest, where
64-bit floats hold nothing of it. Here the activation itself is evaluated in balls of FLINT
(Johansson, "Arb: efficient arbitrary-precision midpoint-radius interval arithmetic", 2017), and
with it all that follows.
"""

from ntklib.balls.evaluation import UnknownOperationError, ball_function
from ntklib.balls.hermite import BallSeries, ball_series, longest_series, resolved_series
from ntklib.balls.inverse import smallest_eigenvalue

__all__ = [
    "BallSeries",
    "UnknownOperationError",
    "ball_function",
    "ball_series",
    "longest_series",
    "resolved_series",
    "smallest_eigenvalue",
]
