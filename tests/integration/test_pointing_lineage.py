"""Another pointing log never goes unnoticed, even where it gives the same tags."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.integration.counter_runs import START, run_table, write_events, write_job

from helioscope.io.parquet import read_product
from helioscope.model.time import NS_PER_S
from helioscope.sun import earth_orientation
from helioscope.sun.pointing_simulation import simulated_pointing, write_cast_angle_log

Cli = Callable[..., tuple[int, str, str]]
SPAN = (START - 3600 * NS_PER_S, START + 3600 * NS_PER_S)


def write_log(path: Path, seed: int) -> None:
    """Write a log of a resting magnet; the seed makes the noise of its encoders."""
    path.unlink(missing_ok=True)
    write_cast_angle_log(path, simulated_pointing(SPAN, [], seed=seed))


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """A job with a pointing log."""
    write_events(tmp_path / "a.root")
    path = write_job(tmp_path, "a.root")
    path.write_text(path.read_text() + '[pointing]\nfiles = ["log/*.log"]\n')
    (tmp_path / "log").mkdir()
    write_log(tmp_path / "log/a.log", seed=1)
    return path


def test_another_log_with_the_same_tags_is_refused(
    helioscope: Cli, job: Path, tmp_path: Path
) -> None:
    assert helioscope("run", job, "--out", tmp_path / "one")[0] == 0
    write_log(tmp_path / "log/a.log", seed=2)
    code, _, err = helioscope("run", job, "--out", tmp_path / "one")
    assert code == 2
    assert "setting pointing.sha256" in err
    assert "setting tags" not in err
    assert helioscope("run", job, "--out", tmp_path / "two")[0] == 0
    offsets = [
        np.asarray(read_product(tmp_path / out / "r1/counter/candidates.parquet")["sun_offset_deg"])
        for out in ("one", "two")
    ]
    assert np.isfinite(offsets).all()
    assert (offsets[0] != offsets[1]).any()


def test_the_same_log_elsewhere_is_the_same(helioscope: Cli, job: Path, tmp_path: Path) -> None:
    assert helioscope("run", job, "--out", tmp_path / "out")[0] == 0
    (tmp_path / "log/a.log").rename(tmp_path / "log/b.log")
    code, out, _ = helioscope("run", job, "--out", tmp_path / "out", "--json")
    assert (code, [row["state"] for row in json.loads(out)]) == (0, ["present"])


def test_another_setting_of_the_pointing_is_refused(
    helioscope: Cli, job: Path, tmp_path: Path
) -> None:
    assert helioscope("run", job, "--out", tmp_path / "out")[0] == 0
    job.write_text(job.read_text() + "[pointing.settings]\nmoving_window_s = 11.0\n")
    code, _, err = helioscope("run", job, "--out", tmp_path / "out")
    assert code == 2
    assert "setting pointing.settings.moving_window_s: 10.0 -> 11.0" in err


def write_grid(path: Path, offset_deg: float) -> None:
    """Write a survey that holds always and everywhere."""
    names = "start_utc,stop_utc,horizontal_deg,vertical_deg"
    rows = [
        f"2000-01-01T00:00:00Z,,{horizontal},{vertical},{offset_deg},{offset_deg}"
        for horizontal in (0, 360)
        for vertical in (-90, 90)
    ]
    header = f"{names},horizontal_offset_deg,vertical_offset_deg"
    path.write_text("\n".join([header, *rows]) + "\n")


@pytest.fixture
def with_grid(job: Path, tmp_path: Path) -> Path:
    """The job with a grid beside its logs."""
    write_grid(tmp_path / "log/grid.csv", 0.1)
    job.write_text(job.read_text() + '[pointing.settings]\ngrid = "log/grid.csv"\n')
    return job


def test_another_grid_is_refused(
    helioscope: Cli, with_grid: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    assert helioscope("run", with_grid, "--out", out)[0] == 0
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    code, printed, _ = helioscope("run", with_grid, "--out", out, "--json")
    assert (code, json.loads(printed)[0]["state"]) == (0, "present")
    write_grid(tmp_path / "log/grid.csv", 0.2)
    code, _, err = helioscope("run", with_grid, "--out", out)
    assert code == 2
    assert "setting pointing.sha256" in err


def test_a_grid_that_is_not_there_is_named_with_its_folder(
    helioscope: Cli, with_grid: Path, tmp_path: Path
) -> None:
    (tmp_path / "log/grid.csv").unlink()
    code, _, err = helioscope("run", with_grid, "--out", tmp_path / "out")
    assert code == 4
    assert str(tmp_path / "log/grid.csv") in err


def test_verify_looks_at_the_grid(helioscope: Cli, with_grid: Path, tmp_path: Path) -> None:
    out, grid = tmp_path / "out", tmp_path / "log/grid.csv"
    assert helioscope("run", with_grid, "--out", out)[0] == 0
    assert helioscope("verify", "--out", out)[0] == 0
    write_grid(grid, 0.2)
    code, printed, _ = helioscope("verify", "--out", out, "--json")
    (one,) = json.loads(printed)["findings"]
    assert (code, one["verdict"], one["path"]) == (4, "changed", str(grid))


def test_another_table_of_the_earths_rotation_is_refused_and_its_age_is_not(
    helioscope: Cli, job: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    assert helioscope("run", job, "--out", out)[0] == 0
    installed = earth_orientation.EarthOrientation.installed()
    later = time.time_ns() + 400 * 86_400 * NS_PER_S
    monkeypatch.setattr(earth_orientation.time, "time_ns", lambda: later)
    code, printed, _ = helioscope("run", job, "--out", out, "--json")
    assert (code, json.loads(printed)[0]["state"]) == (0, "present")
    other = replace(installed, version="0.2099.1.1", ut1_minus_tai_s=installed.ut1_minus_tai_s + 9)
    monkeypatch.setattr(earth_orientation, "_installed", lambda: other)
    code, _, err = helioscope("run", job, "--out", out)
    assert code == 2
    change = f"{installed.version} -> 0.2099.1.1"
    assert f"setting pointing.tables.earth_orientation_version: {change}" in err
    assert helioscope("run", job, "--out", tmp_path / "two")[0] == 0
    offsets = [
        np.asarray(read_product(folder / "r1/counter/candidates.parquet")["sun_offset_deg"])
        for folder in (out, tmp_path / "two")
    ]
    assert (offsets[0] != offsets[1]).any()


def test_verify_looks_at_the_logs_that_records_name(
    helioscope: Cli, job: Path, tmp_path: Path
) -> None:
    out, log = tmp_path / "out", tmp_path / "log/a.log"
    job.write_text(job.read_text() + run_table("r2", "counter", "b.root"))
    write_events(tmp_path / "b.root", first_id=100)
    assert helioscope("run", job, "--out", out)[0] == 0

    def verified(*more: str) -> tuple[int, list[tuple[str, str, str]]]:
        code, printed, _ = helioscope("verify", "--out", out, "--json", *more)
        found = json.loads(printed)["findings"]
        return code, [(one["verdict"], one["what"], one["path"]) for one in found]

    assert verified() == (0, [])
    write_log(log, seed=2)
    assert verified() == (4, [("changed", "input", str(log))])
    assert verified("--no-inputs") == (0, [])
    log.unlink()
    assert verified() == (4, [("missing", "input", str(log))])


def test_logs_that_moved_are_where_the_job_that_is_run_again_finds_them(
    helioscope: Cli, job: Path, tmp_path: Path
) -> None:
    out, disk = tmp_path / "out", tmp_path / "disk"
    assert helioscope("run", job, "--out", out)[0] == 0
    assert helioscope("reprocess", "--tag", "v1", "--out", out)[0] == 0
    disk.mkdir()
    for name in ("a.root", "log"):
        (tmp_path / name).rename(disk / name)
    assert helioscope("verify", "--out", out)[0] == 4
    assert helioscope("run", job, "--data", disk, "--out", out)[0] == 0
    places = [
        json.loads((out / folder / "r1/counter/record.json").read_text())["pointing"]["files"]
        for folder in ("", "tags/v1")
    ]
    assert places == [[str(disk / "log/a.log")], [str(tmp_path / "log/a.log")]]
    assert helioscope("verify", "--out", out)[0] == 0
    write_log(disk / "log/a.log", seed=2)
    assert helioscope("verify", "--out", out)[0] == 4


def test_logs_below_the_products_move_with_them(helioscope: Cli, job: Path, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    for name in ("a.root", "job.toml", "log"):
        (tmp_path / name).rename(here / name)
    assert helioscope("run", here / "job.toml", "--out", here)[0] == 0
    here.rename(there)
    assert helioscope("verify", "--out", there)[0] == 0
    code, printed, _ = helioscope("reprocess", "--tag", "v2", "--out", there, "--json")
    assert (code, [run["state"] for run in json.loads(printed)["runs"]]) == (0, ["linked"])


def test_verify_refuses_a_record_that_hides_its_logs(
    helioscope: Cli, job: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert helioscope("run", job, "--out", out)[0] == 0
    path = out / "r1/counter/record.json"
    record = json.loads(path.read_text())
    for pointing in ({"files": ["a.log"]}, {"files": ["a.log"], "sha256": []}, ["a.log"]):
        path.write_text(json.dumps(record | {"pointing": pointing}))
        code, printed, _ = helioscope("verify", "--out", out, "--json")
        (one,) = json.loads(printed)["findings"]
        assert (code, one["verdict"], one["path"]) == (4, "changed", str(path))
        assert "pointing logs" in one["detail"]
