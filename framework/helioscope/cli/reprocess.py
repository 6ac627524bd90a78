"""``helioscope reprocess``: archived runs again, from the deepest product that still holds."""

from __future__ import annotations

import shlex
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from helioscope.cli.catalog.options import Archive, archive_options
from helioscope.cli.output import json_option, message, print_json, print_table
from helioscope.cli.workers import prepare_workers

if TYPE_CHECKING:
    from helioscope.catalog.store import Catalog
    from helioscope.core.archive.reprocess import Reprocessing
    from helioscope.core.runs.run_outcomes import RunOutcome

#: Runs that are told by name in one line.
_TOLD = 3


@click.command("reprocess")
@click.option(
    "--where", default="", show_default=False, help="Which runs, for example 'detector = \"ccd\"'."
)
@click.option("--tag", required=True, help="Name of this processing and of its calibrations.")
@click.option("--set", "changes", multiple=True, metavar="NAME.KEY=VALUE", help="Change a setting.")
@click.option("--job", type=click.Path(path_type=Path), help="Job file, instead of the archive's.")
@click.option("--data", type=click.Path(path_type=Path), help="Folder of the raw files of --job.")
@click.option("--failed", is_flag=True, help="Only what failed under this tag.")
@click.option("--skip-bad", is_flag=True, help="List bad files and go on; exit code 3.")
@click.option("--workers", type=click.IntRange(min=1), default=1, help="Local processes.")
@click.option("--timeout-s", type=click.FloatRange(min=0, min_open=True),
              help="Seconds that one run may take.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Show the plan and do nothing.")
@archive_options
@json_option
def command(
    archive: Archive, where: str, tag: str, changes: tuple[str, ...], job: Path | None,
    data: Path | None, failed: bool, skip_bad: bool, workers: int, timeout_s: float | None,
    dry_run: bool, as_json: bool,
) -> int:  # fmt: skip
    """Process archived runs again.

    Each run starts from the deepest product whose lineage still holds: raw data, observables, or
    nothing at all. Products go below OUT/tags/TAG; those of other tags stay as they are. A tag
    that is not there yet freezes the calibrations that hold now. The settings are those of the
    newest job that named the run, changed by --set.
    """
    if not dry_run and not (archive.root / "tags" / tag).exists():
        prepare_workers(workers, timeout_s)  # nothing is done yet: they load while it is planned
    from helioscope.core.archive.planning import Planner
    from helioscope.core.archive.reprocess import ReprocessRequest
    from helioscope.core.jobs.archived_jobs import ArchivedJob
    from helioscope.core.jobs.changed_settings import changes_of
    from helioscope.errors import UsageError

    if data and not job:
        raise UsageError(
            where="--data",
            found="no --job beside it",
            expected="the job whose paths are below it",
            remedy="give --job; the archive's own jobs know the folders of their data",
        )
    given = ArchivedJob(job.absolute(), (data or job.parent).absolute()) if job else None
    request = ReprocessRequest(
        where, tag, archive.location, archive.root, changes_of(changes), given, failed, skip_bad
    )
    with archive.opened() as catalog, Planner(catalog, request) as planner:
        plan = planner.plan()
        if dry_run:
            _show(plan, as_json)
            return 0
        if plan.open_steps and plan.tag_is_new:
            number = planner.freeze(plan)
            message(f"tag {plan.tag} is new: it freezes {number} versions of calibrations")
        planner.claim()
        if any(step.point.start != "products" for step in plan.open_steps):
            prepare_workers(workers, timeout_s)
        return _carry_out(catalog, plan, workers, timeout_s, as_json)


def _carry_out(
    catalog: Catalog, plan: Reprocessing, workers: int,
    timeout_s: float | None, as_json: bool,
) -> int:  # fmt: skip
    from helioscope.cli.run import as_dict, exit_code
    from helioscope.errors import ExitCode

    outcomes: list[RunOutcome] = []
    present = len(plan.steps) - len(plan.open_steps)
    _tell_left_out(plan)
    if plan.open_steps:
        outcomes = _work(catalog, plan, workers, timeout_s)
    else:
        message(f"nothing to do: {_nothing(plan)}")
    if as_json:
        runs = [as_dict(outcome) for outcome in outcomes]
        short = [{"run": step.task.run, "detector": step.task.detector,
                  "skipped": step.point.skipped} for step in plan.short]  # fmt: skip
        print_json({"present": present, "runs": runs, "left_out": _left_out(plan), "short": short})
    elif outcomes:
        states = Counter(outcome.state for outcome in outcomes) + Counter({"present": present})
        print_table(f"tag {plan.tag}", ("state", "runs"), sorted(states.items()))
    return exit_code(outcomes) or int(ExitCode.DONE_WITH_SKIPS if plan.short else ExitCode.DONE)


