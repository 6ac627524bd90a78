"""Small simulated runs, made once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import awkward as ak
import pytest
import uproot

from helioscope.api import Run, SimulatedRun
from helioscope_micromegas.detector import raw
from helioscope_micromegas.settings import MicromegasSettings
from helioscope_micromegas.simulation.run import simulate
from helioscope_micromegas.simulation.settings import MicromegasSimulation

START_NS = 1_083_369_600_000_000_000


@dataclass(frozen=True)
class Made:
    """A simulated run: its file, raw events and truth of those recorded."""

    path: Path
    run: Run
    raw: ak.Array
    truth: ak.Array


def make(
    folder: Path, kind: str, events: int, seed: int = 1, start_ns: int = START_NS, **more: object
) -> Made:
    config = MicromegasSettings()
    simulation = MicromegasSimulation.model_validate({"kind": kind, "events": events, **more})
    run = Run(f"{kind}-{seed}", kind, start_ns, start_ns + 600 * 10**9)
    made = simulate(SimulatedRun(run, config, simulation, folder, seed))
    with uproot.open(made.files[0]) as file:
        batch = file["events"].arrays()[list(raw(config).names)]
    truth = ak.from_parquet(made.truth)
    return Made(made.files[0], run, batch, truth[truth["recorded"]])


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("micromegas")


@pytest.fixture(scope="session")
def pedestal(folder: Path) -> Made:
    return make(folder, "pedestal", 300)


@pytest.fixture(scope="session")
def fe55(folder: Path) -> Made:
    return make(folder, "fe55", 6000)


@pytest.fixture(scope="session")
def background(folder: Path) -> Made:
    return make(folder, "background", 600)
