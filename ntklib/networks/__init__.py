"""Networks of finite width: their kernels, their linearisation, their training."""

from ntklib.networks.fully_connected import Dense, Params, init_mlp, mlp
from ntklib.networks.layered_kernel import empirical_ntk

__all__ = ["Dense", "Params", "empirical_ntk", "init_mlp", "mlp"]
