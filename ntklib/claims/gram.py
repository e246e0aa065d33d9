"""The paper behind the Gram wing, and how much of it was read."""

from ntklib.claims.claim import Paper

PAPER = Paper(
    key="panigrahi2020activation",
    title="Effect of Activation Functions on the Training of Overparametrized Neural Nets",
    version="arXiv:1908.05660, abstract and figure captions; the theorems were not available",
)
