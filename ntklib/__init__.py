"""What an activation function does to a wide neural network.

The library of the book *What a Nonlinearity Buys*. Importing it switches JAX to
64-bit floats (`jax_enable_x64`), because the smallest eigenvalue of a kernel matrix
is a difference of nearly equal numbers and 32 bits do not hold it.
"""

import jax

jax.config.update("jax_enable_x64", True)

__version__ = "0.1.0"
