"""Clocks that step, rows twice, rows of another day: made for real in files (rows 10 and 12)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pyarrow import parquet

from helioscope.model.intervals import Intervals
from helioscope.model.time import NS_PER_S, parse_iso
from helioscope.sun.clock import cleaned
from helioscope.sun.declared_columns import PointingColumns
from helioscope.sun.exposure import PointingExposure, pointing_exposure
from helioscope.sun.pointing_files import read_pointing_log
from helioscope.sun.pointing_log import PointingRows
from helioscope.sun.pointing_settings import PointingSettings
from helioscope.sun.pointing_simulation import simulated_pointing

from .conftest import DAY, TRACKING

HOUR = 3600 * NS_PER_S


def written(path: Path, time_ns: NDArray[np.int64], rows: PointingRows) -> Path:
    table = {
        "time_ns": time_ns,
        "horizontal_deg": rows.horizontal_deg,
        "vertical_deg": rows.vertical_deg,
    }
    parquet.write_table(pa.table(table), path)
    return path


def shuffled(rows: PointingRows, order: Sequence[int] | NDArray[np.int64]) -> PointingRows:
    return PointingRows(rows.time_ns[order], rows.horizontal_deg[order], rows.vertical_deg[order])


def whole(exposure: PointingExposure) -> float:
    found = exposure.as_json()
    parts = found["tracking"] + found["excluded"]
    return float(sum(part["live_s"] for part in parts)) + float(found["background_s"])


def excluded_s(exposure: PointingExposure, reason: str) -> float:
    parts = exposure.as_json()["excluded"]
    return float(sum(part["live_s"] for part in parts if part["reason"] == reason))


def test_a_clock_set_back_an_hour_in_the_tracking(tmp_path: Path, day: PointingRows) -> None:
    step = TRACKING[0] + 1200 * NS_PER_S
    times = np.where(day.time_ns < step, day.time_ns, day.time_ns - HOUR)
    exposure = pointing_exposure([written(tmp_path / "a.parquet", times, day)])
    assert any("stepped back 1 times" in note for note in exposure.notes)
    # the hour that it showed twice counts once, and as nobody's
    assert excluded_s(exposure, "bad clock") == pytest.approx(3600, abs=2)
    assert whole(exposure) == pytest.approx(23 * 3600, abs=1)
    assert not exposure.history.trackings


def test_a_clock_set_forward_leaves_a_gap(tmp_path: Path, day: PointingRows) -> None:
    step = TRACKING[0] + 1200 * NS_PER_S
    times = np.where(day.time_ns < step, day.time_ns, day.time_ns + HOUR)
    exposure = pointing_exposure([written(tmp_path / "a.parquet", times, day)])
    assert excluded_s(exposure, "no log") == pytest.approx(3600, abs=2)
    (one,) = exposure.history.trackings
    assert one.on_sun.duration_ns() / NS_PER_S == pytest.approx(1200, abs=6)


def test_a_clock_corrected_by_two_seconds(tmp_path: Path, day: PointingRows) -> None:
    step = TRACKING[0] + 1200 * NS_PER_S
    times = np.where(day.time_ns < step, day.time_ns + 2 * NS_PER_S, day.time_ns)
    exposure = pointing_exposure([written(tmp_path / "a.parquet", times, day)])
    assert 0 < excluded_s(exposure, "bad clock") <= 4
    tracked = sum(one.on_sun.duration_ns() for one in exposure.history.trackings)
    assert tracked / NS_PER_S == pytest.approx(2400, abs=15)


def test_rows_of_another_day_between_the_others(tmp_path: Path, day: PointingRows) -> None:
    number = int(np.searchsorted(day.time_ns, TRACKING[0] + 1200 * NS_PER_S))
    order = np.arange(day.time_ns.size)
    yesterday = np.insert(order, number, order[number - 40 : number])
    rows = shuffled(day, yesterday)
    rows.time_ns[number : number + 40] -= 24 * HOUR
    exposure = pointing_exposure([written(tmp_path / "a.parquet", rows.time_ns, rows)])
    assert any("40 rows of another day" in note for note in exposure.notes)
    tracked = sum(one.on_sun.duration_ns() for one in exposure.history.trackings)
    assert tracked / NS_PER_S == pytest.approx(2400, abs=12)
    assert exposure.history.span == Intervals.of([(DAY, DAY + 24 * HOUR)])


def test_one_row_with_a_clock_far_ahead(tmp_path: Path, day: PointingRows) -> None:
    times = day.time_ns.copy()
    times[5] += 400 * 24 * HOUR
    exposure = pointing_exposure([written(tmp_path / "a.parquet", times, day)])
    assert exposure.history.span.duration_ns() == 24 * HOUR
    assert len(exposure.history.trackings) == 1


def test_the_same_file_twice_counts_once(cast_log: Path) -> None:
    once, twice = pointing_exposure([cast_log]), pointing_exposure([cast_log, cast_log])
    assert once.as_json() == twice.as_json()
    assert any("twice" in note for note in twice.notes)


def test_rows_repeated_at_random(tmp_path: Path, day: PointingRows) -> None:
    random = np.random.default_rng(5)
    order = np.sort(np.append(np.arange(day.time_ns.size), random.integers(0, 5000, 300)))
    rows = shuffled(day, order)
    path = written(tmp_path / "a.parquet", rows.time_ns, rows)
    original = written(tmp_path / "b.parquet", day.time_ns, day)
    assert pointing_exposure([path]).as_json() == pointing_exposure([original]).as_json()


def test_a_clock_that_stands_still(tmp_path: Path, day: PointingRows) -> None:
    number = int(np.searchsorted(day.time_ns, TRACKING[0] + 600 * NS_PER_S))
    times = day.time_ns.copy()
    times[number : number + 200] = times[number]
    exposure = pointing_exposure([written(tmp_path / "a.parquet", times, day)])
    assert any("repeat the time" in note for note in exposure.notes)
    assert whole(exposure) == pytest.approx(24 * 3600, abs=1)
    # 200 s are a longer gap than the settings allow to interpolate
    assert excluded_s(exposure, "no log") == pytest.approx(200, abs=2)


@pytest.mark.parametrize("night", ["2017-10-29", "2017-03-26"])
def test_a_wall_clock_through_the_change_of_daylight_saving(tmp_path: Path, night: str) -> None:
    """Zurich's wall clock shows an hour twice in October and skips one in March."""
    start = parse_iso(f"{night}T00:00:00Z") - HOUR
    rows = simulated_pointing((start, start + 5 * HOUR), [])
    times = start + np.arange(0, 5 * HOUR, 300 * NS_PER_S)
    zone = ZoneInfo("Europe/Zurich")
    lines = [
        f"{datetime.fromtimestamp(t // NS_PER_S, UTC).astimezone(zone):%Y-%m-%dT%H:%M:%S},96.24,0.0"
        for t in times.tolist()
    ]
    assert rows.time_ns.size
    path = tmp_path / "wall.csv"
    path.write_text("clock,horizontal_deg,vertical_deg\n" + "\n".join(lines))
    declared = PointingColumns(time="clock", time_scale="iso", zone="Europe/Zurich")
    log = read_pointing_log([path], declared)
    assert np.array_equal(log.time_ns, times)
    exposure = pointing_exposure([path], PointingSettings(columns=declared))
    assert whole(exposure) == (times[-1] - times[0]) / NS_PER_S
    assert not len(log.bad_clock)


