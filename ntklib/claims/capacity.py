"""The paper behind the Capacity wing, and how much of it was read."""

from ntklib.claims.claim import Paper
from ntklib.claims.own import own_claim

__all__ = ["PAPER", "own_claim"]

PAPER = Paper(
    key="baldassi2019relu",
    title="Properties of the geometry of solutions and capacity of multi-layer neural networks "
    "with Rectified Linear Units activations",
    version="arXiv:1907.07578, abstract and definition of the model; the rest was not available",
)
