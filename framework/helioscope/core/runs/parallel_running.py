"""The science runs of a job on local processes, with the same bytes as one after the other."""

from __future__ import annotations

from collections.abc import Iterator

from helioscope.core.jobs.opening import JobRequest
from helioscope.core.jobs.workspace import Workspace
from helioscope.core.runs.pieces.cuts import pieces_of
from helioscope.core.runs.run_tasks import RunTask, outcomes
from helioscope.core.runs.running import RunOutcome
from helioscope.job.plan import PlannedRun


def run_in_processes(
    workspace: Workspace, request: JobRequest, workers: int, replace_other: bool = False
) -> Iterator[RunOutcome]:
    """Process the science runs of a job whose calibrations are made; outcomes as they come.

    Parameters
    ----------
    request
        How the workspace was opened: every process opens the job so for itself.
    replace_other
        Make products again where they are of another lineage.

    Every run is tried: one that fails, or whose process crashes, fails alone.

    Raises
    ------
    OutputError
        Where nothing can be written any more.
    """
    for wave in waves(workspace.plan.science):
        tasks = [
            RunTask(
                request,
                workspace.out,
                planned.run.name,
                planned.detector.name,
                replace_other=replace_other,
                pieces=pieces_of(workspace, planned),
            )
            for planned in wave
        ]
        yield from outcomes(tasks, workers)


def waves(runs: tuple[PlannedRun, ...]) -> list[list[PlannedRun]]:
    """Part the runs of a job so that none waits for another of its wave.

    Time that two runs of a detector cover counts for the first. Where the run book does not say
    what the first covers, its events do, and the later runs wait for them.
    """
    open_runs: dict[str, int] = {}
    parted: list[list[PlannedRun]] = []
    for planned in runs:
        level = open_runs.get(planned.detector.name, 0)
        parted += [[] for _ in range(level + 1 - len(parted))]
        parted[level].append(planned)
        if planned.run.start_ns is None or planned.run.stop_ns is None:
            open_runs[planned.detector.name] = level + 1
    return parted
