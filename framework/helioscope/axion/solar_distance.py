"""The yearly variation of the flux with the Sun's distance."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

#: 2000-01-01 12:00 UTC in POSIX nanoseconds.
_J2000_NS = 946_728_000_000_000_000
_NS_PER_DAY = 86_400_000_000_000


def sun_distance_au(time_ns: ArrayLike) -> Array:
    """Give the Sun's distance, to 1e-4 AU between 1950 and 2050.

    R = 1.00014 - 0.01671 cos g - 0.00014 cos 2g with g = 357.529 + 0.98560028 d degrees
    (Astronomical Almanac, section C).

    Parameters
    ----------
    time_ns
        int64 nanoseconds since 1970-01-01 UTC.
    """
    days = (np.asarray(time_ns, np.int64) - _J2000_NS) / _NS_PER_DAY
    anomaly = np.radians(357.529 + 0.98560028 * days)
    distance: Array = 1.00014 - 0.01671 * np.cos(anomaly) - 0.00014 * np.cos(2.0 * anomaly)
    return distance


def mean_distance_au(time_ns: ArrayLike, weight: ArrayLike = 1.0) -> float:
    """Give the distance whose flux is the mean over some times: the mean of 1/d^2, inverted.

    Parameters
    ----------
    time_ns
        int64 times.
    weight
        Live time at each.
    """
    weights = np.broadcast_to(np.asarray(weight, float), np.shape(time_ns))
    return float((np.average(sun_distance_au(time_ns) ** -2.0, weights=weights)) ** -0.5)
