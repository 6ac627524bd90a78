"""Where the Sun stands: apparent topocentric altitude and azimuth, distance and radius.

The Sun's apparent place against the celestial intermediate frame (astropy's ``get_sun``, good to
half an arcsecond) moves so evenly that a cubic through one place every half day is exact to a
microarcsecond. What turns quickly, the Earth, is put on for each instant in closed form (IAU 2000
Earth rotation angle; Capitaine et al. 2000), with parallax and diurnal aberration. Polar motion
(0.3 arcsec) is left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope.model.time import NS_PER_S, leap_times_ns, tai_ns
from helioscope.sun.earth_orientation import EarthOrientation, offline
from helioscope.sun.horizontal import KNOT_NS, SunTrack, sun_track
from helioscope.sun.refraction import Air, refraction_deg
from helioscope.sun.site import CAST, Site

METRES_PER_AU = 149_597_870_700.0
#: IAU 2015 resolution B3, nominal solar radius.
SOLAR_RADIUS_M = 695_700_000.0


class SunPosition(NamedTuple):
    """Where the Sun's centre stands, arrays of the shape of the times.

    Attributes
    ----------
    altitude_deg, azimuth_deg
        float64; azimuth from north through east, 0 to 360.
    distance_au
        float64; from the Earth's centre, as the flux of axions goes with its inverse square.
    radius_deg
        float64; apparent radius of the disc.
    """

    altitude_deg: NDArray[np.float64]
    azimuth_deg: NDArray[np.float64]
    distance_au: NDArray[np.float64]
    radius_deg: NDArray[np.float64]


@dataclass(frozen=True)
class SunEphemeris:
    """The Sun from one site over one stretch of time; make it with `between`."""

    site: Site
    track: SunTrack
    start_ns: int
    stop_ns: int
    provenance: dict[str, Any]
    warning: str

    @classmethod
    def between(
        cls, start_ns: int, stop_ns: int, site: Site = CAST, table: EarthOrientation | None = None
    ) -> SunEphemeris:
        """Prepare the Sun for [start, stop], POSIX times in ns.

        Raises
        ------
        ValueError
            Where stop lies before start.
        """
        if stop_ns < start_ns:
            raise ValueError(f"stop {stop_ns} before start {start_ns}")
        table = table or EarthOrientation.installed()
        first, last = tai_ns(np.array([start_ns, stop_ns], np.int64)).tolist()
        origin = (first // KNOT_NS - 2) * KNOT_NS
        knots = np.arange(origin, last + 3 * KNOT_NS, KNOT_NS, dtype=np.int64)
        # UT1 - TAI is smooth: which side of a leap second a knot falls on does not matter.
        ut1 = table.ut1_minus_tai(knots)
        slope = np.append(np.diff(ut1), 0.0) / (KNOT_NS / NS_PER_S)
        rotation = np.column_stack((ut1, slope))
        return cls(
            site,
            SunTrack(origin, _coefficients(knots), rotation, _site_numbers(site), leap_times_ns()),
            start_ns,
            stop_ns,
            table.provenance(),
            table.warning(stop_ns),
        )

    def position(self, time_ns: NDArray[np.int64], air: Air | None = None) -> SunPosition:
        """Give the Sun at POSIX times within the stretch.

        Parameters
        ----------
        time_ns
            int64 array of any shape.
        air
            Refraction of visible light by this air. None for axions: nothing bends them.

        Raises
        ------
        ValueError
            Where a time lies outside the stretch.
        """
        times = np.asarray(time_ns, np.int64)
        if times.size and (times.min() < self.start_ns or times.max() > self.stop_ns):
            raise ValueError("times outside the ephemeris: make it with between() over all of them")
        flat = np.ascontiguousarray(times.reshape(-1))
        found = np.empty((3, flat.size))
        sun_track(flat, self.track, found)
        altitude, azimuth, distance = (row.reshape(times.shape) for row in found)
        if air is not None:
            altitude = altitude + refraction_deg(altitude, air)
        radius = np.degrees(np.arcsin(SOLAR_RADIUS_M / METRES_PER_AU / distance))
        return SunPosition(altitude, azimuth, distance, radius)


def sun_position(
    time_ns: NDArray[np.int64], site: Site = CAST, air: Air | None = None
) -> SunPosition:
    """Give the Sun at any POSIX times, in one call."""
    times = np.asarray(time_ns, np.int64)
    if not times.size:
        nothing = np.empty(times.shape)
        return SunPosition(nothing, nothing.copy(), nothing.copy(), nothing.copy())
    return SunEphemeris.between(int(times.min()), int(times.max()), site).position(times, air)


def _coefficients(knots_tai_ns: NDArray[np.int64]) -> NDArray[np.float64]:
    """Fit cubics through the Sun's place in the celestial intermediate frame (AU)."""
    import erfa  # type: ignore[import-untyped]
    from astropy.coordinates import get_sun
    from astropy.time import Time
    from scipy.interpolate import CubicSpline

    seconds = knots_tai_ns // NS_PER_S
    days, rest = seconds // 86_400 + 2_440_587.5, (seconds % 86_400) / 86_400
    with offline():
        time = Time(days, rest, format="jd", scale="tai")
        place = get_sun(time).cartesian.xyz.to_value("AU").T
        # IAU 2006/2000A precession and nutation: GCRS to the intermediate frame
        turned = np.einsum("nij,nj->ni", erfa.c2i06a(time.tt.jd1, time.tt.jd2), place)
    spline = CubicSpline((knots_tai_ns - knots_tai_ns[0]) / NS_PER_S, turned)
    return np.ascontiguousarray(spline.c)


def _site_numbers(site: Site) -> tuple[float, float, float, float, float, float, float]:
    x, y, z = (metres / METRES_PER_AU for metres in site.geocentric_m())
    phi, lam = math.radians(site.latitude_deg), math.radians(site.longitude_deg)
    return x, y, z, math.sin(phi), math.cos(phi), math.sin(lam), math.cos(lam)
