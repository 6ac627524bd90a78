"""What the commands tell of calibrations: what holds when, what is open, what there is."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from helioscope.catalog.rows import NewCalibration
from helioscope.catalog.store import open_catalog
from helioscope.cli.catalog import calibrations, close
from helioscope.errors import UsageError
from helioscope.model.time import parse_iso


def day(number: int) -> str:
    return f"2004-05-{number:02}T00:00:00Z"


def register(out: Path, *spans: tuple[int, int], name: str = "ccd-fe55") -> None:
    with open_catalog(out / "catalog.sqlite", root=out) as catalog:
        for number, (start, stop) in enumerate(spans):
            staged = out / "staged"
            staged.mkdir()
            (staged / "table.parquet").write_text(str(number))
            ends = parse_iso(day(start)), parse_iso(day(stop))
            content = f"{number:064}"
            catalog.register_calibration(
                NewCalibration("ccd", name, *ends, content, "fe55 1"), staged
            )


def shown(out: Path, *options: str) -> Result:
    arguments = [*options, "--out", str(out)]
    return CliRunner().invoke(calibrations.command, arguments, catch_exceptions=False)


def closed(out: Path, *options: str) -> list[str]:
    arguments = ["ccd", "ccd-fe55", *options, "--out", str(out)]
    done = CliRunner().invoke(close.command, arguments, catch_exceptions=False)
    return done.stderr.splitlines()


def test_what_closing_leaves_open_is_said(tmp_path: Path) -> None:
    register(tmp_path, (1, 20), (5, 10))
    assert closed(tmp_path)[-2:] == [
        f"v1 holds as v3 over [{day(1)}, {day(5)})",
        f"no version holds over [{day(10)}, {day(20)})",
    ]
    register(tmp_path, (12, 20))
    assert closed(tmp_path)[-2:] == [
        "no version of ccd-fe55 of ccd reaches into the next",
        f"no version holds over [{day(10)}, {day(12)})",
    ]
    told = closed(tmp_path, "--version", "2", "--stop", day(13))
    assert told[-1] == f"[{day(12)}, {day(13)})  OVERLAP of v5 and v4"
    assert closed(tmp_path)[-1] == f"v5 holds as v6 over [{day(5)}, {day(12)})"
    assert closed(tmp_path, "--version", "3", "--start", "none")[-1].endswith(f"[ever, {day(5)})")
    assert closed(tmp_path, "--version", "7", "--start", day(1))[-1] == (
        f"no version holds over [ever, {day(1)})"
    )


def test_json_tells_gaps_and_overlaps_as_the_words_do(tmp_path: Path) -> None:
    register(tmp_path, (1, 6), (5, 10), (12, 14))
    register(tmp_path, (1, 4), name="ccd-dark")
    rows = {
        (row["name"], row["version"]): (row["overlaps"], row["gap_after"])
        for row in json.loads(shown(tmp_path, "--json").stdout)
    }
    assert rows == {
        ("ccd-dark", 1): ([], None),
        ("ccd-fe55", 1): ([2], None),
        ("ccd-fe55", 2): ([1], [day(10), day(12)]),
        ("ccd-fe55", 3): ([], None),
    }


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--detector", "cdc"), "did you mean 'ccd'"),
        (("--name", "ccd-fe5"), "did you mean 'ccd-fe55'"),
        (("--detector", "ccd", "--name", "fe55"), "ccd-fe55 of ccd"),
    ],
)
def test_an_unknown_calibration_is_told_the_nearest(
    tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    register(tmp_path, (1, 4))
    with pytest.raises(UsageError, match=said):
        shown(tmp_path, *options)


def test_a_long_name_leaves_room_for_the_time_line(tmp_path: Path) -> None:
    register(tmp_path, (1, 4), name="a" * 100)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shown(tmp_path, "--picture", str(tmp_path / "a.svg"))
    assert "…" in (tmp_path / "a.svg").read_text()
