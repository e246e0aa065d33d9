"""Functions of one variable as polynomials on panels, cut finer until they fit."""

from ntklib.panels.expansion import TO_COEFFICIENTS, Panels, rule
from ntklib.panels.refinement import Function, KinkError, resolve

__all__ = ["TO_COEFFICIENTS", "Function", "KinkError", "Panels", "resolve", "rule"]
