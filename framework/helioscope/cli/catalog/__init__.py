"""``helioscope catalog``: what was done, and the steps by which validity is changed."""

from __future__ import annotations

from helioscope.cli.main import LazyGroup

VERBS: dict[str, tuple[str, str]] = {
    "add": ("helioscope.cli.catalog.add:command", "Enter a directory tree of raw files."),
    "list": ("helioscope.cli.catalog.list:command", "List runs, chosen by a query."),
    "show": ("helioscope.cli.catalog.show:command", "Tell the whole story of a run."),
    "mark": ("helioscope.cli.catalog.mark:command", "Say that a run is ok, suspect or bad."),
    "calibrations": (
        "helioscope.cli.catalog.calibrations:command",
        "Show which calibration holds when.",
    ),
    "close": ("helioscope.cli.catalog.close:command", "Close a gap or an overlap of validity."),
    "end": ("helioscope.cli.catalog.end:command", "Say that a job on another machine is gone."),
    "tag": ("helioscope.cli.catalog.tag:command", "Freeze calibrations under a name."),
    "tags": ("helioscope.cli.catalog.tag:listing", "List the tags."),
}

command = LazyGroup(
    VERBS, name="catalog", help="Runs, calibrations with their validity, tags, products, jobs."
)
