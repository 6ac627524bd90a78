"""Reprocessing: archived runs chosen by a query, each from the deepest product that holds."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from helioscope.catalog.query import condition
from helioscope.catalog.rows import RunRow
from helioscope.catalog.store import Catalog
from helioscope.core.jobs.archived_jobs import ArchivedJob, changed, jobs_of, touches
from helioscope.core.jobs.opening import JobRequest
from helioscope.core.jobs.workspace import Workspace
from helioscope.core.runs.pieces.cuts import pieces_of
from helioscope.core.runs.run_tasks import RunTask, Tasks, outcomes, planned_run
from helioscope.core.runs.running import RunOutcome
from helioscope.core.runs.starting_points import StartingPoint, starting_point
from helioscope.errors import UsageError
from helioscope.job.plan import PlannedRun
from helioscope.model.names import check_name


@dataclass(frozen=True)
class ReprocessRequest:
    """What a reprocessing is asked to do.

    Attributes
    ----------
    where
        A query of the catalogue's grammar; empty for every run.
    tag
        Names the calibrations that hold and the folder below which the products go.
    catalog
        Path or URL of the catalogue.
    changes
        Settings to change, by dotted place.
    job
        The job that says how to process the runs, and the folder of its data; None for the
        newest job of the catalogue that names each run.
    only_failed
        Take only runs that failed under this tag and have no products since.
    """

    where: str
    tag: str
    catalog: str
    root: Path
    changes: Mapping[str, str] = field(default_factory=dict)
    job: ArchivedJob | None = None
    only_failed: bool = False
    skip_bad: bool = False


@dataclass(frozen=True)
class Step:
    """One run of a reprocessing, and where it starts."""

    task: RunTask
    kind: str
    point: StartingPoint


@dataclass(frozen=True)
class Reprocessing:
    """The plan of a reprocessing.

    Attributes
    ----------
    left_out
        Runs that the query found and that are not processed, with the reason.
    tag_is_new
        The tag freezes the calibrations that hold now, when the work begins.
    work
        Has open what the planning opened.
    """

    request: ReprocessRequest
    steps: tuple[Step, ...]
    left_out: tuple[tuple[RunRow, str], ...]
    jobs: tuple[ArchivedJob, ...]
    tag_is_new: bool
    work: Tasks = field(default_factory=Tasks, compare=False, repr=False)

    @property
    def tag(self) -> str:
        """The tag under which the products go."""
        return self.request.tag

    @property
    def open_steps(self) -> tuple[Step, ...]:
        """The steps at which something is left to do."""
        return tuple(step for step in self.steps if step.point.start != "nothing")


def folder_of(root: Path, tag: str) -> Path:
    """Say below which folder the products of a tag go."""
    return root / "tags" / tag


class Planner:
    """Plans a reprocessing; use it in a ``with`` statement and work inside it."""

    def __init__(self, catalog: Catalog, request: ReprocessRequest) -> None:
        self.catalog, self.request = catalog, request
        self._stack = ExitStack()
        self._tasks = Tasks()

    def __enter__(self) -> Planner:
        self._stack.callback(self._tasks.close)
        self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def plan(self) -> Reprocessing:
        """Choose the runs and find where each starts; nothing is written.

        Raises
        ------
        UsageError
            Where the query is wrong, no job says how to process a run, a calibration does not
            hold, or products of the tag were made in another way.
        """
        check_name(self.request.tag, "tag")
        tag_is_new = self.request.tag not in self.catalog.tags()
        runs, left_out = self._runs()
        steps: list[Step] = []
        jobs = self._jobs(runs)
        for job, rows in jobs.items():
            found, out = self._steps(job, rows, tag_is_new)
            steps += found
            left_out += out
        return Reprocessing(
            self.request, tuple(steps), tuple(left_out), tuple(jobs), tag_is_new, self._tasks
        )

    def _runs(self) -> tuple[list[RunRow], list[tuple[RunRow, str]]]:
        where = condition(self.request.where) if self.request.where.strip() else None
        found = self.catalog.runs(where)
        if self.request.only_failed:
            failed = self._failed()
            found = [run for run in found if (run.detector, run.name) in failed]
        taken = [run for run in found if run.state != "bad"]
        return taken, [(run, f"bad: {run.reason}") for run in found if run.state == "bad"]

    def _failed(self) -> set[tuple[str, str]]:
        """List what failed under the tag and has no products since."""
        tag = self.request.tag
        failed = {
            (failure.detector, failure.run)
            for job in self.catalog.jobs(tag)
            for failure in job.failures
        }
        return failed - {(row.detector, row.run) for row in self.catalog.products(tag=tag)}

    def _jobs(self, runs: Sequence[RunRow]) -> dict[ArchivedJob, list[RunRow]]:
        if not runs:
            return {}
        jobs = jobs_of(self.catalog, runs, self.request.job)
        used: set[str] = set()
        result: dict[ArchivedJob, list[RunRow]] = {}
        for job, rows in jobs.items():
            mine = {p: value for p, value in self.request.changes.items() if touches(job, p)}
            used |= set(mine)
            new = changed(job, mine, self._folder) if mine else job
            result.setdefault(new, []).extend(rows)
        for place in set(self.request.changes) - used:
            detectors = sorted({run.detector for run in runs})
            raise UsageError(
                where=f"--set {place}",
                found="no detector of the chosen runs",
                expected=f"NAME.KEY with NAME one of {', '.join(detectors) or '(no run chosen)'}",
            )
        return result

    def _steps(
        self, job: ArchivedJob, rows: Sequence[RunRow], tag_is_new: bool
    ) -> tuple[list[Step], list[tuple[RunRow, str]]]:
        request = self._job_request(job)
        opened = self._tasks.workspace(replace(request, analysis_tag=None))
        folder = folder_of(self.request.root, self.request.tag)
        tag = None if tag_is_new else self.request.tag
        workspace = replace(opened, out=folder, analysis_tag=tag)
        steps, left_out = [], []
        for row in rows:
            planned = planned_run(workspace, row.detector, row.name)
            if not planned.reconstruct:
                left_out.append((row, "a calibration run"))
                continue
            steps.append(_step(workspace, request, planned, row))
        return steps, left_out

    def _job_request(self, job: ArchivedJob) -> JobRequest:
        return JobRequest(
            job=job.path,
            data=job.data,
            out=self.request.root,
            catalog=self.request.catalog,
            analysis_tag=self.request.tag,
            skip_bad=self.request.skip_bad,
            quiet=True,
            may_be_gone=True,
        )


def carried_out(plan: Reprocessing, workers: int, timeout_s: float | None) -> Iterator[RunOutcome]:
    """Do the open steps of a plan, whose tag must be there; as `run_tasks.outcomes` does."""
    return outcomes([step.task for step in plan.open_steps], workers, timeout_s, plan.work)


def _step(workspace: Workspace, request: JobRequest, planned: PlannedRun, row: RunRow) -> Step:
    gone = _gone(workspace, planned, row)
    planned = replace(planned, files=planned.files + gone)
    point = starting_point(workspace, planned)
    pieces = pieces_of(workspace, planned) if point.start == "raw" else ()
    task = RunTask(
        request, workspace.out, row.name, row.detector, point.start, point.source,
        pieces=pieces, gone=gone,
    )  # fmt: skip
    return Step(task, row.kind, point)


def _gone(workspace: Workspace, planned: PlannedRun, row: RunRow) -> tuple[Path, ...]:
    """List files that the catalogue knows of a run and that are gone from the job's folder.

    A pattern of the job would find the others only, and the run would silently be short.
    """
    names = {path.name for path in planned.files}
    return tuple(
        file.path
        for file in row.files
        if file.path.name not in names
        and file.path.is_relative_to(workspace.plan.data)
        and not file.path.exists()
    )
