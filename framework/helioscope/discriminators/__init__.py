"""Discriminators and their calibrators for any detector: cuts, likelihood ratio, classifier.

A detector names its features and the kinds of run that hold X-rays and background::

    SEPARATION = Separation(
        detector="micromegas",
        features=(Feature("cluster_size_x_mm"), Feature("clusters", side="upper")),
        xray_lines_kev={"fe55": (2.96, 5.9), "xray": ()},
    )

and lists ``discriminators(SEPARATION)`` and ``calibrators(SEPARATION)`` in its hooks. The three
discriminators are called ``<detector>-cuts``, ``-likelihood`` and ``-classifier``, and so are
the calibrators that train them. Where the separation has a name of its own, they begin with that.
"""

from helioscope.classification.features import Feature
from helioscope.discriminators.calibrators import calibrators
from helioscope.discriminators.discrimination import discriminators
from helioscope.discriminators.separation import Separation
from helioscope.discriminators.settings import TrainingSettings, WorkingPointSettings

__all__ = [
    "Feature",
    "Separation",
    "TrainingSettings",
    "WorkingPointSettings",
    "calibrators",
    "discriminators",
]
