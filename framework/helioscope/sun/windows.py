"""When the Sun is within the magnet's reach: the two windows of each day, and their year's sum."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from helioscope.model.intervals import Intervals
from helioscope.model.settings import Settings
from helioscope.model.time import NS_PER_S
from helioscope.sun.ephemeris import SunEphemeris
from helioscope.sun.row_stretches import runs
from helioscope.sun.site import Site

GRID_NS = 60 * NS_PER_S


class Reach(Settings):
    """How far the magnet turns: where its sunrise end points; the other end looks the other way.

    The defaults are CAST's: 8 degrees down and up, azimuth 40 to 140.
    """

    altitude_from_deg: float = Field(default=-8.0, ge=-90, le=90)
    altitude_to_deg: float = Field(default=8.0, ge=-90, le=90)
    azimuth_from_deg: float = Field(default=40.0, ge=0, le=360)
    azimuth_to_deg: float = Field(default=140.0, ge=0, le=360)


@dataclass(frozen=True)
class Window:
    """One pass of the Sun through the reach; half-open, to the second."""

    start_ns: int
    stop_ns: int
    end: Literal["sunrise", "sunset"]

    @property
    def duration_s(self) -> float:
        """Length in seconds, exact across a leap second."""
        return Intervals.of([(self.start_ns, self.stop_ns)]).duration_ns() / NS_PER_S


def windows(
    start_ns: int, stop_ns: int, site: Site | None = None, reach: Reach | None = None
) -> list[Window]:
    """List the windows that lie within [start, stop), in the order of time.

    The Sun is looked at every minute; edges are then found to the second. A window that is cut
    by start or stop is given as far as it lies within.
    """
    sun = SunEphemeris.between(start_ns, stop_ns, site or Site())
    limits = reach or Reach()
    grid = np.append(np.arange(start_ns, stop_ns, GRID_NS, dtype=np.int64), stop_ns)
    found = []
    ends: tuple[Literal["sunrise", "sunset"], ...] = ("sunrise", "sunset")
    for end in ends:
        inside = _inside(sun, grid, limits, end)
        for first, last in runs(inside):
            start = int(grid[0]) if first == 0 else _edge(sun, grid[first - 1], limits, end, True)
            stop = stop_ns if last == grid.size - 1 else _edge(sun, grid[last], limits, end, False)
            found.append(Window(start, stop, end))
    return sorted(found, key=lambda window: window.start_ns)


def year_windows(year: int, site: Site | None = None, reach: Reach | None = None) -> list[Window]:
    """List the windows of a calendar year (UTC)."""
    return windows(_new_year_ns(year), _new_year_ns(year + 1), site, reach)


def _inside(
    sun: SunEphemeris, times: NDArray[np.int64], reach: Reach, end: str
) -> NDArray[np.bool_]:
    place = sun.position(times)
    vertical, azimuth = place.altitude_deg, place.azimuth_deg
    if end == "sunset":
        vertical, azimuth = -vertical, (azimuth + 180.0) % 360.0
    inside: NDArray[np.bool_] = (
        (vertical >= reach.altitude_from_deg)
        & (vertical <= reach.altitude_to_deg)
        & (azimuth >= reach.azimuth_from_deg)
        & (azimuth <= reach.azimuth_to_deg)
    )
    return inside


def _edge(sun: SunEphemeris, minute_ns: int, reach: Reach, end: str, entering: bool) -> int:
    """Find the first second of the minute in which the Sun is inside (or is no more)."""
    times = np.minimum(int(minute_ns) + np.arange(61) * NS_PER_S, sun.stop_ns)
    inside = _inside(sun, times, reach, end)
    return int(times[np.argmax(inside == entering)])


def _new_year_ns(year: int) -> int:
    return int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * NS_PER_S
