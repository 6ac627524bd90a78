"""Discriminators and calibrators that any detector gets from its list of features."""

from helioscope.classification.features import Feature
from helioscope.discriminators.separation import (
    Separation,
    calibrators,
    discriminators,
)
from helioscope.discriminators.settings import TrainingSettings, WorkingPointSettings

__all__ = [
    "Feature",
    "Separation",
    "TrainingSettings",
    "WorkingPointSettings",
    "calibrators",
    "discriminators",
]
