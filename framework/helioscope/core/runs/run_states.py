"""Whether a run is suspect: what is strange about it, and that again when the run book changes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from helioscope.catalog.rows import FileRow, RunRow, State
from helioscope.core.jobs.workspace import Workspace
from helioscope.job.plan import PlannedRun

_OTHER_COUNT = "{} events were read, the run book says {}"
_OF_BOOK = re.compile(_OTHER_COUNT.format(r"\d+", r"\d+"))


def warnings_of(
    planned: PlannedRun, counts: Mapping[str, Any], inputs: Sequence[Mapping[str, Any]]
) -> list[str]:
    """List what is strange about a run that went through, by what its record tells of it."""
    warnings = [f"{Path(row['file']).name} holds no byte" for row in inputs if not row["bytes"]]
    expected, read = planned.expected_events, counts["events_read"]
    if expected is not None and expected != read:
        warnings.append(_OTHER_COUNT.format(read, expected))
    duplicates = counts["duplicates_rejected"]
    if duplicates:
        warnings.append(f"{duplicates} events came twice and were rejected")
    bits, late = counts["events_with_quality_bit"], ("time_backwards", "time_jump")
    warnings += [f"{bits[bit]} events with the bit {bit}" for bit in late if bits.get(bit)]
    return warnings


def state_of(warnings: Sequence[str]) -> State:
    """Say whether a run with these warnings is suspect."""
    return "suspect" if warnings else "ok"


def run_row(planned: PlannedRun, warnings: Sequence[str], files: tuple[FileRow, ...]) -> RunRow:
    """Give a run as the catalogue keeps it; suspect where it brings warnings."""
    return RunRow(
        name=planned.run.name,
        detector=planned.detector.name,
        kind=planned.run.kind,
        start_ns=planned.run.start_ns,
        stop_ns=planned.run.stop_ns,
        files=files,
        state=state_of(warnings),
        reason="; ".join(warnings),
        options=planned.source,
    )


def judged_anew(planned: PlannedRun, record: Mapping[str, Any]) -> dict[str, Any] | None:
    """Give the record of a run of which the run book says something else now; None where not.

    How many events the run book counts is no part of a lineage: the products stay what they are.
    """
    warnings = warnings_of(planned, record["counts"], record["inputs"])
    if warnings == record["warnings"]:
        return None
    return {**record, "state": state_of(warnings), "warnings": warnings}


def enter_state(workspace: Workspace, planned: PlannedRun, record: Mapping[str, Any]) -> None:
    """Enter in the catalogue what the record of a run that was judged anew says of its state.

    What the run book said before is forgotten; a mark by hand stays, with its reason.
    """
    catalog, warnings = workspace.catalog, record["warnings"]
    files = catalog.examined(planned.files)
    of = planned.detector.name, planned.run.name
    known = catalog.runs(detector=of[0], name=of[1])
    catalog.register_run(run_row(planned, [] if known else warnings, files))
    if not known or known[0].state == "bad" or (known[0].state == "ok" and not warnings):
        return
    by_hand = _by_hand(known[0], warnings) if known[0].state == "suspect" else []
    reasons = [*by_hand, *warnings]
    catalog.mark_run(*of, state_of(reasons), "; ".join(reasons))


def _by_hand(known: RunRow, warnings: Sequence[str]) -> list[str]:
    """List the reasons of a state that neither the run book gave nor the products themselves."""
    reasons = known.reason.split("; ")
    return [word for word in reasons if word not in warnings and not _OF_BOOK.fullmatch(word)]
