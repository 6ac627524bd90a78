"""``helioscope catalog list``: runs, chosen by a query."""

from __future__ import annotations

from typing import Any

import click

from helioscope.cli.catalog.options import Archive, archive_options
from helioscope.cli.output import json_option, print_json, print_table


@click.command("list")
@click.argument("query", default="")
@archive_options
@json_option
def command(archive: Archive, query: str, as_json: bool) -> None:
    """List the runs that QUERY chooses, or all.

    For example: detector = "micromegas" and start >= 2004-05-01 and kind = "science". Fields are
    run, detector, kind, state, start and stop; see docs/catalogue.md for the grammar.
    """
    from helioscope.catalog.query import condition
    from helioscope.model.time import iso

    where = condition(query) if query.strip() else None
    with archive.opened() as catalog:
        runs = catalog.runs(where)
    rows: list[dict[str, Any]] = [
        {
            "run": run.name,
            "detector": run.detector,
            "kind": run.kind,
            "start": iso(run.start_ns) if run.start_ns is not None else None,
            "stop": iso(run.stop_ns) if run.stop_ns is not None else None,
            "files": len(run.files),
            "bytes": sum(file.size for file in run.files),
            "state": run.state,
            "reason": run.reason,
        }
        for run in runs
    ]
    if as_json:
        print_json(rows)
    else:
        names = ("run", "detector", "kind", "start", "stop", "files", "bytes", "state", "reason")
        shown = [["" if row[name] is None else row[name] for name in names] for row in rows]
        print_table(f"{len(rows)} runs", names, shown)
