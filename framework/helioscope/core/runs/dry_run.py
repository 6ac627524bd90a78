"""What a job would do, without doing it."""

from __future__ import annotations

from typing import Any

from helioscope.core.calibrations.calibrating import wanted
from helioscope.core.jobs.workspace import Workspace
from helioscope.core.runs.pieces.begun import finished_pieces
from helioscope.job.plan import Plan, PlannedRun

_MISSING = "its calibrators need runs of other kinds as well, which the job does not have"


def plan_rows(workspace: Workspace) -> list[dict[str, Any]]:
    """List the runs of a job in the order of work, with what is to be done and why."""
    rows = []
    for run in workspace.plan.calibration:
        takers = _takers(workspace.plan, run)
        does, why = ("calibrate", f"for {takers}") if takers else ("nothing", _MISSING)
        rows.append(_row(workspace, run, does, why))
    for run in workspace.plan.science:
        folder = workspace.folder(run)
        if folder.exists():
            does, why = "compare", "products are there: their lineage will be compared"
        elif pieces := finished_pieces(folder):
            does, why = "go on", f"it was begun: {len(pieces)} of its pieces are there"
        else:
            does, why = "reconstruct", "no products yet"
        rows.append(_row(workspace, run, does, why))
    return rows


def _takers(plan: Plan, run: PlannedRun) -> str:
    """Name the calibrators that will take a calibration run."""
    return ", ".join(
        planned.calibrator.name
        for planned in wanted(plan, run.detector)
        if run.run.kind in planned.calibrator.kinds
    )


def _row(workspace: Workspace, run: PlannedRun, does: str, why: str) -> dict[str, Any]:
    events = workspace.raw(run).count() if run in workspace.plan.science else None
    return {
        "run": run.run.name,
        "detector": run.detector.name,
        "kind": run.run.kind,
        "files": len(run.files),
        "events": "" if events is None else events,
        "does": does,
        "why": why,
    }
