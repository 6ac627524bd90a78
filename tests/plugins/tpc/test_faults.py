"""Bad input, made for real: what a damaged file, a wrong wire or a NaN pedestal leads to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from helioscope.api import Calibration, InputError, quality
from helioscope_tpc.columns import WIRE_UNKNOWN
from helioscope_tpc.constants import PEDESTALS
from helioscope_tpc.plugin import DETECTOR
from helioscope_tpc.settings import TpcSettings

from .chamber import BARE, setup_of, simulated

JOB = """
[job]
name = "faults"
[detectors.tpc]
settings = { use_pedestals = false, use_gains = false }
[[runs]]
name = "night"
detector = "tpc"
kind = "science"
files = ["night.root"]
start = 2004-05-01T00:00:00Z
stop = 2004-05-01T01:00:00Z
"""


def ran(folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "job.toml").write_text(JOB)
    command = [sys.executable, "-m", "helioscope.cli.main", "run", str(folder / "job.toml")]
    return subprocess.run(
        [*command, "--data", str(folder), "--out", str(folder / "out")],
        capture_output=True, text=True,
    )  # fmt: skip


def written(path: Path, raw: ak.Array, wire: ak.Array, samples: ak.Array) -> None:
    columns = {name: raw[name] for name in ("event_id", "time_ns", "veto_time_ns")}
    types = dict.fromkeys(columns, "int64") | {"wire": "var * int16", "samples_adu": "var * int16"}
    with uproot.recreate(path, compression=uproot.ZLIB(1)) as file:
        tree = file.mktree("events", types)
        tree.extend(columns | {"wire": wire, "samples_adu": samples})


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> ak.Array:
    return simulated(tmp_path_factory.mktemp("fe55"), photons=40)[0]


def flat(raw: ak.Array) -> list[list[int]]:
    return [np.asarray(event).ravel().tolist() for event in raw["samples_adu"]]


def test_a_good_file_runs(tmp_path: Path, raw: ak.Array) -> None:
    written(tmp_path / "night.root", raw, raw["wire"], ak.Array(flat(raw)))
    done = ran(tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "night" / "tpc" / "observables.parquet").exists()


def test_counts_that_disagree_end_in_4_and_name_the_events(tmp_path: Path, raw: ak.Array) -> None:
    wires = raw["wire"].to_list()
    wires[7].append(3)
    wires[11].append(3)
    written(
        tmp_path / "night.root",
        raw,
        ak.values_astype(ak.Array(wires), "int16"),
        ak.Array(flat(raw)),
    )
    done = ran(tmp_path)
    assert done.returncode == 4, done.stderr
    assert "events 7 to 11" in done.stderr


def test_samples_cut_short_end_in_4_and_name_the_event(tmp_path: Path, raw: ak.Array) -> None:
    samples = flat(raw)
    samples[5] = samples[5][:-9]
    written(tmp_path / "night.root", raw, raw["wire"], ak.values_astype(ak.Array(samples), "int16"))
    done = ran(tmp_path)
    assert done.returncode == 4, done.stderr
    assert "event 5" in done.stderr


def test_a_file_cut_anywhere_ends_in_4(tmp_path: Path, raw: ak.Array) -> None:
    path = tmp_path / "night.root"
    written(path, raw, raw["wire"], ak.Array(flat(raw)))
    whole = path.read_bytes()
    path.write_bytes(whole[: 2 * len(whole) // 3])
    done = ran(tmp_path)
    assert done.returncode == 4, done.stderr
    assert "night.root" in done.stderr


def test_counts_that_disagree_are_refused_by_the_reconstruction_too(raw: ak.Array) -> None:
    wires = raw["wire"].to_list()
    wires[3] = wires[3][:-1]
    broken = ak.with_field(raw, ak.values_astype(ak.Array(wires), "int16"), "wire")
    with pytest.raises(InputError, match="events 3 to 3"):
        DETECTOR.reconstruction(setup_of())(broken)


@pytest.mark.parametrize("number", [-1, 144, 32767])
def test_a_wire_out_of_range_marks_its_event_and_no_other(raw: ak.Array, number: int) -> None:
    wires = raw["wire"].to_list()
    wires[9][0] = number
    broken = ak.with_field(raw, ak.values_astype(ak.Array(wires), "int16"), "wire")
    result = DETECTOR.reconstruction(setup_of())(broken)
    assert result.event_quality is not None
    marked = np.flatnonzero(result.event_quality & np.uint32(WIRE_UNKNOWN.mask))
    assert marked.tolist() == [9]
    rows = result.observables
    of_it = np.asarray(rows["event_id"]) == int(raw["event_id"][9])
    bits = np.asarray(rows["quality"]) & np.uint32(WIRE_UNKNOWN.mask)
    assert ((bits > 0) == of_it).all()


def pedestals(config: TpcSettings, level: float = 100.0) -> ak.Array:
    wires = config.wires
    return ak.zip(
        {
            "wire": np.arange(wires, dtype=np.int16),
            "pedestal_adu": np.full(wires, level),
            "noise_adu": np.full(wires, 2.1),
            "white_noise_adu": np.full(wires, 1.5),
            "waveforms": np.full(wires, 100),
        }
    )


def test_nan_pedestals_mark_what_touches_them_and_invent_nothing(raw: ak.Array) -> None:
    config = BARE.model_copy(update={"use_pedestals": True})
    table = pedestals(config)
    table["pedestal_adu"] = np.where(np.arange(config.wires) < 24, np.nan, 100.0)
    setup = setup_of(config, calibrations={PEDESTALS: (Calibration(PEDESTALS, table),)})
    rows = DETECTOR.reconstruction(setup)(raw).observables
    marked = (np.asarray(rows["quality"]) & np.uint32(quality.UNCALIBRATED.mask)) > 0
    touches = np.asarray(ak.any(rows["anode_wire"] < 24, axis=1))
    assert touches.any()
    assert (~touches).any()
    assert (marked == touches).all()
    assert np.isfinite(np.asarray(rows["energy_kev"])).all()


def test_pedestals_of_another_chamber_are_refused() -> None:
    config = BARE.model_copy(update={"use_pedestals": True})
    table = pedestals(config)
    small = config.model_copy(update={"cathode_wires": 40})
    setup = setup_of(small, calibrations={PEDESTALS: (Calibration(PEDESTALS, table),)})
    with pytest.raises(InputError, match="wires 0 to 143"):
        DETECTOR.reconstruction(setup)


def test_a_drifting_pedestal_is_followed_event_by_event(raw: ak.Array) -> None:
    config = BARE.model_copy(update={"use_pedestals": True})
    calibrations = {PEDESTALS: (Calibration(PEDESTALS, pedestals(config)),)}
    reconstruct = DETECTOR.reconstruction(setup_of(config, calibrations=calibrations))
    moved = ak.with_field(raw, ak.values_astype(raw["samples_adu"] + 37, "int16"), "samples_adu")
    first, second = reconstruct(raw).observables, reconstruct(moved).observables
    # Shared noise is rounded to whole adu; a tie may fall the other way.
    np.testing.assert_allclose(first["energy_kev"], second["energy_kev"], rtol=0.03)
    np.testing.assert_array_equal(first["event_id"], second["event_id"])


def test_saturated_samples_mark_their_event(raw: ak.Array) -> None:
    samples = [np.asarray(event).copy() for event in raw["samples_adu"]]
    samples[4][0, 50] = 2**BARE.adc_bits - 1
    counts = [len(event) for event in samples]
    joined = ak.unflatten(ak.from_numpy(np.concatenate(samples), regulararray=True), counts)
    result = DETECTOR.reconstruction(setup_of())(ak.with_field(raw, joined, "samples_adu"))
    assert result.event_quality is not None
    marked = np.flatnonzero(result.event_quality & np.uint32(quality.SATURATED.mask))
    assert marked.tolist() == [4]
