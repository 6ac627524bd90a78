"""What counts as tracking, and what only looks like it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from helioscope.model.intervals import Intervals
from helioscope.model.time import NS_PER_S, parse_iso
from helioscope.sun.ephemeris import sun_position
from helioscope.sun.exposure import PointingExposure
from helioscope.sun.pointing_log import PointingLog, PointingRows
from helioscope.sun.pointing_settings import PointingSettings
from helioscope.sun.pointing_simulation import simulated_pointing

from .conftest import DAY, TRACKING

START = parse_iso("2017-11-20T06:00:00Z")
HOUR = 3600 * NS_PER_S
SECONDS = START + np.arange(0, 2 * HOUR, NS_PER_S)


def judged(
    time_ns: NDArray[np.int64],
    horizontal_deg: NDArray[np.float64],
    vertical_deg: NDArray[np.float64],
    **changed: object,
) -> PointingExposure:
    log = PointingLog(time_ns, horizontal_deg, vertical_deg)
    return PointingExposure.of_log(log, PointingSettings(**changed))  # type: ignore[arg-type]


def seconds_of(exposure: PointingExposure, tag: str, reason: str = "") -> float:
    parts = [one[:2] for one in exposure.tagged() if (one.tag, one.reason) == (tag, reason)]
    return Intervals.of(parts).duration_ns() / NS_PER_S


def on_sun() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    place = sun_position(SECONDS)
    return place.azimuth_deg.copy(), place.altitude_deg.copy()


def test_going_with_the_sun_is_tracking_from_the_first_row_to_the_last() -> None:
    exposure = judged(SECONDS, *on_sun())
    (one,) = exposure.history.trackings
    assert (one.start_ns, one.stop_ns) == (SECONDS[0], SECONDS[-1])
    assert one.offset_across_deg == pytest.approx(0, abs=1e-9)
    assert exposure.sun_offset_deg(SECONDS[:-1]).max() < 1e-6
    assert np.isnan(exposure.sun_offset_deg(SECONDS[-1:])).all()  # half-open


def test_a_parked_magnet_whose_path_the_sun_crosses_does_not_track() -> None:
    azimuth, altitude = on_sun()
    middle = SECONDS.size // 2
    rest = np.full(SECONDS.size, azimuth[middle]), np.full(SECONDS.size, altitude[middle])
    exposure = judged(SECONDS, *rest)
    assert not exposure.history.trackings
    # half a degree to either side is some four minutes of the Sun's way
    assert 180 < seconds_of(exposure, "excluded", "near the Sun but off") < 420
    assert exposure.sun_offset_deg(SECONDS[[middle]])[0] < 1e-6


def test_the_sun_crosses_between_two_rows_of_a_parked_magnet() -> None:
    """Rows in ten minutes: the Sun comes and goes between two of them."""
    azimuth, altitude = on_sun()
    rest = azimuth[4500], altitude[4500]
    rows = np.arange(0, SECONDS.size, 600)
    exposure = judged(SECONDS[rows], np.full(rows.size, rest[0]), np.full(rows.size, rest[1]))
    near = [one for one in exposure.tagged() if one.reason == "near the Sun but off"]
    assert len(near) == 1
    assert near[0].start_ns < SECONDS[4500] < near[0].stop_ns
    assert 180 < (near[0].stop_ns - near[0].start_ns) / NS_PER_S < 440


@pytest.mark.parametrize("speed", [0.0128, -0.0128, 0.006])
def test_a_slew_across_the_sun_does_not_track(speed: float) -> None:
    azimuth, altitude = on_sun()
    since = np.arange(SECONDS.size) - 3600
    exposure = judged(SECONDS, azimuth[3600] + speed * since, altitude[3600] + 0.5 * speed * since)
    assert not exposure.history.trackings
    assert seconds_of(exposure, "excluded", "moving") > 6000


@pytest.mark.parametrize("off", [(0.1, 0.0), (0.0, -0.1), (0.07, 0.07), (0.06, 0.0), (0.0, 0.056)])
def test_going_with_the_sun_beside_it_does_not_track(off: tuple[float, float]) -> None:
    azimuth, altitude = on_sun()
    exposure = judged(SECONDS, azimuth + off[0], altitude + off[1])
    assert not exposure.history.trackings
    assert seconds_of(exposure, "excluded", "near the Sun but off") == 7199


def test_going_with_the_sun_a_minute_late_does_not_track() -> None:
    azimuth, altitude = on_sun()
    exposure = judged(SECONDS, np.roll(azimuth, 60), np.roll(altitude, 60))
    assert not exposure.history.trackings


def test_a_small_constant_offset_is_measured_and_taken_out() -> None:
    azimuth, altitude = on_sun()
    exposure = judged(SECONDS, azimuth + 0.02 / np.cos(np.radians(altitude)), altitude - 0.01)
    (one,) = exposure.history.trackings
    assert one.offset_across_deg == pytest.approx(0.02, abs=1e-5)
    assert one.offset_up_deg == pytest.approx(-0.01, abs=1e-6)
    believed = judged(SECONDS, azimuth + 0.02, altitude - 0.01, pointing_offset="none")
    assert not believed.history.trackings


def test_an_excursion_is_excluded_and_leaves_two_parts_of_one_tracking() -> None:
    azimuth, altitude = on_sun()
    altitude[3000:3020] += 0.03
    exposure = judged(SECONDS, azimuth, altitude)
    (found,) = exposure.as_json()["tracking"]
    assert found["live_s"] == 7199 - 21
    assert seconds_of(exposure, "excluded", "near the Sun but off") == 21


@pytest.mark.parametrize("missing_s", [60, 120])
def test_gaps_are_bridged_up_to_the_setting_and_no_further(missing_s: int) -> None:
    azimuth, altitude = on_sun()
    kept = np.ones(SECONDS.size, bool)
    kept[3000 : 3000 + missing_s - 1] = False
    exposure = judged(SECONDS[kept], azimuth[kept], altitude[kept])
    lost = 0 if missing_s <= 90 else missing_s
    assert seconds_of(exposure, "tracking") == 7199 - lost
    assert seconds_of(exposure, "excluded", "no log") == lost
    inside = exposure.sun_offset_deg(SECONDS[[3030]])
    assert np.isnan(inside).all() == (missing_s > 90)


def test_spells_shorter_than_the_setting_do_not_count() -> None:
    azimuth, altitude = on_sun()
    away = (np.arange(SECONDS.size) // 40) % 2 == 1
    altitude[away] += 0.045
    assert not judged(SECONDS, azimuth, altitude).history.trackings
    patient = judged(SECONDS, azimuth, altitude, min_tracking_s=30.0)
    (one,) = patient.history.trackings
    assert len(one.on_sun) == 90


def test_nothing_is_known_behind_a_seam_of_the_clock() -> None:
    azimuth, altitude = on_sun()
    seam = np.array([3000])
    log = PointingLog(SECONDS, azimuth, altitude, broken_after=seam)
    exposure = PointingExposure.of_log(log, PointingSettings())
    assert seconds_of(exposure, "excluded", "no log") == 1
    assert seconds_of(exposure, "tracking") == 7198


def test_a_long_gap_in_which_the_magnet_moved_is_no_log() -> None:
    times = START + np.array([0, 600, 1200, 1800]) * NS_PER_S
    moved = judged(times, np.array([90.0, 90.0, 91.0, 91.0]), np.zeros(4))
    assert seconds_of(moved, "excluded", "no log") == 600
    assert seconds_of(moved, "background") == 1200


def test_a_row_in_ten_minutes_for_a_parked_magnet_is_enough_but_an_hour_is_not() -> None:
    times = START + np.array([0, 600, 1200, 4800, 5400]) * NS_PER_S
    exposure = judged(times, np.full(5, 60.0), np.full(5, 3.0))
    assert seconds_of(exposure, "background") == 1800
    assert seconds_of(exposure, "excluded", "no log") == 3600


def test_the_sunset_end_looks_the_other_way() -> None:
    times = parse_iso("2017-11-20T15:30:00Z") + np.arange(0, HOUR, NS_PER_S)
    place = sun_position(times)
    pointing = place.azimuth_deg - 180.0, -place.altitude_deg
    (one,) = judged(times, *pointing).history.trackings
    assert one.end == "sunset"
    at_sunrise_end = judged(times, *pointing, end="sunrise")
    assert seconds_of(at_sunrise_end, "background") == 3599
    assert at_sunrise_end.sun_offset_deg(times[:1])[0] > 90


def test_data_taking_that_the_log_does_not_cover_is_excluded(day: PointingRows) -> None:
    log = PointingLog(day.time_ns, day.horizontal_deg, day.vertical_deg)
    exposure = PointingExposure.of_log(log, PointingSettings())
    runs = [(DAY - HOUR, DAY + HOUR), (DAY + HOUR // 2, DAY + 2 * HOUR), (TRACKING[0], TRACKING[1])]
    tagged = exposure.tagged(Intervals.of(runs))
    total = sum(one.stop_ns - one.start_ns for one in tagged)
    # the two runs that overlap count once
    assert total == 3 * HOUR + TRACKING[1] - TRACKING[0]
    assert tagged[0] == (DAY - HOUR, DAY, "excluded", "no log")
    assert seconds_of(exposure, "tracking") == pytest.approx(2400, abs=12)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 1500), st.floats(-1, 1), st.floats(-1, 1)), min_size=1, max_size=80
    ),
    st.lists(st.tuples(st.integers(-5000, 50_000), st.integers(1, 9000)), max_size=5),
)
def test_any_log_divides_any_data_taking_without_gap_or_overlap(
    steps: list[tuple[int, float, float]], runs: list[tuple[int, int]]
) -> None:
    since = np.cumsum([step for step, _, _ in steps])
    place = sun_position(START + since * NS_PER_S)
    exposure = judged(
        START + since * NS_PER_S,
        place.azimuth_deg + np.array([h for _, h, _ in steps]) ** 5,
        place.altitude_deg + np.array([v for _, _, v in steps]) ** 5,
    )
    asked = Intervals.of(
        [(START + a * NS_PER_S, START + (a + length) * NS_PER_S) for a, length in runs]
    )
    tagged = exposure.tagged(asked)
    assert Intervals.of([one[:2] for one in tagged]) == asked
    assert sum(one.stop_ns - one.start_ns for one in tagged) == sum(b - a for a, b in asked.pairs())
    assert {one.tag for one in tagged} <= {"tracking", "background", "excluded"}
    assert all(bool(one.reason) == (one.tag == "excluded") for one in tagged)


@pytest.mark.parametrize("leap_day", ["2005-12-31", "2008-12-31", "2012-06-30", "2015-06-30",
                                      "2016-12-31"])  # fmt: skip
def test_exposure_across_a_leap_second_is_exact(leap_day: str) -> None:
    """The hour around 23:59:60 holds 3601 seconds (row 11)."""
    start = parse_iso(f"{leap_day}T23:30:00Z")
    rows = simulated_pointing((start, start + HOUR), [])
    log = PointingLog(rows.time_ns, rows.horizontal_deg, rows.vertical_deg)
    exposure = PointingExposure.of_log(log, PointingSettings())
    assert exposure.as_json()["background_s"] == 3601.0
    quarter = Intervals.of([(start, start + HOUR // 4)])
    assert exposure.as_json(quarter)["background_s"] == 900.0
