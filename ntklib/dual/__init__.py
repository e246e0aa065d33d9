"""Gaussian transforms of an activation: its dual and its Hermite coefficients."""

from ntklib.dual.average import dual, in_leaky_family, kink_constant, second_moment
from ntklib.dual.decay import DecayLaw, decay_law
from ntklib.dual.hermite import HermiteExpansion, hermite_coefficients, hermite_expansion
from ntklib.dual.tabulated import DualTable, dual_table

__all__ = [
    "DecayLaw",
    "DualTable",
    "HermiteExpansion",
    "decay_law",
    "dual",
    "dual_table",
    "hermite_coefficients",
    "hermite_expansion",
    "in_leaky_family",
    "kink_constant",
    "second_moment",
]
