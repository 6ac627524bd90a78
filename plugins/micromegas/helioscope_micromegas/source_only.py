"""The classifier as it comes without an X-ray tube: taught by 55Fe and background alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import awkward as ak
import numpy as np

from helioscope.api import (
    Calibration,
    CalibrationInput,
    CampaignResult,
    Figure,
    RunResult,
    WorkingPointSettings,
    calibrators,
    discriminators,
)
from helioscope_micromegas.campaign_runs import EFFICIENCY, LINES_KEV
from helioscope_micromegas.detector import DETECTOR
from helioscope_micromegas.judging import Share, is_clean
from helioscope_micromegas.separation import SEPARATION
from helioscope_micromegas.truth import beside

_NAME = "micromegas-classifier"


@dataclass(frozen=True)
class _Observables:
    """A fresh pass over the observables of a calibration run."""

    result: CampaignResult
    run: RunResult

    def __call__(self) -> Iterator[ak.Array]:
        setup = replace(self.run.setup, calibrations=self.result.calibrations)
        reconstruct = DETECTOR.reconstruction(setup)
        return (reconstruct(raw).observables for raw in self.run.raw())


def flatness(result: CampaignResult) -> list[Figure]:
    """Give its efficiency at each line: how far 55Fe's two lines carry."""
    run = result.runs["lines"]
    rows = run.products["observables"]
    setup = replace(
        run.setup,
        config=WorkingPointSettings(efficiency=EFFICIENCY),
        calibrations={_NAME: (_taught(result),)},
    )
    (classifier,) = [one for one in discriminators(SEPARATION) if one.name == _NAME]
    kept = np.asarray(classifier.discrimination(setup)(rows)["accepted"]) & is_clean(rows)
    kev = np.asarray(beside(rows, run.truth)["energy_kev"])
    figures = []
    for line in LINES_KEV:
        mine = np.abs(kev - line) < 0.01
        share = Share(int(kept[mine].sum()), int(mine.sum()))
        name = f"taught by 55Fe alone: efficiency at {line:g} keV"
        figures.append(Figure(name, share.value, share.error, "", "", True))
    return figures


def _taught(result: CampaignResult) -> Calibration:
    """Train the classifier without the runs of kind ``xray``."""
    (calibrator,) = [one for one in calibrators(SEPARATION) if one.name == _NAME]
    given = {
        kind: [
            CalibrationInput(run.setup, _Observables(result, run))
            for run in result.runs.values()
            if run.run.kind == kind
        ]
        for kind in calibrator.run_kinds
    }
    made = calibrator.calibration(calibrator.config(), given)
    return Calibration(_NAME, made.table, attachments=made.attachments, metadata=made.metadata)
