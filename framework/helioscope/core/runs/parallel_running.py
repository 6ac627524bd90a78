"""The science runs of a job on local processes, with the same bytes as one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from helioscope.core.jobs.opening import JobRequest
from helioscope.core.jobs.workspace import Workspace
from helioscope.core.runs.pieces.cuts import pieces_of
from helioscope.core.runs.run_outcomes import RunOutcomes, failed
from helioscope.core.runs.run_tasks import RunTask
from helioscope.core.runs.task_outcomes import outcomes
from helioscope.errors import HelioscopeError


def run_in_processes(
    workspace: Workspace,
    request: JobRequest,
    workers: int,
    replace_other: bool = False,
    uncalibrated: Mapping[str, HelioscopeError] = MappingProxyType({}),
) -> RunOutcomes:
    """Process the science runs of a job whose calibrations are made; outcomes as they come.

    Close it, as `task_outcomes.outcomes`.

    Parameters
    ----------
    request
        How the workspace was opened: every process opens the job so for itself.
    replace_other
        Make products again where they are of another lineage.
    uncalibrated
        Detectors whose calibrations failed, with the fault that their runs fail by.

    Every run is tried: one that fails, or whose process crashes, fails alone.

    Raises
    ------
    OutputError
        Where nothing can be written any more.
    """
    tasks = [
        RunTask(
            request,
            workspace.out,
            planned.run.name,
            planned.detector.name,
            replace_other=replace_other,
            pieces=pieces_of(workspace, planned),
            untimed=planned.run.span_ns is None,
        )
        for planned in workspace.plan.science
        if planned.detector.name not in uncalibrated
    ]
    for planned in workspace.plan.science:
        if planned.detector.name in uncalibrated:
            yield failed(workspace, planned, uncalibrated[planned.detector.name])
    yield from outcomes(tasks, workers)
