"""A real day of the CAST angle encoders, against what people wrote down that day."""

from __future__ import annotations

import itertools
import json
import os
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from helioscope.cli.main import cli
from helioscope.model.time import NS_PER_S, parse_iso
from helioscope.sun.exposure import PointingExposure, pointing_exposure

FOLDER = Path(os.environ.get("HELIOSCOPE_REALDATA", "")) / "cast_magnet_log"
LOG = FOLDER / "Angles_data_2017-12-18.log"

pytestmark = pytest.mark.skipif(
    not os.environ.get("HELIOSCOPE_REALDATA"), reason="HELIOSCOPE_REALDATA is not set"
)


@pytest.fixture(scope="module")
def exposure() -> PointingExposure:
    return pointing_exposure([LOG])


def written(day: str) -> tuple[int, int]:
    """Start and stop of a day's tracking as written down, to the minute, CET all year."""
    for line in (FOLDER / "tracking_times_2017.csv").read_text().splitlines():
        if line.startswith(f"<{day}"):
            start, stop = (
                datetime.strptime(cell[1:-1], "%Y-%m-%d %a %H:%M").isoformat() + ":00+01:00"
                for cell in line.split(",")[:2]
            )
            return parse_iso(start), parse_iso(stop)
    raise AssertionError(f"no tracking written down on {day}")


def test_the_tracking_lies_within_what_was_written_down() -> None:
    result = CliRunner().invoke(cli(), ["sun", "exposure", "--pointing", str(LOG), "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert set(found) == {"tracking", "background_s", "excluded"}
    (tracking,) = found["tracking"]
    assert set(tracking) == {"start_utc", "stop_utc", "live_s"}
    start, stop = parse_iso(tracking["start_utc"]), parse_iso(tracking["stop_utc"])
    written_start, written_stop = written("2017-12-18")
    # the note counts the approach in, and rounds to a minute: 1.3 to 2.3 and 1.0 to 1.4 min
    assert 1.0 <= (start - written_start) / NS_PER_S / 60 <= 2.8
    assert 0.5 <= (written_stop - stop) / NS_PER_S / 60 <= 1.9
    assert tracking["live_s"] == pytest.approx((stop - start) / NS_PER_S)
    assert {one["reason"] for one in found["excluded"]} == {"moving", "near the Sun but off"}


def test_every_second_of_the_log_is_counted_once(exposure: PointingExposure) -> None:
    found = exposure.as_json()
    total = found["background_s"] + sum(
        one["live_s"] for one in found["tracking"] + found["excluded"]
    )
    assert total == pytest.approx(exposure.history.span.duration_ns() / NS_PER_S, abs=1e-6)
    tagged = exposure.tagged()
    assert all(one.stop_ns == two.start_ns for one, two in itertools.pairwise(tagged))


def test_horizontal_less_azimuth_is_stable_along_the_track(exposure: PointingExposure) -> None:
    (tracking,) = exposure.history.trackings
    log = exposure.log
    on = tracking.on_sun.contains(log.time_ns)
    sun = exposure.sun.position(log.time_ns[on])
    difference = log.horizontal_deg[on] - sun.azimuth_deg
    # twice a minute the drive waits for its next target: the medians of minutes say it
    minute = (log.time_ns[on] - log.time_ns[on][0]) // (60 * NS_PER_S)
    medians = np.array([np.median(difference[minute == m]) for m in np.unique(minute)])
    assert np.ptp(medians) < 0.01
    assert 0.015 < np.median(medians) < 0.026
    assert np.abs(log.vertical_deg[on] - sun.altitude_deg).max() < 0.017


def test_the_angle_to_the_sun_is_small_in_tracking_and_large_at_night(
    exposure: PointingExposure,
) -> None:
    (tracking,) = exposure.history.trackings
    inside = np.linspace(tracking.start_ns, tracking.stop_ns - 1, 500).astype(np.int64)
    assert exposure.sun_offset_deg(inside).max() < 0.015 * np.sqrt(2) + 1e-6
    night = parse_iso("2017-12-18T02:05:00Z")
    assert exposure.sun_offset_deg(np.array([night]))[0] > 30
    outside = parse_iso("2017-12-19T06:00:00Z")
    assert np.isnan(exposure.sun_offset_deg(np.array([outside]))).all()


def test_a_sharper_tolerance_gives_less(exposure: PointingExposure) -> None:
    from helioscope.sun.pointing_settings import PointingSettings

    sharp = pointing_exposure([LOG], PointingSettings(tolerance_deg=0.008))
    assert (
        sum(one.on_sun.duration_ns() for one in sharp.history.trackings)
        < exposure.history.trackings[0].on_sun.duration_ns()
    )


def test_without_a_measured_offset_the_encoders_stand_off_the_sun() -> None:
    from helioscope.sun.pointing_settings import PointingSettings

    found = pointing_exposure([LOG], PointingSettings(pointing_offset="none")).as_json()
    assert found["tracking"] == []
