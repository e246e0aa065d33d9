"""With what an ensemble is trained, checked at the door."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import ArrayLike, DTypeLike, Float
from numpy.typing import NDArray

from ntklib import _validate
from ntklib.activations import Activation, require_activation
from ntklib.condensation.network import CondensationNetwork
from ntklib.condensation.optimizers import OPTIMIZERS, Adam, RateTaker, normalized_descent


class CondensationSetting(NamedTuple):
    """With what an ensemble was trained.

    Attributes:
        network: The function.
        width: Neurons of a hidden layer.
        init_std: Standard deviation of every weight at step 0.
        optimizer: Its name, or the function of the learning rate that was given.
        learning_rate: The learning rate.
        steps: Steps asked for.
        seeds: One a network, in the order of the arrays.
        dtype: Floating-point type.
    """

    network: CondensationNetwork
    width: int
    init_std: float
    optimizer: str | RateTaker
    learning_rate: float
    steps: int
    seeds: tuple[int, ...]
    dtype: np.dtype


def targets_of(y: ArrayLike) -> Float[NDArray, " n"]:
    """Return targets as one number a row; that there are as many as inputs, `train` checks."""
    array = _validate.known("y", y)
    if array.ndim == 0 or array.shape[1:] not in ((), (1,)) or array.size == 0:
        raise ValueError(f"y must have shape (n,) or (n, 1), got shape {array.shape}")
    return array.reshape(-1)


def layer_activations(
    activation: Activation | Sequence[Activation], layers: int
) -> tuple[Activation, ...]:
    """Return an activation for every layer."""
    if not isinstance(activation, list | tuple):
        return (require_activation(activation),) * layers
    if len(activation) != layers:
        raise ValueError(
            f"activation must be one Activation or one for each of the hidden_layers={layers}, "
            f"got {len(activation)} of them"
        )
    return tuple(require_activation(each) for each in activation)


def checked_residual(residual: bool, layers: int) -> bool:
    """Return whether layers are added up; raise if there is only one."""
    if residual and layers < 2:
        raise ValueError(f"residual needs hidden_layers >= 2, got {layers}")
    return bool(residual)


def float_type(dtype: DTypeLike) -> np.dtype:
    """Return float32 or float64; raise for anything else, or if JAX has no 64-bit floats."""
    try:
        found = np.dtype(dtype)
    except TypeError:
        found = np.dtype(object)
    if found not in (np.dtype(np.float32), np.dtype(np.float64)):
        raise ValueError(f"dtype must be float32 or float64, got {dtype!r}")
    if found == np.dtype(np.float64):
        _validate.require_x64()
    return found


def update_rule(optimizer: str | RateTaker, layers: int) -> RateTaker | None:
    """Return what `train` takes for an optimiser."""
    if isinstance(optimizer, str) and optimizer in OPTIMIZERS:
        rule = OPTIMIZERS[optimizer]
    elif callable(optimizer):
        rule = optimizer
    else:
        raise ValueError(
            f"optimizer must be one of {', '.join(OPTIMIZERS)} or a function of the learning "
            f"rate, got {optimizer!r}"
        )
    if rule is normalized_descent and layers > 1:
        raise ValueError(f"normalized descent needs hidden_layers=1, got {layers}")
    return rule


def require_held(setting: CondensationSetting, rule: RateTaker | None) -> None:
    """Raise if a small number is none in the type to train in: weights or Adam's eps at 0."""
    sizes = {"init_std": setting.init_std}
    if isinstance(rule, Adam):
        sizes["eps of Adam"] = rule.eps
    least = float(np.finfo(setting.dtype).tiny)
    for name, size in sizes.items():
        if size < least:
            raise ValueError(
                f"{name} must be at least {least:.2g}, the smallest in {setting.dtype}, got {size}"
            )
