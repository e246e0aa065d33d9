"""One table of looks: complete, unambiguous, and readable whatever eyes look at it."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb

from ntklib.pages import style

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
VISION = {
    "usual": np.eye(3),
    "protan": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deutan": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritan": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
NAMES = [
    "identity",
    "relu",
    "leaky_relu",
    "relu_squared",
    "elu",
    "selu",
    "sign",
    "hard_tanh",
    "tanh",
    "erf",
    "sine",
    "cosine",
    "sigmoid",
    "softplus",
    "swish",
    "gelu",
    "quadratic",
    "cubic",
    "xtanh",
    "x2tanh",
]


def linear(color: str) -> np.ndarray:
    value = np.array(to_rgb(color))
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def lab(color: str, vision: str) -> np.ndarray:
    """CIE L*a*b* of a colour as seen with a kind of colour vision."""
    seen = np.clip(VISION[vision] @ linear(color), 0, 1)
    ratio = TO_XYZ @ seen / (TO_XYZ @ np.ones(3))
    root = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def contrast_with_white(color: str) -> float:
    return 1.05 / (TO_XYZ[1] @ linear(color) + 0.05)


@pytest.mark.parametrize("vision", VISION)
def test_colors_stay_apart(vision: str) -> None:
    for one, other in combinations([*style.PALETTE, style.OWN[0]], 2):
        assert np.linalg.norm(lab(one, vision) - lab(other, vision)) > 20, (one, other)


@pytest.mark.parametrize("color", [*style.PALETTE, style.OWN[0]])
def test_colors_stand_out_from_white(color: str) -> None:
    assert contrast_with_white(color) >= 3  # WCAG 2.1, 1.4.11


def test_every_named_activation_has_a_look_of_its_own() -> None:
    assert sorted(style.ACTIVATIONS) == sorted(NAMES)
    looks = [*map(str, style.ACTIVATIONS.values()), str(style.OWN)]
    assert len(set(looks)) == len(looks)


def test_parameters_do_not_change_the_look() -> None:
    class Leaky:
        name = "leaky_relu(0.1)"

    assert style.of(Leaky()) == style.of("leaky_relu") == style.of("leaky_relu(0.3)")


def test_the_readers_own_activation_has_a_look() -> None:
    class Mine:
        name = "mine"

    assert style.of(Mine())["color"] == style.OWN[0]


def test_a_misspelt_name_is_quoted() -> None:
    with pytest.raises(ValueError, match="'rellu'"):
        style.of("rellu")


def test_depths_darken_and_stay_readable() -> None:
    colors = style.depth_colors([0, 1, 3, 10])
    contrasts = [contrast_with_white(colors[depth]) for depth in (0, 1, 3, 10)]
    assert contrasts == sorted(contrasts)
    assert contrasts[0] >= 3
    assert len(set(colors.values())) == 4
    assert all(to_hex(color) == color for color in colors.values())


@pytest.mark.parametrize("depths", [[], [1, 1], [-1, 2]])
def test_bad_depths_are_quoted(depths: list) -> None:
    with pytest.raises(ValueError, match="got") as caught:
        style.depth_colors(depths)
    assert repr(depths) in str(caught.value)


@pytest.mark.parametrize("size", [(0, 3), (3, -1), (float("nan"), 2)])
def test_bad_sizes_are_quoted(size: tuple) -> None:
    with pytest.raises(ValueError, match="positive size") as caught:
        style.figure(*size)
    assert repr(size[0]) in str(caught.value)


def test_type_is_legible_on_a_phone() -> None:
    """Shown 350 CSS pixels wide, no text falls below 9 pixels."""
    pixels_per_point = 350 / (style.WIDTH * 72)
    sizes = [value for key, value in style.RC.items() if key.endswith(("size", "labelsize"))]
    text = [size for size in sizes if size > 8]
    assert len(text) == 5
    assert min(text) * pixels_per_point >= 9
