"""A long run of a proportional counter, cut into pieces, some of them made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import uproot
from tests.integration.counter_runs import START, write_job

from helioscope import registry
from helioscope.core.jobs.opening import JobRequest, opened
from helioscope.core.runs.pieces.cuts import cut
from helioscope.core.runs.pieces.making import make_piece

#: Cuts the long file of the job at each of its batches, the short ones not.
PIECES = "piece_mib = 0.03"


def write_run(path: Path, first: int, events: int, start_s: float, at_once: int = 3000) -> Path:
    """Write events of a run, so many to a basket; the same numbers have the same content."""
    with uproot.recreate(path, compression=uproot.ZLIB(1)) as file:
        tree = file.mktree(
            "events", {"event_id": "int64", "time_ns": "int64", "pulse_height_adu": "float32"}
        )
        for begin in range(first, first + events, at_once):
            number = np.arange(begin, min(begin + at_once, first + events))
            heights = np.random.default_rng(begin).uniform(-50, 900, number.size)
            time_ns = START + round(start_s * 1e9) + number * 10_000_000
            columns = {"event_id": number, "time_ns": time_ns}
            tree.extend(columns | {"pulse_height_adu": heights.astype(np.float32)})
    return path


def long_job(folder: Path) -> Path:
    """A run of 22,000 events in four files: one cut five times, a copy of its end, a jump back."""
    write_run(folder / "a.root", 0, 18_000, 0)
    write_run(folder / "b.root", 15_000, 3000, 0)
    write_run(folder / "c.root", 18_000, 500, -9)
    write_run(folder / "d.root", 30_000, 500, 7200)
    path = write_job(folder, "a.root", "b.root", "c.root", "d.root")
    heading = 'name = "counter"\n'
    path.write_text(path.read_text().replace(heading, f"{heading}{PIECES}\n"))
    return path


def begun(job: Path, out: Path, pieces: int, skip_bad: bool = False) -> list[Path]:
    """Make the first pieces of the job's first run, as a killed process leaves them."""
    with opened(
        JobRequest(job, out=out, quiet=True, skip_bad=skip_bad), registry.load()
    ) as workspace:
        planned = workspace.plan.science[0]
        every = cut(workspace.raw(planned), workspace.plan.piece_bytes)
        assert len(every) > pieces
        for piece in every[:pieces]:
            make_piece(workspace, planned, piece)
    return sorted(out.rglob("*.events.parquet"))


def hidden(out: Path) -> list[Path]:
    """List what is left of work that was not finished."""
    return [path for path in out.rglob("*") if path.name.startswith(".")]
