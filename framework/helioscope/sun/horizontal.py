"""The kernel that turns the Earth under the Sun's place: time to altitude and azimuth."""

from __future__ import annotations

import math
from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

compiled = nb.njit(nogil=True, cache=True)

#: TAI at J2000.0 (2000-01-01 12:00 TT), ns since 1970-01-01 TAI.
J2000_TAI_NS = 946_727_967_816_000_000
KNOT_NS = 43_200_000_000_000
DAY_NS = 86_400_000_000_000
#: IAU 2000: turns at J2000 UT1, and turns a day beyond one.
TURN_AT_J2000 = 0.7790572732640
EXTRA_TURNS_PER_DAY = 0.00273781191135448
TT_MINUS_TAI_S = 32.184
#: Speed of the equator over that of light, and the Earth's equatorial radius in AU.
EQUATOR_SPEED = 465.1012 / 299_792_458.0
EARTH_RADIUS_AU = 6_378_137.0 / 149_597_870_700.0


class SunTrack(NamedTuple):
    """An ephemeris as the compiled loops take it.

    Attributes
    ----------
    origin_ns
        TAI of the first knot; the knots stand ``KNOT_NS`` apart.
    place
        float64 (4, knots - 1, 3): cubic coefficients of the Sun's place in the celestial
        intermediate frame, AU, highest power first, against seconds since the knot.
    rotation
        float64 (knots, 2): UT1 - TAI in seconds at each knot, and its slope per second.
    site
        Earth-fixed x, y, z (AU), sine and cosine of the latitude, then of the longitude.
    leaps_ns
        int64 rising POSIX times at which an inserted second had just ended.
    """

    origin_ns: int
    place: NDArray[np.float64]
    rotation: NDArray[np.float64]
    site: tuple[float, float, float, float, float, float, float]
    leaps_ns: NDArray[np.int64]


@compiled
def _place(track: SunTrack, knot: int, seconds: float, axis: int) -> float:
    cubic = track.place
    high = (cubic[0, knot, axis] * seconds + cubic[1, knot, axis]) * seconds
    value: float = (high + cubic[2, knot, axis]) * seconds + cubic[3, knot, axis]
    return value


@compiled
def _earth_angle(tai_ns: int, ut1_minus_tai_s: float) -> float:
    """Give the Earth rotation angle in radians, whole turns left in or out."""
    since = tai_ns - J2000_TAI_NS
    whole = since // DAY_NS
    # whole days add no turn of their own: the part of a day keeps its nanosecond
    part = ((since - whole * DAY_NS) * 1e-9 + ut1_minus_tai_s - TT_MINUS_TAI_S) / 86_400.0
    return 2.0 * math.pi * (TURN_AT_J2000 + part + EXTRA_TURNS_PER_DAY * (whole + part))


@compiled
def _tai_ns(time_ns: int, leaps_ns: NDArray[np.int64]) -> int:
    inserted = leaps_ns.size
    while inserted > 0 and time_ns < leaps_ns[inserted - 1]:
        inserted -= 1
    return time_ns + (inserted + 10) * 1_000_000_000


@compiled
def sun_at(time_ns: int, track: SunTrack) -> tuple[float, float, float]:
    """Give altitude and azimuth (deg) and distance (AU) at one POSIX time."""
    tai_ns = _tai_ns(time_ns, track.leaps_ns)
    since = tai_ns - track.origin_ns
    knot = since // KNOT_NS
    seconds = (since - knot * KNOT_NS) * 1e-9
    x = _place(track, knot, seconds, 0)
    y = _place(track, knot, seconds, 1)
    z = _place(track, knot, seconds, 2)
    angle = _earth_angle(tai_ns, track.rotation[knot, 0] + track.rotation[knot, 1] * seconds)
    cosine, sine = math.cos(angle), math.sin(angle)
    site_x, site_y, site_z, sin_phi, cos_phi, sin_lam, cos_lam = track.site
    # Earth-fixed, seen from the site
    fixed_x = cosine * x + sine * y - site_x
    fixed_y = -sine * x + cosine * y - site_y
    fixed_z = z - site_z
    range_au = math.sqrt(fixed_x * fixed_x + fixed_y * fixed_y + fixed_z * fixed_z)
    outward = cos_lam * fixed_x + sin_lam * fixed_y
    east = (-sin_lam * fixed_x + cos_lam * fixed_y) / range_au
    north = (-sin_phi * outward + cos_phi * fixed_z) / range_au
    up = (cos_phi * outward + sin_phi * fixed_z) / range_au
    # diurnal aberration: the site moves east
    east += EQUATOR_SPEED * math.sqrt(site_x * site_x + site_y * site_y) / EARTH_RADIUS_AU
    altitude = math.degrees(math.atan2(up, math.sqrt(east * east + north * north)))
    azimuth = math.degrees(math.atan2(east, north)) % 360.0
    return altitude, azimuth, math.sqrt(x * x + y * y + z * z)


@compiled
def sun_track(time_ns: NDArray[np.int64], track: SunTrack, found: NDArray[np.float64]) -> None:
    """Fill ``found`` (3, times) with altitude_deg, azimuth_deg and distance_au.

    Parameters
    ----------
    time_ns
        int64 POSIX times within the track.
    """
    for i in range(time_ns.size):
        found[0, i], found[1, i], found[2, i] = sun_at(time_ns[i], track)
