"""A ROOT file to observables, beside uproot's own read of the same branches.

The file is a simulated run of background. Both read it batch by batch, in turn, from the page
cache. As in the event loop a thread reads ahead of the reconstruction, so ours has two threads
where uproot has one: the ratio of time passed wants two free processors, and the ratio of
processors' time counts both threads. Run with ``python -m tests.bench.micromegas_files``.
"""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import click
import uproot
from tests.bench.timing import in_turn, rate, ratios

from helioscope.api import Run, Setup, SimulatedRun, SourceRequest
from helioscope.execution.reading_ahead import ahead
from helioscope.io.root_trees import read
from helioscope_micromegas.detector import DETECTOR
from helioscope_micromegas.settings import MicromegasSettings
from helioscope_micromegas.simulation.run import simulate
from helioscope_micromegas.simulation.settings import MicromegasSimulation

EVENTS = 40_000
BATCH = 4096
ROUNDS = 9
GOAL = 0.9
CONFIG = MicromegasSettings(nominal_strip_pedestal_adu=60.0)


def made(folder: Path) -> Path:
    """Simulate the run."""
    start = 1_083_369_600_000_000_000
    run = Run("bench", "background", start, start + 3600 * 10**9)
    simulation = MicromegasSimulation(events=EVENTS)
    return simulate(SimulatedRun(run, CONFIG, simulation, folder, 1)).files[0]


def read_by_uproot(path: Path) -> None:
    """Read all branches as uproot does."""
    with uproot.open(path) as file:
        branches = list(DETECTOR.raw(CONFIG).names)
        for batch in file["events"].iterate(branches, step_size=BATCH):
            assert len(batch)


def to_observables(path: Path) -> None:
    """Go the way from the file to observables, as the event loop goes it."""
    request = SourceRequest(path, DETECTOR.raw(CONFIG), {}, BATCH, 2**31)
    reconstruct = DETECTOR.reconstruction(Setup("micromegas", Run("bench", "science"), CONFIG))
    rows = sum(len(reconstruct(batch).observables) for batch in ahead(read(request)))
    assert rows


def main() -> None:
    """Print both rates and their ratios."""
    with tempfile.TemporaryDirectory() as folder:
        path = made(Path(folder))
        spent = in_turn(
            {
                "ours": lambda: partial(to_observables, path),
                "uproot": lambda: partial(read_by_uproot, path),
            },
            ROUNDS,
        )
    click.echo(f"events to observables  {rate(EVENTS, spent['ours'])}")
    click.echo(f"events, uproot's read  {rate(EVENTS, spent['uproot'])}")
    click.echo("\n".join(ratios(spent["ours"], spent["uproot"])))
    click.echo(f"goal {GOAL}")


if __name__ == "__main__":
    main()
