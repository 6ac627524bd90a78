"""A run that was begun is not finished in another way: what changed is said, nothing is done."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.integration.archive_campaign import contents
from tests.integration.long_runs import begun, hidden, long_job, write_run

from helioscope.core.events.live_time import LiveTime
from helioscope.job.writing import write_toml

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def job(tmp_path: Path) -> Path:
    return long_job(tmp_path)


def other_gain(job: Path, _patch: pytest.MonkeyPatch) -> None:
    job.write_text(job.read_text().replace("ev_per_adu = 10.0", "ev_per_adu = 12.0"))


def other_tags(job: Path, _patch: pytest.MonkeyPatch) -> None:
    job.write_text(job.read_text().replace("04:00:20Z", "04:00:25Z"))


def other_input(job: Path, _patch: pytest.MonkeyPatch) -> None:
    write_run(job.parent / "d.root", 31_000, 500, 7200)


def other_version(_job: Path, patch: pytest.MonkeyPatch) -> None:
    from proportional_counter import plugin

    from helioscope.plugin import Detector

    def newer(name: str, version: int, *rest: Any) -> Detector:
        return Detector(name, version + 1, *rest)

    patch.setattr(plugin, "Detector", newer)


@pytest.mark.parametrize(
    ("change", "words", "workers"),
    [
        (other_gain, "setting detector.ev_per_adu: 10.0 -> 12.0", 1),
        (other_gain, "setting detector.ev_per_adu: 10.0 -> 12.0", 2),
        (other_tags, "tag of [", 1),
        (other_input, "inputs: ", 1),
        (other_version, "detector proportional-counter: 1 -> 2", 1),
    ],
)
def test_what_changed_is_shown(
    helioscope: Cli, job: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Path, pytest.MonkeyPatch], None], words: str, workers: int,
) -> None:  # fmt: skip
    out = tmp_path / "out"
    before = {path: path.read_bytes() for path in begun(job, out, 2)}
    change(job, monkeypatch)
    code, _, err = helioscope("run", job, "--out", out, "--workers", workers)
    assert code == 2
    assert "begun in another way" in err
    assert words in err
    assert "--replace" in err
    assert {path: path.read_bytes() for path in before} == before
    assert not (out / "r1/counter").exists()


def test_replace_begins_it_anew(
    helioscope: Cli, job: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    begun(job, out, 3)
    other_gain(job, monkeypatch)
    assert helioscope("run", job, "--out", out, "--replace")[0] == 0
    assert hidden(out) == []
    assert helioscope("run", job, "--out", tmp_path / "fresh")[0] == 0
    assert contents(out) == contents(tmp_path / "fresh")


@pytest.fixture
def ccd_job(processed: Path, tmp_path: Path) -> dict[str, Any]:
    """The campaign's job with its CCD alone, whose runs are cut four times."""
    tables = tomllib.loads((processed / "job.toml").read_text())
    tables["job"]["piece_mib"] = 0.1
    tables["detectors"] = {"ccd": tables["detectors"]["ccd"]}
    tables["detectors"]["ccd"]["settings"]["frames_per_batch"] = 5
    tables["runs"] = [run for run in tables["runs"] if run["detector"] == "ccd"][:3]
    shutil.copytree(processed / "raw", tmp_path / "raw")
    dates: dict[str, Any] = json.loads(
        json.dumps(tables, default=lambda date: date.isoformat().replace("+00:00", "Z"))
    )
    return dates


def test_a_new_calibration_is_refused(
    helioscope: Cli, ccd_job: dict[str, Any], tmp_path: Path
) -> None:
    job, out = tmp_path / "job.toml", tmp_path / "out"
    write_toml(job, ccd_job)
    assert helioscope("calibrate", job, "--out", out, "--quiet")[0] == 0
    assert len(begun(job, out, 2)) == 2
    ccd_job["detectors"]["ccd"]["calibrators"] = {"ccd-dark": {"hot_noise": 1.3}}
    write_toml(job, ccd_job)
    code, _, err = helioscope("run", job, "--out", out, "--quiet")
    assert code == 2, err
    assert "calibration ccd-dark: " in err
    assert not (out / "ccd-science-000/ccd").exists()


REPROCESS = ["reprocess", "--tag", "v3", "--where", 'run = "ccd-science-000"']
REPROCESS += ["--set", "ccd.frames_per_batch=5", "--set", "job.piece_mib=0.1"]


def test_a_reprocessing_goes_on_or_is_refused_before_anything_is_done(
    helioscope: Cli, processed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = Path(shutil.copytree(processed / "out", tmp_path / "out"))
    with monkeypatch.context() as broken:
        calls = iter([None, None])
        broken.setattr(LiveTime, "add", lambda *_: next(calls))
        assert helioscope(*REPROCESS, "--out", out)[0] == 6
    pieces = sorted(out.rglob("*.events.parquet"))
    assert [path.name[:6] for path in pieces] == ["000000", "000001"]
    code, told, _ = helioscope(*REPROCESS, "--dry-run", "--out", out)
    assert code == 0
    assert "2 of its pieces are there" in told
    code, _, err = helioscope(*REPROCESS, "--set", "ccd.split_sigma=3.5", "--out", out)
    assert code == 2
    assert "setting detector.split_sigma: 3.0 -> 3.5" in err
    assert "another --tag" in err
    assert helioscope(*REPROCESS, "--out", out, "--workers", "2")[0] == 0
    assert hidden(out) == []
    whole = Path(shutil.copytree(processed / "out", tmp_path / "whole"))
    assert helioscope(*REPROCESS[:-2], "--out", whole)[0] == 0
    assert contents(out) == contents(whole)
