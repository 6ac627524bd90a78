"""The Sun's place against JPL's DE421, which shares no code with ours."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray

from helioscope.model.time import NS_PER_S
from helioscope.sun.earth_orientation import EarthOrientation
from helioscope.sun.ephemeris import SunEphemeris, sun_position
from helioscope.sun.refraction import Air
from helioscope.sun.site import CAST, Site

ARCSEC = 3600.0
Skyfield = Callable[[list[int], Site], tuple[NDArray[np.float64], ...]]


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


LEAPS = [seconds(day) for day in ("2006-01-01", "2009-01-01", "2012-07-01", "2015-07-01",
                                  "2017-01-01")]  # fmt: skip


@pytest.fixture(scope="module")
def skyfield_sun() -> Skyfield:
    """Altitude, azimuth and distance of the Sun by skyfield with DE421."""
    from skyfield.api import Loader, wgs84

    with warnings.catch_warnings():
        # the package speaks of its table of the Earth's rotation, which we do not use
        warnings.simplefilter("ignore")
        from skyfield_data import get_skyfield_data_path

        load = Loader(get_skyfield_data_path())
        planets = load("de421.bsp")
    scale = load.timescale(builtin=True)

    def position(posix_s: list[int], site: Site) -> tuple[NDArray[np.float64], ...]:
        observer = planets["earth"] + wgs84.latlon(
            site.latitude_deg, site.longitude_deg, site.height_m
        )
        moments = scale.from_datetimes([datetime.fromtimestamp(s, UTC) for s in posix_s])
        apparent = observer.at(moments).observe(planets["sun"]).apparent()
        altitude, azimuth, _ = apparent.altaz()
        distance = planets["earth"].at(moments).observe(planets["sun"]).distance().au
        return altitude.degrees, azimuth.degrees, distance

    return position


def distances_arcsec(posix_s: list[int], site: Site, skyfield_sun: Skyfield) -> NDArray[np.float64]:
    ours = sun_position(np.array(posix_s) * NS_PER_S, site)
    altitude, azimuth, distance = skyfield_sun(posix_s, site)
    across = ((ours.azimuth_deg - azimuth + 180) % 360 - 180) * np.cos(np.radians(altitude))
    assert np.abs(ours.distance_au - distance).max() < 2e-5
    return np.hypot(across, ours.altitude_deg - altitude) * ARCSEC


@pytest.mark.parametrize("site", [CAST, Site(latitude_deg=-31.9, longitude_deg=115.9)])
def test_sun_from_2003_to_2026_within_5_arcsec_of_de421(skyfield_sun: Skyfield, site: Site) -> None:
    random = np.random.default_rng(2003)
    posix_s = random.integers(seconds("2003-01-01"), seconds("2026-12-31"), 300).tolist()
    assert distances_arcsec(posix_s, site, skyfield_sun).max() < 5


@pytest.mark.parametrize("leap", LEAPS)
def test_sun_around_leap_seconds(skyfield_sun: Skyfield, leap: int) -> None:
    posix_s = [leap + step for step in (-86400, -3600, -2, -1, 0, 1, 2, 3600, 86400)]
    assert distances_arcsec(posix_s, CAST, skyfield_sun).max() < 5


@pytest.mark.parametrize("leap", LEAPS)
def test_the_sun_moves_on_through_a_leap_second(leap: int) -> None:
    """POSIX repeats a second there; the Sun has turned by 15 arcsec a second all the same."""
    at = sun_position((leap + np.array([-2, -1, 0, 1])) * NS_PER_S)
    across = np.diff(at.azimuth_deg) * np.cos(np.radians(at.altitude_deg[:-1])) * ARCSEC
    moved = np.hypot(across, np.diff(at.altitude_deg) * ARCSEC)
    assert moved[0] == pytest.approx(moved[2], rel=1e-3)
    assert moved[1] == pytest.approx(2 * moved[0], rel=1e-3)


def test_interpolation_costs_nothing() -> None:
    """Places between the knots agree with knots that stand elsewhere."""
    start = seconds("2010-06-01") * NS_PER_S
    times = start + np.arange(0, 20 * 86400, 977) * NS_PER_S
    table = EarthOrientation.installed()
    long = SunEphemeris.between(start, int(times[-1]), table=table).position(times)
    picked = times[::147]
    alone = [SunEphemeris.between(int(t), int(t), table=table).position(t) for t in picked]
    altitude = np.array([float(sun.altitude_deg) for sun in alone])
    assert np.abs(long.altitude_deg[::147] - altitude).max() * ARCSEC < 1e-3


def test_radius_and_distance_over_a_year() -> None:
    year = (seconds("2004-01-01") + np.arange(0, 366) * 86400) * NS_PER_S
    sun = sun_position(year)
    assert sun.distance_au.min() == pytest.approx(0.98327, abs=1e-4)  # Astronomical Almanac 2004
    assert sun.distance_au.max() == pytest.approx(1.01668, abs=1e-4)
    # the almanac's semi-diameter at one AU is 959.63 arcsec with the older solar radius
    assert np.allclose(sun.radius_deg * sun.distance_au * ARCSEC, 959.4, atol=0.4)


def test_refraction_lifts_the_sun_by_its_own_size_at_the_horizon() -> None:
    times = (seconds("2005-03-20T05:00:00") + np.arange(0, 3 * 3600, 30)) * NS_PER_S
    true = sun_position(times)
    seen = sun_position(times, air=Air(pressure_hpa=1010.0, temperature_c=10.0))
    lift = (seen.altitude_deg - true.altitude_deg) * 60
    horizon = np.argmin(np.abs(seen.altitude_deg))
    assert lift[horizon] == pytest.approx(34.5, abs=1.5)
    ten = np.argmin(np.abs(seen.altitude_deg - 10))
    assert lift[ten] == pytest.approx(5.3, abs=0.2)
    assert (lift[true.altitude_deg < -1] == 0).all()
    assert np.array_equal(seen.azimuth_deg, true.azimuth_deg)


def test_no_air_no_refraction() -> None:
    times = np.array([seconds("2005-03-20T06:00:00") * NS_PER_S])
    air = Air(pressure_hpa=0.0)
    assert sun_position(times, air=air).altitude_deg == sun_position(times).altitude_deg


def test_no_times_give_no_positions() -> None:
    assert sun_position(np.empty(0, np.int64)).altitude_deg.size == 0


def test_times_outside_an_ephemeris_are_refused() -> None:
    start = seconds("2005-03-20") * NS_PER_S
    with pytest.raises(ValueError, match="outside"):
        SunEphemeris.between(start, start + 1).position(np.array([start + 2]))
    with pytest.raises(ValueError, match="before start"):
        SunEphemeris.between(start, start - 1)
