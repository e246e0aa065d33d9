"""Networks of finite width: their kernels, their linearisation, their training."""

from ntklib.networks.fully_connected import Dense, Params, init_mlp, mlp
from ntklib.networks.function_space import FunctionSpace, linearized_descent, linearized_flow
from ntklib.networks.layered_kernel import empirical_ntk
from ntklib.networks.linearization import linearize
from ntklib.networks.loss import half_squared_error
from ntklib.networks.model_kernel import empirical_ntk_of
from ntklib.networks.parameterization import (
    MEAN_FIELD,
    NTK,
    STANDARD,
    LayerScales,
    Network,
    Parameterization,
    Scale,
    layer_scales,
    reparameterize,
)
from ntklib.networks.training import Training, train

__all__ = [
    "MEAN_FIELD",
    "NTK",
    "STANDARD",
    "Dense",
    "FunctionSpace",
    "LayerScales",
    "Network",
    "Parameterization",
    "Params",
    "Scale",
    "Training",
    "empirical_ntk",
    "empirical_ntk_of",
    "half_squared_error",
    "init_mlp",
    "layer_scales",
    "linearize",
    "linearized_descent",
    "linearized_flow",
    "mlp",
    "reparameterize",
    "train",
]
