"""Hours per season, detector and run from live-time rows, and from real products."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import parquet

from helioscope.cli.main import cli
from helioscope.model.time import NS_PER_S, parse_iso
from helioscope.sun.exposure_table import exposures, overlaps


def row(run: str, detector: str, tag: str, live_s: float, reason: str = "") -> dict[str, object]:
    return {
        "run": run,
        "detector": detector,
        "tag": tag,
        "reason": reason,
        "live_s": live_s,
        "elapsed_s": live_s + 10.0,
        "dead_s": 10.0,
    }


ROWS = [
    row("a", "ccd", "tracking", 3600.0),
    row("a", "ccd", "background", 36_000.0),
    row("a", "ccd", "excluded", 100.0, "moving"),
    row("b", "ccd", "tracking", 1800.0),
    row("b", "ccd", "excluded", 50.0, "no log"),
    row("b", "tpc", "background", 7200.0),
    row("c", "ccd", "tracking", 360.0),
]
SEASONS = {"a": "2003", "b": "2003", "c": "2004"}


def test_the_table_of_the_slides() -> None:
    found = exposures(ROWS, SEASONS, ("season", "detector"))
    assert [(one.season, one.detector) for one in found] == [
        ("2003", "ccd"),
        ("2003", "tpc"),
        ("2004", "ccd"),
    ]
    first = found[0].as_hours()
    assert first["tracking_h"] == pytest.approx(1.5)
    assert first["background_h"] == pytest.approx(10.0)
    assert first["dead_h"] == pytest.approx(50 / 3600)
    assert found[0].excluded_s_by_reason == {"moving": 100.0, "no log": 50.0}


def test_runs_are_kept_apart_where_asked() -> None:
    found = exposures(ROWS, SEASONS, ("season", "detector", "run"))
    assert [one.run for one in found] == ["a", "b", "b", "c"]
    assert sum(one.tracking_s for one in found) == 5760.0


def test_a_tag_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="trakcing"):
        exposures([row("a", "ccd", "trakcing", 1.0)], {}, ("detector",))


def test_runs_that_share_time_are_found() -> None:
    spans = {"a": (0, 100), "b": (90, 200), "c": (200, 300), "d": (95, 98)}
    assert overlaps(spans) == [("a", "b", 10), ("a", "d", 3), ("b", "d", 3)]


def product(folder: Path, run: str, start: str, rows: list[dict[str, object]]) -> None:
    from helioscope.io.parquet import ProductWriter
    from helioscope.model.products import LIVE_TIME

    own = folder / run / "ccd"
    own.mkdir(parents=True)
    import awkward as ak

    with ProductWriter(own / "live_time.parquet", LIVE_TIME) as writer:
        writer.write(ak.Array(rows))
    times = parse_iso(start) + np.arange(10) * NS_PER_S
    parquet.write_table(pa.table({"time_ns": times}), own / "events.parquet")


def test_products_of_two_seasons(tmp_path: Path) -> None:
    product(tmp_path, "a", "2003-05-01T00:00:00Z", ROWS[:3])
    product(tmp_path, "b", "2003-05-01T00:00:05Z", [ROWS[3]])
    product(tmp_path, "c", "2004-05-01T00:00:00Z", [ROWS[6]])
    result = CliRunner().invoke(cli(), ["sun", "exposure", "--products", str(tmp_path), "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert [one["season"] for one in found["seasons"]] == ["2003", "2004"]
    assert found["seasons"][0]["tracking_h"] == pytest.approx(1.5)
    assert "runs a and b share 4.0 s" in result.stderr
    table = CliRunner().invoke(cli(), ["sun", "exposure", "--products", str(tmp_path)])
    assert "Exposure by season" in table.stdout


def test_a_folder_without_products_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli(), ["sun", "exposure", "--products", str(tmp_path)])
    assert result.exit_code == 4
