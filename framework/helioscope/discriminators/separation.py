"""Discriminators and their calibrators for any detector: cuts, likelihood ratio, classifier.

A detector names its features and the kinds of run that hold X-rays and background::

    SEPARATION = Separation(
        detector="micromegas",
        features=(Feature("cluster_size_x_mm"), Feature("clusters", side="upper")),
        xray_lines_kev={"fe55": (2.96, 5.9), "xray": ()},
    )

and lists ``discriminators(SEPARATION)`` and ``calibrators(SEPARATION)`` in its hooks. The three
discriminators are called ``<detector>-cuts``, ``-likelihood`` and ``-classifier``, and so are
the calibrators that train them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.classification.features import Feature
from helioscope.classification.model import Kind, Model
from helioscope.discriminators.settings import TrainingSettings, WorkingPointSettings
from helioscope.errors import InputError
from helioscope.model.quality import excluding_mask
from helioscope.model.schema import Column, Schema
from helioscope.plugin import (
    Calibrated,
    CalibrationInput,
    Calibrator,
    Discriminate,
    Discriminator,
    Requirement,
    Setup,
)

Floats = NDArray[np.float64]
KINDS: tuple[Kind, ...] = ("cuts", "likelihood", "classifier")
CARD = "card.json"
NAMES = {
    "cuts": "Sequential cuts at quantiles of X-rays.",
    "likelihood": "Log-likelihood ratio of X-rays to background.",
    "classifier": "Classifier trained on X-rays against background.",
}

WORKING_POINTS = Schema(
    "working_points",
    1,
    (
        Column("efficiency", "float64", "", "X-ray efficiency asked for."),
        Column("energy_kev", "float64", "keV", "Energy at which the threshold was measured."),
        Column("threshold", "float64", "", "Score that an accepted row reaches."),
        Column("threshold_err", "float64", "", "One standard deviation of the threshold."),
    ),
)


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

    @property
    def needed_kinds(self) -> tuple[str, ...]:
        """The kinds of run without which nothing is trained."""
        return (next(iter(self.xray_lines_kev)), self.background_kinds[0])

    @property
    def optional_kinds(self) -> tuple[str, ...]:
        """The further kinds, used where the job has them."""
        return (*list(self.xray_lines_kev)[1:], *self.background_kinds[1:])


def discriminators(separation: Separation) -> list[Discriminator]:
    """Make the three discriminators of a detector."""
    return [
        Discriminator(
            name=_name(separation, kind),
            detector=separation.detector,
            version=separation.version,
            config=WorkingPointSettings,
            discrimination=_Discrimination(separation, kind),
            calibrations=_Needs(_name(separation, kind)),
            description=NAMES[kind],
        )
        for kind in KINDS
    ]


def calibrators(separation: Separation) -> list[Calibrator]:
    """Make the calibrators that train the three discriminators of a detector."""
    return [
        Calibrator(
            name=_name(separation, kind),
            detector=separation.detector,
            version=separation.version,
            config=TrainingSettings,
            run_kinds=separation.needed_kinds,
            optional_kinds=separation.optional_kinds,
            product="observables",
            table=WORKING_POINTS,
            calibration=_Calibration(separation, kind),
            description=f"Trains: {NAMES[kind][0].lower()}{NAMES[kind][1:]}",
        )
        for kind in KINDS
    ]


def loaded(separation: Separation, kind: Kind, setup: Setup) -> Model:
    """Give the model that holds for a run, checked against all that its card says.

    Raises
    ------
    InputError, UsageError, LimitError
        Where it is damaged, too large, or made for something else.
    """
    from helioscope.classification.cards import Expected, card_from_json
    from helioscope.classification.model_file import opened

    name = _name(separation, kind)
    calibration = setup.calibration(name)
    where = f"calibration '{name}' version {calibration.version}"
    if CARD not in calibration.attachments:
        raise InputError(where=where, found="no card", expected=f"an attachment {CARD}")
    card = card_from_json(calibration.attachments[CARD], where)
    if calibration.metadata.get("card_digest") != card.get("digest"):
        raise InputError(
            where=where,
            found=f"a card with digest {card.get('digest')}",
            expected=f"digest {calibration.metadata.get('card_digest')}",
        )
    expected = Expected(separation.detector, kind, separation.features, setup.run.start_ns)
    return opened(card, calibration.attachments, expected, where)


def matrix(separation: Separation, batch: ak.Array) -> tuple[Floats, Floats]:
    """Give the features (rows, features) and the energies in keV of a batch, as float64."""
    columns = [np.asarray(batch[feature.name], np.float64) for feature in separation.features]
    return np.column_stack(columns), np.asarray(batch[separation.energy], np.float64)


@dataclass(frozen=True)
class _Needs:
    name: str

    def __call__(self, config: Any) -> tuple[Requirement, ...]:
        return (Requirement(self.name),)


@dataclass(frozen=True)
class _Discrimination:
    separation: Separation
    kind: Kind

    def __call__(self, setup: Setup) -> Discriminate:
        model = loaded(self.separation, self.kind, setup)
        efficiency = setup.config.efficiency

        def discriminate(observables: ak.Array) -> ak.Array:
            judged = model.judged(*matrix(self.separation, observables), efficiency)
            score = judged.probability.astype(np.float32)
            return ak.Array({"score": score, "accepted": judged.accepted})

        return discriminate


@dataclass(frozen=True)
class _Calibration:
    separation: Separation
    kind: Kind

    def __call__(
        self, config: TrainingSettings, runs: Mapping[str, list[CalibrationInput]]
    ) -> Calibrated:
        from helioscope.discriminators.calibration import calibrated

        return calibrated(self.separation, self.kind, config, runs)


def _name(separation: Separation, kind: str) -> str:
    return f"{separation.detector}-{kind}"
