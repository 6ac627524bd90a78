"""A reprocessing: what is asked, the plan, and carrying it out."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from helioscope.catalog.calibration_sets import CalibrationSet
from helioscope.catalog.rows import RunRow
from helioscope.core.jobs.archived_jobs import ArchivedJob
from helioscope.core.runs.run_outcomes import RunOutcomes
from helioscope.core.runs.run_tasks import RunTask, Tasks, failed_task
from helioscope.core.runs.starting_points import StartingPoint, as_before
from helioscope.core.runs.task_outcomes import outcomes
from helioscope.errors import InputError, OtherLineageError


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
    """One run of a reprocessing, and where it starts.

    Attributes
    ----------
    fault
        It fails by this before anything is done; None where it can be tried.
    """

    task: RunTask
    kind: str
    point: StartingPoint
    fault: InputError | None = None


@dataclass(frozen=True)
class Reprocessing:
    """The plan of a reprocessing.

    Attributes
    ----------
    left_out
        Runs that the query found and that are not processed, with the reason.
    calibrations
        Those that it was made with.
    tag_is_new
        The tag freezes these calibrations when the work begins.
    work
        Has open what the planning opened.
    """

    request: ReprocessRequest
    steps: tuple[Step, ...]
    left_out: tuple[tuple[RunRow, str], ...]
    jobs: tuple[ArchivedJob, ...]
    calibrations: CalibrationSet
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

    @property
    def short(self) -> tuple[Step, ...]:
        """The steps whose products are there and were made without a bad file."""
        return tuple(step for step in self.steps if step.point.skipped)


def folder_of(root: Path, tag: str) -> Path:
    """Say below which folder the products of a tag go."""
    return root / "tags" / tag


def carried_out(plan: Reprocessing, workers: int, timeout_s: float | None) -> RunOutcomes:
    """Do the open steps of a plan, whose tag must be there; as `run_tasks.outcomes` does."""
    for step in plan.open_steps:
        if step.fault:
            yield failed_task(step.task, step.fault)
    tasks = [step.task for step in plan.open_steps if not step.fault]
    with closing(outcomes(tasks, workers, timeout_s, plan.work)) as done:
        for outcome in done:
            if isinstance(outcome.fault, OtherLineageError):  # another call was at work there
                yield replace(outcome, fault=as_before(outcome.fault))
            else:
                yield outcome
