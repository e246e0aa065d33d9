"""Gaussian averages of activations, taken piece by piece between the kinks.

Gauss-Hermite quadrature, the usual choice, is built for polynomials: at a kink its error falls
like a power of the number of nodes, and 180 nodes leave the second digit of a smallest
eigenvalue wrong. Here the line is cut at the kinks, and further until the activation is a
polynomial on each panel; Gauss-Legendre quadrature on the panels is then exact to rounding.
"""

from ntklib.gaussian.averages import CLOSEST, EPSILON, Table, energy, expectation, table
from ntklib.gaussian.evaluation import evaluate
from ntklib.gaussian.resolution import WIDEST
from ntklib.gaussian.tame import require_elementwise

__all__ = [
    "CLOSEST",
    "EPSILON",
    "WIDEST",
    "Table",
    "energy",
    "evaluate",
    "expectation",
    "require_elementwise",
    "table",
]
