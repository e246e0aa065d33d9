"""The checks at the door: what each lets in, what it refuses, and what the refusal says."""

from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ntklib import _validate

PI32 = np.float32(np.pi)  # above pi by 9e-8


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (None, "x must be numbers, got None"),
        ([1.0, None], r"x must be numbers, got \[1\.0, None\]"),
        ("1.0", r"x must be numbers, got '1\.0'"),
        (["1.0", "2.0"], r"x must be numbers, got \['1\.0', '2\.0'\]"),
        (1 + 0j, r"x must be real numbers, got \(1\+0j\)"),
        (np.ones(2, complex), "x must be real numbers, got array"),
        (jnp.ones(2, jnp.complex64), "x must be real numbers, got Array"),
        ([[1.0], [1.0, 2.0]], r"x must be numbers, got \[\[1\.0\], \[1\.0, 2\.0\]\]"),
        ([[1.0, 2.0], [3.0, -np.inf]], r"x must be finite, got -inf at index \(1, 1\)"),
        (10**400, "x must be numbers that 64-bit floats hold"),
        (jax.random.key(0), "x must be numbers"),
    ],
)
def test_what_is_not_a_real_finite_number_is_refused(values, message):
    with pytest.raises(ValueError, match=message):
        _validate.finite("x", values)


@pytest.mark.parametrize(
    "values",
    [3, True, [1, 2], Fraction(1, 4), np.float16(0.5), jnp.ones(3, jnp.bfloat16), 2**70, [[]]],
)
def test_numbers_of_every_kind_become_float64(values):
    array = _validate.finite("x", values)
    assert isinstance(array, np.ndarray)
    assert array.dtype == np.float64
    np.testing.assert_array_equal(array, np.asarray(values).astype(np.float64))


def test_a_long_value_is_quoted_short():
    with pytest.raises(ValueError, match="must be numbers") as caught:
        _validate.finite("x", ["a"] * 10_000)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "value",
    [PI32, jnp.float32(np.pi), np.radians(np.float32(180)), np.nextafter(np.pi, 4), np.pi, 0.0],
)
def test_a_rounding_beyond_the_edge_is_let_in_and_clipped(value):
    angle = _validate.between("theta", value, 0.0, np.pi)
    assert isinstance(angle, np.ndarray)
    assert 0.0 <= angle <= np.pi


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("edge", [-1.0, 1.0])
def test_the_slack_is_four_roundings_of_the_type_that_came_in(dtype, edge):
    eps = np.finfo(dtype).eps
    beyond = np.array([edge * (1 + 4 * eps)], dtype)
    np.testing.assert_array_equal(_validate.between("rho", beyond, -1.0, 1.0), [edge])
    assert abs(beyond[0]) > 1  # the caller's array is left alone
    too_far = np.nextafter(beyond, dtype(2 * edge))
    with pytest.raises(ValueError, match=r"rho must lie in \[-1\.0, 1\.0\], got -?1\.0000"):
        _validate.between("rho", too_far, -1.0, 1.0)


def test_values_inside_are_not_moved():
    inside = np.array([np.nextafter(-1, 0), 5e-324, 0.5, np.nextafter(1, 0)])
    np.testing.assert_array_equal(_validate.between("rho", inside, -1.0, 1.0), inside)


def test_the_dot_product_of_two_unit_rows_is_a_correlation():
    rows = np.random.default_rng(0).standard_normal((1000, 7))
    rows /= np.linalg.norm(rows, axis=1)[:, None]
    products = np.einsum("ij,ij->i", rows, rows)
    assert products.max() > 1  # rounding puts some of them outside
    assert _validate.between("rho", products, -1.0, 1.0).max() == 1


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (True, "depth must be an integer >= 0, got True"),
        (np.True_, "depth must be an integer >= 0, got "),
        (jnp.array(True), "depth must be an integer >= 0, got "),
        (2**70, f"depth must be an integer of at most 2\\*\\*53, got {2**70}"),
        (-1, "got -1"),
        (3.0, r"got 3\.0"),
        (None, "got None"),
        ("3", "got '3'"),
    ],
)
def test_what_is_not_a_count_is_refused(value, message):
    for check in (lambda: _validate.count("depth", value), lambda: _validate.depths(value)):
        with pytest.raises(ValueError, match=message):
            check()


