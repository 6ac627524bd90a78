"""Doing tasks on an engine: links first, runs that others wait for before these, pieces first."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path

from helioscope.core.runs.pieces.begun import piece_folder
from helioscope.core.runs.run_outcomes import RunOutcome, RunOutcomes
from helioscope.core.runs.run_tasks import PieceTask, RunTask, Tasks, failed_task
from helioscope.errors import HelioscopeError, OutputError
from helioscope.execution.engine import Engine, engine
from helioscope.execution.outcomes import Outcome

#: Runs whose products are linked and entered in one transaction.
LINKS_AT_ONCE = 64


def outcomes(
    tasks: Iterable[RunTask],
    workers: int,
    timeout_s: float | None = None,
    work: Tasks | None = None,
) -> RunOutcomes:
    """Process runs on an engine; each outcome as it comes. Close it, as `Engine.map`.

    First come the runs whose products are linked, then the others in the order of the tasks, with
    those whose links turned out to be damaged.
    Where several work, no run is begun before those that it waits for; the pieces of long runs
    are made first, in any order, then each run is put together. A run of which a piece fails is
    left, with its other pieces kept.

    Parameters
    ----------
    work
        Does them where this process does; what it has opened is used, and closed at the end.

    Raises
    ------
    OutputError
        Where nothing can be written any more; other faults fail their run alone.
    """
    work, where, runs = work or Tasks(), engine(workers, timeout_s), list(tasks)
    links = [run for run in runs if run.start == "products"]
    damaged: dict[Path, RunTask] = {}
    try:
        for first in range(0, len(links), LINKS_AT_ONCE):
            linked, to_make = work.link(links[first : first + LINKS_AT_ONCE])
            yield from linked
            damaged |= {run.place: run for run in to_make}
        waiting = [damaged.get(run.place, run) for run in runs]
        made = [run for run in waiting if run.start != "products"]
        for wave in waves(made) if workers > 1 else [made]:
            faults = _faults_of_pieces(work, where, wave) if workers > 1 else {}
            tried = [run for run in wave if run not in faults]
            with closing(where.map(work.process, tried)) as done:
                for run in wave:
                    yield failed_task(run, faults[run]) if run in faults else _outcome(next(done))
    finally:
        work.close()


def waves(runs: Iterable[RunTask]) -> list[list[RunTask]]:
    """Part runs so that none waits for another of its wave.

    Time that two runs of a detector cover counts for the first. Where the run book does not say
    what the first covers, its events do, and the later runs wait for them.
    """
    levels: dict[str, int] = {}
    parted: list[list[RunTask]] = []
    for run in runs:
        level = levels.get(run.detector, 0)
        parted += [[] for _ in range(level + 1 - len(parted))]
        parted[level].append(run)
        levels[run.detector] = level + run.precedes
    return parted


def _faults_of_pieces(
    work: Tasks, where: Engine, runs: Iterable[RunTask]
) -> dict[RunTask, HelioscopeError]:
    """Make the pieces that can be made before those before them; give the first fault of a run."""
    pieces = [
        PieceTask(run, piece)
        for run in runs
        for piece in run.pieces
        if piece.of > 1 and piece.announced
    ]
    faults: dict[RunTask, HelioscopeError] = {}
    with closing(where.map(work.make, pieces)) as outcomes_of_pieces:
        for done in outcomes_of_pieces:
            if isinstance(done.fault, OutputError):
                raise done.fault
            if done.fault:
                faults.setdefault(done.task.run, done.fault)
    for run in faults:
        with suppress(OSError):  # of its pieces perhaps none was finished
            piece_folder(run.place).rmdir()
    return faults


def _outcome(done: Outcome[RunTask, RunOutcome]) -> RunOutcome:
    if isinstance(done.fault, OutputError):
        raise done.fault
    if done.result is not None:
        return done.result
    return failed_task(done.task, done.fault)
