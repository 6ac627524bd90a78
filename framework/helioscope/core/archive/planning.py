"""Planning a reprocessing: the runs that a query chooses, and where each starts."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from helioscope.catalog.calibration_sets import CalibrationSet
from helioscope.catalog.query import condition
from helioscope.catalog.rows import RunRow
from helioscope.catalog.store import Catalog
from helioscope.core.archive.claims import TagClaims
from helioscope.core.archive.moved_files import FoundRun, found_runs
from helioscope.core.archive.reprocess import Reprocessing, ReprocessRequest, Step, folder_of
from helioscope.core.jobs.archived_jobs import ArchivedJob, jobs_of
from helioscope.core.jobs.changed_settings import belonging, changed
from helioscope.core.jobs.opening import JobRequest
from helioscope.core.jobs.workspace import Workspace
from helioscope.core.progress import shown
from helioscope.core.runs.pieces.cuts import pieces_of
from helioscope.core.runs.run_tasks import RunTask, Tasks, planned_run
from helioscope.core.runs.starting_points import StartingPoint, starting_points
from helioscope.errors import UsageError
from helioscope.job.plan import PlannedRun
from helioscope.model.names import check_name


class Planner:
    """Plans a reprocessing; use it in a ``with`` statement and work inside it."""

    def __init__(self, catalog: Catalog, request: ReprocessRequest) -> None:
        self.catalog, self.request = catalog, request
        self._stack = ExitStack()
        self._tasks = Tasks()
        #: Of each changed copy of a job: the job itself, and what was changed.
        self._given: dict[Path, tuple[Path, dict[str, str]]] = {}

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
            hold, or the tag is made in another way.
        """
        check_name(self.request.tag, "tag")
        tag = self.request.tag if self.request.tag in self.catalog.tags() else None
        folder = folder_of(self.request.root, self.request.tag)
        self._claims = TagClaims(self.catalog, folder, self.request.tag)
        held = self.catalog.calibration_set(tag)
        runs, left_out = self._runs()
        steps: list[Step] = []
        jobs = self._jobs(runs)
        for job, rows in jobs.items():
            found, out = self._steps(job, rows, held)
            steps += found
            left_out += out
        return Reprocessing(
            self.request, tuple(steps), tuple(left_out), tuple(jobs), held, tag is None, self._tasks
        )

    def freeze(self, plan: Reprocessing) -> int:
        """Freeze the calibrations of a plan under its new tag; say how many versions there are.

        Raises
        ------
        UsageError
            Where calibrations were made while the work was planned.
        """
        try:
            rows = self.catalog.tag_calibrations(plan.tag, comment="frozen by reprocess")
        except UsageError:
            if plan.tag not in self.catalog.tags():
                raise
            rows = self.catalog.live_calibrations(plan.tag)
        if set(rows) != set(plan.calibrations.rows):
            raise UsageError(
                where=f"tag {plan.tag}",
                found="calibrations that changed while the work was planned",
                expected="those that it was planned with",
                remedy="call again: the tag is there now, and the plan will be made with it",
            )
        return len(rows)

    def claim(self) -> None:
        """Claim the tag for the settings and plugins of what was planned, because work begins.

        Raises
        ------
        UsageError
            Where another call claimed it for others meanwhile.
        """
        self._claims.enter()

    def _runs(self) -> tuple[list[RunRow], list[tuple[RunRow, str]]]:
        where = condition(self.request.where) if self.request.where.strip() else None
        found = self.catalog.runs(where)
        if self.request.only_failed:
            failed = self._failed()
            found = [run for run in found if (run.detector, run.name) in failed]
        taken = [run for run in found if run.state != "bad"]
        return taken, [(run, f"bad: {run.reason}") for run in found if run.state == "bad"]

    def _failed(self) -> set[tuple[str, str]]:
        """List what failed under the tag and has no products since.

        Products that were there before tell nothing: it may be by their damage that it failed.
        """
        tag = self.request.tag
        failed = {
            (failure.detector, failure.run): job.started_ns
            for job in self.catalog.jobs(tag)
            for failure in job.failures
        }
        if not failed:
            return set()
        made = {(row.detector, row.run): row.created_ns for row in self.catalog.products(tag=tag)}
        return {run for run, since in failed.items() if made.get(run, 0) < since}

    def _jobs(self, runs: Sequence[RunRow]) -> dict[ArchivedJob, list[RunRow]]:
        if not runs:
            return {}
        jobs = jobs_of(self.catalog, runs, self.request.job)
        used: set[str] = set()
        result: dict[ArchivedJob, list[RunRow]] = {}
        for job, rows in jobs.items():
            mine = belonging(job, self.request.changes)
            used |= set(mine)
            new = changed(job, mine, self._folder) if mine else job
            self._given[new.path] = job.path, mine
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
        self, job: ArchivedJob, rows: Sequence[RunRow], held: CalibrationSet
    ) -> tuple[list[Step], list[tuple[RunRow, str]]]:
        request = self._job_request(job)
        opened = self._opened(replace(request, analysis_tag=None))
        folder = folder_of(self.request.root, self.request.tag)
        workspace = replace(opened, out=folder, analysis_tag=held.tag, frozen=held)
        chosen: list[tuple[RunRow, PlannedRun]] = []
        left_out = []
        for row in _in_order(workspace, rows):
            planned = planned_run(workspace, row.detector, row.name)
            if planned.reconstruct:
                chosen.append((row, planned))
            else:
                left_out.append((row, "a calibration run"))
        found = list(found_runs(workspace.catalog, chosen))
        self._claims.plan(workspace, [run.planned for run in found])
        with shown("planning", len(found), of="runs") as advance:
            sound = [run.planned for run in found if run.fault is None]
            points = starting_points(workspace, sound, advance)
            steps = [_step(workspace, request, run, points) for run in found]
        return steps, left_out

    def _opened(self, request: JobRequest) -> Workspace:
        """Open a job; a fault in the changed copy of one is a fault of what was changed."""
        try:
            return self._tasks.workspace(request)
        except UsageError as fault:
            job, changes = self._given[request.job]
            if not changes:
                raise
            sets = " ".join(f"--set {name}={value}" for name, value in changes.items())
            raise UsageError(
                where=f"{sets}, of " + fault.where.replace(str(request.job), str(job)),
                found=re.sub(r"\bline \d+: ", "", fault.found),  # those of the copy
                expected=fault.expected,
                remedy="'helioscope schema' prints every setting",
            ) from fault

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


def _in_order(workspace: Workspace, rows: Sequence[RunRow]) -> Sequence[RunRow]:
    """Put runs in the job's order where some must wait for those before them."""
    science = workspace.plan.science
    if all(run.run.span_ns for run in science):
        return rows
    places = {(run.detector.name, run.run.name): at for at, run in enumerate(science)}
    return sorted(rows, key=lambda row: places.get((row.detector, row.name), -1))


def _step(
    workspace: Workspace, request: JobRequest, run: FoundRun, points: Iterator[StartingPoint]
) -> Step:
    if run.fault:
        point = StartingPoint("raw", f"bad input: {run.fault.where}: {run.fault.found}")
    else:
        point = next(points)
        if point.start == "nothing" and run.to_enter:
            point = replace(point, start="catalogue", why="its raw files lie elsewhere now")
    raw = point.start == "raw" and not run.fault
    task = RunTask(
        request, workspace.out, run.row.name, run.row.detector, point.start, point.source,
        pieces=pieces_of(workspace, run.planned) if raw else (),
        untimed=run.planned.run.span_ns is None,
        files=run.planned.files if run.moved else (),
        damaged=point.damaged,
    )  # fmt: skip
    return Step(task, run.row.kind, point, run.fault)
