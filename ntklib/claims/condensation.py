"""The paper behind the Condensation wing, and how much of it was read."""

from ntklib.claims.claim import Paper

PAPER = Paper(
    key="zhou2022condensation",
    title="Towards Understanding the Condensation of Neural Networks at Initial Training",
    version="arXiv:2105.11686, an earlier full text with the authors' notebook; figure numbers may "
    "differ in the final version",
)
