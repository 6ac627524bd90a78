"""A ROOT file to observables, beside uproot's own read of the same branches.

The file is a simulated run of background. Both read it batch by batch, alternately, from the
page cache. Run with ``python -m tests.bench.micromegas_files``.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import click
import numpy as np
import uproot

from helioscope.api import Run, Setup, SimulatedRun, SourceRequest
from helioscope.core.raw import ahead
from helioscope.io.root_trees import read
from helioscope_micromegas.detector import DETECTOR
from helioscope_micromegas.settings import MicromegasSettings
from helioscope_micromegas.simulation.run import simulate
from helioscope_micromegas.simulation.settings import MicromegasSimulation

EVENTS = 40_000
BATCH = 4096
CONFIG = MicromegasSettings(nominal_strip_pedestal_adu=60.0)


def made(folder: Path) -> Path:
    """Simulate the run."""
    start = 1_083_369_600_000_000_000
    run = Run("bench", "background", start, start + 3600 * 10**9)
    simulation = MicromegasSimulation(events=EVENTS)
    return simulate(SimulatedRun(run, CONFIG, simulation, folder, 1)).files[0]


def uproot_s(path: Path) -> float:
    """Time uproot's read of all branches."""
    start = time.perf_counter()
    with uproot.open(path) as file:
        branches = list(DETECTOR.raw(CONFIG).names)
        for batch in file["events"].iterate(branches, step_size=BATCH):
            assert len(batch)
    return time.perf_counter() - start


def ours_s(path: Path) -> float:
    """Time the way from the file to observables, as the event loop goes it."""
    start = time.perf_counter()
    request = SourceRequest(path, DETECTOR.raw(CONFIG), {}, BATCH, 2**31)
    reconstruct = DETECTOR.reconstruction(Setup("micromegas", Run("bench", "science"), CONFIG))
    rows = sum(len(reconstruct(batch).observables) for batch in ahead(read(request)))
    assert rows
    return time.perf_counter() - start


def main() -> None:
    """Print both rates and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        path = made(Path(folder))
        ours_s(path)
        ours, theirs = [], []
        for _ in range(7):
            ours.append(ours_s(path))
            theirs.append(uproot_s(path))
    slow, fast = float(np.median(ours)), float(np.median(theirs))
    click.echo(f"file to observables     {EVENTS / slow:10.0f} events/s")
    click.echo(f"uproot's read           {EVENTS / fast:10.0f} events/s")
    click.echo(f"ratio                   {fast / slow:10.2f}   (goal: at least 0.9)")


if __name__ == "__main__":
    main()
