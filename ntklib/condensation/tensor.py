"""Several inputs: the extrema of F on the sphere of directions, by the multiplicity.

For p = 1, F = v . u has one maximum and one minimum, +-v/|v|. For p = 2, F = u^T M u has its maxima
at +- the top eigenvector of M, its minima at +- the bottom one, and nothing else. From p = 3 on
F is a symmetric tensor: no formula counts its extrema, and they are searched for from many starts.
"""

import numpy as np

from ntklib.condensation.extrema import Extrema, curvatures, of_smooth
from ntklib.condensation.leading import Directions, LeadingForm

TIED = 1e-7  # part of the largest size at which eigenvalues differ, or curvatures from zero
LEVEL = 1e-4  # the same where a slope is not settled: part of a curve of equal values
STARTS = 100  # per dimension
MOST = 2000
LARGEST = 64  # dimensions, of matrices of which a search holds one for each start
CLIMBS = 600
STILL = 1e-4  # gradient across, in sizes of F, from which Newton's method arrives
NEWTON = 8
REACH = 0.5  # of its steps: longer ones lead anywhere
ARRIVED = 1e-9  # gradient across, in curvatures: the distance from the extremum
SAME = 1e-5  # angle up to which two directions are one
CONVEX = 1e-3  # part of the size of F by which the shifted form stays convex


def sphere_extrema(form: LeadingForm, *, starts: int | None = None, seed: int = 0) -> Extrema:
    """Return extrema of a smooth F on the sphere: all for p = 1 and 2, those found for p >= 3.

    Maxima at which F is the same along a curve are no orientations. They are refused where
    neurons would grow, and left out where none does.

    Args:
        form: With any number D of dimensions for p = 1 and 2, and up to 64 for p >= 3.
        starts: Of the search, 100 D or 2000 if that is less.
        seed: Of the starts, points spread evenly on the sphere.

    Raises:
        ValueError: If F is zero, or a maximum with F > 0, or minimum with F < 0, is not isolated,
            or there are too many dimensions to search.
    """
    if form.power == 1:
        pull = form.gradient(np.zeros(form.rows.shape[1]))
        length = float(np.linalg.norm(pull))
        form.require_pull(length)
        return of_smooth(form, np.array([pull, -pull]) / length, "the mean of y x, up to sign")
    return _of_matrix(form) if form.power == 2 else _of_tensor(form, starts, seed)


def _of_matrix(form: LeadingForm) -> Extrema:
    """Return +- the top and bottom eigenvectors of M."""
    values, vectors = np.linalg.eigh(form.hessian(np.zeros(form.rows.shape[1])) / 2)
    form.require_pull(float(np.abs(values).max()))
    nothing = TIED * float(np.abs(values).max())
    chosen = []
    for end, beside, sign in ((-1, -2, 1), (0, 1, -1)):
        if abs(values[end] - values[beside]) > nothing:
            chosen += [vectors[:, end], -vectors[:, end]]
        elif sign * values[end] > nothing:
            raise ValueError(_tie(values[end]))
    directions = np.array(chosen).reshape(-1, len(values))
    return of_smooth(form, directions, "eigenvectors of the mean of y x x^T")


def _of_tensor(form: LeadingForm, starts: int | None, seed: int) -> Extrema:
    dimension = form.rows.shape[1]
    if dimension > LARGEST:
        raise ValueError(
            f"orientations of multiplicity {form.power} are searched for in up to {LARGEST} "
            f"dimensions, the bias included, got {dimension}"
        )
    count = min(STARTS * dimension, MOST) if starts is None else starts
    points = np.random.default_rng(seed).standard_normal((count, dimension))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    form.require_pull(float(np.abs(form.value(points)).max()))
    tops, rarest = _maxima(form, points, 1)
    if form.power % 2:
        directions = np.concatenate([tops, -tops])
    else:
        bottoms, rarest_bottom = _maxima(form, points, -1)
        rarest = min(rarest, rarest_bottom)
        directions = np.concatenate([tops, -tops, bottoms, -bottoms])
    method = f"search from {count} starts, the rarest found {rarest} times; not proved complete"
    return of_smooth(form, directions, method)


