"""Runs as pieces of work that any process can do: each opens its job for itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from helioscope.core.opening import JobRequest, opened
from helioscope.core.rejudging import linked, rejudged
from helioscope.core.running import RunOutcome, run_one
from helioscope.core.starting_points import Start
from helioscope.core.workspace import Workspace
from helioscope.errors import OutputError, UsageError
from helioscope.execution.engine import engine
from helioscope.job.plan import PlannedRun
from helioscope.plugin import Run


@dataclass(frozen=True)
class Piece:
    """One run to process.

    Attributes
    ----------
    request
        Opens the job that says how.
    folder
        Below it the products go, by run and detector.
    start, source
        What it starts from.
    replace_other
        Make products again where they are of another lineage.
    """

    request: JobRequest
    folder: Path
    run: str
    detector: str
    start: Start = "raw"
    source: Path | None = None
    replace_other: bool = False

    def __str__(self) -> str:
        return f"run {self.run}, {self.detector}"


@dataclass
class Pieces:
    """Does pieces; what it opened for one it keeps for the next of the same job."""

    _stack: ExitStack = field(default_factory=ExitStack)
    _opened: dict[JobRequest, Workspace] = field(default_factory=dict)

    def __call__(self, piece: Piece) -> RunOutcome:
        """Do one piece.

        Raises
        ------
        HelioscopeError
            Whatever goes wrong.
        """
        workspace = replace(self.workspace(piece.request), out=piece.folder)
        planned = planned_run(workspace, piece.detector, piece.run)
        if piece.source is not None and piece.start == "products":
            return linked(workspace, planned, piece.source)
        if piece.source is not None and piece.start == "observables":
            return rejudged(workspace, planned, piece.source)
        return run_one(workspace, planned, piece.replace_other)

    def workspace(self, request: JobRequest) -> Workspace:
        """Give the open job of a request."""
        if request not in self._opened:
            from helioscope import registry

            workspace = self._stack.enter_context(opened(request, registry.load()))
            self._opened[request] = workspace
        return self._opened[request]

    def close(self) -> None:
        """Close every job."""
        self._stack.close()
        self._opened.clear()

    def __getstate__(self) -> dict[str, Any]:
        """Travel to another process with nothing open."""
        return {}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._stack, self._opened = ExitStack(), {}


def outcomes(
    tasks: Iterable[Piece], workers: int, timeout_s: float | None = None
) -> Iterator[RunOutcome]:
    """Do pieces on an engine; each outcome as it comes, in the order of the pieces.

    Raises
    ------
    OutputError
        Where nothing can be written any more; other faults fail their run alone.
    """
    pieces = Pieces()
    try:
        for done in engine(workers, timeout_s).map(pieces, tasks):
            if isinstance(done.fault, OutputError):
                raise done.fault
            if done.result is not None:
                yield done.result
            else:
                piece = done.task
                place = piece.folder / piece.run / piece.detector
                yield RunOutcome(piece.run, piece.detector, "failed", place, fault=done.fault)
    finally:
        pieces.close()


def planned_run(workspace: Workspace, detector: str, name: str) -> PlannedRun:
    """Find a run in its job; one that only the catalogue knows is planned from its row.

    Raises
    ------
    UsageError
        Where neither knows it.
    """
    for planned in workspace.plan.runs:
        if (planned.detector.name, planned.run.name) == (detector, name):
            return planned
    row = workspace.catalog.run(detector, name)
    entry = workspace.plan.detectors.get(detector)
    if entry is None:
        raise UsageError(where=f"run {name}", found=f"the job has no detector '{detector}'")
    return PlannedRun(
        run=Run(row.name, row.kind, row.start_ns, row.stop_ns),
        detector=entry,
        files=tuple(file.path for file in row.files),
        source=row.options,
    )
