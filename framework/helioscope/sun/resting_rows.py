"""Rows between the rows of a resting magnet, so that a Sun that passes by is seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from helioscope.model.time import NS_PER_S
from helioscope.sun.ephemeris import SunEphemeris
from helioscope.sun.magnet_states import sun_differences
from helioscope.sun.pointing_log import PointingLog
from helioscope.sun.pointing_settings import PointingSettings

#: The Sun's fastest motion in altitude or azimuth on the sky, with a margin.
SUN_DEG_PER_S = 0.0044
FILL_NS = 10 * NS_PER_S


def with_resting_rows(
    log: PointingLog, sun: SunEphemeris, settings: PointingSettings
) -> PointingLog:
    """Put a row every 10 s into long gaps over which the magnet rested and the Sun may pass.

    Only gaps that the settings allow to bridge, and only where the Sun could come within
    ``near_sun_deg`` during the gap.
    """
    gaps = _long_steps(log.time_ns, int(settings.gap_s * NS_PER_S))
    step = log.time_ns[gaps + 1] - log.time_ns[gaps]
    gaps = gaps[step <= settings.parked_gap_s * NS_PER_S]
    gaps = np.setdiff1d(gaps, log.broken_after, assume_unique=True)
    for angle in (log.horizontal_deg, log.vertical_deg):
        gaps = gaps[np.abs(angle[gaps + 1] - angle[gaps]) <= settings.parked_deg]
    step = log.time_ns[gaps + 1] - log.time_ns[gaps]
    passing = _may_pass(log, sun, settings, gaps, step)
    gaps, step = gaps[passing], step[passing]
    if not gaps.size:
        return log
    counts = -(-step // FILL_NS) - 1
    owner = np.repeat(gaps, counts)
    number = np.arange(owner.size) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    times = log.time_ns[owner] + number * FILL_NS
    part = (times - log.time_ns[owner]) / np.repeat(step, counts)

    def filled(angle: NDArray[np.float64]) -> NDArray[np.float64]:
        between = angle[owner] + part * (angle[owner + 1] - angle[owner])
        return np.insert(angle, owner + 1, between)

    return PointingLog(
        np.insert(log.time_ns, owner + 1, times),
        filled(log.horizontal_deg),
        filled(log.vertical_deg),
        None
        if log.hindrance is None
        else np.insert(log.hindrance, owner + 1, log.hindrance[owner]),
        log.broken_after + np.searchsorted(owner, log.broken_after),
        log.bad_clock,
        log.notes,
    )


def _long_steps(time_ns: NDArray[np.int64], gap_ns: int) -> NDArray[np.int64]:
    """Find the rows before a long step, block by block, to take no memory for a year of rows."""
    block = 1_000_000
    found = [
        first + np.flatnonzero(np.diff(time_ns[first : first + block + 1]) > gap_ns)
        for first in range(0, time_ns.size, block)
    ]
    return np.concatenate([np.empty(0, np.int64), *found])


def _may_pass(
    log: PointingLog,
    sun: SunEphemeris,
    settings: PointingSettings,
    gaps: NDArray[np.int64],
    step_ns: NDArray[np.int64],
) -> NDArray[np.bool_]:
    difference = np.abs(
        sun_differences(
            log.time_ns[gaps],
            log.horizontal_deg[gaps],
            log.vertical_deg[gaps],
            sun.track,
        )
    )
    reach = settings.near_sun_deg + SUN_DEG_PER_S * step_ns / NS_PER_S
    within = difference <= reach
    either: NDArray[np.bool_] = (within[0] & within[1]) | (within[2] & within[3])
    return either
