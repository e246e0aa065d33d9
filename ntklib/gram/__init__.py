"""The Gram matrix of an activation, its smallest eigenvalue, and bounds on it.

The matrix is the kernel of the hidden weights of a wide network with one hidden layer, and its
smallest eigenvalue the rate at which gradient descent is sure to fit n inputs.
"""

from ntklib.gram.deep import deep_min_eigenvalue
from ntklib.gram.finite import gram_factor
from ntklib.gram.lower import lower_bound
from ntklib.gram.matrix import gram_matrix
from ntklib.gram.smallest import min_eigenvalue
from ntklib.gram.spheres import harmonic_dimension, harmonic_energies, polynomial_dimension
from ntklib.gram.upper import upper_bound

__all__ = [
    "deep_min_eigenvalue",
    "gram_factor",
    "gram_matrix",
    "harmonic_dimension",
    "harmonic_energies",
    "lower_bound",
    "min_eigenvalue",
    "polynomial_dimension",
    "upper_bound",
]
