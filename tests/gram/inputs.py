"""Inputs that several tests of this folder use."""

import numpy as np


def circle(n, whole=2):
    """Return n points evenly on the circle, or, for whole=1, on half of it."""
    angles = whole * np.pi * np.arange(n) / n
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def sphere(n, d, seed=0):
    """Return n random directions in d dimensions."""
    rows = np.random.default_rng(seed).standard_normal((n, d))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
