"""The calibrators that train the three discriminators of a detector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from helioscope.classification.model import Kind
from helioscope.discriminators.separation import KINDS, NAMES, Separation, name_of
from helioscope.discriminators.settings import TrainingSettings
from helioscope.model.schema import Column, Schema
from helioscope.plugin import Calibrated, CalibrationInput, Calibrator

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


def calibrators(separation: Separation) -> list[Calibrator]:
    """Make the calibrators that train the three discriminators of a detector."""
    return [
        Calibrator(
            name=name_of(separation, kind),
            detector=separation.detector,
            version=separation.version,
            config=TrainingSettings,
            run_kinds=separation.needed_kinds,
            optional_kinds=separation.optional_kinds,
            product="observables",
            table=WORKING_POINTS,
            calibration=_Calibration(separation, kind),
            description=f"Trains: {NAMES[kind][0].lower()}{NAMES[kind][1:]}",
            applies=separation.applies,
        )
        for kind in KINDS
    ]


@dataclass(frozen=True)
class _Calibration:
    separation: Separation
    kind: Kind

    def __call__(
        self, config: TrainingSettings, runs: Mapping[str, list[CalibrationInput]]
    ) -> Calibrated:
        from helioscope.discriminators.training import calibrated

        return calibrated(self.separation, self.kind, config, runs)
