"""Bad input, made for real: what a damaged file, a wrong wire or a NaN pedestal leads to."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

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

Cli = Callable[..., tuple[int, str, str]]
Ran = Callable[..., tuple[int, str]]

JOB = """
[job]
name = "faults"
[detectors.tpc]
settings = {{ {settings} }}
[[runs]]
name = "night"
detector = "tpc"
kind = "science"
files = ["night.root"]
start = 2004-05-01T00:00:00Z
stop = 2004-05-01T01:00:00Z
"""


PEDESTALS_RUN = """
[[runs]]
name = "pedestals"
detector = "tpc"
kind = "pedestal"
files = ["pedestals.root"]
start = 2004-04-30T23:00:00Z
stop = 2004-04-30T23:10:00Z
"""


@pytest.fixture
def ran(helioscope: Cli, tmp_path: Path) -> Ran:
    """Write the job and run it in the test's folder; give exit code and messages."""

    def run(settings: str = "use_pedestals = false, use_gains = false") -> tuple[int, str]:
        (tmp_path / "job.toml").write_text(JOB.format(settings=settings))
        arguments = ("run", tmp_path / "job.toml", "--data", tmp_path, "--out", tmp_path / "out")
        code, _, messages = helioscope(*arguments)
        return code, messages

    return run


def products(folder: Path) -> tuple[ak.Array, dict[str, Any]]:
    """Give observables and record of the run."""
    made = folder / "out" / "night" / "tpc"
    record: dict[str, Any] = json.loads((made / "record.json").read_text())
    return ak.from_parquet(made / "observables.parquet"), record


def written(path: Path, raw: ak.Array, **changed: ak.Array) -> Path:
    """Write raw events to a ROOT file, some columns changed."""
    columns = {name: raw[name] for name in ("event_id", "time_ns", "veto_time_ns")}
    columns |= {"wire": raw["wire"], "samples_adu": ak.Array(flat(raw))} | changed
    types = dict.fromkeys(columns, "int64") | {"wire": "var * int16", "samples_adu": "var * int16"}
    types = {name: kind for name, kind in types.items() if columns[name] is not None}
    with uproot.recreate(path, compression=uproot.ZLIB(1)) as file:
        tree = file.mktree("events", types)
        tree.extend({name: columns[name] for name in types})
    return path


def jagged(values: list[list[int]]) -> ak.Array:
    return ak.values_astype(ak.Array(values), "int16")


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> ak.Array:
    return simulated(tmp_path_factory.mktemp("fe55"), photons=40)[0]


def flat(raw: ak.Array) -> list[list[int]]:
    return [np.asarray(event).ravel().tolist() for event in raw["samples_adu"]]


def test_a_good_file_runs(tmp_path: Path, ran: Ran, raw: ak.Array) -> None:
    written(tmp_path / "night.root", raw)
    assert ran()[0] == 0
    assert len(products(tmp_path)[0])


def test_counts_that_disagree_end_in_4_and_name_the_events(
    tmp_path: Path, ran: Ran, raw: ak.Array
) -> None:
    wires = raw["wire"].to_list()
    wires[7].append(3)
    wires[11].append(3)
    written(tmp_path / "night.root", raw, wire=jagged(wires))
    code, messages = ran()
    assert code == 4
    assert "events 7 to 11" in messages
    assert not (tmp_path / "out/night/tpc").exists()


def test_samples_cut_short_end_in_4_and_name_the_event(
    tmp_path: Path, ran: Ran, raw: ak.Array
) -> None:
    samples = flat(raw)
    samples[5] = samples[5][:-9]
    written(tmp_path / "night.root", raw, samples_adu=jagged(samples))
    code, messages = ran()
    assert code == 4
    assert "event 5" in messages


def test_a_file_cut_anywhere_ends_in_4(tmp_path: Path, ran: Ran, raw: ak.Array) -> None:
    path = written(tmp_path / "night.root", raw)
    whole = path.read_bytes()
    for share in (0.05, 0.4, 0.67, 0.98):
        path.write_bytes(whole[: int(share * len(whole))])
        code, messages = ran()
        assert code == 4, share
        assert "night.root" in messages