def test_a_wall_clock_that_begins_in_the_hour_shown_twice_is_in_doubt(tmp_path: Path) -> None:
    path = tmp_path / "wall.csv"
    clocks = [f"2017-10-29T02:{m:02d}:00" for m in (10, 20, 30)] + ["2017-10-29T03:10:00"]
    lines = "\n".join(f"{c},96.24,0.0" for c in clocks)
    path.write_text("clock,horizontal_deg,vertical_deg\n" + lines)
    declared = PointingColumns(time="clock", time_scale="iso", zone="Europe/Zurich")
    log = read_pointing_log([path], declared)
    assert len(log) == 1
    assert any("disagree" in note for note in log.notes)


def test_an_angle_log_whose_local_clock_contradicts_it(tmp_path: Path, cast_log: Path) -> None:
    lines = cast_log.read_text().splitlines()
    wrong = range(2000, 2010)
    for number in wrong:
        lines[number] = lines[number].rsplit("\t", 1)[0] + "\t23:59:59"
    path = tmp_path / "a.log"
    path.write_text("\n".join(lines))
    exposure = pointing_exposure([path])
    assert any("10 rows whose two clocks" in note for note in exposure.notes)
    assert excluded_s(exposure, "bad clock") == pytest.approx(11, abs=1)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.integers(0, 400), min_size=1, max_size=60),
    st.lists(st.integers(-2, 2), min_size=60, max_size=60),
)
def test_no_order_of_rows_makes_negative_or_double_time(
    seconds: list[int], angles: list[int]
) -> None:
    time_ns = np.array(seconds, np.int64) * 10 * NS_PER_S + DAY
    angle = np.array(angles[: len(seconds)], np.float64)
    log = cleaned(PointingRows(time_ns, 100 + angle, angle))
    assert (np.diff(log.time_ns) > 0).all()
    assert set(log.time_ns.tolist()) <= set(time_ns.tolist())
    assert ((log.broken_after >= 0) & (log.broken_after < len(log))).all()
    inner = log.bad_clock.contains(log.time_ns) & log.bad_clock.contains(log.time_ns - 1)
    assert not inner.any()
    assert log.bad_clock.duration_ns() <= time_ns.max() - time_ns.min()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 2000), min_size=2, max_size=60))
def test_rows_in_order_are_left_as_they_are(steps: list[int]) -> None:
    time_ns = np.cumsum(np.array(steps, np.int64)) * NS_PER_S + DAY
    angle = np.arange(time_ns.size, dtype=np.float64)
    log = cleaned(PointingRows(time_ns, angle, angle))
    assert np.array_equal(log.time_ns, time_ns)
    assert not len(log.bad_clock)
    assert not log.notes