def test_counts_of_every_integer_type():
    for value in (3, np.int8(3), jnp.array(3), np.array(3)):
        assert _validate.count("depth", value) == 3
    assert _validate.count("depth", 2**53) == 2**53
    assert _validate.depths(range(3)) == (0, 1, 2)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([0.1, 0.2], r"slope must be one number, got \[0\.1, 0\.2\]"),
        ([0.1], r"slope must be one number, got \[0\.1\]"),
        (None, "slope must be numbers, got None"),
        (np.nan, "slope must be finite, got nan"),
    ],
)
def test_what_is_not_one_number_is_refused(value, message):
    with pytest.raises(ValueError, match=message):
        _validate.number("slope", value)


def test_one_number_is_a_plain_float():
    for value in (2, np.float32(2), jnp.array(2.0), np.array(2)):
        assert type(_validate.number("slope", value)) is float
    assert _validate.positive("variance", 2) == 2
    for value in (0.0, -1.0):
        with pytest.raises(ValueError, match=f"variance must be positive, got {value}"):
            _validate.positive("variance", value)


@pytest.mark.parametrize("shape", [(3, 0), (0, 3), (0, 0), (3,), (), (2, 2, 2)])
def test_rows_need_an_entry(shape):
    with pytest.raises(ValueError, match=r"x must have shape \(n, d\) with n, d >= 1, got shape"):
        _validate.rows("x", np.ones(shape))


@pytest.mark.parametrize("shape", [(0, 0), (2, 3), (3,), ()])
def test_a_kernel_must_be_square(shape):
    with pytest.raises(ValueError, match=r"K must have shape \(n, n\) with n >= 1, got shape"):
        _validate.square("K", np.ones(shape))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_symmetry_is_asked_for_to_half_the_digits_and_then_made_exact(dtype):
    half_the_digits = np.sqrt(np.finfo(dtype).eps)
    kernel = np.array([[7.0, 1.0], [1.0, 3.0]], dtype)
    kernel[0, 1] += 7 * 0.9 * half_the_digits
    matrix = _validate.square("K", kernel)
    np.testing.assert_array_equal(matrix, matrix.T)
    assert matrix[0, 1] == (float(kernel[0, 1]) + 1) / 2
    kernel[0, 1] += 7 * 0.2 * half_the_digits
    with pytest.raises(ValueError, match=r"K must be symmetric, but \|K - K\^T\| reaches"):
        _validate.square("K", kernel)


def test_a_float32_gram_matrix_is_symmetric_enough():
    x = np.random.default_rng(0).standard_normal((50, 400)).astype(np.float32)
    kernel = np.array([[row @ other for other in x] for row in x])
    kernel[np.triu_indices(50, 1)] *= np.float32(1 + 3e-7)  # sums in another order
    assert kernel.dtype == np.float32
    assert _validate.square("K", kernel).dtype == np.float64


def test_huge_entries_are_made_symmetric_without_overflow():
    np.testing.assert_array_equal(_validate.square("K", [[1.7e308]]), [[1.7e308]])


def test_traced_values_pass_unchecked_and_as_float64():
    @jax.jit
    def double(x):
        return 2 * _validate.between("x", _validate.finite("x", x), 0.0, 1.0)

    assert double(jnp.float32(7.0)) == 14
    assert double(jnp.float32(7.0)).dtype == np.float64
    pair = jax.jit(lambda x: _validate.finite("x", [x, 1.0]))(3)
    np.testing.assert_array_equal(pair, [3.0, 1.0])
    with pytest.raises(ValueError, match="x must be real numbers"):
        jax.jit(lambda x: _validate.finite("x", x))(1j)


@pytest.mark.parametrize(
    "check",
    [
        lambda x: _validate.rows("x1", x),
        lambda x: _validate.square("x1", x),
        lambda x: _validate.number("x1", x[0, 0]),
        lambda x: _validate.count("x1", x[0, 0].astype(int)),
    ],
)
def test_what_runs_on_the_host_says_that_it_cannot_be_traced(check):
    with pytest.raises(ValueError, match=r"x1 must be known here, outside jax\.jit"):
        jax.jit(lambda x: check(x) and x)(jnp.eye(2))
