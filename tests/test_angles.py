"""Angles between rows against 60 digits, down to angles that an inner product cannot see."""

import mpmath
import numpy as np
import pytest

from ntklib.angles import norms_and_angles

SMALL = [1e-14, 1e-12, 1e-9, 1e-6, 1e-3, 1.4e-3, 4e-3, 0.02, 0.06, 0.1, 0.139, 0.145]
ANGLES = [*SMALL, 0.5, 1.0, 1.5, np.pi / 2, 2.0, 3.0, *(np.pi - np.array(SMALL))]


def exact_angle(x, z):
    """The angle between two rows of floats as they are, through |x x z| and <x, z>."""
    with mpmath.workdps(60):
        x, z = ([mpmath.mpf(float(entry)) for entry in row] for row in (x, z))
        inner = mpmath.fdot(x, z)
        squares = mpmath.fdot(x, x) * mpmath.fdot(z, z)
        return float(mpmath.atan2(mpmath.sqrt(squares - inner**2), inner))


def rows_at(angle, d, rng):
    """Two rows of different lengths in general position, about `angle` apart."""
    x, other = rng.standard_normal((2, d))
    other -= other @ x / (x @ x) * x
    other *= np.linalg.norm(x) / np.linalg.norm(other)
    return np.array([x, rng.uniform(0.1, 10) * (np.cos(angle) * x + np.sin(angle) * other)])


@pytest.mark.parametrize("d", [2, 3, 100])
@pytest.mark.parametrize("angle", ANGLES)
def test_the_angle_is_that_of_the_given_floats(angle, d):
    rng = np.random.default_rng(d)
    for _ in range(5):
        x = rows_at(angle, d, rng)
        angles = norms_and_angles(x)[2]
        assert angles[0, 1] == pytest.approx(exact_angle(*x), rel=1e-13, abs=0)
        assert angles[0, 1] == angles[1, 0]
        across = norms_and_angles(x[:1], x[1:])[2]
        assert across[0, 0] == pytest.approx(angles[0, 1], rel=1e-13, abs=0)


def test_images_close_to_one_another():
    """Many entries of one sign: the sums in the inner product round most."""
    rng = np.random.default_rng(0)
    base = rng.uniform(0, 1, 784)
    x = base + np.array([[0.0], [1e-8], [1e-4], [0.05], [0.2]]) * rng.uniform(0, 1, (5, 784))
    angles = norms_and_angles(x)[2]
    expected = [[exact_angle(a, b) if a is not b else 0.0 for b in x] for a in x]
    np.testing.assert_allclose(angles, expected, rtol=1e-13, atol=0)


def test_neighbouring_floats_stand_apart():
    x = np.array([[1.0, 1.0, 0.3], [1.0, np.nextafter(1.0, 2.0), 0.3]])
    assert norms_and_angles(x)[2][0, 1] == pytest.approx(exact_angle(*x), rel=1e-13, abs=0)


def test_parallel_and_opposite_rows():
    x = np.random.default_rng(1).standard_normal((4, 6))
    angles = norms_and_angles(x, np.concatenate([x, 8 * x, -x]))[2]
    np.testing.assert_array_equal(np.diag(angles), 0)
    np.testing.assert_array_equal(np.diag(angles[:, 4:]), 0)
    np.testing.assert_array_equal(np.diag(angles[:, 8:]), np.pi)


def test_norms():
    x = [[3.0, 0.0, 0.0], [0.0, 3.0, 4.0]]
    norms, other, angles = norms_and_angles(x)
    np.testing.assert_array_equal(norms, [3, 5])
    np.testing.assert_array_equal(norms, other)
    np.testing.assert_array_equal(np.diag(angles), 0)


def test_float32_rows_are_taken_as_they_are():
    x = rows_at(1e-3, 5, np.random.default_rng(0)).astype(np.float32)
    assert norms_and_angles(x)[2][0, 1] == pytest.approx(exact_angle(*x), rel=1e-13, abs=0)


def test_many_close_pairs_are_redone_in_pieces(monkeypatch):
    rng = np.random.default_rng(0)
    x = 1.0 + 1e-6 * rng.standard_normal((40, 3))
    _, _, whole = norms_and_angles(x)
    monkeypatch.setattr("ntklib.angles.CHUNK", 30)
    _, _, pieces = norms_and_angles(x)
    np.testing.assert_array_equal(whole, pieces)
    for i, j in [(0, 1), (7, 39), (38, 39)]:
        assert whole[i, j] == pytest.approx(exact_angle(x[i], x[j]), rel=1e-13, abs=0)


@pytest.mark.parametrize("size", [1e-300, 1e-150, 1e150, 1e300])
def test_huge_and_tiny_rows(size):
    norms, _, angles = norms_and_angles([[size, size], [1e-300, 0.0]])
    np.testing.assert_allclose(norms, [np.sqrt(2) * size, 1e-300], rtol=1e-15)
    assert angles[0, 1] == pytest.approx(np.pi / 4, rel=1e-15)
    close = size * np.array([[1.0, 1.0], [1.0, 1.0 + 1e-9]])
    expected = exact_angle(*close)
    assert norms_and_angles(close)[2][0, 1] == pytest.approx(expected, rel=1e-13, abs=0)


@pytest.mark.parametrize(
    ("x1", "x2", "message"),
    [
        ([1.0, 2.0], None, r"x1 must have shape \(n, d\).*got shape \(2,\)"),
        (np.empty((0, 3)), None, r"got shape \(0, 3\)"),
        (np.empty((3, 0)), None, r"got shape \(3, 0\)"),
        ([[1.0, np.nan]], None, r"x1 must be finite, got nan at index \(0, 1\)"),
        ([[1.0, np.inf]], None, "got inf"),
        ([[1.0, 0.0], [0.0, 0.0]], None, "got row 1 = 0"),
        ([[1.0, 0.0]], [[1.0, 0.0, 0.0]], r"got shapes \(1, 2\) and \(1, 3\)"),
        ([["a", "b"]], None, r"x1 must be numbers, got \[\['a', 'b'\]\]"),
        ([[1j, 1.0]], None, r"x1 must be real numbers, got \[\[1j, 1\.0\]\]"),
    ],
)
def test_bad_data_is_refused(x1, x2, message):
    with pytest.raises(ValueError, match=message):
        norms_and_angles(x1, x2)
