"""How the neurons of a network with small initial weights come to point along few directions."""

from ntklib.condensation.history import Condensation, Snapshot
from ntklib.condensation.leading import LeadingForm, leading_form
from ntklib.condensation.network import CondensationNetwork, Weights
from ntklib.condensation.normalized import PhaseRuns
from ntklib.condensation.optimizers import Adam
from ntklib.condensation.orientations import OrientationCount, count_orientations
from ntklib.condensation.phase import PhaseExponent, kernel_change, phase_exponent, train_in_phase
from ntklib.condensation.prediction import PredictedOrientations, predicted_orientations
from ntklib.condensation.regime import predicted_exponent, regime
from ntklib.condensation.setting import CondensationSetting
from ntklib.condensation.similarity import cosine_similarity, nearest_angles, similarity_order
from ntklib.condensation.training import condense

__all__ = [
    "Adam",
    "Condensation",
    "CondensationNetwork",
    "CondensationSetting",
    "LeadingForm",
    "OrientationCount",
    "PhaseExponent",
    "PhaseRuns",
    "PredictedOrientations",
    "Snapshot",
    "Weights",
    "condense",
    "cosine_similarity",
    "count_orientations",
    "kernel_change",
    "leading_form",
    "nearest_angles",
    "phase_exponent",
    "predicted_exponent",
    "predicted_orientations",
    "regime",
    "similarity_order",
    "train_in_phase",
]
