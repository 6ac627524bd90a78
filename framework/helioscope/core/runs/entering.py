"""Runs whose products are there: their raw files are entered as they are now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from helioscope.catalog.rows import FileRow, RunRow
from helioscope.catalog.store import Catalog
from helioscope.core.runs.run_outcomes import RunOutcome
from helioscope.job.plan import PlannedRun


def entered(
    catalog: Catalog, planned: PlannedRun, files: tuple[FileRow, ...], there: RunOutcome
) -> RunOutcome:
    """Enter a run with files of the same content as its products, where the catalogue has others.

    Returns
    -------
    RunOutcome
        What was given, with a word where files have other places.
    """
    of = planned.detector.name, planned.run.name
    if catalog.paths_of(*of) == tuple(file.path for file in files):
        return there
    known = catalog.runs(detector=of[0], name=of[1])
    row = replace(known[0], files=files) if known else _row(planned, files, there)
    catalog.register_run(row)
    words = _words(known[0].files, files) if known else []
    return replace(there, warnings=[*there.warnings, *words])


def _row(planned: PlannedRun, files: tuple[FileRow, ...], there: RunOutcome) -> RunRow:
    run, warnings = planned.run, there.warnings
    return RunRow(
        run.name, planned.detector.name, run.kind, run.start_ns, run.stop_ns, files,
        "suspect" if warnings else "ok", "; ".join(warnings), planned.source,
    )  # fmt: skip


def _words(old: Sequence[FileRow], new: Sequence[FileRow]) -> list[str]:
    gone = [str(file.path) for file in old if file.path not in {one.path for one in new}]
    come = [str(file.path) for file in new if file.path not in {one.path for one in old}]
    if not gone and not come:
        return []
    more = f" (the first of {max(len(gone), len(come))})" if max(len(gone), len(come)) > 1 else ""
    first, last = (of[0] if of else "(none)" for of in (gone, come))
    return [f"its files are entered where they are now: {first} -> {last}{more}"]
