"""Simulated Micromegas waveforms, from pedestals to photons, beside their truth."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import awkward as ak
import numpy as np
import pytest

from helioscope.api import quality
from helioscope.io.parquet import read_product
from helioscope_micromegas.detector import DETECTOR
from helioscope_micromegas.simulation.settings import WaveformSimulation

Cli = Callable[..., tuple[int, str, str]]
SIMULATED = WaveformSimulation()
#: name, kind of the run, what is simulated, events
RUNS = (
    ("readout", "readout", "readout", 0),
    ("pedestal", "pedestal", "pedestal", 20),
    ("fe55", "fe55", "fe55", 1500),
    ("source", "science", "fe55", 1500),
)
#: What a discriminator needs besides, and what it is to reject.
TAUGHT = (
    ("background", "background", "background", 3000),
    ("sky", "science", "background", 1500),
)
JOB = """\
[job]
name = "waveforms"
[detectors.micromegas.settings]
readout = "waveforms"
signal_threshold_sigma = 1.0
gap_strips = 0
"""
SOURCE = """\
[runs.source]
tree = "events"
number_events = true
time_unit = "ms"
[runs.source.branches]
time_ns = "timestamp"
signal_id = "signal_ids"
signal_adu = "signal_data"
"""


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Simulate all runs by the command line and write the job for them."""
    folder = tmp_path_factory.mktemp("waveforms")
    job = JOB + "".join(simulate(folder, number, *run) for number, run in enumerate(RUNS))
    (folder / "job.toml").write_text(job)
    return folder


