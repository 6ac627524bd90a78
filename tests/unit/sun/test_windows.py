"""The windows of a year: their borders, their lengths and their sum."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
from click.testing import CliRunner

from helioscope.cli.main import cli
from helioscope.model.time import NS_PER_S, parse_iso
from helioscope.sun.ephemeris import sun_position
from helioscope.sun.site import Site
from helioscope.sun.windows import Reach, Window, windows, year_windows


@pytest.fixture(scope="module")
def year() -> list[Window]:
    return year_windows(2004)


def test_two_windows_a_day_of_about_an_hour_and_a_half(year: list[Window]) -> None:
    assert len(year) == 2 * 366
    hours = np.array([window.duration_s for window in year]) / 3600
    # equinox to solstice: 93 to 115 min for CAST's site
    assert hours.min() * 60 == pytest.approx(93, abs=1)
    assert hours.max() * 60 == pytest.approx(115, abs=1)


def test_the_sum_of_a_year(year: list[Window]) -> None:
    """By the full reach; the slides' 46 days are two times 1.5 h a day."""
    days = sum(window.duration_s for window in year) / 86_400
    assert days == pytest.approx(52.4, abs=0.2)
    # the limits that CAST's logs of 2017 show: -7.1 to 7.8 degrees, azimuth to 133
    seen = Reach(altitude_from_deg=-7.1, altitude_to_deg=7.8, azimuth_from_deg=47.0,
                 azimuth_to_deg=133.0)  # fmt: skip
    days = sum(window.duration_s for window in year_windows(2004, reach=seen)) / 86_400
    assert days == pytest.approx(46, rel=0.05)


def test_the_sun_stands_at_the_edge_of_the_reach_at_both_ends(year: list[Window]) -> None:
    for window in year[::61]:
        place = sun_position(np.array([window.start_ns, window.stop_ns]))
        assert np.abs(np.abs(place.altitude_deg) - 8).max() < 0.004  # one second of its way
        rising = window.end == "sunrise"
        assert (np.diff(place.altitude_deg) > 0).all() == rising
        azimuth = place.azimuth_deg if rising else place.azimuth_deg - 180
        assert ((azimuth > 40) & (azimuth < 140)).all()


def test_windows_do_not_overlap_and_alternate(year: list[Window]) -> None:
    assert all(one.stop_ns < two.start_ns for one, two in pairwise(year))
    assert all(one.end != two.end for one, two in pairwise(year))


def test_a_window_cut_by_the_span_is_given_as_far_as_it_lies_within() -> None:
    middle = parse_iso("2004-03-20T05:40:00Z")
    (one,) = windows(middle, middle + 600 * NS_PER_S)
    assert (one.start_ns, one.stop_ns) == (middle, middle + 600 * NS_PER_S)


def test_a_narrow_azimuth_cuts_the_winter() -> None:
    narrow = year_windows(2004, reach=Reach(azimuth_to_deg=110.0))
    assert min(window.duration_s for window in narrow) < 3600
    assert len(narrow) < 2 * 366


def test_other_sites_have_other_windows() -> None:
    polar = windows(
        parse_iso("2004-06-15T00:00:00Z"),
        parse_iso("2004-06-17T00:00:00Z"),
        Site(latitude_deg=80.0, longitude_deg=0.0, height_m=0.0),
    )
    assert polar == []


def test_windows_by_the_command_line() -> None:
    result = CliRunner().invoke(cli(), ["sun", "windows", "--year", "2016", "--json"])
    found = json.loads(result.stdout)
    assert found["sum_s"] == pytest.approx(sum(one["duration_s"] for one in found["windows"]))
    table = CliRunner().invoke(cli(), ["sun", "windows", "--year", "2016"])
    assert "days" in table.stdout
