"""What a calibration is made of and by: its record, and the hash by which it is known again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from helioscope.catalog.lineage import settings_digest
from helioscope.core.calibrations.ordering import Step
from helioscope.core.jobs.lineages import plain
from helioscope.core.jobs.record import surroundings
from helioscope.job.plan import PlannedCalibrator, PlannedDetector, PlannedRun
from helioscope.plugin import Calibration, Setup


def record_of(
    step: Step, entry: PlannedDetector, runs: Sequence[PlannedRun], setups: Sequence[Setup]
) -> dict[str, Any]:
    """Begin the readable record of a calibration."""
    calibrator = step.planned.calibrator
    used: dict[str, dict[str, None]] = {}
    for setup in setups:
        for name, of in setup.calibrations.items():
            used.setdefault(name, {}).update(dict.fromkeys(_digests(of)))
    return {
        "calibration": calibrator.name,
        "detector": entry.name,
        "runs": [run.run.name for run in runs],
        "plugins": {
            f"calibrator {calibrator.name}": calibrator.version,
            f"detector {entry.detector.name}": entry.detector.version,
        },
        "settings": {"calibrator": plain(step.planned.config), "detector": plain(entry.config)},
        "calibrations": {name: list(digests) for name, digests in used.items()},
        "made_with": surroundings(),
    }


def settings_hash(
    planned: PlannedCalibrator, entry: PlannedDetector, setups: Sequence[Setup]
) -> str:
    """Hash what decides a calibration but for the raw files: plugins, settings, calibrations."""
    used: list[dict[str, list[str]]] = [
        {name: _digests(of) for name, of in setup.calibrations.items()} for setup in setups
    ]
    digest: str = settings_digest(
        {
            "calibrator": [planned.calibrator.version, plain(planned.config)],
            "detector": [entry.detector.version, plain(entry.config)],
            "calibrations": used,
        }
    )
    return digest


def _digests(calibrations: tuple[Calibration, ...]) -> list[str]:
    return [calibration.digest for calibration in calibrations]
