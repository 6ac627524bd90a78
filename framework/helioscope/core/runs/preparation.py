"""What a run needs before and after its events: calibrations, lineages, its row and record."""

from __future__ import annotations

import functools
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from helioscope.catalog.lineage import Lineage
from helioscope.catalog.part import stored_path
from helioscope.catalog.rows import CalibrationRow, FileRow
from helioscope.core.calibrations import stored_calibrations
from helioscope.core.events.counts import Counts
from helioscope.core.jobs.lineages import (
    Calibrations,
    candidates_lineage,
    live_time_lineage,
    measurement_lineage,
    observables_lineage,
)
from helioscope.core.jobs.workspace import Workspace, seed, span
from helioscope.core.runs.overlaps import tagging_of
from helioscope.core.runs.run_states import state_of, warnings_of
from helioscope.job.plan import PlannedRun
from helioscope.model.intervals import Intervals
from helioscope.plugin import Setup


def setups(workspace: Workspace, planned: PlannedRun) -> tuple[Setup, Setup]:
    """Find and load the calibrations of a run, before any data is reconstructed.

    Returns
    -------
    tuple of Setup
        For the reconstruction and for the discrimination.
    """
    entry, number = planned.detector, seed(planned)
    chosen, judging = choices(workspace, planned)
    loaded, judged = (
        {
            name: tuple(stored_calibrations.kept(row, workspace.loaded) for row in rows)
            for name, rows in part.items()
        }
        for part in (chosen, judging)
    )
    setup = Setup(entry.name, planned.run, entry.config, loaded, number)
    return setup, Setup(entry.name, planned.run, entry.discriminator_config, judged, number)


Choice = dict[str, tuple[CalibrationRow, ...]]


def choices(workspace: Workspace, planned: PlannedRun) -> tuple[Choice, Choice]:
    """Choose the calibrations of a run, for the reconstruction and for the discrimination.

    Raises
    ------
    UsageError
        On a gap or an overlap of validity.
    """
    entry = planned.detector
    when = span(workspace, planned)
    held = workspace.calibrations
    needs = entry.detector.calibrations(entry.config)
    chosen = stored_calibrations.choose(held, entry.name, needs, when)
    if entry.discriminator is None:
        return chosen, {}
    needs = entry.discriminator.calibrations(entry.discriminator_config)
    return chosen, stored_calibrations.choose(held, entry.name, needs, when)


def lineages_of(
    workspace: Workspace,
    planned: PlannedRun,
    calibrations: Calibrations,
    judging: Calibrations,
    files: tuple[FileRow, ...],
) -> dict[str, Lineage]:
    """Say what decides the bytes of each product of a run, by kind."""
    inputs = tuple(row.sha256 for row in files)
    measurement = measurement_lineage(planned, calibrations, inputs)
    observables = observables_lineage(planned, calibrations, measurement)
    tagging = tagging_of(workspace, planned)
    return {
        "observables": observables,
        "events": replace(measurement, kind="events"),
        "candidates": candidates_lineage(
            planned, judging, tagging, workspace.pointing, observables
        ),
        "live_time": live_time_lineage(planned, tagging, measurement),
    }


def record_of(
    workspace: Workspace,
    planned: PlannedRun,
    counts: Counts,
    files: tuple[FileRow, ...],
    skipped: list[Any],
) -> dict[str, Any]:
    """Begin the readable record of a run."""
    inputs = [{"file": str(row.path), "sha256": row.sha256, "bytes": row.size} for row in files]
    warnings = warnings_of(planned, counts.as_dict(), inputs)
    return {
        "job": workspace.plan.name,
        "run": planned.run.name,
        "kind": planned.run.kind,
        "detector": planned.detector.name,
        "state": state_of(warnings),
        "warnings": warnings,
        "inputs": inputs,
        "pointing": pointing_told(workspace),
        "skipped": skipped,
        "counts": counts.as_dict(),
        "cut_flow": counts.cut_flow.table() if counts.cut_flow.names else [],
    }


def pointing_told(workspace: Workspace) -> dict[str, Any]:
    """Say what the pointing was, with paths as the catalogue stores them."""
    about = dict(workspace.pointing)
    if about:
        about["files"] = list(_stored(tuple(about["files"]), workspace.catalog.root))
    return about


@functools.lru_cache(maxsize=1)  # the same for every run of a job, and there may be thousands
def _stored(files: tuple[str, ...], root: Path) -> tuple[str, ...]:
    return tuple(stored_path(Path(file), root) for file in files)


def run_span(planned: PlannedRun, files: tuple[FileRow, ...]) -> Intervals | None:
    """Give the span of a triggered detector's run; None for a framed one.

    A run whose files hold not one byte was not taken, whatever the run book says.
    """
    if planned.detector.detector.frame_s(planned.detector.config):
        return None
    start, stop = planned.run.start_ns, planned.run.stop_ns
    if start is None or stop is None or not any(row.size for row in files):
        return Intervals.of([])
    return Intervals.of([(start, stop)])


def timing(start: str, started: float, counts: Counts) -> dict[str, Any]:
    """Say how long a run took, from which product it started."""
    elapsed_s = max(time.time() - started, 1e-9)
    return {
        "from": start,
        "started_unix_s": started,
        "elapsed_s": elapsed_s,
        "events_per_s": counts.steps["events_read"] / elapsed_s,
    }
