"""TPC file to observables beside uproot's own read of the same branches.

As in the event loop a thread reads ahead of the reconstruction, so ours has two threads where
uproot has one: the ratio of time passed wants two free processors, and the ratio of processors'
time counts both threads. Run with ``python -m tests.bench.tpc_file``.
"""

from __future__ import annotations

import os

os.environ.setdefault("NUMBA_NUM_THREADS", "1")

import tempfile
from functools import partial
from pathlib import Path

import click
import uproot
from tests.bench.timing import in_turn, rate, ratios

from helioscope.api import Run, Setup, SimulatedRun, SourceRequest
from helioscope.execution.reading_ahead import ahead
from helioscope.io.root_trees import SOURCE
from helioscope_tpc.plugin import DETECTOR, SIMULATOR
from helioscope_tpc.settings import TpcSettings
from helioscope_tpc.simulation.settings import TpcSimulationSettings

CONFIG = TpcSettings(use_pedestals=False, use_gains=False)
BRANCHES = ["event_id", "time_ns", "veto_time_ns", "wire", "samples_adu"]
START_NS = 1_083_369_600_000_000_000
ROUNDS = 15
GOAL = 0.6


def simulated(folder: Path) -> Path:
    """Write a night's mixture of X-rays and background."""
    settings = TpcSimulationSettings(
        gain_reference_ns=START_NS, photons=3000, muons=600, gammas=600, recoils=200
    )
    run = Run("night", "science", START_NS, START_NS + 3_600_000_000_000)
    return SIMULATOR.simulation(SimulatedRun(run, CONFIG, settings, folder, 1)).files[0]


def read_by_uproot(path: Path) -> None:
    """Read all branches as uproot does."""
    with uproot.open(path) as file:
        for batch in file["events"].iterate(BRANCHES, step_size=1024, library="ak"):
            assert len(batch)


def to_observables(path: Path) -> int:
    """Go the way from the file to observables, as the event loop goes it; count the events."""
    request = SourceRequest(path, DETECTOR.raw(CONFIG), {}, DETECTOR.batch_events(CONFIG), 2**30)
    reconstruct = DETECTOR.reconstruction(Setup("tpc", Run("night", "science"), CONFIG))
    events = 0
    for batch in ahead(SOURCE.read(request)):
        reconstruct(batch)
        events += len(batch)
    return events


def main() -> None:
    """Print both rates and their ratios."""
    with tempfile.TemporaryDirectory(prefix="helioscope-bench-") as name:
        path = simulated(Path(name))
        events = to_observables(path)
        spent = in_turn(
            {
                "ours": lambda: partial(to_observables, path),
                "uproot": lambda: partial(read_by_uproot, path),
            },
            ROUNDS,
        )
    click.echo(f"events to observables  {rate(events, spent['ours'])}")
    click.echo(f"events, uproot's read  {rate(events, spent['uproot'])}")
    click.echo("\n".join(ratios(spent["ours"], spent["uproot"])))
    click.echo(f"goal {GOAL}")


if __name__ == "__main__":
    main()
