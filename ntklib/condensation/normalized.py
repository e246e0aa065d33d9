"""Two-layer ReLU networks in normalised variables: two numbers decide how they train.

Take f(x) = (1/alpha) sum_j a_j relu(w_j . x) with a ~ N(0, b1^2) and w ~ N(0, b2^2), trained by
gradient flow on R = 1/(2n) sum_i e_i^2, e_i = f(x_i) - y_i. Divide a by b1, w by b2 and time by
b1 b2. As ReLU is homogeneous, every scale falls out but two,

    scale = b1 b2 / alpha,    ratio = b1 / b2

(kappa and kappa' with Luo et al.; kappa is the condition number in this library), and the network
is f = scale sum_j a_j relu(w_j . x) from standard normal parameters. The chain
rule gives da/dt = -(1/b1^2) dR/da for the divided a and time as it was, times b1 b2 for the new
time: that is 1/ratio, and likewise ratio for w. So

    a_j' = -(1/ratio) dR/da_j = -(scale / ratio) (1/n) sum_i e_i relu(w_j . x_i),
    w_j' = -ratio dR/dw_j     = -(scale ratio)   (1/n) sum_i e_i a_j relu'(w_j . x_i) x_i,

    e' = -K e,  K_ik = (1/n) sum over parameters of (1/ratio or ratio) df(x_i) df(x_k),

with K the empirical neural tangent kernel of the network as it was, times b1 b2 / n. Relative
changes of a, w and K are those of the network as it was.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

STEP = 0.5
"""Step times curvature. Descent is stable below 2 and follows the flow well below 1.

In the corner gamma > 1, gamma' < -1 of the phase diagram, where few neurons do all the work, it
distorts how far they get by 10 to 30 percent.
"""


class Network(NamedTuple):
    """Normalised parameters.

    Attributes:
        output_weights: The a_j, shape (m,).
        input_weights: The w_j with the bias last, one a column, shape (d + 1, m).
    """

    output_weights: Float[Array, " m"]
    input_weights: Float[Array, "d+1 m"]


class Task(NamedTuple):
    """What is learned, and the two numbers of the scaling.

    Attributes:
        inputs: The (x_i, 1), shape (n, d + 1).
        targets: The y_i, shape (n,).
        scale: b1 b2 / alpha.
        ratio: b1 / b2.
    """

    inputs: Float[Array, "n d+1"]
    targets: Float[Array, " n"]
    scale: Float[Array, ""]
    ratio: Float[Array, ""]


class PhaseRuns(NamedTuple):
    """Networks at the end of training; arrays have a leading axis of networks, or runs.

    Attributes:
        output_weights: The a_j in normalised variables, shape (runs, m).
        input_weights: The w_j in normalised variables, the bias last, shape (runs, m, d + 1).
        steps: Steps taken.
        error: Mean squared error (1/n) sum e^2 at the end.
        distance: |w_end - w_start| / |w_start| over all input weights.
        kernel_change: |K_end - K_start| / |K_start|, Frobenius norms.
        converged: Whether the error asked for was reached.
    """

    output_weights: Float[Array, "runs m"]
    input_weights: Float[Array, "runs m d+1"]
    steps: Int[Array, " runs"]
    error: Float[Array, " runs"]
    distance: Float[Array, " runs"]
    kernel_change: Float[Array, " runs"]
    converged: Bool[Array, " runs"]


class Descent(NamedTuple):
    """The way down from one network.

    Attributes:
        rates: a' and w'.
        step: The time step, STEP over a bound on the curvature.
        error: Mean squared error.
    """

    rates: Network
    step: Float[Array, ""]
    error: Float[Array, ""]


def kernel(network: Network, task: Task) -> Float[Array, "n n"]:
    """Return K: for e' = -K e, shape (n, n)."""
    hidden, on = _hidden(network, task)
    of_output = hidden @ hidden.T / task.ratio
    of_input = task.ratio * (on * network.output_weights**2) @ on.T
    inner = task.inputs @ task.inputs.T
    return task.scale**2 / len(hidden) * (of_output + inner * of_input)


def descent(network: Network, task: Task) -> Descent:
    """Return the rates of change and a time step short enough to follow them.

    In the metric of the flow the Hessian of R is K's, plus for each neuron a block that couples
    a_j with w_j and whose norm is at most (scale/n) sum_i |e_i| |x_i|. The trace bounds the first.
    """
    hidden, on = _hidden(network, task)
    a, count = network.output_weights, len(hidden)
    residual = task.scale * hidden @ a - task.targets
    pull = task.scale / count * residual
    rates = Network(
        -(pull @ hidden) / task.ratio,
        -task.ratio * a * ((task.inputs.T * pull) @ on),
    )
    squares = jnp.sum(task.inputs**2, axis=1)
    of_output = jnp.sum(hidden**2) / task.ratio
    of_input = task.ratio * (squares @ on) @ a**2
    trace = task.scale**2 / count * (of_output + of_input)
    curvature = trace + jnp.abs(pull) @ jnp.sqrt(squares)
    return Descent(rates, STEP / curvature, jnp.mean(residual**2))


@jax.jit
def train_all(
    starts: Network, task: Task, tolerance: Float[Array, ""], max_steps: Int[Array, ""]
) -> PhaseRuns:
    """Train networks, one after the other, until the error is below tolerance or steps run out.

    One compiled program for each shape serves every scale, tolerance and number of steps. A run
    whose error is no longer a number stops there and has not converged.
    """

    def train(start: Network) -> PhaseRuns:
        def unfinished(state: tuple[Network, Descent, Array]) -> Array:
            _, way, step = state
            return (way.error >= tolerance) & (step < max_steps)

        def advance(state: tuple[Network, Descent, Array]) -> tuple[Network, Descent, Array]:
            network, way, step = state
            network = jax.tree.map(lambda at, rate: at + way.step * rate, network, way.rates)
            return network, descent(network, task), step + 1

        beginning = (start, descent(start, task), jnp.zeros((), int))
        end, way, steps = jax.lax.while_loop(unfinished, advance, beginning)
        return PhaseRuns(
            output_weights=end.output_weights,
            input_weights=end.input_weights.T,
            steps=steps,
            error=way.error,
            distance=_relative_change(end.input_weights, start.input_weights),
            kernel_change=_relative_change(kernel(end, task), kernel(start, task)),
            converged=way.error < tolerance,
        )

    return jax.lax.map(train, starts)


def _hidden(network: Network, task: Task) -> tuple[Array, Array]:
    """Return relu(w_j . x_i) and where it is on, as numbers, both of shape (n, m)."""
    field = task.inputs @ network.input_weights
    return jnp.maximum(field, 0), (field > 0).astype(field.dtype)


def _relative_change(end: Array, start: Array) -> Array:
    return jnp.linalg.norm(end - start) / jnp.linalg.norm(start)
