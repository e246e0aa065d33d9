"""The data sets: unit rows, in a known order, with bad counts quoted."""

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.datasets import load_digits

from ntklib.pages import data


def test_digits_are_those_of_the_file_scaled() -> None:
    raw = load_digits().data
    rows = data.digits()
    assert rows.shape == (1797, 64)
    assert rows.dtype == np.float64
    np.testing.assert_allclose(rows * np.linalg.norm(raw, axis=1)[:, None], raw, atol=1e-12)
    np.testing.assert_array_equal(data.digits(200), rows[:200])
    np.testing.assert_array_equal(data.digit_labels(200), load_digits().target[:200])


def test_a_caller_cannot_spoil_the_digits() -> None:
    data.digits(3)[:] = 0
    data.digits()[:] = 0
    assert np.linalg.norm(data.digits(1)) == pytest.approx(1)


def test_gauss_is_the_documented_stream() -> None:
    raw = np.random.default_rng(7).standard_normal((5, 3))
    expected = raw / np.sqrt((raw**2).sum(axis=1))[:, None]
    np.testing.assert_allclose(data.gauss(5, 3, seed=7), expected, rtol=1e-15)


@pytest.mark.parametrize("angle", [1e-6, 0.1, np.pi / 2])
def test_near_duplicates_are_that_far_apart(angle: float) -> None:
    rows = data.near_duplicates(20, 6, angle=angle)
    first, second = rows[::2], rows[1::2]
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-14)
    chords = np.linalg.norm(first - second, axis=1)
    np.testing.assert_allclose(2 * np.arcsin(chords / 2), angle, rtol=1e-9)


@pytest.mark.parametrize(
    ("call", "quoted"),
    [
        (lambda: data.digits(0), "got 0"),
        (lambda: data.digits(1798), "got 1798"),
        (lambda: data.gauss(0, 3), "n must be at least 1, got 0"),
        (lambda: data.gauss(3, -1), "d must be at least 1, got -1"),
        (lambda: data.near_duplicates(3, 1, angle=0.1), "got d=1"),
        (lambda: data.near_duplicates(3, 5, angle=0.0), "got 0.0"),
        (lambda: data.near_duplicates(3, 5, angle=2.0), "got 2.0"),
        (lambda: data.near_duplicates(3, 5, angle=np.nan), "got nan"),
    ],
)
def test_bad_arguments_are_quoted(call: Callable, quoted: str) -> None:
    with pytest.raises(ValueError, match=quoted):
        call()