def _nothing(plan: Reprocessing) -> str:
    if plan.steps:
        return f"the products of {len(plan.steps)} runs are there under tag {plan.tag}"
    return "all runs that were found are left out" if plan.left_out else "no run was chosen"


def _tell_left_out(plan: Reprocessing) -> None:
    """Say which runs are left out, and which were made without some of their files."""
    left_out = [f"{run.name} of {run.detector} ({why})" for run, why in plan.left_out]
    if left_out:
        message(f"left out: {_few(left_out)}")
    short = [f"{step.task.run} of {step.task.detector} ({', '.join(step.point.skipped)})"
             for step in plan.short]  # fmt: skip
    if short:
        message(f"made without bad files: {_few(short)}")


def _few(items: list[str]) -> str:
    more = len(items) - _TOLD
    told = ", ".join(items[:_TOLD])
    number = f"{len(items)} runs" if len(items) > 1 else "1 run"
    return f"{number}: {told}" + (f" and {more} more" if more > 0 else "")


def _left_out(plan: Reprocessing) -> list[dict[str, str]]:
    return [{"run": run.name, "detector": run.detector, "why": why} for run, why in plan.left_out]


def _work(
    catalog: Catalog, plan: Reprocessing, workers: int, timeout_s: float | None
) -> list[RunOutcome]:
    from helioscope.catalog.server_urls import without_password
    from helioscope.cli.run import tell
    from helioscope.core.archive.reprocess import carried_out
    from helioscope.core.jobs.archived_jobs import REPROCESS
    from helioscope.core.jobs.calls import recorded_in

    words = shlex.join([REPROCESS, *map(without_password, sys.argv[2:])])
    total, outcomes = len(plan.open_steps), []
    with (
        recorded_in(catalog, words, plan.tag, plan.jobs) as failures,
        closing(carried_out(plan, workers, timeout_s)) as done,
    ):
        failures.skipped = bool(plan.short)
        for number, outcome in enumerate(done, start=1):
            outcomes.append(outcome)
            failures.skipped |= bool(outcome.skipped)
            if outcome.fault:
                failures.add(outcome.run, outcome.detector, outcome.fault)
            where = f"{number}/{total} run {outcome.run}, {outcome.detector}"
            message(f"{where}: {outcome.state}")
            tell(outcome)
    return outcomes


def _show(plan: Reprocessing, as_json: bool) -> None:
    rows = [_row(step) for step in plan.steps]
    if as_json:
        left_out, summary = _left_out(plan), _summary(plan)
        print_json({"tag": plan.tag, "runs": rows, "left_out": left_out, "summary": summary})
        return
    names = ("run", "detector", "kind", "starts from", "why", "estimate")
    table = [[r["run"], r["detector"], r["kind"], r["start"], r["why"], _time(r["estimate_s"])]
             for r in rows]  # fmt: skip
    left = [[run.name, run.detector, run.kind, "(left out)", why, ""] for run, why in plan.left_out]
    print_table(f"tag {plan.tag}", names, table + left)
    summary = _summary(plan)
    starts = ", ".join(f"{number} from {start}" for start, number in summary["starts"].items())
    message(f"{summary['runs']} runs: {starts or 'none'}; {_total(summary)}")


def _row(step: Any) -> dict[str, Any]:
    return {
        "run": step.task.run,
        "detector": step.task.detector,
        "kind": step.kind,
        "start": step.point.start,
        "why": step.point.why,
        "estimate_s": step.point.estimate_s,
    }


def _summary(plan: Reprocessing) -> dict[str, Any]:
    estimates = [step.point.estimate_s for step in plan.open_steps]
    return {
        "runs": len(plan.steps),
        "starts": dict(sorted(Counter(step.point.start for step in plan.steps).items())),
        "estimate_s": sum(value for value in estimates if value is not None),
        "without_estimate": sum(value is None for value in estimates),
    }


def _total(summary: dict[str, Any]) -> str:
    unknown = summary["without_estimate"]
    known = f"about {_time(summary['estimate_s'])} on one core, as they took before"
    return known + (f", and {unknown} whose time nobody knows yet" if unknown else "")


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "unknown"
    return f"{seconds:.1f} s" if seconds < 600 else f"{seconds / 60:.0f} min"
