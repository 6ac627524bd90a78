"""A simulated chamber for the tests: runs written, read back and reconstructed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot

from helioscope.api import Calibrated, CalibrationInput, Run, Setup, Simulated, SimulatedRun, check
from helioscope_tpc.plugin import DETECTOR, SIMULATOR
from helioscope_tpc.settings import TpcSettings
from helioscope_tpc.simulation.settings import TpcSimulationSettings

START_NS = 1_083_369_600_000_000_000
HOUR_NS = 3_600_000_000_000
BARE = TpcSettings(use_pedestals=False, use_gains=False)


def simulated(
    folder: Path, name: str = "run", config: TpcSettings = BARE, seed: int = 3, **settings: Any
) -> tuple[ak.Array, ak.Array]:
    """Simulate a run; give its raw batch as read from the file, and its truth."""
    made = written(folder, name, config, seed, **settings)
    return read(made.files[0], config), ak.from_parquet(made.truth)


def written(
    folder: Path, name: str = "run", config: TpcSettings = BARE, seed: int = 3, **settings: Any
) -> Simulated:
    """Simulate a run into a folder."""
    simulation = TpcSimulationSettings(**{"gain_reference_ns": START_NS, **settings})
    run = Run(name, "science", START_NS, START_NS + HOUR_NS)
    made: Simulated = SIMULATOR.simulation(SimulatedRun(run, config, simulation, folder, seed))
    return made


def read(path: Path, config: TpcSettings) -> ak.Array:
    """Read a raw file without the framework's source."""
    with uproot.open(path) as file:
        tree = file["events"].arrays()
    flat = ak.to_numpy(ak.flatten(tree["samples_adu"])).astype(np.int16)
    waveforms = ak.from_numpy(flat.reshape(-1, config.samples), regulararray=True)
    columns = {
        name: ak.values_astype(tree[name], kind)
        for name, kind in (
            ("event_id", "int64"), ("time_ns", "int64"), ("veto_time_ns", "int64"),
            ("wire", "int16"),
        )
    }  # fmt: skip
    columns["samples_adu"] = ak.unflatten(waveforms, ak.num(tree["wire"]))
    return ak.zip(columns, depth_limit=1)


def setup_of(config: TpcSettings = BARE, **more: Any) -> Setup:
    """Give a setup without calibrations."""
    return Setup("tpc", Run("run", "science", START_NS, START_NS + HOUR_NS), config, **more)


def given(raw: ak.Array, product: str, name: str = "run") -> CalibrationInput:
    """Give a raw batch as a calibration run."""
    setup = Setup("tpc", Run(name, "x", START_NS, START_NS + HOUR_NS), BARE)

    def batches() -> Iterator[ak.Array]:
        yield raw if product == "raw" else DETECTOR.reconstruction(setup)(raw).observables

    return CalibrationInput(setup, batches)


def made(calibrator: Any, **runs: list[ak.Array]) -> Calibrated:
    """Calibrate from raw batches by kind of run, and check the table."""
    inputs = {
        kind: [given(raw, calibrator.product, f"{kind}{i}") for i, raw in enumerate(batches)]
        for kind, batches in runs.items()
    }
    calibrated: Calibrated = calibrator.calibration(calibrator.config(), inputs)
    assert check(calibrated.table, calibrator.table) == []
    return calibrated
