"""Calibrating again with unchanged inputs makes nothing; with changed ones a new version."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.golden.chains import START_NS, campaign

from helioscope import registry
from helioscope.core.campaigns.campaign import simulate
from helioscope.io.parquet import read_product

Cli = Callable[..., tuple[int, str, str]]
Jobs = Callable[[str], Path]

#: The calibrations of each detector that are measured, in the order of work.
MEASURED = {
    "ccd": ["ccd-dark", "ccd-fe55"],
    "micromegas": ["micromegas-pedestals", "micromegas-strip-gain", "micromegas-energy"],
    "tpc": ["tpc-pedestals", "tpc-gains", "tpc-energy-scale", "tpc-drift", "tpc-attachment"],
}


@pytest.fixture(scope="module")
def job_of(tmp_path_factory: pytest.TempPathFactory) -> Jobs:
    """Simulate the small campaign of a detector, once, and give its job."""
    home, plugins = tmp_path_factory.mktemp("twice"), registry.load()

    def job(detector: str) -> Path:
        path = home / detector / "job.toml"
        if not path.exists():
            simulate(campaign(plugins, detector, {"background"}), plugins, path.parent, START_NS)
        return path

    return job


def without(job: Path, kind: str) -> Path:
    """Write the job again without a kind of run."""
    head, *runs = job.read_text(encoding="utf-8").split("[[runs]]")
    kept = [run for run in runs if f'kind = "{kind}"' not in run]
    assert len(kept) == len(runs) - 1
    path = job.with_name(f"without-{kind}.toml")
    path.write_text("[[runs]]".join([head, *kept]), encoding="utf-8")
    return path


def calibrate(helioscope: Cli, job: Path, out: Path) -> dict[str, str]:
    """Calibrate; give what is said of each calibration (``v1 made``), in the order of work."""
    code, _, err = helioscope("calibrate", job, "--out", out, "--quiet")
    assert code == 0, err
    said = [line.partition(" of ") for line in err.splitlines() if ", valid " in line]
    return {name: rest.partition(": ")[2].partition(",")[0] for name, _, rest in said}


def versions(helioscope: Cli, out: Path) -> list[dict[str, Any]]:
    """List every version that there ever was."""
    code, text, err = helioscope("catalog", "calibrations", "--out", out, "--all", "--json")
    assert code == 0, err
    listed: list[dict[str, Any]] = json.loads(text)
    return listed


@pytest.mark.parametrize("detector", list(MEASURED))
def test_a_second_call_makes_nothing_and_says_so(
    helioscope: Cli, job_of: Jobs, tmp_path: Path, detector: str
) -> None:
    names, job = MEASURED[detector], job_of(detector)
    said = calibrate(helioscope, job, tmp_path)
    assert list(said.items()) == [(name, "v1 made") for name in names]
    first = versions(helioscope, tmp_path)
    code, _, err = helioscope("calibrate", job, "--out", tmp_path, "--quiet")
    assert code == 0, err
    assert " made, " not in err
    assert f"nothing to make: {len(names)} calibrations are there already" in err
    code, _, err = helioscope("run", job, "--out", tmp_path, "--quiet")
    assert code == 0, err
    assert "calibrated: " not in err
    assert f"calibrations there already: {len(names)}" in err
    assert versions(helioscope, tmp_path) == first


def test_an_optional_calibration_that_comes_later_makes_a_new_version_once(
    helioscope: Cli, job_of: Jobs, tmp_path: Path
) -> None:
    """Without the offsets of dark frames hardly a node of the CCD shows the line of 55Fe."""
    job = job_of("ccd")
    assert calibrate(helioscope, without(job, "dark"), tmp_path) == {"ccd-fe55": "v1 made"}
    assert calibrate(helioscope, job, tmp_path) == {"ccd-dark": "v1 made", "ccd-fe55": "v2 made"}
    old, new = (row for row in versions(helioscope, tmp_path) if row["name"] == "ccd-fe55")
    assert _gains(old) < 10
    assert _gains(new) == 64
    again = calibrate(helioscope, job, tmp_path)
    assert again == {"ccd-dark": "v1 there already", "ccd-fe55": "v2 there already"}


def _gains(version: dict[str, Any]) -> int:
    """Count the nodes of the CCD that a version gives a gain."""
    table = read_product(Path(version["path"]) / "table.parquet")
    return int(np.count_nonzero(np.isfinite(np.asarray(table["gain_ev_per_adu"]))))


def test_what_is_made_with_a_calibration_does_not_make_it_anew(
    helioscope: Cli, job_of: Jobs, tmp_path: Path
) -> None:
    """Gains and scale would take drift and attachment, which stand on them, if they could."""
    job = job_of("tpc")
    calibrate(helioscope, without(job, "muon"), tmp_path)
    assert list(calibrate(helioscope, job, tmp_path).values()) == [
        "v1 there already", "v1 there already", "v1 there already", "v1 made", "v1 made",
    ]  # fmt: skip


DAMAGE: dict[str, Callable[[Path], object]] = {
    "folder gone": shutil.rmtree,
    "table changed": lambda folder: (folder / "table.parquet").write_bytes(b"PAR1"),
    "record gone": lambda folder: (folder / "record.json").unlink(),
}


@pytest.mark.parametrize("what", list(DAMAGE))
def test_a_damaged_calibration_is_made_again_in_its_place(
    helioscope: Cli, job_of: Jobs, tmp_path: Path, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    job = job_of("ccd")
    calibrate(helioscope, job, tmp_path)
    assert helioscope("catalog", "tag", "frozen", "--out", tmp_path)[0] == 0
    first = versions(helioscope, tmp_path)
    DAMAGE[what](tmp_path / "calibrations/ccd/ccd-dark/v0001")
    assert helioscope("verify", "--out", tmp_path)[0] == 4
    code, _, err = helioscope("calibrate", job, "--out", tmp_path, "--quiet")
    assert code == 0, err
    assert "ccd-dark of ccd, v1, is made again" in caplog.text
    assert "ccd-dark of ccd: v1 made" in err
    assert "ccd-fe55 of ccd: v1 there already" in err
    assert versions(helioscope, tmp_path) == first
    assert helioscope("verify", "--out", tmp_path)[0] == 0
    assert "nothing to make" in helioscope("calibrate", job, "--out", tmp_path, "--quiet")[2]


def test_a_damaged_calibration_that_another_call_put_back_meanwhile_is_whole(
    helioscope: Cli, job_of: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_of("ccd")
    calibrate(helioscope, job, tmp_path)
    place, rename = tmp_path / "calibrations/ccd/ccd-dark/v0001", Path.rename
    whole = shutil.move(place, tmp_path / ".whole")

    def overtaken(path: Path, target: Path) -> Path:
        if target == place:
            shutil.copytree(whole, place)
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", overtaken)
    assert calibrate(helioscope, job, tmp_path)["ccd-dark"] == "v1 made"
    assert place.is_dir()
    assert helioscope("verify", "--out", tmp_path)[0] == 0


def test_a_damaged_calibration_that_comes_out_otherwise_is_a_new_version(
    helioscope: Cli, job_of: Jobs, tmp_path: Path
) -> None:
    job = job_of("micromegas")
    calibrate(helioscope, job, tmp_path)
    with sqlite3.connect(tmp_path / "catalog.sqlite") as catalog:
        other = "UPDATE calibrations SET digest = ? WHERE name = 'micromegas-energy'"
        catalog.execute(other, ["0" * 64])
    catalog.close()
    assert calibrate(helioscope, job, tmp_path)["micromegas-energy"] == "v2 made"
    assert calibrate(helioscope, job, tmp_path)["micromegas-energy"] == "v2 there already"
    assert (tmp_path / "calibrations/micromegas/micromegas-energy/v0001").is_dir()