def _maxima(form: LeadingForm, points: Directions, sign: int) -> tuple[Directions, int]:
    """Return the different maxima of sign * F, of an even form up to sign; and the rarest's hits.

    What is kept has only negative curvatures, and a gradient across that is nothing to them.
    """
    found = _newton(form, _climb(form, points, sign))
    size = float(np.abs(form.value(found)).max())
    slope = np.linalg.norm(_across(form, found), axis=1)
    bends = sign * curvatures(form, found)
    bends = bends[:, -1] if sign > 0 else bends[:, 0]
    settled = (slope <= ARRIVED * np.abs(bends)) & (np.abs(bends) > TIED * size)
    level = ~settled & (slope <= LEVEL * size) & (np.abs(bends) <= LEVEL * size)
    level &= sign * form.value(found) > LEVEL * size
    if level.any():
        raise ValueError(_tie(form.value(found[level])[0]))
    return _different(found[settled & (bends < 0)], up_to_sign=form.power % 2 == 0)


def _climb(form: LeadingForm, points: Directions, sign: int) -> Directions:
    """Return points uphill on sign * F, by power iteration with a shift that makes it convex.

    u becomes grad F + s u, of length 1, with s just so large that F + s |u|^2 / 2 is convex at u.
    A convex function does not fall in such a step.
    """
    points, active = points.copy(), np.arange(len(points))
    for _ in range(CLIMBS):
        u = points[active]
        hessian = sign * form.hessian(u)
        size = np.abs(hessian).sum(axis=2).max(axis=1)
        shift = np.maximum(0, CONVEX * size - np.linalg.eigvalsh(hessian)[:, 0])
        u = sign * form.gradient(u) + shift[:, None] * u
        points[active] = u / np.linalg.norm(u, axis=1, keepdims=True)
        moving = np.linalg.norm(_across(form, points[active]), axis=1) > STILL * size
        active = active[moving]
        if not len(active):
            break
    return points


def _newton(form: LeadingForm, u: Directions) -> Directions:
    """Return the stationary points near u, by Newton's method on the sphere."""
    identity = np.eye(u.shape[1])
    for _ in range(NEWTON):
        along = u[:, :, None] * u[:, None, :]
        across = identity - along
        bent = across @ form.hessian(u) @ across
        bent = bent - form.power * form.value(u)[:, None, None] * across
        bent = bent + np.abs(bent).max(axis=(1, 2), keepdims=True) * along
        step = np.linalg.pinv(bent, rcond=TIED, hermitian=True) @ _across(form, u)[..., None]
        step *= np.linalg.norm(step, axis=1, keepdims=True) < REACH
        u = u - step[..., 0]
        u = u / np.linalg.norm(u, axis=1, keepdims=True)
    return u


def _across(form: LeadingForm, u: Directions) -> Directions:
    gradient = form.gradient(u)
    return gradient - (gradient * u).sum(axis=1, keepdims=True) * u


def _different(units: Directions, *, up_to_sign: bool) -> tuple[Directions, int]:
    """Return one of each group of equal directions, and the size of the smallest group."""
    kept, sizes = [], []
    while len(units):
        signs = np.where(units @ units[0] < 0, -1, 1) if up_to_sign else np.ones(len(units))
        same = np.linalg.norm(signs[:, None] * units - units[0], axis=1) < SAME
        kept.append(units[0])
        sizes.append(int(same.sum()))
        units = units[~same]
    return np.array(kept).reshape(-1, units.shape[1]), min(sizes, default=0)


def _tie(value: float) -> str:
    return (
        f"F has the same extreme value {value:.6g} along a whole curve of directions: neurons "
        "align with that curve and not with isolated orientations"
    )
