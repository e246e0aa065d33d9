"""Which way the neurons of a network with small weights will turn, from the data alone."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import ArrayLike, Bool, Float

from ntklib import _validate
from ntklib.activations import Activation
from ntklib.condensation.extrema import Extrema
from ntklib.condensation.kinked import kinked_extrema
from ntklib.condensation.leading import LeadingForm, leading_form
from ntklib.condensation.polynomial import circle_extrema
from ntklib.condensation.tensor import sphere_extrema


@dataclass(frozen=True, eq=False)
class PredictedOrientations:
    """The k directions that attract small neurons, and what becomes of those.

    Attributes:
        directions: Unit vectors (weights, bias), shape (k, D), D = d + 1.
        output_sign: Sign of the output weight a of the neurons that a direction attracts: 1 at a
            maximum of F, -1 at a minimum.
        value: F there.
        curvature: F'' there, along the great circle on which F is curved least; infinite at a
            corner, where neurons arrive in a finite time.
        grows: Whether a F > 0, so that neurons grow on arrival. At the others they shrink: those
            with |w|^2 > p a^2 leave as a changes sign (if no critical value is zero), the rest
            die out.
        exponent: nu = -F'' / (p F). A neuron's angle from its direction falls as |w|^(-nu)
            where it grows; where it shrinks, nu < 0 (infinite where F = 0).
        power: p.
        centred: Whether the mean of the targets was taken away, as sigma(0) is not zero.
        complete: Whether these are proved to be all.
        method: How they were found.
    """

    directions: Float[np.ndarray, "k D"]
    output_sign: Float[np.ndarray, " k"]
    value: Float[np.ndarray, " k"]
    curvature: Float[np.ndarray, " k"]
    grows: Bool[np.ndarray, " k"]
    exponent: Float[np.ndarray, " k"]
    power: int
    centred: bool
    complete: bool
    method: str

    @property
    def angles(self) -> Float[np.ndarray, " k"]:
        """The angles atan2(bias, weight) in (-pi, pi].

        Raises:
            ValueError: If there is more than one input: then a direction has no angle.
        """
        return plane_angles(self.directions)

    @property
    def count(self) -> int:
        """The number of orientations that will be seen, those at which neurons grow."""
        return int(self.grows.sum())

    @property
    def growing(self) -> Float[np.ndarray, "count D"]:
        """The directions at which neurons grow."""
        return self.directions[self.grows]


def predicted_orientations(
    x: ArrayLike,
    y: ArrayLike,
    *,
    activation: Activation,
    starts: int | None = None,
    seed: int = 0,
) -> PredictedOrientations:
    """Return the directions along which the neurons of a network with small weights align.

    With F as in `leading_form`, neurons with a > 0 go to local maxima of F among unit vectors and
    those with a < 0 to local minima, and they grow where a F > 0. So the orientations that are
    seen are the maxima with F > 0 and the minima with F < 0. There are at most 2 for p = 1, at
    most 4 for p = 2, whatever d, and at most 2p for one input; for p >= 3 and several inputs
    there may be more.

    That is gradient flow, to lowest order in the weights. Adam goes to the same directions for
    one input, roughly, and to others for several. Where `centred`, the shift of the output
    weights often leaves them all with one sign, and only its orientations are seen.

    Args:
        x: Inputs without the 1 for the bias, shape (n,) or (n, d).
        y: Targets, shape (n,).
        activation: As for `leading_form`; with two slopes at zero, as ReLU has, for one input
            only.
        starts: How many starts the search for p >= 3 with several inputs takes, 100 (d + 1), up
            to 2000, if None. It proves no completeness.
        seed: Of these starts.

    Raises:
        ValueError: As `leading_form`; if the targets pull nowhere at the lowest order; if the
            extrema are degenerate, or not isolated where neurons grow; if an activation with two
            slopes meets several inputs, or p >= 3 meets more than 63.

    Source: this book, *Multiplicity*, on the ground of Zhou et al. (2022), section 5.

    >>> from ntklib.activations import xtanh
    >>> x = np.linspace(-1, 1.5, 40)
    >>> found = predicted_orientations(x, np.sin(3 * x) + np.sin(6 * x) / 2, activation=xtanh)
    >>> np.degrees(found.angles).round(2).tolist()
    [-129.43, -39.43, 50.57, 140.57]
    >>> found.output_sign.tolist(), found.count
    ([1, -1, 1, -1], 4)
    """
    form = leading_form(x, y, activation=activation)
    if starts is not None:
        _validate.count("starts", starts, 1)
    _validate.count("seed", seed)
    found = _extrema(form, activation, starts, seed)
    complete = form.rows.shape[1] == 2 or form.power < 3
    value = form.value(found.directions)
    push = found.output_sign * value
    nothing = 1e-12 * form.size()
    with np.errstate(divide="ignore"):
        exponent = -found.curvature / (form.power * np.where(np.abs(value) > nothing, value, 0))
    return PredictedOrientations(
        directions=found.directions,
        output_sign=found.output_sign,
        value=value,
        curvature=found.curvature,
        grows=push > nothing,
        exponent=exponent,
        power=form.power,
        centred=form.centred,
        complete=complete,
        method=found.method,
    )


def _extrema(form: LeadingForm, activation: Activation, starts: int | None, seed: int) -> Extrema:
    dimension = form.rows.shape[1]
    if form.above != form.below:
        if dimension > 2:
            raise ValueError(
                f"orientations of {activation.name}, which has two slopes at zero, are known for "
                f"one input only, got {dimension - 1}"
            )
        return kinked_extrema(form)
    return (
        circle_extrema(form) if dimension == 2 else sphere_extrema(form, starts=starts, seed=seed)
    )


def plane_angles(directions: Float[np.ndarray, "k D"]) -> Float[np.ndarray, " k"]:
    """Return atan2(bias, weight) of directions; raise unless they lie in a plane."""
    if directions.shape[1] != 2:
        raise ValueError(
            "directions have an angle for one input only, got "
            f"{directions.shape[1] - 1} inputs; take .directions"
        )
    return np.arctan2(directions[:, 1], directions[:, 0])
