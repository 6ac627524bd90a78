"""A small simulated pn-CCD campaign: dark, 55Fe and science run, made once for all tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
from astropy.io import fits

from helioscope.api import Calibration, CalibrationInput, Run, Setup, Simulated, SimulatedRun
from helioscope_ccd.darks_calibrator import DarkSettings, calibrate_darks
from helioscope_ccd.fe55_calibrator import Fe55Settings, calibrate_fe55
from helioscope_ccd.settings import CcdSettings
from helioscope_ccd.simulation import simulate
from helioscope_ccd.simulation_settings import CcdSimulation, PhotonSource

DARK = CcdSimulation(frames=600)
FE55 = CcdSimulation(
    frames=1500, sources=(PhotonSource(name="fe55", spectrum="fe55", rate_hz=200.0),)
)
SCIENCE = CcdSimulation(
    frames=1000,
    tracks_hz=0.6,
    sources=(PhotonSource(name="flat", spectrum="power_law", rate_hz=25.0),),
)


def raw_batches(path: Path, size: int = 256) -> Callable[[], Iterator[ak.Array]]:
    """Read a native file batch by batch, with read-only buffers as the framework gives them."""

    def batches() -> Iterator[ak.Array]:
        with fits.open(path, memmap=False) as file:
            time_ns = np.asarray(file[1].data["TIME"], np.int64)
            frames = np.asarray(file[1].data["FRAME"]).astype(np.int16)
        for first in range(0, len(frames), size):
            part = frames[first : first + size]
            part.flags.writeable = False
            yield raw_batch(part, time_ns[first : first + size], first)

    return batches


def raw_batch(frames: np.ndarray, time_ns: np.ndarray | None = None, first: int = 0) -> ak.Array:
    """Make a raw batch of frames of shape (n, rows, columns)."""
    events = np.arange(first, first + len(frames))
    times = events * 77_900_000 if time_ns is None else time_ns
    return ak.zip({"event_id": events, "time_ns": times, "frame_adu": frames}, depth_limit=1)


@dataclass(frozen=True)
class SimulatedCampaign:
    """The three runs with the calibrations made from the first two."""

    config: CcdSettings
    runs: dict[str, Simulated]
    calibrations: dict[str, tuple[Calibration, ...]]

    def setup(self, name: str = "science") -> Setup:
        return Setup("ccd", self.runs[name].run, self.config, self.calibrations)

    def batches(self, name: str) -> Callable[[], Iterator[ak.Array]]:
        return raw_batches(self.runs[name].files[0])

    def truth(self, name: str = "science") -> ak.Array:
        return ak.from_parquet(self.runs[name].truth)


@pytest.fixture(scope="session")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> SimulatedCampaign:
    folder = tmp_path_factory.mktemp("ccd")
    config = CcdSettings()
    runs = {
        name: simulate(SimulatedRun(Run(name, name, 0), config, settings, folder, 7))
        for name, settings in (("dark", DARK), ("fe55", FE55), ("science", SCIENCE))
    }
    calibrations: dict[str, tuple[Calibration, ...]] = {}
    for name, calibrate in (
        ("dark", lambda runs: calibrate_darks(DarkSettings(), runs)),
        ("fe55", lambda runs: calibrate_fe55(Fe55Settings(), runs)),
    ):
        setup = Setup("ccd", runs[name].run, config, dict(calibrations))
        given = CalibrationInput(setup, raw_batches(runs[name].files[0]))
        made = calibrate({name: [given]})
        calibrations[f"ccd-{name}"] = (Calibration(f"ccd-{name}", made.table),)
    return SimulatedCampaign(config, runs, calibrations)
