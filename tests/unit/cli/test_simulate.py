"""``helioscope simulate``: raw events with their truth, and what is there already."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import awkward as ak
import pytest

Cli = Callable[..., tuple[int, str, str]]


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


def test_simulate_keeps_what_is_there_unless_told_to_replace(
    helioscope: Cli, tmp_path: Path
) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text("[simulator]\nframes = 20\n")
    call = ("simulate", "ccd", "--out", tmp_path / "s", "--settings", settings, "--seed")
    assert helioscope(*call, 1)[0] == 0
    first = {path.name: path.read_bytes() for path in (tmp_path / "s").iterdir()}
    assert len(first) == 3
    code, _, err = helioscope(*call, 2)
    assert code == 2
    assert "a file that is there already" in err
    assert "--replace" in err
    assert {path.name: path.read_bytes() for path in (tmp_path / "s").iterdir()} == first
    for name in ("simulated.fits", "simulated_truth.parquet"):
        (tmp_path / "s" / name).unlink()  # what is left has a name that only the simulator knows
    assert helioscope(*call, 2)[0] == 2
    assert [path.name for path in (tmp_path / "s").iterdir()] == ["simulated_camera.parquet"]
    assert helioscope(*call, 2, "--replace")[0] == 0
    second = {path.name: path.read_bytes() for path in (tmp_path / "s").iterdir()}
    assert second.keys() == first.keys()
    assert second["simulated.fits"] != first["simulated.fits"]


def test_simulate_into_a_folder_that_cannot_be_written_ends_with_5(
    helioscope: Cli, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    code, _, err = helioscope("simulate", "ccd", "--out", tmp_path / "file" / "s")
    assert code == 5
    assert "Not a directory" in err


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


#: simulator, kind of the run, settings; and what is wrong with them
CONTRADICTIONS = [
    ("micromegas", "fe55", 'kind = "background"', "kind = 'background'"),
    ("micromegas-waveforms", "background", 'kind = "fe55"', "kind = 'fe55'"),
    ("ccd", "fe55", "frames = 2", "no photons"),
    (
        "ccd", "dark",
        'frames = 2\nsources = [{name = "a", spectrum = "fe55", rate_hz = 5.0}]', "fe55 photons",
    ),
    ("tpc", "fe55", "photons = 0", "holds nothing"),
    ("tpc", "fe55", "muons = 5", "holds muons"),
    ("tpc", "fe55", 'photons = 5\nsource = "flat"', "source = 'flat'"),
    ("tpc", "background", "photons = 5\nmuons = 9", "muons, photons from source = 'fe55'"),
    ("tpc", "pedestal", "random_triggers = 3\nrecoils = 1", "random_triggers, recoils"),
]  # fmt: skip


@pytest.mark.parametrize(("simulator", "kind", "settings", "said"), CONTRADICTIONS)
def test_a_run_that_would_calibrate_from_something_else_is_refused(
    helioscope: Cli, tmp_path: Path, simulator: str, kind: str, settings: str, said: str
) -> None:
    (tmp_path / "settings.toml").write_text(f"[simulator]\n{settings}\n")
    code, _, err = helioscope(
        "simulate", simulator, "--out", tmp_path / "s", "--kind", kind,
        "--settings", tmp_path / "settings.toml", "--seconds", 1,
    )  # fmt: skip
    assert code == 2
    assert f"kind '{kind}'" in err
    assert said in err
    assert not list((tmp_path / "s").iterdir())


def test_what_is_simulated_follows_the_kind_of_the_run(helioscope: Cli, tmp_path: Path) -> None:
    call = ("simulate", "micromegas", "--out", tmp_path / "s", "--seconds", 1, "--json")
    code, out, _ = helioscope(*call, "--kind", "fe55")
    assert code == 0
    assert set(ak.from_parquet(json.loads(out)["truth"])["origin"].to_list()) == {"fe55"}


def test_runs_of_other_names_are_other_draws(helioscope: Cli, tmp_path: Path) -> None:
    """A science run must not repeat the events of the background run that taught."""
    call = ("simulate", "micromegas", "--seconds", 5, "--kind", "background", "--json")
    energies = []
    for folder, name in (("a", "one"), ("b", "one"), ("a", "two")):
        _, out, _ = helioscope(*call, "--out", tmp_path / folder, "--name", name)
        energies.append(ak.from_parquet(json.loads(out)["truth"])["energy_kev"].to_list())
    assert energies[0] == energies[1] != energies[2]


def test_simulate_says_what_a_job_needs_to_read_the_file(helioscope: Cli, tmp_path: Path) -> None:
    call = ("simulate", "micromegas-waveforms", "--seconds", 1, "--out", tmp_path, "--json")
    _, out, err = helioscope(*call)
    assert json.loads(out)["source"]["branches"]["signal_adu"] == "signal_data"
    assert "[runs.source]" in err
