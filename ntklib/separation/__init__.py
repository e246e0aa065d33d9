"""Angles: how far a network holds two inputs apart, in its embedding and in its gradients.

Two inputs at angle theta reach the last hidden layer at the embedding angle, and the
gradients of the output at them, taken over all weights, stand at the gradient angle. Both
are functions of theta alone at infinite width (Liu, Bi, Hui and Liu, "Better NTK
conditioning", Lemma 3.1). The cosine of the second is a mean over the layers, which
`gradient_layers` takes apart.
"""

from ntklib.separation.angles import (
    crossing_angle,
    embedding_angle,
    gradient_angle,
    kernel_angles,
)
from ntklib.separation.layers import GradientLayers, gradient_layers

__all__ = [
    "GradientLayers",
    "crossing_angle",
    "embedding_angle",
    "gradient_angle",
    "gradient_layers",
    "kernel_angles",
]
