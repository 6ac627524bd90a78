"""Drawing events of a run."""

from __future__ import annotations

from dataclasses import dataclass

import awkward as ak
import numpy as np

from helioscope.core.events import border, loop
from helioscope.core.jobs.workspace import Workspace
from helioscope.core.runs.preparation import setups
from helioscope.errors import UsageError, nearest
from helioscope.job.plan import PlannedRun
from helioscope.plugin import Display, Reconstructed, Setup
from helioscope.registry import Registry


@dataclass(frozen=True)
class Drawing:
    """A picture of events: its bytes, ``svg`` or ``png``, and the numbers of the events."""

    content: bytes
    format: str
    events: tuple[int, ...]


def drawn(
    workspace: Workspace,
    registry: Registry,
    run: str,
    detector: str | None,
    first: int,
    events: int,
) -> Drawing:
    """Draw the next events with observables from a number on.

    Raises
    ------
    UsageError
        Where there is no such run, its detector has no display, or no such event is left.
    """
    planned, display = run_to_draw(workspace, registry, run, detector)
    setup, _ = setups(workspace, planned)
    raw, result = _chosen(workspace, planned, setup, first, events)
    with border.guarded(f"display '{display.name}'", f"run {run}", seed=0):
        content = display.draw(setup, raw, result)
    kind = "png" if content.startswith(b"\x89PNG") else "svg"
    return Drawing(content, kind, tuple(np.asarray(raw["event_id"]).tolist()))


def run_to_draw(
    workspace: Workspace, registry: Registry, run: str, detector: str | None
) -> tuple[PlannedRun, Display]:
    """Find a run of the job and what draws its events, before anything is calibrated for it.

    Raises
    ------
    UsageError
        Where there is no such run, or its detector has no display.
    """
    planned = _find(workspace, run, detector)
    displays = registry.for_detector(Display, planned.detector.detector.name)
    if not displays:
        raise UsageError(
            where=f"detector '{planned.detector.detector.name}'", found="no plugin draws its events"
        )
    return planned, next(iter(displays.values()))


def _find(workspace: Workspace, run: str, detector: str | None) -> PlannedRun:
    named = [planned for planned in workspace.plan.runs if planned.run.name == run]
    found = [planned for planned in named if detector in (None, planned.detector.name)]
    if len(found) == 1:
        return found[0]
    names = sorted({planned.run.name for planned in workspace.plan.runs})
    raise UsageError(
        where=f"run '{run}'",
        found="several detectors have one" if found else "no such run in the job",
        expected="--detector with one of " + ", ".join(p.detector.name for p in found)
        if found
        else nearest(run, names),
    )


def _chosen(
    workspace: Workspace, planned: PlannedRun, setup: Setup, first: int, events: int
) -> tuple[ak.Array, Reconstructed]:
    """Find the events to draw, and reconstruct them once more by themselves."""
    detector = planned.detector.detector
    reconstruct = loop.reconstruction(detector, setup)
    raw: list[ak.Array] = []
    wanted = events
    for number, batch in enumerate(workspace.raw(planned).batches()):
        where = loop.position(planned.run.name, number, np.asarray(batch["event_id"]))
        rows = border.reconstructed(detector, reconstruct, batch, where, setup.seed).observables
        ids = np.asarray(batch["event_id"])
        seen = np.isin(ids, np.asarray(rows["event_id"])) & (ids >= first)
        places = np.flatnonzero(seen)[:wanted]
        raw.append(batch[places])
        wanted -= places.size
        if wanted == 0:
            break
    joined = ak.concatenate(raw) if raw else None
    if joined is None or not len(joined):
        raise UsageError(
            where=f"run {planned.run.name}",
            found=f"no event from number {first} on left observables",
            expected="a smaller --event",
        )
    again = loop.reconstruction(detector, setup)
    where = f"run {planned.run.name}, events to be drawn"
    return joined, border.reconstructed(detector, again, joined, where, setup.seed)
