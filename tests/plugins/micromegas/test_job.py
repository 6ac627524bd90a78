"""Whole jobs on files: feminos-daq's ROOT trees, damaged .aqs files, a small simulated run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import awkward as ak
import numpy as np
import pyarrow.parquet as pq
import pytest
import uproot

from . import feminos
from .conftest import Made

MAP = "plane,daq_id,axis,strip_pos_mm_in_module\n0,627,X,10.0\n0,628,X,10.5\n0,956,Y,20.0\n"
JOB = """
[job]
name = "test"
[detectors.micromegas.settings]
readout = "waveforms"
[[runs]]
name = "readout"
detector = "micromegas"
kind = "readout"
files = ["map.csv"]
[[runs]]
name = "run"
detector = "micromegas"
kind = "science"
files = ["run.*"]
"""
WAVES = [
    {627: feminos.pulse(3 * n, 700), 628: feminos.pulse(3 * n + 1, 300), 956: feminos.pulse(n, 900)}
    for n in range(5)
]


def run(folder: Path, *more: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "helioscope.cli.main", "run", str(folder / "job.toml"), *more]
    out = ["--data", str(folder), "--out", str(folder / "out")]
    done = subprocess.run([*command, *out], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def rows(folder: Path, columns: list[str]) -> dict[str, list]:
    table = pq.read_table(folder / "out" / "run" / "micromegas" / "observables.parquet")
    return table.select(columns).to_pydict()


def write_aqs(path: Path, cut: int = 0) -> None:
    # 627 = 2 x 288 + 0 x 72 + 51, 956 = 3 x 288 + 1 x 72 + 20
    events = [
        feminos.event(
            number,
            50_000_000 * number,
            {2: {(0, 51): wave[627], (0, 52): wave[628]}, 3: {(1, 20): wave[956]}},
        )
        for number, wave in enumerate(WAVES, start=1)
    ]
    content = feminos.run(1_600_000_000, events)
    path.write_bytes(content[: len(content) - cut])


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "map.csv").write_text(MAP)
    (tmp_path / "job.toml").write_text(JOB)
    return tmp_path


def test_root_trees_of_feminos_daq_give_what_the_aqs_file_gives(place: Path) -> None:
    """One entry an event: a timestamp in ms, the channels, all samples in one row of numbers."""
    names = ["x_mm", "y_mm", "energy_adu", "baseline_mean_adu", "n_good", "time_ns"]
    write_aqs(place / "run.aqs")
    code, said = run(place)
    assert code == 0, said
    from_aqs = rows(place, names)
    (place / "run.aqs").unlink()
    times = np.array([time // 1_000_000 for time in from_aqs["time_ns"]], np.uint64)
    flat = [[value for wave in event.values() for value in wave] for event in WAVES]
    with uproot.recreate(place / "run.root", compression=uproot.ZLIB(1)) as file:
        tree = {"timestamp": "uint64", "signal_ids": "var * uint16", "signal_data": "var * uint16"}
        file.mktree("events", tree).extend(
            {
                "timestamp": times,
                "signal_ids": ak.values_astype(ak.Array([list(e) for e in WAVES]), np.uint16),
                "signal_data": ak.values_astype(ak.Array(flat), np.uint16),
            }
        )
        file.mktree("run", {"number": "int32"}).extend({"number": np.array([7], np.int32)})
    source = """
