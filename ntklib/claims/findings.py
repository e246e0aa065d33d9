"""How a measurement becomes a finding: a number, a mean over draws, or a count of failures."""

import math

import numpy as np

from ntklib.claims.claim import Finding


def deterministic(our_value: float, measured: float, relative: float) -> Finding:
    """Compare two numbers without randomness, up to a relative tolerance."""
    return Finding(our_value, measured, relative * abs(our_value))


def averaged(our_value: float, values: np.ndarray) -> Finding:
    """Compare the mean of independent draws, shape (n,), up to four standard errors."""
    error = float(values.std(ddof=1) / math.sqrt(len(values)))
    return Finding(our_value, float(values.mean()), 4 * error, error)


def failures(*conditions: object) -> Finding:
    """Count conditions that do not hold, entry by entry; there should be none."""
    return Finding(0.0, float(sum(np.sum(~np.asarray(each, bool)) for each in conditions)), 0.0)