def test_a_byte_flipped_in_a_known_file_ends_in_4(tmp_path: Path, ran: Ran, raw: ak.Array) -> None:
    path = written(tmp_path / "night.root", raw)
    assert ran()[0] == 0
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)
    code, messages = ran()
    assert code == 4
    assert "night.root" in messages
    assert "sha256" in messages


@pytest.mark.parametrize("name", ["wire", "veto_time_ns"])
def test_a_missing_branch_ends_in_4_with_what_there_is(
    tmp_path: Path, ran: Ran, raw: ak.Array, name: str
) -> None:
    written(tmp_path / "night.root", raw, **{name: None})
    code, messages = ran()
    assert code == 4
    assert name in messages
    assert "event_id" in messages


def test_a_wire_out_of_range_in_a_file_is_counted_and_excluded(
    tmp_path: Path, ran: Ran, raw: ak.Array
) -> None:
    wires = raw["wire"].to_list()
    wires[9][0], wires[21][3] = 144, -1
    written(tmp_path / "night.root", raw, wire=jagged(wires))
    assert ran()[0] == 0
    rows, record = products(tmp_path)
    counts = record["counts"]
    assert counts["events_with_quality_bit"]["wire_unknown"] == 2
    marked = (np.asarray(rows["quality"]) & np.uint32(WIRE_UNKNOWN.mask)) > 0
    assert set(np.asarray(rows["event_id"])[marked].tolist()) <= {9, 21}
    accepted = ak.from_parquet(tmp_path / "out/night/tpc/candidates.parquet")
    assert not np.asarray(accepted["accepted"])[marked].any()


def test_a_clock_that_goes_back_is_flagged_and_lives_no_second_twice(
    tmp_path: Path, ran: Ran, raw: ak.Array
) -> None:
    times = np.asarray(raw["time_ns"]).copy()
    times[20:] -= 600_000_000_000
    written(tmp_path / "night.root", raw, time_ns=times)
    assert ran()[0] == 0
    rows, record = products(tmp_path)
    assert record["counts"]["events_with_quality_bit"]["time_backwards"] > 0
    assert (np.diff(np.asarray(rows["event_id"])) >= 0).all()
    live_s = sum(row["live_s"] for row in record["live_time"])
    assert 0 <= live_s <= 3600.0


def test_wires_that_no_pedestal_run_read_get_nan_and_mark_their_rows(
    tmp_path: Path, helioscope: Cli, ran: Ran, raw: ak.Array
) -> None:
    quiet, _ = simulated(tmp_path, name="quiet", random_triggers=30)
    kept = quiet["wire"] >= 24

    part = ak.with_field(
        quiet[["event_id", "time_ns", "veto_time_ns"]], quiet["wire"][kept], "wire"
    )
    written(
        tmp_path / "pedestals.root", ak.with_field(part, quiet["samples_adu"][kept], "samples_adu")
    )
    written(tmp_path / "night.root", raw)
    job = JOB.format(settings="use_gains = false") + PEDESTALS_RUN
    (tmp_path / "job.toml").write_text(job)
    folders = ("--data", tmp_path, "--out", tmp_path / "out")
    assert helioscope("calibrate", tmp_path / "job.toml", *folders)[0] == 0
    assert helioscope("run", tmp_path / "job.toml", *folders)[0] == 0
    rows, record = products(tmp_path)
    marked = (np.asarray(rows["quality"]) & np.uint32(quality.UNCALIBRATED.mask)) > 0
    touches = np.asarray(ak.any(rows["anode_wire"] < 24, axis=1))
    assert 0 < touches.sum() < len(rows)
    assert (marked == touches).all()
    assert record["counts"]["observables_with_quality_bit"]["uncalibrated"] == touches.sum()


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
