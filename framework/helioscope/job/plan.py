"""A job made ready: plugins found, settings checked, files listed, nothing read yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from helioscope.errors import UsageError, nearest
from helioscope.io.files import expand_patterns
from helioscope.job.file import DetectorEntry, JobFile, RunEntry, read_job, time_ns
from helioscope.job.reading import Place, validated
from helioscope.job.run_books import RunBook
from helioscope.model.names import check_name, check_run_name
from helioscope.plugin import Calibrator, Detector, Discriminator, Run
from helioscope.registry import Registry


@dataclass(frozen=True)
class PlannedCalibrator:
    """A calibrator of a detector with its checked settings."""

    calibrator: Calibrator
    config: Any


@dataclass(frozen=True)
class PlannedDetector:
    """A detector of the job with its plugins and their checked settings."""

    name: str
    detector: Detector
    config: Any
    discriminator: Discriminator | None = None
    discriminator_config: Any = None
    calibrators: tuple[PlannedCalibrator, ...] = ()
    calibration_per_run: bool = False

    @property
    def calibration_kinds(self) -> frozenset[str]:
        """The kinds of run that its calibrators take."""
        return frozenset(kind for planned in self.calibrators for kind in planned.calibrator.kinds)


@dataclass(frozen=True)
class PlannedRun:
    """A run of the job with its files, in order."""

    run: Run
    detector: PlannedDetector
    files: tuple[Path, ...]
    source: Mapping[str, Any] = field(default_factory=dict)
    expected_events: int | None = None
    reconstruct: bool = True


@dataclass(frozen=True)
class Plan:
    """All that a job will do.

    Attributes
    ----------
    intervals
        (start_ns, stop_ns, tag, reason), as the job file gives them.
    """

    name: str
    data: Path
    detectors: Mapping[str, PlannedDetector]
    runs: tuple[PlannedRun, ...]
    intervals: tuple[tuple[int, int, str, str], ...]
    untagged: str
    max_batch_bytes: int
    piece_bytes: int
    pointing_files: tuple[Path, ...] = ()
    pointing_settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def science(self) -> tuple[PlannedRun, ...]:
        """The runs to reconstruct, in the order of the job file."""
        return tuple(run for run in self.runs if run.reconstruct)

    @property
    def calibration(self) -> tuple[PlannedRun, ...]:
        """The runs that calibrators take."""
        return tuple(run for run in self.runs if run.run.kind in run.detector.calibration_kinds)

    def find(self, detector: str, name: str) -> PlannedRun | None:
        """Find a run by its detector and its name."""
        return self._by_name.get((detector, name))

    def may_overlap(self, planned: PlannedRun) -> list[PlannedRun]:
        """List the science runs of the same detector before one that may cover its time."""
        detector = planned.detector.name
        before = self._books[detector].may_overlap(planned.run) if detector in self._books else []
        return [self._by_name[detector, run.name] for run in before]

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], PlannedRun]:
        return {(run.detector.name, run.run.name): run for run in self.runs}

    @cached_property
    def _books(self) -> dict[str, RunBook]:
        runs: dict[str, list[Run]] = {}
        for planned in self.science:
            runs.setdefault(planned.detector.name, []).append(planned.run)
        return {name: RunBook(tuple(of)) for name, of in runs.items()}


def plan_job(
    path: Path, registry: Registry, data: Path | None = None, may_be_gone: bool = False
) -> Plan:
    """Read a job file and make everything ready that can be checked before any data is read.

    Parameters
    ----------
    may_be_gone
        A raw file that is not there fails its run when that is processed, not the whole job.

    Raises
    ------
    UsageError
        For a wrong setting, an unknown plugin, an unsafe name or a pattern without a file.
    """
    job, text = read_job(path)
    folder = (data or path.parent).resolve()
    detectors = {
        name: _planned_detector(name, entry, registry, path, text)
        for name, entry in job.detectors.items()
    }
    runs = tuple(
        _planned_run(i, job, detectors, folder, path, may_be_gone) for i in range(len(job.runs))
    )
    pointing = job.pointing
    return Plan(
        name=job.job.name,
        data=folder,
        detectors=detectors,
        runs=runs,
        intervals=tuple(
            (time_ns(entry.start) or 0, time_ns(entry.stop) or 0, entry.tag, entry.reason)
            for entry in job.intervals
        ),
        untagged=job.job.untagged,
        max_batch_bytes=job.job.max_batch_mib * 2**20,
        piece_bytes=max(1, round(job.job.piece_mib * 2**20)),
        pointing_files=tuple(expand_patterns(pointing.files, folder)) if pointing else (),
        pointing_settings=pointing.settings if pointing else {},
    )


def _planned_detector(
    name: str, entry: DetectorEntry, registry: Registry, path: Path, text: str
) -> PlannedDetector:
    check_name(name, "detector")
    at: Place = ("detectors", name)

    def checked(model: type[BaseModel], values: Mapping[str, Any], *place: str) -> Any:
        return validated(model, values, where=str(path), text=text, at=(*at, *place))

    detector = registry.find(Detector, entry.plugin or name)
    config = checked(detector.config, entry.settings, "settings")
    known = {
        key: calibrator
        for key, calibrator in registry.for_detector(Calibrator, detector.name).items()
        if calibrator.applies(config)
    }
    for wanted in entry.calibrators:
        if wanted not in known:
            raise UsageError(
                where=f"{path}: detectors.{name}.calibrators.{wanted}",
                found=f"detector '{detector.name}' has no such calibrator for these settings",
                expected=nearest(wanted, list(known)),
            )
    discriminator = _discriminator(name, entry, registry, detector, path)
    return PlannedDetector(
        name=name,
        detector=detector,
        config=config,
        discriminator=discriminator,
        discriminator_config=checked(
            discriminator.config, entry.discriminator_settings, "discriminator_settings"
        )
        if discriminator
        else None,
        calibrators=tuple(
            PlannedCalibrator(
                calibrator,
                checked(calibrator.config, entry.calibrators.get(key, {}), "calibrators", key),
            )
            for key, calibrator in known.items()
        ),
        calibration_per_run=entry.calibration_per_run,
    )


def _discriminator(
    name: str, entry: DetectorEntry, registry: Registry, detector: Detector, path: Path
) -> Discriminator | None:
    if entry.discriminator is None:
        if entry.discriminator_settings:
            raise UsageError(
                where=f"{path}: detectors.{name}.discriminator_settings",
                found=f"{', '.join(entry.discriminator_settings)}, but no discriminator",
                expected=f"detectors.{name}.discriminator beside it; see 'helioscope plugins'",
            )
        return None
    discriminator = registry.find(Discriminator, entry.discriminator)
    if discriminator.detector != detector.name:
        raise UsageError(
            where=f"{path}: discriminator '{discriminator.name}'",
            found=f"it belongs to detector '{discriminator.detector}'",
            expected=f"one for '{detector.name}'; see 'helioscope plugins'",
        )
    return discriminator


def _planned_run(
    index: int,
    job: JobFile,
    detectors: Mapping[str, PlannedDetector],
    folder: Path,
    path: Path,
    may_be_gone: bool,
) -> PlannedRun:
    entry: RunEntry = job.runs[index]
    check_run_name(entry.name)
    if entry.detector not in detectors:
        raise UsageError(
            where=f"{path}: runs.{index}: detector",
            found=f"no detector is called '{entry.detector}'",
            expected=nearest(entry.detector, list(detectors)),
        )
    detector = detectors[entry.detector]
    run = Run(entry.name, entry.kind, time_ns(entry.start), time_ns(entry.stop))
    return PlannedRun(
        run=run,
        detector=detector,
        files=tuple(expand_patterns(entry.files, folder, may_be_gone)),
        source=entry.source,
        expected_events=entry.events,
        reconstruct=entry.reconstruct or entry.kind not in detector.calibration_kinds,
    )
