"""What a detector says of how its X-rays differ from its background."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.classification.features import Feature
from helioscope.classification.model import Kind
from helioscope.model.quality import excluding_mask

Floats = NDArray[np.float64]
KINDS: tuple[Kind, ...] = ("cuts", "likelihood", "classifier")
CARD = "card.json"
NAMES = {
    "cuts": "Sequential cuts at quantiles of X-rays.",
    "likelihood": "Log-likelihood ratio of X-rays to background.",
    "classifier": "Classifier trained on X-rays against background.",
}


@dataclass(frozen=True)
class Separation:
    """How a detector's X-rays are told from its background.

    Attributes
    ----------
    features
        Ordered; each a scalar column of the observables.
    xray_lines_kev
        Kinds of run that hold X-rays, each with the lines that are taken as such. Kinds
        without lines (simulated X-rays, a tube) are taken whole. All but the first are
        used where the job has them.
    line_resolution
        Standard deviation over energy at 5.9 keV, for the windows about the lines.
    energy
        Name of the energy column, in keV.
    applies
        Says for the detector's settings whether these features are measured at all.
    name
        What the names of its discriminators begin with; that of the detector where None. A
        detector with several read-outs has a separation for each.
    """

    detector: str
    features: tuple[Feature, ...]
    xray_lines_kev: Mapping[str, tuple[float, ...]] = field(
        default_factory=lambda: {"fe55": (2.96, 5.9)}
    )
    background_kinds: tuple[str, ...] = ("background",)
    line_resolution: float = 0.10
    energy: str = "energy_kev"
    excluded_quality: int = excluding_mask()
    version: int = 1
    applies: Callable[[Any], bool] = lambda _config: True
    name: str | None = None

    @property
    def needed_kinds(self) -> tuple[str, ...]:
        """The kinds of run without which nothing is trained."""
        return (next(iter(self.xray_lines_kev)), self.background_kinds[0])

    @property
    def optional_kinds(self) -> tuple[str, ...]:
        """The further kinds, used where the job has them."""
        return (*list(self.xray_lines_kev)[1:], *self.background_kinds[1:])


def matrix(separation: Separation, batch: ak.Array) -> tuple[Floats, Floats]:
    """Give the features (rows, features) and the energies in keV of a batch, as float64."""
    columns = [np.asarray(batch[feature.name], np.float64) for feature in separation.features]
    return np.column_stack(columns), np.asarray(batch[separation.energy], np.float64)


def name_of(separation: Separation, kind: str) -> str:
    """Give the name that a discriminator and its calibrator share."""
    return f"{separation.name or separation.detector}-{kind}"
