"""Runs of one detector that overlap: the time that two of them cover counts for the first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from helioscope.core.events.tagging import Tagging
from helioscope.core.jobs.lineages import measurement_lineage
from helioscope.core.jobs.workspace import Workspace
from helioscope.errors import InputError
from helioscope.files import snapshot
from helioscope.io.parquet import iterate_product
from helioscope.job.plan import PlannedRun
from helioscope.model.products import EVENTS

Span = tuple[int, int]

#: Events whose times are in memory at once.
ROWS_AT_ONCE = 2**20


def tagging_of(workspace: Workspace, planned: PlannedRun) -> Tagging:
    """Give the tags of time for one run: the job's, less what an earlier run covers already."""
    tagging = workspace.tagging
    own_start, own_stop = planned.run.start_ns, planned.run.stop_ns
    for other in workspace.plan.may_overlap(planned):
        covered = _span(workspace, other)
        if covered is None:
            continue
        apart = (own_stop is not None and covered[0] >= own_stop) or (
            own_start is not None and covered[1] <= own_start
        )
        if not apart:
            tagging = tagging.excluding(*covered, f"overlaps run {other.run.name}")
    return tagging


def _span(workspace: Workspace, other: PlannedRun) -> Span | None:
    """Give what an earlier run covers: by the run book, else by its events; None if unknown.

    Raises
    ------
    InputError
        Where it was processed, and no copy of its events is whole: its time would count twice.
    """
    if other.run.span_ns is not None:
        return other.run.span_ns
    faults: list[InputError] = []
    for events in _events(workspace, other):
        try:
            return _remembered(workspace, events)
        except InputError as fault:
            faults.append(fault)
    if not faults:
        return None
    raise InputError(
        where=faults[0].where,
        found=faults[0].found,
        expected=f"the events of run {other.run.name}, which tell what time it covers",
        remedy="make that run again ('helioscope run --replace'), then those after it",
    ) from faults[0]


def _remembered(workspace: Workspace, events: Path) -> Span | None:
    covered, key = workspace.untimed.covered, (events, snapshot(events))
    if key not in covered:
        covered[key] = _covered(events)
    return covered[key]


def _covered(events: Path) -> Span | None:
    spans = []
    for table in iterate_product(events, ROWS_AT_ONCE, EVENTS):
        times = np.asarray(table["time_ns"])
        # a triggered event covers its instant
        ends = times + np.maximum(np.asarray(table["covered_ns"]), 1)
        if times.size:
            spans.append((int(times.min()), int(ends.max())))
    return (min(start for start, _ in spans), max(stop for _, stop in spans)) if spans else None


def _events(workspace: Workspace, run: PlannedRun) -> Iterator[Path]:
    """Find the events of a run: here, then others of the same content; their times are the same."""
    here = workspace.folder(run) / "events.parquet"
    if here.exists():
        yield here
    if workspace.untimed.archived is None:
        workspace.untimed.archived = _archived(workspace)
    yield from workspace.untimed.archived.get((run.detector.name, run.run.name), [])


def _archived(workspace: Workspace) -> dict[tuple[str, str], list[Path]]:
    """List the events of each run made of the content that its files have now, newest first.

    Those made with its settings of now come before; no time depends on a calibration.
    """
    untimed = {
        (run.detector.name, run.run.name): run
        for run in workspace.plan.science
        if run.run.span_ns is None
    }
    rows = [row for row in workspace.catalog.products_of(untimed) if row.kind == EVENTS.name]
    if not rows:
        return {}
    inputs = _inputs(workspace, untimed)
    made = workspace.catalog.lineages(sorted({row.lineage for row in rows}))
    found: dict[tuple[str, str], list[tuple[bool, Path]]] = {}
    for row in reversed(rows):
        key, lineage = (row.detector, row.run), replace(made[row.lineage], calibrations={})
        wanted = measurement_lineage(untimed[key], {}, inputs[key])
        as_now = lineage.digest == replace(wanted, kind=lineage.kind).digest
        if lineage.inputs == wanted.inputs:
            found.setdefault(key, []).append((as_now, row.path))
    return {
        key: [path for _, path in sorted(of, key=lambda one: not one[0])]
        for key, of in found.items()
    }


def _inputs(
    workspace: Workspace, runs: Mapping[tuple[str, str], PlannedRun]
) -> dict[tuple[str, str], tuple[str, ...]]:
    """Give the contents of the files of runs; as the catalogue has them where they are gone."""
    catalog = workspace.catalog
    known = catalog.known_files([path for run in runs.values() for path in run.files])
    inputs = {}
    for key, run in runs.items():
        try:
            files = catalog.examined(run.files, known)
        except InputError:
            files = next((row.files for row in catalog.runs(detector=key[0], name=key[1])), ())
        inputs[key] = tuple(file.sha256 for file in files)
    return inputs
