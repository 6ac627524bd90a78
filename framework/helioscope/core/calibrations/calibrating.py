"""Making calibrations from the calibration runs of a job, in the order of their needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import awkward as ak

from helioscope.catalog.part import stored_path
from helioscope.catalog.rows import CalibrationRow
from helioscope.core.calibrations import calibration_store, stored_calibrations
from helioscope.core.calibrations.differences import made_anew
from helioscope.core.calibrations.ordering import Step, in_order
from helioscope.core.calibrations.provenance import record_of, settings_hash
from helioscope.core.events import border, loop
from helioscope.core.jobs.workspace import Workspace, seed, span
from helioscope.errors import HelioscopeError, OutputError
from helioscope.job.plan import Plan, PlannedCalibrator, PlannedDetector, PlannedRun
from helioscope.plugin import Calibrated, CalibrationInput, Setup


@dataclass(frozen=True)
class CalibrationOutcome:
    """A calibration that a job made, or that was there already.

    Attributes
    ----------
    summary
        What the calibrator says of it: a dict for each node, line or strip.
    made
        False where the catalogue held it, made from the same runs by the same code.
    why
        What differs from the version that the same runs gave before.
    """

    row: CalibrationRow
    summary: list[dict[str, Any]]
    figures: tuple[Path, ...]
    made: bool
    why: tuple[str, ...] = ()


def calibrate_all(workspace: Workspace) -> Iterator[CalibrationOutcome]:
    """Make every calibration for which the job has runs.

    A second call with unchanged runs, settings and plugins finds every one there and makes none.

    Raises
    ------
    HelioscopeError
        At the first that fails: the later ones may stand on it.
    """
    for entry, steps in _all_steps(workspace.plan):
        yield from _of_detector(workspace, entry, steps)


def calibrate_each(
    workspace: Workspace, faults: dict[str, HelioscopeError]
) -> Iterator[CalibrationOutcome]:
    """Make every calibration as `calibrate_all`; a fault ends those of its detector alone.

    Parameters
    ----------
    faults
        Filled with the fault of each detector that had one.

    Raises
    ------
    OutputError
        Where nothing can be written any more.
    PluginError
        Where calibrators require each other, before any data is read.
    """
    for entry, steps in _all_steps(workspace.plan):
        try:
            yield from _of_detector(workspace, entry, steps)
        except OutputError:
            raise
        except HelioscopeError as fault:
            faults[entry.name] = fault


def _of_detector(
    workspace: Workspace, entry: PlannedDetector, steps: Sequence[Step]
) -> Iterator[CalibrationOutcome]:
    runs = [run for run in workspace.plan.calibration if run.detector is entry]
    for step in steps:
        planned = step.planned
        mine = [run for run in runs if run.run.kind in planned.calibrator.kinds]
        for group, stop_ns in _groups(workspace, planned, mine):
            yield _calibrate(workspace, step, entry, group, stop_ns)


def _all_steps(plan: Plan) -> list[tuple[PlannedDetector, list[Step]]]:
    return [(entry, _steps(plan, entry)) for entry in plan.detectors.values()]


def _steps(plan: Plan, entry: PlannedDetector) -> list[Step]:
    """List what the job makes for a detector, and refuse what never can be, before all reading."""
    names = {one.calibrator.name for one in wanted(plan, entry)}
    steps = [step for step in in_order(entry) if step.planned.calibrator.name in names]
    for step in steps:
        step.require_possible()
    return steps


def wanted(plan: Plan, entry: PlannedDetector) -> list[PlannedCalibrator]:
    """List the calibrators of a detector that find a run of every kind they need in the job."""
    kinds = {run.run.kind for run in plan.calibration if run.detector is entry}
    return [c for c in entry.calibrators if set(c.calibrator.run_kinds) <= kinds]


def _groups(
    workspace: Workspace, planned: PlannedCalibrator, runs: list[PlannedRun]
) -> list[tuple[list[PlannedRun], int | None]]:
    """Group the runs of a calibration, each with the stop of its validity.

    One that needs several kinds of run is made of all of them together.
    """
    if not runs[0].detector.calibration_per_run or len(planned.calibrator.run_kinds) > 1:
        return [(runs, None)]
    schema = planned.calibrator.input
    ordered = sorted(runs, key=lambda run: span(workspace, run, schema)[0] or 0)
    stops = [span(workspace, run, schema)[0] for run in ordered[1:]]
    return [([run], stop) for run, stop in zip(ordered, [*stops, None], strict=True)]


def _calibrate(
    workspace: Workspace,
    step: Step,
    entry: PlannedDetector,
    runs: list[PlannedRun],
    stop_ns: int | None,
) -> CalibrationOutcome:
    planned, calibrator = step.planned, step.planned.calibrator
    spans = [span(workspace, run, calibrator.input) for run in runs]
    starts = [start for start, _ in spans if start is not None]
    setups = [
        _setup(workspace, step, entry, run, when) for run, when in zip(runs, spans, strict=True)
    ]
    catalog = workspace.catalog
    files = [catalog.examined(run.files) for run in runs]
    new = {
        "detector": entry.name,
        "name": calibrator.name,
        "start_ns": min(starts) if starts else None,
        "stop_ns": stop_ns,
        "made_by": f"{calibrator.name} {calibrator.version}",
        "settings_hash": settings_hash(planned, entry, setups),
        "inputs": tuple(row.sha256 for rows in files for row in rows),
    }
    places = [stored_path(path, catalog.root) for run in runs for path in run.files]
    known = calibration_store.known(catalog, new)
    if known:
        calibration_store.tell_places(known, catalog.root, places)
        return _outcome(known, made=False)
    for run in runs:
        catalog.read_through(run.files)
    calibrated = _called(workspace, planned, entry, runs, setups)
    for run, rows in zip(runs, files, strict=True):
        workspace.raw(run).require_examined(rows)
    record = record_of(step, entry, runs, setups) | {
        "validity": {"start_ns": new["start_ns"], "stop_ns": stop_ns},
        "inputs": places,
    }
    made = calibration_store.store(catalog, calibrated, calibrator, new, record)
    return _outcome(made, made=True, why=tuple(made_anew(catalog, made)))


def _setup(
    workspace: Workspace,
    step: Step,
    entry: PlannedDetector,
    run: PlannedRun,
    when: tuple[int | None, int | None],
) -> Setup:
    found = stored_calibrations.fetch(workspace.calibrations, entry.name, step.needs, when)
    return Setup(entry.name, run.run, entry.config, found, seed(run))


def _called(
    workspace: Workspace,
    planned: PlannedCalibrator,
    entry: PlannedDetector,
    runs: list[PlannedRun],
    setups: list[Setup],
) -> Calibrated:
    calibrator = planned.calibrator
    inputs: dict[str, list[CalibrationInput]] = {kind: [] for kind in calibrator.kinds}
    for run, setup in zip(runs, setups, strict=True):
        inputs[run.run.kind].append(
            CalibrationInput(setup, _Batches(workspace, planned, entry, run, setup))
        )
    where = f"detector {entry.name}"
    return border.calibrated(calibrator, planned.config, inputs, where, setups[0].seed)


@dataclass(frozen=True)
class _Batches:
    """A fresh pass over a calibration run, of the product that the calibrator works on."""

    workspace: Workspace
    planned: PlannedCalibrator
    entry: PlannedDetector
    run: PlannedRun
    setup: Setup

    def __call__(self) -> Iterator[ak.Array]:
        raw = self.workspace.raw(self.run, self.planned.calibrator.input).batches()
        if self.planned.calibrator.product == "raw":
            return raw
        done = loop.reconstructions(raw, self.entry.detector, self.setup)
        return (item.observables for item in done)


def _outcome(row: CalibrationRow, made: bool, why: tuple[str, ...] = ()) -> CalibrationOutcome:
    record = stored_calibrations.record(row)
    figures = tuple(sorted((row.path / stored_calibrations.FIGURES).glob("*")))
    return CalibrationOutcome(row, record["summary"], figures, made, why)
