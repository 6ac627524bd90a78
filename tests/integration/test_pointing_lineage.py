"""Another pointing log never goes unnoticed, even where it gives the same tags."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.integration.counter_runs import START, write_events, write_job

from helioscope.io.parquet import read_product
from helioscope.model.time import NS_PER_S
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


def test_another_grid_is_refused(helioscope: Cli, job: Path, tmp_path: Path) -> None:
    grid = tmp_path / "grid.txt"
    settings = f'[pointing.settings]\ngrid = "{grid}"\n'
    job.write_text(job.read_text() + settings)
    code, _, err = helioscope("run", job, "--out", tmp_path / "out")
    assert code in (2, 4)
    assert "grid.txt" in err
