"""Angles between rows, down to angles that an inner product cannot see."""

import numpy as np
import pytest

from ntklib.angles import norms_and_angles


@pytest.mark.parametrize("angle", [1e-12, 1e-8, 1e-3, 0.1, 1.0, 2.0, np.pi - 1e-6])
def test_two_rows_at_a_known_angle(angle):
    x = np.array([[3.0, 0.0, 0.0], [5 * np.cos(angle), 0.0, 5 * np.sin(angle)]])
    norms, other, angles = norms_and_angles(x)
    np.testing.assert_allclose(norms, [3, 5], rtol=1e-15)
    np.testing.assert_array_equal(norms, other)
    assert angles[0, 1] == angles[1, 0]
    assert angles[0, 1] == pytest.approx(angle, rel=1e-13)
    np.testing.assert_array_equal(np.diag(angles), 0)


def test_many_close_pairs_are_redone_in_pieces(monkeypatch):
    rng = np.random.default_rng(0)
    x = 1.0 + 1e-6 * rng.standard_normal((40, 3))
    _, _, whole = norms_and_angles(x)
    monkeypatch.setattr("ntklib.angles.CHUNK", 30)
    _, _, pieces = norms_and_angles(x)
    np.testing.assert_array_equal(whole, pieces)
    cross = np.linalg.norm(np.cross(x[:, None], x[None]), axis=-1)
    inner = x @ x.T
    np.testing.assert_allclose(whole, np.arctan2(cross, inner), rtol=1e-8, atol=1e-15)


def test_huge_and_tiny_rows():
    norms, _, angles = norms_and_angles([[1e300, 1e300], [1e-300, 0.0]])
    np.testing.assert_allclose(norms, [np.sqrt(2) * 1e300, 1e-300], rtol=1e-15)
    assert angles[0, 1] == pytest.approx(np.pi / 4, rel=1e-15)


@pytest.mark.parametrize(
    ("x1", "x2", "message"),
    [
        ([1.0, 2.0], None, r"x1 must have shape \(n, d\).*got shape \(2,\)"),
        (np.empty((0, 3)), None, r"got shape \(0, 3\)"),
        ([[1.0, np.nan]], None, r"x1 must be finite, got nan at index \(0, 1\)"),
        ([[1.0, np.inf]], None, "got inf"),
        ([[1.0, 0.0], [0.0, 0.0]], None, "got row 1 = 0"),
        ([[1.0, 0.0]], [[1.0, 0.0, 0.0]], r"got shapes \(1, 2\) and \(1, 3\)"),
        ([["a", "b"]], None, r"x1 must be numbers, got \[\['a', 'b'\]\]"),
    ],
)
def test_bad_data_is_refused(x1, x2, message):
    with pytest.raises(ValueError, match=message):
        norms_and_angles(x1, x2)
