"""Raw files at another place or under another name: told by their content, and lost ones missed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.integration.archive_campaign import contents
from tests.integration.counter_runs import write_events, write_job

from helioscope.catalog.store import open_catalog

Cli = Callable[..., tuple[int, str, str]]
GAIN = ["--set", "counter.ev_per_adu=12.0"]


@pytest.fixture
def out(helioscope: Cli, tmp_path: Path) -> Path:
    """A run of three files of a folder, processed; its job takes them by a pattern."""
    return processed(helioscope, tmp_path, tmp_path / "out", "raw/*.root")


def processed(helioscope: Cli, folder: Path, out: Path, *files: str) -> Path:
    (folder / "raw").mkdir(parents=True)
    for number, name in enumerate("xyz"):
        times = np.arange(20.0 * number, 20.0 * number + 20.0)
        write_events(folder / f"raw/{name}.root", times, first_id=100 * number)
    assert helioscope("run", write_job(folder, *files), "--out", out)[0] == 0
    return out


def files_of(out: Path) -> list[Path]:
    with open_catalog(out / "catalog.sqlite") as catalog:
        return [file.path for file in catalog.run("counter", "r1").files]


def states(helioscope: Cli, *arguments: object) -> list[str]:
    code, printed, err = helioscope("reprocess", *arguments, "--json")
    assert code == 0, err
    found = json.loads(printed)
    return ["present"] * found["present"] + [run["state"] for run in found["runs"]]


def test_a_file_lost_on_the_way_to_another_disk_fails_its_run(
    helioscope: Cli, out: Path, tmp_path: Path
) -> None:
    disk, job, before = tmp_path / "disk", tmp_path / "job.toml", files_of(out)
    shutil.copytree(tmp_path / "raw", disk / "raw")
    shutil.rmtree(tmp_path / "raw")
    (disk / "raw/y.root").rename(tmp_path / "y.root")
    for tag, changes in (("same", []), ("gain", GAIN)):
        again = ("reprocess", "--tag", tag, *changes, "--out", out)
        code, _, err = helioscope(*again, "--job", job, "--data", disk)
        assert code == 4
        assert f"{tmp_path / 'raw/y.root'}: its content is in none of the files" in err
        assert files_of(out) == before
    (tmp_path / "y.root").rename(disk / "raw/y.root")
    assert helioscope(*again, "--job", job, "--data", disk)[0] == 0
    assert files_of(out) == [disk / f"raw/{name}.root" for name in "xyz"]
    assert states(helioscope, "--tag", "gain", *GAIN, "--out", out) == ["present"]


def test_a_run_without_a_file_that_is_lost_is_entered_by_running_it(
    helioscope: Cli, out: Path, tmp_path: Path
) -> None:
    (tmp_path / "raw/y.root").unlink()
    assert helioscope("reprocess", "--tag", "v2", "--out", out)[0] == 4
    assert helioscope("run", tmp_path / "job.toml", "--out", out, "--replace")[0] == 0
    assert states(helioscope, "--tag", "gain", *GAIN, "--out", out) == ["done"]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_renamed_file_is_the_same_file(helioscope: Cli, tmp_path: Path, workers: str) -> None:
    out = processed(helioscope, tmp_path, tmp_path / "out", "raw/x.root", "raw/y.root")
    again = ("--tag", "v2", "--out", out)
    shutil.move(tmp_path / "raw/y.root", tmp_path / "raw/new.root")
    code, _, err = helioscope("reprocess", *again)
    assert code == 4
    assert "--job and --data" in err
    job = write_job(tmp_path, "raw/x.root", "raw/new.root")
    assert states(helioscope, *again, "--job", job) == ["linked"]
    assert files_of(out)[1].name == "new.root"
    # the archive's own job still tells the old name
    assert states(helioscope, *again) == ["present"]
    assert states(helioscope, "--tag", "v3", *GAIN, "--workers", workers, "--out", out) == ["done"]
    assert helioscope("verify", "--out", out)[0] == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_running_a_job_with_new_names_enters_them(
    helioscope: Cli, tmp_path: Path, workers: str
) -> None:
    out = processed(helioscope, tmp_path, tmp_path / "out", "raw/x.root", "raw/y.root")
    shutil.move(tmp_path / "raw/y.root", tmp_path / "raw/new.root")
    job = write_job(tmp_path, "raw/x.root", "raw/new.root")
    before = contents(out)
    code, _, err = helioscope("run", job, "--out", out, "--workers", workers)
    assert code == 0, err
    assert "raw/y.root -> " in err
    assert contents(out) == before
    assert [path.name for path in files_of(out)] == ["x.root", "new.root"]
    assert "->" not in helioscope("run", job, "--out", out)[2]
    assert states(helioscope, "--tag", "v2", *GAIN, "--out", out) == ["done"]


def test_an_archive_with_its_raw_data_can_move_as_a_whole(helioscope: Cli, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    processed(helioscope, here, here, "raw/*.root")
    shutil.move(here, there)
    assert states(helioscope, "--tag", "v2", *GAIN, "--out", there) == ["done"]
    assert helioscope("verify", "--out", there)[0] == 0


@pytest.mark.parametrize("files", [("raw/*.root",), ("raw/x.root", "raw/y.root")])
def test_after_a_move_of_raw_data_the_job_is_given_once(
    helioscope: Cli, tmp_path: Path, files: tuple[str, ...]
) -> None:
    processed(helioscope, tmp_path / "here", tmp_path / "here/out", *files)
    shutil.move(tmp_path / "here", tmp_path / "there")
    again = ("--tag", "v2", *GAIN, "--out", tmp_path / "there/out")
    code, _, err = helioscope("reprocess", *again)
    assert code == 4
    assert "--job and --data" in err
    assert states(helioscope, *again, "--job", tmp_path / "there/job.toml") == ["done"]
    assert states(helioscope, *again) == ["present"]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_move_is_told_once_also_where_the_products_are_there(
    helioscope: Cli, out: Path, tmp_path: Path, workers: str
) -> None:
    told = ("--job", tmp_path / "job.toml", "--data", tmp_path / "disk", "--workers", workers)
    assert states(helioscope, "--tag", "v1", "--out", out) == ["linked"]
    (tmp_path / "disk").mkdir()
    shutil.move(tmp_path / "raw", tmp_path / "disk/raw")
    assert states(helioscope, "--tag", "v1", "--out", out, *told) == ["present"]
    assert files_of(out) == [tmp_path / f"disk/raw/{name}.root" for name in "xyz"]
    assert "nothing to do" in helioscope("reprocess", "--tag", "v1", "--out", out, *told)[2]
    assert helioscope("verify", "--out", out)[0] == 0
