"""The pass over a pointing log that says what the magnet did between each two rows.

Differences are encoder less Sun, on the sky: the horizontal one is multiplied by the cosine of
the altitude. The sunset end looks the other way: azimuth + 180 degrees, altitude negated.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope.sun.horizontal import SunTrack, compiled, sun_at

#: What a stretch between two rows can be.
UNKNOWN, AT_REST, MOVING, NEAR_SUNRISE, NEAR_SUNSET = range(5)


class Rows(NamedTuple):
    """A log's rows as the compiled loops take them; times strictly rising.

    ``broken_after`` are the sorted numbers of rows behind which nothing is known.
    """

    time_ns: NDArray[np.int64]
    horizontal_deg: NDArray[np.float64]
    vertical_deg: NDArray[np.float64]
    broken_after: NDArray[np.int64]


class Limits(NamedTuple):
    """The settings as the compiled loops take them."""

    gap_ns: int
    parked_gap_ns: int
    parked_deg: float
    moving_deg_per_s: float
    moving_window_ns: int
    near_sun_deg: float


@compiled
def _end_differences(
    horizontal_deg: float, vertical_deg: float, altitude_deg: float, azimuth_deg: float
) -> tuple[float, float, float, float]:
    squeeze = math.cos(math.radians(altitude_deg))
    sunrise = (horizontal_deg - azimuth_deg + 540.0) % 360.0 - 180.0
    sunset = (horizontal_deg - azimuth_deg + 360.0) % 360.0 - 180.0
    up = vertical_deg - altitude_deg
    return sunrise * squeeze, up, sunset * squeeze, -vertical_deg - altitude_deg


@compiled
def _near(rows: Rows, i: int, track: SunTrack, near_sun_deg: float) -> int:
    """Say which end, if any, has the Sun close at a row."""
    altitude, azimuth, _ = sun_at(rows.time_ns[i], track)
    rise_x, rise_y, set_x, set_y = _end_differences(
        rows.horizontal_deg[i], rows.vertical_deg[i], altitude, azimuth
    )
    if abs(rise_x) <= near_sun_deg and abs(rise_y) <= near_sun_deg:
        return NEAR_SUNRISE
    if abs(set_x) <= near_sun_deg and abs(set_y) <= near_sun_deg:
        return NEAR_SUNSET
    return UNKNOWN


@compiled
def _moved_deg(rows: Rows, i: int, j: int) -> float:
    across = abs(rows.horizontal_deg[j] - rows.horizontal_deg[i])
    up = abs(rows.vertical_deg[j] - rows.vertical_deg[i])
    return float(max(across, up))


@compiled
def _look_ahead(rows: Rows, i: int, ahead: int, limits: Limits) -> int:
    """Give the first row a window later, or the last one before a gap."""
    time_ns = rows.time_ns
    ahead = max(ahead, i + 1)
    while (
        ahead + 1 < time_ns.size
        and time_ns[ahead] - time_ns[i] < limits.moving_window_ns
        and time_ns[ahead + 1] - time_ns[ahead] <= limits.gap_ns
    ):
        ahead += 1
    return ahead


@compiled
def _fill_states(rows: Rows, track: SunTrack, limits: Limits, states: NDArray[np.uint8]) -> None:
    cut = 0
    ahead = 0
    moving_until = 0
    near = _near(rows, 0, track, limits.near_sun_deg)
    for i in range(states.size):
        near_before = near
        near = _near(rows, i + 1, track, limits.near_sun_deg)
        step = rows.time_ns[i + 1] - rows.time_ns[i]
        while cut < rows.broken_after.size and rows.broken_after[cut] < i:
            cut += 1
        broken = cut < rows.broken_after.size and rows.broken_after[cut] == i
        if broken or step > limits.parked_gap_ns:
            continue
        if step > limits.gap_ns:
            if _moved_deg(rows, i, i + 1) > limits.parked_deg:
                continue
        else:
            ahead = _look_ahead(rows, i, ahead, limits)
            window = max(rows.time_ns[ahead] - rows.time_ns[i], limits.moving_window_ns)
            if _moved_deg(rows, i, ahead) > limits.moving_deg_per_s * window * 1e-9:
                moving_until = max(moving_until, ahead)
        # near the Sun where either of the two rows is
        if near_before != UNKNOWN:
            states[i] = near_before
        elif near != UNKNOWN:
            states[i] = near
        else:
            states[i] = MOVING if i < moving_until else AT_REST


def magnet_states(rows: Rows, track: SunTrack, limits: Limits) -> NDArray[np.uint8]:
    """Say for the stretch behind each row what the magnet did in it.

    Returns
    -------
    uint8 array
        One shorter than the rows (empty for none): UNKNOWN, AT_REST, MOVING, NEAR_SUNRISE or
        NEAR_SUNSET.
    """
    states = np.zeros(max(rows.time_ns.size - 1, 0), np.uint8)
    if states.size:
        _fill_states(rows, track, limits, states)
    return states


@compiled
def _fill_differences(
    time_ns: NDArray[np.int64],
    horizontal_deg: NDArray[np.float64],
    vertical_deg: NDArray[np.float64],
    track: SunTrack,
    found: NDArray[np.float64],
) -> None:
    for i in range(time_ns.size):
        altitude, azimuth, _ = sun_at(time_ns[i], track)
        found[0, i], found[1, i], found[2, i], found[3, i] = _end_differences(
            horizontal_deg[i], vertical_deg[i], altitude, azimuth
        )


def sun_differences(
    time_ns: NDArray[np.int64],
    horizontal_deg: NDArray[np.float64],
    vertical_deg: NDArray[np.float64],
    track: SunTrack,
) -> NDArray[np.float64]:
    """Give pointing less Sun on the sky, float64 (4, rows).

    Rows of the result: across and up for the sunrise end, across and up for the sunset end.
    """
    found = np.empty((4, time_ns.size))
    _fill_differences(time_ns, horizontal_deg, vertical_deg, track, found)
    return found
