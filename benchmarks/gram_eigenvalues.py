"""The smallest eigenvalue of a Gram matrix, by ball arithmetic and by mpmath: time and digits.

    python benchmarks/gram_eigenvalues.py [--points 11 21 41 61]

Both find the smallest eigenvalue for GELU, whose dual is known in closed form, and n points evenly
on a circle; mpmath from that form with 60 digits and all eigenvalues, `ntklib.gram` from what the
activation is as JAX code. 64-bit LAPACK stands beside them. The first call of ball arithmetic finds
the Hermite series, later ones only the matrix. Writes nothing but the table.
"""

import argparse
import time
from collections.abc import Callable

import mpmath
import numpy as np
from scipy.linalg import eigvalsh

from ntklib.activations import gelu
from ntklib.gram import gram_matrix, min_eigenvalue

DIGITS = 60


def circle(n: int) -> np.ndarray:
    """Return n points evenly on the circle."""
    theta = 2 * np.pi * np.arange(n) / n
    return np.stack([np.cos(theta), np.sin(theta)], axis=1)


def by_mpmath(x: np.ndarray) -> float:
    """Return the smallest of all eigenvalues, at 60 digits."""
    with mpmath.workdps(DIGITS):
        rows = [[mpmath.mpf(float(entry)) for entry in row] for row in x]
        norms = [mpmath.sqrt(mpmath.fdot(row, row)) for row in rows]

        def entry(i: int, j: int) -> mpmath.mpf:
            rho = mpmath.mpf(1) if i == j else mpmath.fdot(rows[i], rows[j]) / norms[i] / norms[j]
            rest = 4 - rho**2
            inner = mpmath.asin(rho / mpmath.mpf(2)) + rho / mpmath.sqrt(rest) * (1 + 1 / rest)
            return rho * (mpmath.mpf(1) / 4 + inner / (2 * mpmath.pi))

        kernel = mpmath.matrix([[entry(i, j) for j in range(len(x))] for i in range(len(x))])
        return float(min(mpmath.eigsy(kernel, eigvals_only=True)))


def timed(find: Callable[[], float]) -> tuple[float, float]:
    """Return a value and the seconds it took."""
    start = time.perf_counter()
    value = float(find())
    return value, time.perf_counter() - start


def main() -> None:
    """Print one line for each number of points."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, nargs="+", default=[11, 21, 41, 61])
    counts = parser.parse_args().points
    _, first = timed(lambda: min_eigenvalue(circle(25), activation=gelu))
    print(f"first call, which finds the Hermite series: {first:.2f} s")
    print(f"{'n':>4} {'balls':>12} {'s':>7} {'mpmath':>12} {'s':>7} {'off':>8} {'LAPACK':>10}")
    for n in counts:
        x = circle(n)
        balls, fast = timed(lambda x=x: min_eigenvalue(x, activation=gelu))
        exact, slow = timed(lambda x=x: by_mpmath(x))
        floats = eigvalsh(gram_matrix(x, activation=gelu))[0]
        off = abs(balls / exact - 1)
        print(
            f"{n:4d} {balls:12.4e} {fast:7.3f} {exact:12.4e} {slow:7.3f} {off:8.0e} {floats:10.0e}"
        )


if __name__ == "__main__":
    main()
