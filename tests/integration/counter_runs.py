"""Runs of a proportional counter: a stranger's detector, its ROOT files and its job."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import uproot
from numpy.typing import NDArray

from helioscope.model.time import NS_PER_S, parse_iso

START = parse_iso("2004-05-01T04:00:00Z")

JOB = """\
[job]
name = "counter"

[detectors.counter]
plugin = "proportional-counter"
settings = {{ ev_per_adu = {gain} }}

[[runs]]
name = "{run}"
detector = "counter"
files = [{files}]
{more}
[[intervals]]
start = 2004-05-01T04:00:10Z
stop = 2004-05-01T04:00:20Z
tag = "tracking"
"""


def write_events(
    path: Path,
    time_s: NDArray[np.float64] | None = None,
    first_id: int = 0,
    heights: NDArray[np.float32] | None = None,
) -> Path:
    """Write one event a second, or at the given seconds after the start."""
    seconds = np.arange(30.0) if time_s is None else time_s
    pulse = np.full(seconds.size, 600, np.float32) if heights is None else heights
    with uproot.recreate(path, compression=uproot.ZLIB(1)) as file:
        tree = file.mktree(
            "events", {"event_id": "int64", "time_ns": "int64", "pulse_height_adu": "float32"}
        )
        if seconds.size:
            tree.extend(
                {
                    "event_id": np.arange(first_id, first_id + seconds.size),
                    "time_ns": START + (seconds * NS_PER_S).astype(np.int64),
                    "pulse_height_adu": pulse,
                }
            )
    return path


def write_job(
    folder: Path, *files: str, run: str = "r1", gain: float = 10.0, more: str = ""
) -> Path:
    """Write the job for some files of the folder."""
    path = folder / "job.toml"
    listed = ", ".join(f'"{name}"' for name in files)
    path.write_text(JOB.format(files=listed, run=run, gain=gain, more=more), encoding="utf-8")
    return path


def run_table(name: str, detector: str, file: str) -> str:
    """Write one more run for a job."""
    return f'[[runs]]\nname = "{name}"\ndetector = "{detector}"\nfiles = ["{file}"]\n'
