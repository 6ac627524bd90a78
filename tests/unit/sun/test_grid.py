"""The surveyors' grid: offsets between encoders and sky, and when they hold."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import csv, parquet

from helioscope.errors import InputError, UsageError
from helioscope.model.intervals import Intervals
from helioscope.model.time import NS_PER_S, parse_iso
from helioscope.sun.exposure import pointing_exposure
from helioscope.sun.grid import read_grid, to_sky
from helioscope.sun.pointing_log import PointingLog
from helioscope.sun.pointing_settings import PointingSettings

from .conftest import TRACKING

HORIZONTAL, VERTICAL = np.linspace(40, 140, 11), np.linspace(-8, 8, 9)


def survey(start: str, stop: str, slope: float = 0.0, constant: float = 0.0) -> dict[str, list]:
    h, v = (grid.ravel() for grid in np.meshgrid(HORIZONTAL, VERTICAL))
    return {
        "start_utc": [start] * h.size,
        "stop_utc": [stop] * h.size,
        "horizontal_deg": h.tolist(),
        "vertical_deg": v.tolist(),
        "horizontal_offset_deg": (constant + slope * h + 2 * slope * v).tolist(),
        "vertical_offset_deg": (-constant + slope * h * v).tolist(),
    }


def written(path: Path, *surveys: dict[str, list]) -> Path:
    table = {name: [x for one in surveys for x in one[name]] for name in surveys[0]}
    if path.suffix == ".parquet":
        parquet.write_table(pa.table(table), path)
    else:
        csv.write_csv(pa.table(table), path)
    return path


@given(st.floats(40, 140), st.floats(-8, 8))
def test_a_bilinear_map_is_given_back_exactly(horizontal: float, vertical: float) -> None:
    from helioscope.sun.grid import _survey

    table = {name: np.array(v) for name, v in survey("a", "b", 1e-4, 0.01).items()}
    one = _survey(0, 1, table, Path("grid"))
    (found,) = one.at(np.array([horizontal]), np.array([vertical]))
    assert found[0] == pytest.approx(0.01 + 1e-4 * horizontal + 2e-4 * vertical, abs=1e-9)
    assert found[1] == pytest.approx(-0.01 + 1e-4 * horizontal * vertical, abs=1e-9)


@pytest.mark.parametrize("name", ["grid.csv", "grid.parquet"])
def test_each_time_gets_its_own_survey(tmp_path: Path, name: str) -> None:
    path = written(
        tmp_path / name,
        survey("2005-01-01T00:00:00Z", "", constant=0.02),
        survey("2004-01-01T00:00:00Z", "2004-06-01T00:00:00Z", constant=0.01),
    )
    times = [parse_iso(f"{day}T00:00:00Z") for day in ("2004-03-01", "2004-09-01", "2006-01-01")]
    log = PointingLog(np.array(times), np.full(3, 96.3), np.full(3, 1.1))
    sky, without = to_sky(log, read_grid(path))
    assert sky.horizontal_deg == pytest.approx([96.31, 96.3, 96.32])
    assert sky.vertical_deg == pytest.approx([1.09, 1.1, 1.08])
    gap = (parse_iso("2004-06-01T00:00:00Z"), parse_iso("2005-01-01T00:00:00Z"))
    assert without == Intervals.of([gap])
    assert log.horizontal_deg[0] == 96.3


def test_beyond_the_reach_the_edge_holds(tmp_path: Path) -> None:
    path = written(tmp_path / "grid.csv", survey("2004-01-01T00:00:00Z", "", slope=1e-4))
    (one,) = read_grid(path)
    inside, beyond = one.at(np.array([140.0, 170.0]), np.array([8.0, 20.0]))
    assert inside == pytest.approx(beyond)


def test_the_grid_enters_the_decision(cast_log: Path, tmp_path: Path) -> None:
    """With offsets that point the magnet beside the Sun there is no tracking."""
    holds = ("2017-01-01T00:00:00Z", "2017-11-20T06:40:00Z")
    away = written(tmp_path / "away.csv", survey(*holds, constant=0.3))
    found = pointing_exposure([cast_log], PointingSettings(grid=str(away))).as_json()
    assert found["tracking"] == []
    # what corrects the simulated encoders makes the offset vanish without being measured
    right = written(tmp_path / "right.csv", survey(*holds, constant=-0.02))
    settings = PointingSettings(grid=str(right), pointing_offset="none", tolerance_deg=0.025)
    exposure = pointing_exposure([cast_log], settings)
    (one,) = exposure.history.trackings
    end = parse_iso(holds[1])
    assert one.stop_ns == end
    assert abs(one.start_ns - TRACKING[0]) < 10 * NS_PER_S
    why = [
        e for e in exposure.as_json()["excluded"] if e["reason"] == "no survey of the grid holds"
    ]
    assert why[0]["start_utc"] == holds[1]


def test_overlapping_surveys_are_refused(tmp_path: Path) -> None:
    path = written(
        tmp_path / "grid.csv",
        survey("2004-01-01T00:00:00Z", ""),
        survey("2005-01-01T00:00:00Z", ""),
    )
    with pytest.raises(UsageError, match="two surveys hold"):
        read_grid(path)


def test_holes_and_missing_columns_are_refused(tmp_path: Path) -> None:
    table = survey("2004-01-01T00:00:00Z", "")
    hole = {name: values[:-1] for name, values in table.items()}
    with pytest.raises(InputError, match="do not fill"):
        read_grid(written(tmp_path / "hole.csv", hole))
    del table["vertical_deg"]
    with pytest.raises(InputError, match="vertical_deg"):
        read_grid(written(tmp_path / "missing.csv", table))
    with pytest.raises(InputError, match=r"gone\.csv"):
        read_grid(tmp_path / "gone.csv")


@pytest.mark.parametrize("name", ["grid.csv", "grid.parquet"])
@pytest.mark.parametrize(
    ("value", "found"), [(None, "nothing"), (math.nan, "nothing"), (math.inf, "inf")]
)
@pytest.mark.parametrize("column", ["vertical_deg", "horizontal_offset_deg"])
def test_a_row_without_a_number_is_named(
    tmp_path: Path, name: str, column: str, value: float | None, found: str
) -> None:
    table = survey("2004-01-01T00:00:00Z", "")
    table[column][2] = value
    with pytest.raises(InputError, match=f"{column}, row 3") as raised:
        read_grid(written(tmp_path / name, table))
    assert raised.value.found == found


def test_words_instead_of_numbers_are_refused(tmp_path: Path) -> None:
    table = survey("2004-01-01T00:00:00Z", "")
    table["vertical_deg"] = ["up"] * len(table["vertical_deg"])
    with pytest.raises(InputError, match=r"grid\.parquet, vertical_deg"):
        read_grid(written(tmp_path / "grid.parquet", table))


@pytest.mark.parametrize("name", ["grid.csv", "grid.parquet"])
@pytest.mark.parametrize(
    ("start", "stop", "column", "found"),
    [
        ("1 May 2004", "", "start_utc", "1 May 2004"),
        ("", "", "start_utc", "nothing"),
        ("2004-05-01T00:00:00", "", "start_utc", "offset from UTC"),
        ("2004-01-01T00:00:00Z", "2004-13-01T00:00:00Z", "stop_utc", "month"),
        ("2004-01-01T00:00:00Z", "2003-01-01T00:00:00Z", "stop_utc", "not after the start"),
    ],
)
def test_a_date_that_is_none_is_refused_where_it_stands(
    tmp_path: Path, name: str, start: str, stop: str, column: str, found: str
) -> None:
    good = survey("2001-01-01T00:00:00Z", "2002-01-01T00:00:00Z")
    path = written(tmp_path / name, good, survey(start, stop))
    with pytest.raises(InputError) as error:
        read_grid(path)
    assert error.value.where == f"{path}, row {HORIZONTAL.size * VERTICAL.size + 1}, {column}"
    assert found in error.value.found
    assert error.value.remedy


@pytest.mark.parametrize("start", [None, datetime(2004, 5, 1, tzinfo=UTC)])
def test_a_date_of_parquet_that_is_no_text_is_refused(tmp_path: Path, start: object) -> None:
    table = survey("", "")
    table["start_utc"] = [start] * HORIZONTAL.size * VERTICAL.size
    with pytest.raises(InputError, match=r"nothing|datetime"):
        read_grid(written(tmp_path / "grid.parquet", table))
