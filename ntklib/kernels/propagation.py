"""Layer after layer: variances, angles and the neural tangent kernel at infinite width.

Pre-activations are z_1 = W_1 x + sqrt(b) beta_1 and z_{l+1} = W_{l+1} alpha_l + sqrt(b) beta_{l+1}
with alpha_l = sqrt(w / m_l) sigma(z_l), all W and beta standard normal; the output is the last z.
With covariances Sigma_l = E[z_l z_l'] and the NTK Theta_l of z_l,

    Sigma_1 = <x, x'> + b,     Sigma_{l+1} = w E[sigma(z_l) sigma(z_l')] + b,
    Theta_1 = Sigma_1,         Theta_{l+1} = Sigma_{l+1} + w E[sigma'(z_l) sigma'(z_l')] Theta_l.

Both kernels are carried as cosines, by their gap 1 - cos, and as what stands on the diagonal.
Every step mixes two kernels A, B that a diagonal share s_i = A_ii / (A_ii + B_ii) tells apart;
the cosine of A + B then has the gap

    ((sqrt(s_i) - sqrt(s_j))^2 + (sqrt(1 - s_i) - sqrt(1 - s_j))^2) / 2
        + sqrt(s_i s_j) gap_A + sqrt((1 - s_i)(1 - s_j)) gap_B,

a sum of positive terms: small gaps keep their digits through ten thousand layers.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ntklib.activations import Activation
from ntklib.kernels.energies import Energies, require_in_range, settled, trajectory
from ntklib.kernels.layer_map import LayerMap
from ntklib.kernels.map_source import MapSource
from ntklib.progress import Progress

ROUNDING = 4e-16
FORGOTTEN = 1e-18  # a share of the diagonal that no angle feels
Variances = tuple[np.ndarray, ...]


class State(NamedTuple):
    """Where two sets of inputs stand after some layers.

    Attributes:
        variances: Sigma_ii of the first and of the second inputs, shapes (n1, 1) and (1, n2),
            or () if all are equal.
        shares: Sigma_ii / Theta_ii likewise, 1 at depth 0.
        gap: 1 - Sigma_ij / sqrt(Sigma_ii Sigma_jj), shape (n1, n2).
        ntk_gap: 1 - Theta_ij / sqrt(Theta_ii Theta_jj), or None if it is not wanted.
        still: Whether angles no longer change but by rounding.
    """

    variances: Variances
    shares: Variances
    gap: Float[np.ndarray, "..."]
    ntk_gap: Float[np.ndarray, "..."] | None
    still: bool = False

    @property
    def theta(self) -> Float[np.ndarray, "..."]:
        """The angle between pre-activations, radians."""
        return angle(self.gap)


class Scaling(NamedTuple):
    """The variances of weights (behind an activation) and biases.

    Attributes:
        weight: The w above.
        bias: The b above.
    """

    weight: float
    bias: float


def start(
    theta: Float[np.ndarray, "..."], squares: Variances, scaling: Scaling, *, with_ntk: bool
) -> State:
    """Return the state of the linear model, for inputs of squared norms `squares`."""
    variances = tuple(square + scaling.bias for square in squares)
    with np.errstate(invalid="ignore"):  # squares that are 0 or infinite are refused later
        shares = tuple(q / total for q, total in zip(squares, variances, strict=True))
    gap = mixed_gap(shares, 2 * np.sin(theta / 2) ** 2, 0.0)
    ones = tuple(np.ones_like(square) for square in squares)
    return State(variances, ones, gap, gap if with_ntk else None)


def propagate(state: State, activation: Activation, scaling: Scaling, layers: int) -> State:
    """Return the state after `layers` more layers.

    Raises:
        ValueError: If a variance leaves the range that can be computed, naming the layer, or
            the NTK is wanted of a function that jumps.
    """
    degree = activation.homogeneous_degree
    energies, met = Energies(activation), []
    if degree is None:
        met = trajectory(energies, float(state.variances[0]), scaling.weight, scaling.bias, layers)
    maps = MapSource(activation, energies, met)
    with Progress(layers) as progress:
        for layer in range(1, layers + 1):
            tables = maps(float(state.variances[0]) if degree is None else 1.0)
            if state.ntk_gap is not None and tables.slope_gap is None:
                raise ValueError(
                    f"the NTK is infinite at depth 1 and more: {activation.name} jumps, "
                    "and E[sigma'^2] is infinite"
                )
            before, state = state, _advance(state, tables, scaling, degree)
            for each in state.variances:
                require_in_range(float(each.min()), activation, layer)
                require_in_range(float(each.max()), activation, layer)
            if _finished(state, before):
                break
            progress.reach(layer)
    return state


def _finished(new: State, old: State) -> bool:
    """Return whether no further layer changes anything."""
    return new.still and _same(new.variances, old.variances) and _same(new.shares, old.shares)


def _advance(state: State, tables: LayerMap, scaling: Scaling, degree: float | None) -> State:
    """Return the state one layer further; `degree` is that of a homogeneous activation."""
    with np.errstate(over="ignore", under="ignore"):
        factors = tuple(np.ones_like(q) if degree is None else q**degree for q in state.variances)
        weighted = tuple(scaling.weight * tables.energy * factor for factor in factors)
        variances = tuple(
            settled(each + scaling.bias, q)
            for each, q in zip(weighted, state.variances, strict=True)
        )
    shares = tuple(1 - scaling.bias / each for each in variances)
    kept = _kept(state, tables, shares, degree)
    if state.still:
        return state._replace(variances=variances, shares=kept)
    theta = state.theta
    gap = mixed_gap(shares, tables.gap(theta), 0.0)
    still = _still(gap, state.gap) and _same(variances, state.variances)
    ntk_gap = None
    if state.ntk_gap is not None and tables.slope_gap is not None:
        lost = tables.slope_gap(theta)
        ntk_gap = mixed_gap(kept, gap, lost + (1 - lost) * state.ntk_gap)
        steady = _same(kept, state.shares) or all(u.max() < FORGOTTEN for u in kept)
        still = still and steady and _still(ntk_gap, state.ntk_gap)
    return State(variances, kept, gap, ntk_gap, still)


def _kept(state: State, tables: LayerMap, bias_free: Variances, degree: float | None) -> Variances:
    """Return the NNGP's shares of the new NTK's diagonal; 1 where the NTK is not wanted."""
    if state.ntk_gap is None:
        return state.shares
    ratio = tables.slope_energy / tables.energy
    chi = tuple(
        share * ratio * (q if degree is None else 1.0)
        for share, q in zip(bias_free, state.variances, strict=True)
    )
    return tuple(u / (u + c) for u, c in zip(state.shares, chi, strict=True))


def mixed_gap(
    shares: Variances, first: np.ndarray | float, second: np.ndarray | float
) -> np.ndarray:
    """Return the gap of a sum of two kernels from theirs and the shares of the first."""
    one, other = shares
    rest = 1 - one, 1 - other
    unequal = (np.sqrt(one) - np.sqrt(other)) ** 2 + (np.sqrt(rest[0]) - np.sqrt(rest[1])) ** 2
    return unequal / 2 + np.sqrt(one * other) * first + np.sqrt(rest[0] * rest[1]) * second


def angle(gap: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """Return the angle whose cosine is 1 - gap, radians."""
    return 2 * np.arcsin(np.sqrt(np.clip(gap / 2, 0, 1)))


def _still(new: np.ndarray, old: np.ndarray) -> bool:
    return bool((np.abs(new - old) <= ROUNDING * np.abs(old)).all())


def _same(new: Variances, old: Variances) -> bool:
    return all(_still(n, o) for n, o in zip(new, old, strict=True))
