"""The raw files of calibrations: changed, moved, and why two products differ by them."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from astropy.io import fits
from tests.golden.chains import START_NS, campaign

from helioscope import registry
from helioscope.core.campaigns.campaign import simulate

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small campaign of the CCD."""
    folder, plugins = tmp_path_factory.mktemp("inputs"), registry.load()
    simulate(campaign(plugins, "ccd", {"background"}), plugins, folder, START_NS)
    return folder


@pytest.fixture
def job(simulated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(simulated, tmp_path / "campaign")) / "job.toml"


def raw_file(job: Path, kind: str) -> Path:
    (path,) = (path for path in job.parent.rglob("*.fits") if kind in path.name)
    return path


def shorten(path: Path, frames: int) -> None:
    """Leave so many frames of a run; the first, and so the time, stays."""
    with fits.open(path) as file:
        table = fits.BinTableHDU(file[1].data[:frames], header=file[1].header)
        fits.HDUList([file[0], table]).writeto(path.with_suffix(".new"), checksum=True)
    path.with_suffix(".new").replace(path)


def found(helioscope: Cli, out: Path) -> dict[str, str]:
    """Verify; give what was found, by the name of the file."""
    printed = helioscope("verify", "--out", out, "--json")[1]
    return {Path(item["path"]).name: item["verdict"] for item in json.loads(printed)["findings"]}


def test_a_changed_input_is_found_and_said_until_the_calibration_is_made_anew(
    helioscope: Cli, job: Path, tmp_path: Path
) -> None:
    out, old = tmp_path / "out", tmp_path / "old"
    dark = raw_file(job, "dark")
    assert helioscope("run", job, "--out", out, "--quiet")[0] == 0
    assert found(helioscope, out) == {}
    shutil.copytree(out, old)
    shorten(dark, 40)
    assert found(helioscope, out) == {dark.name: "changed"}
    code, _, err = helioscope("calibrate", job, "--out", out, "--quiet")
    assert code == 0, err
    said = [line.strip() for line in err.splitlines() if "made anew" in line]
    assert said[0].startswith(f"made anew: inputs: {dark.name} (")
    assert said[1].startswith("made anew: calibration ccd-dark: ")
    assert found(helioscope, out) == {}
    assert helioscope("run", job, "--out", out, "--quiet", "--replace")[0] == 0
    (run,) = (path.parent for path in out.glob("*/ccd/record.json"))
    differ = helioscope("diff", old / run.relative_to(out), run, "--out", out)[1]
    assert f"ccd-dark v1 -> v2: inputs: {dark.name} (" in differ
    assert "ccd-fe55 v1 -> v2: calibration ccd-dark: " in differ


def test_a_rotten_input_makes_no_calibration(helioscope: Cli, job: Path, tmp_path: Path) -> None:
    dark, out = raw_file(job, "dark"), tmp_path / "out"
    add = ("catalog", "add", dark.parent, "--detector", "ccd", "--kind", "dark", "--out", out)
    assert helioscope(*add)[0] == 0
    before = dark.stat()
    content = bytearray(dark.read_bytes())
    content[len(content) // 2] ^= 2
    dark.write_bytes(content)
    os.utime(dark, ns=(before.st_atime_ns, before.st_mtime_ns))
    code, _, err = helioscope("calibrate", job, "--out", out, "--quiet")
    assert code == 4
    assert "though size and time stayed" in err
    assert not (out / "calibrations").exists()


def test_inputs_that_moved_are_known_where_they_are_to_who_calibrates_again(
    helioscope: Cli, job: Path, tmp_path: Path
) -> None:
    out, moved = tmp_path / "out", tmp_path / "moved"
    assert helioscope("calibrate", job, "--out", out, "--quiet")[0] == 0
    shutil.move(job.parent, moved)
    assert set(found(helioscope, out).values()) == {"missing"}
    _, _, err = helioscope("calibrate", moved / "job.toml", "--out", out, "--quiet")
    assert "nothing to make" in err
    assert found(helioscope, out) == {}


def test_inputs_below_the_products_move_with_them(
    helioscope: Cli, job: Path, tmp_path: Path
) -> None:
    assert helioscope("calibrate", job, "--out", job.parent, "--quiet")[0] == 0
    shutil.move(job.parent, tmp_path / "moved")
    assert found(helioscope, tmp_path / "moved") == {}
