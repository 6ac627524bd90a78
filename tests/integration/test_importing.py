"""Importing raw files by the command: wrong settings are refused, one bad file stops no other."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.integration.counter_runs import write_events, write_job

from helioscope.catalog.store import open_catalog
from helioscope.core.archive.examination import Examination
from helioscope_ccd.native import FrameWriter

Cli = Callable[..., tuple[int, str, str]]
SMALL = "[settings]\nrows = 16\ncolumns = 16\n"


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Frames of three runs, in a folder of the working folder."""
    (tmp_path / "raw").mkdir()
    for number, name in enumerate("abc"):
        with FrameWriter(tmp_path / f"raw/{name}.fits", 1, 16, 16) as writer:
            writer.write(np.array([10**18 + number]), np.full((1, 16, 16), 500, np.int16))
    (tmp_path / "ccd.toml").write_text(SMALL)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "raw"


def added(helioscope: Cli, *more: object) -> tuple[int, dict[str, Any]]:
    call = ("catalog", "add", "raw", "--detector", "ccd", "--settings", "ccd.toml", "--json")
    code, out, err = helioscope(*call, *more)
    assert out, err
    return code, json.loads(out)


def paths(out: Path) -> list[Path]:
    with open_catalog(out / "catalog.sqlite") as catalog:
        return [file.path for run in catalog.runs() for file in run.files]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[settings]\nnodez = 1", "line 2: settings.nodez: no such setting; did you mean 'nodes'?"),
        ("settings = 3", "line 1: settings: Input should be an object"),
        ("[[source]]\nhdu = 1", "source: Input should be an object"),
        ("[sourc]\nhdu = 1", "did you mean 'source'?"),
        ("[source]\ntime_keywrd = 'DATE'", "did you mean 'time_keyword'?"),
        ("[source]\nformat = 'fit'", "did you mean 'fits'?"),
        ("[source]\nformat = ['fits']", "no source is called"),
    ],
)
def test_a_mistake_in_the_settings_is_refused(
    helioscope: Cli, raw: Path, text: str, said: str
) -> None:
    (raw.parent / "ccd.toml").write_text(text)
    call = ("catalog", "add", "raw", "--detector", "ccd", "--settings", "ccd.toml")
    code, _, err = helioscope(*call)
    assert (code, said in err) == (2, True), err
    assert not list(raw.parent.glob("*.sqlite"))


def test_options_that_one_of_the_sources_takes_are_none(helioscope: Cli, raw: Path) -> None:
    write_events(raw / "z.root")
    (raw.parent / "ccd.toml").write_text(f"{SMALL}[source]\nframe_period_s = 1.0\n")
    code, found = added(helioscope)
    assert (code, [Path(bad["path"]).name for bad in found["bad"]]) == (3, ["z.root"])


def test_a_file_that_cannot_be_opened_is_left_out(
    helioscope: Cli, raw: Path, refuse_to_open: Callable[[str], None]
) -> None:
    refuse_to_open("b.fits")
    code, found = added(helioscope)
    assert (code, found["runs"], found["files_not_raw"]) == (3, 2, 0)
    assert found["left_out"] == [{"path": str(raw / "b.fits"), "reason": "Permission denied"}]


def test_a_file_at_which_a_plugin_fails_is_left_out(
    helioscope: Cli, raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_time = Examination._first_time

    def fails(look: Examination, source: Any, path: Path, schema: Any) -> int | None:
        if path.name == "b.fits":
            raise KeyError("signal_adu")
        return first_time(look, source, path, schema)

    monkeypatch.setattr(Examination, "_first_time", fails)
    code, found = added(helioscope)
    (left,) = found["left_out"]
    assert (code, found["runs"], left["path"]) == (3, 2, str(raw / "b.fits"))
    assert "KeyError: 'signal_adu'" in left["reason"]


def test_a_job_does_not_take_over_the_run_of_another_file_that_is_bad(
    helioscope: Cli, tmp_path: Path
) -> None:
    for year in ("2005", "2006"):
        (tmp_path / year).mkdir()
    write_events(tmp_path / "2005/a.root")
    write_events(tmp_path / "2006/a.root", first_id=100)
    out = tmp_path / "out"
    names = ("--detector", "counter", "--plugin", "proportional-counter", "--out", out)
    assert helioscope("catalog", "add", tmp_path / "2005", *names)[0] == 0
    mark = ("catalog", "mark", "counter", "a", "--out", out)
    assert helioscope(*mark, "bad", "--reason", "shutter stuck")[0] == 0
    job = write_job(tmp_path, "2006/a.root", run="a")
    code, _, err = helioscope("run", job, "--out", out)
    assert (code, "bad (shutter stuck), with other files" in err) == (2, True)
    assert not list(out.rglob("*.parquet"))
    assert paths(out) == [tmp_path / "2005/a.root"]
    assert helioscope(*mark, "ok")[0] == 0
    assert helioscope("run", job, "--out", out)[0] == 0
    assert paths(out) == [tmp_path / "2006/a.root"]


def test_files_that_are_gone_are_counted_and_the_first_named(helioscope: Cli, raw: Path) -> None:
    for number in range(7):
        content = (raw / "a.fits").read_bytes()
        (raw / f"g{number}.fits").write_bytes(content + bytes(2880 * (number + 1)))
    assert added(helioscope)[1]["runs"] == 10
    for path in raw.glob("g*.fits"):
        path.unlink()
    code, found = added(helioscope)
    assert (code, found["files_gone"], len(found["gone"])) == (3, 7, 7)
    call = ("catalog", "add", "raw", "--detector", "ccd", "--settings", "ccd.toml")
    _, _, err = helioscope(*call)
    assert f"gone: {raw / 'g0.fits'}: of run g0" in err
    assert "gone: 2 more" in err
    assert "g6.fits" not in err
    shutil.rmtree(raw)
    raw.mkdir()
    assert added(helioscope)[1]["files_gone"] == 10
