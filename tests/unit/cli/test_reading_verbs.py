"""The verbs that only read: plugins, schema, inspect; and display and simulate."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import awkward as ak
import pytest
from tests.integration.counter_runs import write_events, write_job

Cli = Callable[..., tuple[int, str, str]]


def test_plugins_lists_what_each_brings(helioscope: Cli) -> None:
    code, out, _ = helioscope("plugins", "--json")
    found = json.loads(out)
    kinds = {(row["kind"], row["name"]) for row in found["plugins"]}
    assert code == 0
    assert {("detector", "ccd"), ("simulator", "tpc"), ("source", "feminos-aqs")} <= kinds
    assert found["failures"] == []
    assert "proportional-counter" in helioscope("plugins")[1]


def test_schema_of_a_product_has_units_and_meanings(helioscope: Cli) -> None:
    code, out, _ = helioscope("schema", "candidates", "--json")
    columns = {row["column"]: row for row in json.loads(out)["candidates"]}
    assert code == 0
    assert columns["energy_kev"]["unit"] == "keV"
    assert all(row["meaning"] for row in columns.values())


def test_schema_prints_the_settings_of_a_plugin(helioscope: Cli) -> None:
    code, out, _ = helioscope("schema", "proportional-counter.settings", "--json")
    rows = json.loads(out)["proportional-counter.settings"]
    assert code == 0
    assert [(row["setting"], row["type"], row["default"]) for row in rows] == [
        ("ev_per_adu", "float", 10.0),
        ("dead_time_s", "float", 0.001),
    ]


def test_schema_prints_all_of_it(helioscope: Cli) -> None:
    code, out, _ = helioscope("schema", "--json")
    names = set(json.loads(out))
    assert code == 0
    assert {"raw", "candidates", "quality", "tpc.observables", "simulator.ccd.settings"} <= names


def test_schema_of_a_wrong_name_says_the_nearest(helioscope: Cli) -> None:
    code, _, err = helioscope("schema", "ccd-observables")
    assert code == 2
    assert "did you mean 'ccd.observables'?" in err


@pytest.fixture
def reconstructed(helioscope: Cli, tmp_path: Path) -> Path:
    write_events(tmp_path / "a.root")
    assert helioscope("run", write_job(tmp_path, "a.root"), "--out", tmp_path / "out")[0] == 0
    return tmp_path


def test_inspect_says_what_products_run_folders_and_raw_files_are(
    helioscope: Cli, reconstructed: Path
) -> None:
    folder = reconstructed / "out/r1/counter"
    code, out, _ = helioscope("inspect", folder / "candidates.parquet", "--json")
    found = json.loads(out)
    energy = next(row for row in found["columns"] if row["column"] == "energy_kev")
    assert (code, found["rows"]) == (0, 30)
    assert energy["min"] == pytest.approx(6.0)
    assert found["lineage"]
    code, out, _ = helioscope("inspect", folder, "--json")
    assert (code, json.loads(out)["counts"]["events"]) == (0, 30)
    code, out, _ = helioscope("inspect", reconstructed / "a.root", "--json")
    assert code == 0
    assert "format root" in json.loads(out)["is"]
    for path in (folder, folder / "candidates.parquet", reconstructed / "a.root"):
        assert helioscope("inspect", path)[0] == 0


@pytest.mark.parametrize(
    "content",
    [b"", b"just text", b"root:x:0:0:root:/root:/bin/bash\n", b"PAR1 and then nothing"],
)
def test_inspect_refuses_a_foreign_file(helioscope: Cli, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "foreign").write_bytes(content)
    code, out, err = helioscope("inspect", tmp_path / "foreign")
    assert (code, out) == (4, "")
    assert str(tmp_path / "foreign") in err


def test_inspect_refuses_what_is_no_run_folder_or_missing(helioscope: Cli, tmp_path: Path) -> None:
    assert helioscope("inspect", tmp_path)[0] == 4
    code, _, err = helioscope("inspect", tmp_path / "none")
    assert code == 2
    assert "no such file" in err


def test_display_of_a_detector_without_one_says_so(helioscope: Cli, reconstructed: Path) -> None:
    job = reconstructed / "job.toml"
    code, _, err = helioscope("display", job, "--run", "r1", "--out", reconstructed / "out")
    assert code == 2
    assert "no plugin draws its events" in err
    code, _, err = helioscope("display", job, "--run", "r2", "--out", reconstructed / "out")
    assert code == 2
    assert "did you mean 'r1'?" in err


def test_simulate_writes_raw_events_that_inspect_knows(helioscope: Cli, tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text('[simulator]\nkind = "fe55"\nevents = 40\n')
    code, out, _ = helioscope(
        "simulate", "micromegas", "--out", tmp_path / "s", "--settings", settings,
        "--kind", "fe55", "--seconds", 20, "--json",
    )  # fmt: skip
    made = json.loads(out)
    assert code == 0
    assert made["stop_ns"] - made["start_ns"] == 20 * 10**9
    truth = ak.from_parquet(made["truth"])
    assert len(truth) >= 40
    assert helioscope("inspect", made["files"][0])[0] == 0


def test_simulate_says_the_line_of_a_wrong_setting(helioscope: Cli, tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text('[detector]\n[simulator]\nkind = "fe55"\nevnts = 3\n')
    call = ("simulate", "micromegas", "--out", tmp_path / "s", "--settings", settings)
    code, _, err = helioscope(*call)
    assert code == 2
    assert "line 4" in err
    assert "did you mean 'events'?" in err
    settings.write_text("[simulater]\n")
    code, _, err = helioscope(*call)
    assert code == 2
    assert "did you mean 'simulator'?" in err
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(
    "wrong", [["--start", "yesterday"], ["--seconds", "0"], ["--name", "../x"], ["--seed", "x"]]
)
def test_simulate_refuses_wrong_options(helioscope: Cli, tmp_path: Path, wrong: list[str]) -> None:
    assert helioscope("simulate", "tpc", "--out", tmp_path / "s", *wrong)[0] == 2
    assert not (tmp_path / "s").exists()


def test_display_of_a_wrong_run_calibrates_nothing_first(helioscope: Cli, tmp_path: Path) -> None:
    """The fault is found before the calibrations, which would fail on these empty files."""
    (tmp_path / "dark.fits").write_bytes(b"")
    (tmp_path / "job.toml").write_text(
        '[job]\nname = "j"\n[detectors.ccd]\n[[runs]]\nname = "dark"\ndetector = "ccd"\n'
        'kind = "dark"\nfiles = ["dark.fits"]\n'
    )
    code, _, err = helioscope("display", tmp_path / "job.toml", "--run", "drak")
    assert code == 2
    assert "did you mean 'dark'?" in err