[runs.source]
tree = "events"
number_events = true
time_unit = "ms"
[runs.source.branches]
time_ns = "timestamp"
signal_id = "signal_ids"
signal_adu = "signal_data"
"""
    (place / "job.toml").write_text(JOB.replace('name = "test"', 'name = "root"') + source)
    (place / "out").rename(place / "before")
    code, said = run(place)
    assert code == 0, said
    assert rows(place, names) == from_aqs
    assert from_aqs["y_mm"] == [20.0] * 5
    assert from_aqs["n_good"] == [3] * 5


def test_cut_file_ends_in_four_and_is_listed_with_skip_bad(place: Path) -> None:
    write_aqs(place / "run.aqs", cut=700)
    code, said = run(place)
    assert code == 4
    assert "run.aqs" in said
    assert "ends within an event" in said
    code, said = run(place, "--skip-bad")
    assert code == 3
    assert len(rows(place, ["event_id"])["event_id"]) == 4


def test_empty_aqs_file_is_a_run_without_events(place: Path) -> None:
    """A file of no bytes shows no format; one that holds a header alone is known by it."""
    for content, name in ((b"", "bare"), (feminos.run(1_600_000_000, []), "header")):
        (place / "run.aqs").write_bytes(content)
        (place / "job.toml").write_text(JOB.replace('"test"', f'"{name}"'))
        code, said = run(place)
        assert code == 0, said
        assert rows(place, ["event_id"])["event_id"] == []
        assert ("holds no byte" in said) is (not content)
        (place / "out").rename(place / name)


def test_damaged_map_stops_the_job_before_the_science_run(place: Path) -> None:
    write_aqs(place / "run.aqs")
    (place / "map.csv").write_text(MAP + "0,627,Y,4.0\n")
    code, said = run(place)
    assert code == 4
    assert "627 twice" in said
    assert not (place / "out" / "run").exists()


def test_calibrators_of_the_other_read_out_are_not_there(place: Path) -> None:
    """Strip gains need the mesh pulse, which waveform strips do not have."""
    write_aqs(place / "run.aqs")
    job = JOB + "[detectors.micromegas.calibrators.micromegas-strip-gain]\nminimum_events = 100\n"
    (place / "job.toml").write_text(job)
    code, said = run(place, "--dry-run")
    assert code == 2
    assert "no such calibrator for these settings" in said


def test_pedestals_come_from_the_samples_before_the_trigger(place: Path) -> None:
    """One run of kind pedestal calibrates and, as the job says, is reconstructed with it."""
    write_aqs(place / "run.aqs")
    job = JOB.replace('kind = "science"', 'kind = "pedestal"\nreconstruct = true')
    job += "[detectors.micromegas.calibrators.micromegas-waveform-pedestals]\n"
    job += "sample_range = [0, 140]\nminimum_samples = 500\n"
    named = job.replace('"waveforms"', '"waveforms"\nlevel_from = "pedestals"')
    (place / "job.toml").write_text(named)
    code, said = run(place)
    assert code == 0, said
    assert rows(place, ["n_good"])["n_good"] == [3] * 5
    made = place / "out" / "calibrations" / "micromegas"
    (table,) = (made / "micromegas-waveform-pedestals").rglob("*.parquet")
    found = pq.read_table(table).to_pydict()
    assert found["channel"] == [627, 628, 956]
    assert found["pedestal_adu"] == pytest.approx([250] * 3, abs=1)
    (place / "job.toml").write_text(
        JOB.replace('"waveforms"', '"waveforms"\nnoise_from = "pedestals"')
    )
    (place / "out").rename(place / "before")
    code, said = run(place)
    assert code == 2
    assert "micromegas-waveform-pedestals" in said


def test_simulated_run_is_calibrated_and_reconstructed(
    place: Path, pedestal: Made, fe55: Made
) -> None:
    """Pedestals, strip gains and energy scale are made in the job, in that order."""
    settings = JOB.split("[detectors")[0]
    for made in (pedestal, fe55):
        settings += f'[[runs]]\nname = "{made.run.kind}"\ndetector = "micromegas"\n'
        settings += f'kind = "{made.run.kind}"\nfiles = ["{made.path.name}"]\n'
        settings += "start = 2004-05-01T00:00:00Z\n"
        (place / made.path.name).write_bytes(made.path.read_bytes())
    settings += '[[runs]]\nname = "run"\ndetector = "micromegas"\nkind = "science"\n'
    settings += f'files = ["{fe55.path.name}"]\n[detectors.micromegas]\n'
    (place / "job.toml").write_text(settings)
    code, said = run(place)
    assert code == 0, said
    found = rows(place, ["energy_kev", "energy_strips_kev", "quality"])
    energy = np.array(found["energy_kev"])
    assert np.median(energy[energy > 4.5]) == pytest.approx(5.95, abs=0.05)
    made = {path.name for path in (place / "out" / "calibrations" / "micromegas").iterdir()}
    assert {"micromegas-pedestals", "micromegas-strip-gain", "micromegas-energy"} <= made