def simulate(folder: Path, number: int, name: str, kind: str, what: str, events: int) -> str:
    """Simulate a run; give its table for the job."""
    from click.testing import CliRunner

    from helioscope.cli.main import cli

    settings = folder / "settings.toml"
    settings.write_text(f'[simulator]\nkind = "{what}"\nevents = {events}\n')
    start = f"2004-07-01T0{number}:00:00Z"
    done = CliRunner().invoke(
        cli(),
        [
            "simulate", "micromegas-waveforms", "--out", str(folder / "raw"), "--name", name,
            "--kind", kind, "--start", start, "--seed", str(number), "--json", "--settings",
            str(settings),
        ],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    (file,) = json.loads(done.stdout)["files"]
    table = f'[[runs]]\nname = "{name}"\ndetector = "micromegas"\nkind = "{kind}"\n'
    table += f'files = ["raw/{Path(file).name}"]\nstart = {start}\n'
    return table + (SOURCE if file.endswith(".root") else "")


@pytest.fixture
def rows(helioscope: Cli, simulated: Path) -> tuple[ak.Array, ak.Array]:
    """Run the job, once; give the rows of the science run and their truth."""
    code, _, err = helioscope("run", simulated / "job.toml", "--quiet")
    assert code == 0, err
    found = read_product(simulated / "out/source/micromegas/observables.parquet")
    truth = ak.from_parquet(simulated / "raw/source_truth.parquet")
    truth = truth[truth["recorded"]]
    return found, truth[np.searchsorted(truth["event_id"], found["event_id"])]


def strip_of(mm: ak.Array) -> np.ndarray:
    return np.floor(np.asarray(mm) / 0.35 + 96).astype(int)


def flagged(rows: ak.Array, mask: int) -> np.ndarray:
    return (np.asarray(rows["quality"]) & np.uint32(mask)) != 0


def test_energy_and_position_are_those_of_the_photons(rows: tuple[ak.Array, ak.Array]) -> None:
    found, truth = rows
    assert len(found) > 0.99 * len(truth) > 1400
    energy = np.asarray(found["energy_kev"])
    peak = (np.abs(energy - 5.9) < 1.0) & ~flagged(found, quality.BAD_NEIGHBOUR.mask)
    assert np.median(energy[peak]) == pytest.approx(5.95, abs=0.06)
    charge = np.asarray(truth["avalanche"])[peak]
    assert np.corrcoef(energy[peak], charge)[0, 1] > 0.95
    single = peak & (np.asarray(found["n_clusters_x"]) == 1)
    single &= np.asarray(found["n_clusters_y"]) == 1
    assert single.sum() > 0.6 * peak.sum()
    for axis in "xy":
        off = np.asarray(found[f"{axis}_mm"])[single] - np.asarray(truth[f"{axis}_mm"])[single]
        assert np.sqrt((off**2).mean()) < 0.15
        assert abs(off.mean()) < 0.02
    assert not flagged(found, quality.UNCALIBRATED.mask).any()


def test_dead_strips_are_bridged_and_noisy_ones_masked(
    rows: tuple[ak.Array, ak.Array], simulated: Path
) -> None:
    found, truth = rows
    (table,) = (simulated / "out/calibrations").rglob("micromegas-waveform-pedestals*/**/*.parquet")
    status = np.asarray(read_product(table)["status"])
    assert (np.bincount(status) == [380, 3, 1]).all()
    bad = flagged(found, quality.BAD_NEIGHBOUR.mask)
    peak = np.abs(np.asarray(found["energy_kev"]) - 5.5) < 1.5
    (dead,) = SIMULATED.dead_strips_x
    near = peak & (np.abs(strip_of(truth["x_mm"]) - dead) <= 1)
    assert near.sum() > 15
    assert bad[near].mean() > 0.9
    whole = (np.asarray(found["n_clusters_x"]) == 1)[near].mean()
    elsewhere = (np.asarray(found["n_clusters_x"]) == 1)[peak & ~bad].mean()
    assert whole > elsewhere - 0.15
    off = np.asarray(found["x_mm"])[near] - np.asarray(truth["x_mm"])[near]
    assert np.median(np.abs(off)) < 0.2
    # a channel with six times the noise of others was written at every event, and left out
    assert np.asarray(found["n_signals"]).max() < 40
    assert np.asarray(found["sigma_x_mm"]).max() < 3


def test_the_same_without_pedestals_sees_the_dead_strip_as_a_gap(
    rows: tuple[ak.Array, ak.Array], simulated: Path, helioscope: Cli
) -> None:
    found, truth = rows
    parts = (simulated / "job.toml").read_text().split("[[runs]]\n")
    job = "[[runs]]\n".join(part for part in parts if 'name = "pedestal"' not in part)
    (simulated / "bare.toml").write_text(job)
    out = simulated / "bare"
    code, _, err = helioscope("run", simulated / "bare.toml", "--out", out, "--quiet")
    assert code == 0, err
    bare = read_product(out / "source/micromegas/observables.parquet")
    assert not flagged(bare, quality.BAD_NEIGHBOUR.mask).any()
    (dead,) = SIMULATED.dead_strips_x
    near = np.abs(strip_of(truth["x_mm"]) - dead) <= 1
    parted = [(np.asarray(table["n_clusters_x"]) > 1)[near].mean() for table in (bare, found)]
    assert parted[0] > 0.5 > 3 * parted[1]


def test_background_is_told_from_photons(simulated: Path, helioscope: Cli) -> None:
    """By what waveforms measure: clusters, and the times and widths of their pulses."""
    job = (simulated / "job.toml").read_text()
    job += "".join(simulate(simulated, 4 + number, *run) for number, run in enumerate(TAUGHT))
    named = "[detectors.micromegas]\ndiscriminator = "
    (simulated / "told.toml").write_text(f'{named}"micromegas-waveforms-likelihood"\n{job}')
    out = simulated / "told"
    code, _, err = helioscope("run", simulated / "told.toml", "--out", out, "--quiet")
    assert code == 0, err
    judged = {}
    for run in ("source", "sky"):
        candidates = read_product(out / run / "micromegas/candidates.parquet")
        clean = ~flagged(candidates, quality.excluding_mask(DETECTOR.quality_bits))
        energy = np.asarray(candidates["energy_kev"])
        inside = clean & (energy > 1.0) & (energy < 8.0)
        judged[run] = np.asarray(candidates["accepted"])[inside]
    assert judged["source"].mean() == pytest.approx(0.8, abs=0.05)
    assert judged["sky"].size > 100
    assert judged["sky"].mean() < 0.06
    trained = {path.name for path in (out / "calibrations/micromegas").iterdir()}
    assert {name for name in trained if name.endswith("-cuts")} == {"micromegas-waveforms-cuts"}
    (simulated / "other.toml").write_text(f'{named}"micromegas-likelihood"\n{job}')
    code, _, err = helioscope("run", simulated / "other.toml", "--out", simulated / "other")
    assert code == 2
    assert "micromegas-likelihood" in err
