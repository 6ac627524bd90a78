"""TPC file to observables beside uproot's own read of the same branches."""

from __future__ import annotations

import os

os.environ.setdefault("NUMBA_NUM_THREADS", "1")

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import uproot

from helioscope.api import Run, Setup, SimulatedRun, SourceRequest
from helioscope.io.root_trees import SOURCE
from helioscope_tpc.plugin import DETECTOR, SIMULATOR
from helioscope_tpc.settings import TpcSettings
from helioscope_tpc.simulation.settings import TpcSimulationSettings

CONFIG = TpcSettings(use_pedestals=False, use_gains=False)
BRANCHES = ["event_id", "time_ns", "veto_time_ns", "wire", "samples_adu"]
START_NS = 1_083_369_600_000_000_000
ROUNDS = 7
GOAL = 0.6


def simulated(folder: Path) -> Path:
    """Write a night's mixture of X-rays and background."""
    settings = TpcSimulationSettings(
        gain_reference_ns=START_NS, photons=3000, muons=600, gammas=600, recoils=200
    )
    run = Run("night", "science", START_NS, START_NS + 3_600_000_000_000)
    return SIMULATOR.simulation(SimulatedRun(run, CONFIG, settings, folder, 1)).files[0]


def median_s(work: Callable[[], object]) -> tuple[float, float]:
    """Give median and least time of some work, warmed up once."""
    work()
    taken = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken), min(taken)


def main() -> None:
    """Print both rates and their ratio."""
    with tempfile.TemporaryDirectory(prefix="helioscope-bench-") as name:
        path = simulated(Path(name))
        schema = DETECTOR.raw(CONFIG)
        reconstruct = DETECTOR.reconstruction(Setup("tpc", Run("night", "science"), CONFIG))
        events = 0

        def whole() -> None:
            nonlocal events
            request = SourceRequest(path, schema, {}, DETECTOR.batch_events(CONFIG), 2**30)
            events = 0
            for batch in SOURCE.read(request):
                reconstruct(batch)
                events += len(batch)

        def read() -> None:
            with uproot.open(path) as file:
                for _ in file["events"].iterate(BRANCHES, step_size=1024, library="ak"):
                    pass

        mine, least = median_s(whole)
        theirs, fastest = median_s(read)
        size = path.stat().st_size / 1e6
        print(f"uproot read: {events / theirs:.0f} events/s, {size / theirs:.0f} MB/s (zlib)")  # noqa: T201
        print(f"file to observables: {events / mine:.0f} events/s, {size / mine:.0f} MB/s")  # noqa: T201
        print(f"ratio (our median, their fastest): {fastest / mine:.2f}, goal {GOAL}")  # noqa: T201
        print(f"ratio of the fastest rounds of both: {fastest / least:.2f}")  # noqa: T201


if __name__ == "__main__":
    main()
