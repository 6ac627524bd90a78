"""Runs of one detector that overlap: the time that two of them cover counts for the first."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from helioscope.core.events.tagging import Tagging
from helioscope.core.jobs.workspace import Workspace
from helioscope.io.parquet import read_product
from helioscope.job.plan import PlannedRun
from helioscope.model.products import EVENTS

Span = tuple[int, int]


def tagging_of(workspace: Workspace, planned: PlannedRun) -> Tagging:
    """Give the tags of time for one run: the job's, less what an earlier run covers already."""
    tagging = workspace.tagging
    own_start, own_stop = planned.run.start_ns, planned.run.stop_ns
    for other in _earlier(workspace, planned):
        covered = _span(workspace, other)
        if covered is None:
            continue
        apart = (own_stop is not None and covered[0] >= own_stop) or (
            own_start is not None and covered[1] <= own_start
        )
        if not apart:
            tagging = tagging.excluding(*covered, f"overlaps run {other.run.name}")
    return tagging


def _earlier(workspace: Workspace, planned: PlannedRun) -> list[PlannedRun]:
    runs = [run for run in workspace.plan.science if run.detector.name == planned.detector.name]
    return runs[: runs.index(planned)] if planned in runs else []


def _span(workspace: Workspace, other: PlannedRun) -> Span | None:
    """Give what an earlier run covers: by the run book, else by its events; None if unknown."""
    start, stop = other.run.start_ns, other.run.stop_ns
    if start is not None and stop is not None:
        return start, stop
    events = _events(workspace, other)
    if events is None:
        return None
    table = read_product(events, EVENTS)
    times = np.asarray(table["time_ns"])
    ends = times + np.maximum(np.asarray(table["covered_ns"]), 1)  # a triggered event: its instant
    return (int(times.min()), int(ends.max())) if times.size else None


def _events(workspace: Workspace, run: PlannedRun) -> Path | None:
    """Find the events of a run: here, or where they were made first; their times are the same."""
    here = workspace.folder(run) / "events.parquet"
    if here.exists():
        return here
    known = workspace.catalog.products(run=run.run.name, detector=run.detector.name, kind="events")
    return next((row.path for row in known if row.path.is_file()), None)
