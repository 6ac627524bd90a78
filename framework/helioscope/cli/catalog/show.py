"""``helioscope catalog show``: the whole story of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from helioscope.cli.catalog.options import Archive, archive_options
from helioscope.cli.output import json_option, print_json, print_table
from helioscope.terminal import plain

if TYPE_CHECKING:
    from helioscope.catalog.lineage import Lineage
    from helioscope.catalog.rows import CalibrationRow, Failure, JobRow, ProductRow, RunRow
    from helioscope.catalog.store import Catalog


@click.command("show")
@click.argument("run")
@click.option("--detector", help="Where several detectors have a run of this name.")
@archive_options
@json_option
def command(archive: Archive, run: str, detector: str | None, as_json: bool) -> None:
    """Tell files, calibrations, products, jobs and failures of RUN."""
    from helioscope.errors import UsageError, nearest

    with archive.opened() as catalog:
        found = catalog.runs(name=run, detector=detector)
        if not found:
            raise UsageError(
                where=f"run {run}",
                found="the catalogue does not have it",
                expected=nearest(run, catalog.run_names()),
            )
        stories = [_story(catalog, row) for row in found]
    if as_json:
        print_json(stories)
        return
    for story in stories:
        _print(story)


def _story(catalog: Catalog, run: RunRow) -> dict[str, Any]:
    from helioscope.core.archive.job_history import made_by, state_of

    products = catalog.products(run=run.name, detector=run.detector)
    versions = catalog.calibration_versions(run.detector)
    jobs = catalog.jobs()
    makers = {number for row in products for number in made_by(row, jobs)}
    return {
        "run": run.name,
        "detector": run.detector,
        "kind": run.kind,
        "start": _iso(run.start_ns),
        "stop": _iso(run.stop_ns),
        "state": run.state,
        "reason": run.reason,
        "files": [
            {"path": str(file.path), "bytes": file.size, "sha256": file.sha256,
             "state": file.state, "reason": file.reason}
            for file in run.files
        ],
        "products": [_product(catalog, row, versions, run) for row in products],
        "failures": [
            {"job": job.id, "command": job.command, "when": _iso(job.started_ns),
             **dict(failure.fault)}
            for job in jobs
            for failure in _failures(job, run)
        ],
        "jobs": [
            {"job": job.id, "command": job.command, "tag": job.tag, "state": state_of(job),
             "started": _iso(job.started_ns), "host": job.host}
            for job in jobs
            if _failures(job, run) or job.id in makers
        ],
    }  # fmt: skip


def _failures(job: JobRow, run: RunRow) -> list[Failure]:
    return [f for f in job.failures if (f.run, f.detector) == (run.name, run.detector)]


def _used(
    lineage: Lineage, versions: list[CalibrationRow], start_ns: int | None
) -> list[CalibrationRow]:
    """Find the calibrations of a product; of versions of one content those that held then."""
    from helioscope.catalog.validity import start_of, stop_of

    same = [
        version
        for version in versions
        if version.supersedes is None
        and any(
            version.digest in step.calibrations.get(version.name, ())
            for step in lineage.ancestors()
        )
    ]
    if start_ns is None:
        return same
    held = [version for version in same if start_of(version) <= start_ns < stop_of(version)]
    known = {version.name for version in held}
    return [version for version in same if version in held or version.name not in known]


def _product(
    catalog: Catalog, row: ProductRow, versions: list[CalibrationRow], run: RunRow
) -> dict[str, Any]:
    lineage = catalog.lineage(row.lineage)
    used = _used(lineage, versions, run.start_ns)
    return {
        "kind": row.kind,
        "tag": row.tag,
        "rows": row.rows,
        "made": _iso(row.created_ns),
        "calibrations": [f"{version.name} v{version.version}" for version in used],
        "plugins": {name: v for step in lineage.ancestors() for name, v in step.plugins.items()},
        "lineage": row.lineage,
        "path": str(row.path),
        "there": row.path.is_file(),
    }


def _iso(time_ns: int | None) -> str | None:
    from helioscope.model.time import iso

    return None if time_ns is None else iso(time_ns // 1_000_000_000 * 1_000_000_000)


def _print(story: dict[str, Any]) -> None:
    head = f"run {story['run']} of {story['detector']}, {story['kind']}, {story['state']}"
    click.echo(plain(head + (f": {story['reason']}" if story["reason"] else "")))
    click.echo(f"from {story['start'] or 'unknown'} to {story['stop'] or 'unknown'}\n")
    files = [(f["path"], f["bytes"], f["sha256"][:12], f["state"], f["reason"])
             for f in story["files"]]  # fmt: skip
    print_table("files", ("path", "bytes", "sha256", "state", "reason"), files)
    products = [
        (p["kind"], p["tag"], p["rows"], p["made"], ", ".join(p["calibrations"]),
         ", ".join(f"{name} {v}" for name, v in p["plugins"].items()), p["lineage"][:12],
         p["path"] if p["there"] else f"gone: {p['path']}")
        for p in story["products"]
    ]  # fmt: skip
    names = ("kind", "tag", "rows", "made", "calibrations", "plugins", "lineage", "path")
    click.echo()
    print_table("products", names, products)
    jobs = [(j["job"], j["started"], j["state"], j["tag"], j["host"], j["command"])
            for j in story["jobs"]]  # fmt: skip
    click.echo()
    print_table("jobs", ("job", "started", "state", "tag", "host", "command"), jobs)
    failures = [(f["job"], f["when"], f["error"], f["where"], f["found"])
                for f in story["failures"]]  # fmt: skip
    click.echo()
    print_table("failures", ("job", "when", "error", "where", "found"), failures)
