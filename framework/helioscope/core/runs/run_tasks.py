"""Runs, and pieces of long ones, as tasks for any process: each opens its job for itself."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from helioscope.catalog.products import NewProduct
from helioscope.core.jobs.opening import JobRequest, opened
from helioscope.core.jobs.workspace import Workspace
from helioscope.core.runs.damage import DamageError
from helioscope.core.runs.entering import entered
from helioscope.core.runs.linking import linked
from helioscope.core.runs.pieces.cuts import Piece, pieces_of
from helioscope.core.runs.pieces.making import make_piece
from helioscope.core.runs.rejudging import rejudged
from helioscope.core.runs.run_outcomes import RunOutcome, outcome
from helioscope.core.runs.running import run_one
from helioscope.core.runs.starting_points import Start, starting_points
from helioscope.errors import HelioscopeError, InputError, UsageError
from helioscope.job.plan import PlannedRun
from helioscope.plugin import Run


@dataclass(frozen=True)
class RunTask:
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
    pieces
        Where the run is cut; empty where nobody looked.
    untimed
        Only its events tell what time it covers, not the run book.
    files
        Its raw files where they are not those that the job names, or not those that the
        catalogue knows; else empty.
    damaged
        Folders and files from which it would have started, each with what is wrong with it.
    """

    request: JobRequest
    folder: Path
    run: str
    detector: str
    start: Start = "raw"
    source: Path | None = None
    replace_other: bool = False
    pieces: tuple[Piece, ...] = ()
    untimed: bool = False
    files: tuple[Path, ...] = ()
    damaged: tuple[tuple[Path, str], ...] = ()

    @property
    def precedes(self) -> bool:
        """Whether later runs of the detector wait for it; one that is linked has its events."""
        return self.untimed and self.start in ("raw", "observables")

    @property
    def passed_over(self) -> frozenset[Path]:
        """What is damaged, and is not used."""
        return frozenset(path for path, _ in self.damaged)

    @property
    def place(self) -> Path:
        """The folder of its products."""
        return self.folder / self.run / self.detector

    def __str__(self) -> str:
        return f"run {self.run}, {self.detector}"


@dataclass(frozen=True)
class PieceTask:
    """One piece to make of a run that is to be processed."""

    run: RunTask
    piece: Piece

    def __str__(self) -> str:
        return f"{self.run}, piece {self.piece.number + 1} of {self.piece.of}"


@dataclass
class Tasks:
    """Does tasks; what it opened for one it keeps for the next of the same job."""

    _stack: ExitStack = field(default_factory=ExitStack)
    _opened: dict[JobRequest, Workspace] = field(default_factory=dict)

    def process(self, task: RunTask) -> RunOutcome:
        """Process a run.

        Raises
        ------
        HelioscopeError
            Whatever goes wrong.
        """
        workspace, planned = self._planned(task)
        while task.start == "observables" and task.source is not None:
            try:
                done = rejudged(workspace, planned, task.source, task.passed_over)
                return _told(task, done)
            except DamageError as fault:
                task = _elsewhere(workspace, planned, task, fault)
        return _told(task, run_one(workspace, planned, task.replace_other, task.pieces))

    def link(self, tasks: Sequence[RunTask]) -> tuple[list[RunOutcome], list[RunTask]]:
        """Link the products of runs that lie elsewhere; all are entered in one transaction.

        Returns
        -------
        list of RunOutcome, list of RunTask
            Those that are done, and those that are to be made: what they would be linked to is
            damaged.
        """
        outcomes: list[RunOutcome] = []
        made: list[RunTask] = []
        entries: list[NewProduct] = []
        for task in tasks:
            try:
                done = self._link(task, entries)
            except (InputError, UsageError) as fault:
                done = failed_task(task, fault)
            if isinstance(done, RunTask):
                made.append(done)
            else:
                outcomes.append(done)
        if entries:
            self.workspace(tasks[0].request).catalog.register_products(entries)
        return outcomes, made

    def _link(self, task: RunTask, entries: list[NewProduct]) -> RunOutcome | RunTask:
        workspace, planned = self._planned(task)
        while task.start == "products":
            try:
                record, products = linked(workspace, planned, task.source or task.place)
            except DamageError as fault:
                task = _elsewhere(workspace, planned, task, fault)
                continue
            entries += products
            done = _told(task, outcome(planned, "linked", task.place, record))
            if task.files:
                files = workspace.catalog.examined(task.files)
                done = entered(workspace.catalog, planned, files, done)
            return done
        return task

    def make(self, task: PieceTask) -> None:
        """Make a piece of a run, unless it is there.

        Raises
        ------
        HelioscopeError
            Whatever goes wrong.
        """
        make_piece(*self._planned(task.run), task.piece, task.run.replace_other)

    def _planned(self, task: RunTask) -> tuple[Workspace, PlannedRun]:
        workspace = replace(self.workspace(task.request), out=task.folder)
        planned = planned_run(workspace, task.detector, task.run)
        return workspace, replace(planned, files=task.files or planned.files)

    def workspace(self, request: JobRequest) -> Workspace:
        """Give the open job of a request."""
        if request not in self._opened:
            self._opened[request] = self._open(request)
        return self._opened[request]

    def _open(self, request: JobRequest) -> Workspace:
        from helioscope import registry

        if request.analysis_tag is None:
            return self._stack.enter_context(opened(request, registry.load()))
        workspace = self.workspace(replace(request, analysis_tag=None))
        frozen = workspace.catalog.calibration_set(request.analysis_tag)
        return replace(workspace, analysis_tag=request.analysis_tag, frozen=frozen)

    def close(self) -> None:
        """Close every job."""
        self._stack.close()
        self._opened.clear()

    def __getstate__(self) -> dict[str, Any]:
        """Travel to another process with nothing open."""
        return {}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._stack, self._opened = ExitStack(), {}


def planned_run(workspace: Workspace, detector: str, name: str) -> PlannedRun:
    """Find a run in its job; one that only the catalogue knows is planned from its row.

    Raises
    ------
    UsageError
        Where neither knows it.
    """
    planned = workspace.plan.find(detector, name)
    if planned is not None:
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


def failed_task(run: RunTask, fault: HelioscopeError | None) -> RunOutcome:
    """Give the outcome of a task that failed."""
    return RunOutcome(run.run, run.detector, "failed", run.place, fault=fault)


def _elsewhere(
    workspace: Workspace, planned: PlannedRun, task: RunTask, fault: DamageError
) -> RunTask:
    """Let a run start from the next that holds, as what it would have started from is damaged."""
    if Path(fault.where) in task.passed_over:
        raise fault
    task = replace(task, damaged=(*task.damaged, (Path(fault.where), fault.found)))
    (point,) = starting_points(workspace, [planned], passed_over=task.passed_over)
    return replace(
        task, start=point.start, source=point.source, damaged=task.damaged + point.damaged,
        pieces=pieces_of(workspace, planned) if point.start == "raw" else (),
    )  # fmt: skip


def _told(task: RunTask, done: RunOutcome) -> RunOutcome:
    """Name what is damaged and was not used; the products themselves are whole."""
    words = [f"damaged, and not used: {path}: {found}" for path, found in task.damaged]
    return replace(done, warnings=[*done.warnings, *words])
