"""From a pointing log to tracking, background and excluded time, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from helioscope.model.intervals import Intervals
from helioscope.model.time import NS_PER_S
from helioscope.sun.ephemeris import SunEphemeris
from helioscope.sun.magnet_states import (
    AT_REST,
    MOVING,
    NEAR_SUNRISE,
    NEAR_SUNSET,
    Limits,
    Rows,
    magnet_states,
    sun_differences,
)
from helioscope.sun.pointing_log import HINDRANCES, PointingLog
from helioscope.sun.pointing_settings import PointingSettings
from helioscope.sun.row_stretches import between_rows, runs

End = Literal["sunrise", "sunset"]

NEAR = "near the Sun but off"
MOVES = "moving"
NO_LOG = "no log"
BAD_CLOCK = "bad clock"
NO_GRID = "no survey of the grid holds"


@dataclass(frozen=True)
class Tracking:
    """One tracking: the magnet went with the Sun.

    Attributes
    ----------
    on_sun
        The instants within the tolerance; short excursions leave holes.
    offset_across_deg, offset_up_deg
        The constant difference of pointing less Sun that was taken out (0 without).
    spread_across_deg, spread_up_deg
        Standard deviation of the difference about it.
    """

    end: End
    on_sun: Intervals
    offset_across_deg: float
    offset_up_deg: float
    spread_across_deg: float
    spread_up_deg: float

    @property
    def start_ns(self) -> int:
        """First instant."""
        return int(self.on_sun.start_ns[0])

    @property
    def stop_ns(self) -> int:
        """End, exclusive."""
        return int(self.on_sun.stop_ns[-1])


@dataclass(frozen=True)
class MagnetHistory:
    """What the magnet did over the span of a log.

    ``tracking``, ``at_rest`` and the values of ``excluded`` are disjoint and cover the span.
    """

    span: Intervals
    trackings: tuple[Tracking, ...]
    at_rest: Intervals
    excluded: dict[str, Intervals]

    def without(self, times: Intervals, reason: str) -> MagnetHistory:
        """Exclude further instants, whatever the magnet did in them."""
        if not len(times):
            return self
        trackings = [replace(one, on_sun=one.on_sun - times) for one in self.trackings]
        return MagnetHistory(
            self.span,
            tuple(one for one in trackings if len(one.on_sun)),
            self.at_rest - times,
            {why: kept for why, held in self.excluded.items() if len(kept := held - times)}
            | {reason: times & self.span},
        )


def magnet_history(
    log: PointingLog, sun: SunEphemeris, settings: PointingSettings
) -> MagnetHistory:
    """Judge a whole log.

    Parameters
    ----------
    log
        Strictly rising in time, grid applied.
    sun
        The Sun over the span of the log, for the site of the settings.
    """
    limits = Limits(
        int(settings.gap_s * NS_PER_S),
        int(settings.parked_gap_s * NS_PER_S),
        settings.parked_deg,
        settings.moving_deg_per_s,
        int(settings.moving_window_s * NS_PER_S),
        max(settings.near_sun_deg, settings.max_offset_deg + settings.tolerance_deg),
    )
    rows = Rows(log.time_ns, log.horizontal_deg, log.vertical_deg, log.broken_after)
    states = magnet_states(rows, sun.track, limits)
    trackings: list[Tracking] = []
    hindered: dict[str, Intervals] = {}
    ends: tuple[tuple[int, End], ...] = ((NEAR_SUNRISE, "sunrise"), (NEAR_SUNSET, "sunset"))
    for state, end in ends:
        for first, last in runs(states == state):
            found = _judged(log, sun, settings, end, slice(first, last + 2))
            trackings.extend(found[0])
            for reason, times in found[1].items():
                hindered[reason] = hindered.get(reason, Intervals.of([])) | times
    near = between_rows(log.time_ns, (states == NEAR_SUNRISE) | (states == NEAR_SUNSET))
    return _history(log, states, near, trackings, hindered)


def _history(
    log: PointingLog,
    states: NDArray[np.uint8],
    near: Intervals,
    trackings: list[Tracking],
    hindered: dict[str, Intervals],
) -> MagnetHistory:
    """Divide the span: a bad clock comes before all, then hindrance, then tracking."""
    trackings.sort(key=lambda tracking: tracking.start_ns)
    left = log.span - log.bad_clock
    excluded = {BAD_CLOCK: log.bad_clock & log.span}
    for reason, times in hindered.items():
        excluded[reason] = times & left
        left = left - times
    for tracking in trackings:
        left = left - tracking.on_sun
    excluded[NEAR] = near & left
    left = left - near
    excluded[MOVES] = between_rows(log.time_ns, states == MOVING) & left
    at_rest = between_rows(log.time_ns, states == AT_REST) & left
    excluded[NO_LOG] = left - excluded[MOVES] - at_rest
    kept = {reason: times for reason, times in excluded.items() if len(times)}
    return MagnetHistory(log.span, tuple(trackings), at_rest, kept)


def _judged(
    log: PointingLog, sun: SunEphemeris, settings: PointingSettings, end: End, rows: slice
) -> tuple[list[Tracking], dict[str, Intervals]]:
    """Find the trackings in one passage near the Sun, and what hindered some of them."""
    times = log.time_ns[rows]
    found = sun_differences(times, log.horizontal_deg[rows], log.vertical_deg[rows], sun.track)
    across, up = found[:2] if end == "sunrise" else found[2:]
    reach = settings.max_offset_deg + settings.tolerance_deg
    close = (np.abs(across) <= reach) & (np.abs(up) <= reach)
    trackings: list[Tracking] = []
    hindered: dict[str, Intervals] = {}
    for first, last in runs(close):
        part = slice(first, last + 1)
        codes = None if log.hindrance is None else log.hindrance[rows][part]
        found_one = _tracking(times[part], across[part], up[part], settings, end)
        if found_one is None:
            continue
        if codes is not None and codes.any():
            for code in np.unique(codes[codes > 0]):
                held = between_rows(times[part], codes[:-1] == code) & found_one.on_sun
                hindered[HINDRANCES[code]] = hindered.get(HINDRANCES[code], held) | held
        trackings.append(found_one)
    return _unhindered(trackings, hindered), hindered


def _unhindered(trackings: list[Tracking], hindered: dict[str, Intervals]) -> list[Tracking]:
    for times in hindered.values():
        trackings = [replace(one, on_sun=one.on_sun - times) for one in trackings]
    return [one for one in trackings if len(one.on_sun)]


def _tracking(
    times: NDArray[np.int64],
    across: NDArray[np.float64],
    up: NDArray[np.float64],
    settings: PointingSettings,
    end: End,
) -> Tracking | None:
    """Say whether the magnet went with the Sun over rows that all lie close to it."""
    if times.size < 2 or times[-1] - times[0] < settings.min_tracking_s * NS_PER_S:
        return None
    offset = (0.0, 0.0)
    if settings.pointing_offset == "measured":
        offset = _plateau(across, up, settings.tolerance_deg)
        if max(abs(offset[0]), abs(offset[1])) > settings.max_offset_deg:
            return None
    on = (np.abs(across - offset[0]) <= settings.tolerance_deg) & (
        np.abs(up - offset[1]) <= settings.tolerance_deg
    )
    on_sun = between_rows(times, on[:-1] & on[1:])
    long_enough = on_sun.stop_ns - on_sun.start_ns >= settings.min_tracking_s * NS_PER_S
    on_sun = Intervals(on_sun.start_ns[long_enough], on_sun.stop_ns[long_enough])
    if not len(on_sun):
        return None
    return Tracking(end, on_sun, offset[0], offset[1], float(across[on].std()), float(up[on].std()))


def _plateau(
    across: NDArray[np.float64], up: NDArray[np.float64], tolerance_deg: float
) -> tuple[float, float]:
    """Give the middle of the plateau on which most rows lie; approach and departure are tails.

    Of two that hold as many rows the one nearer to the Sun.
    """
    cell = np.round(np.column_stack((across, up)) / tolerance_deg)
    cells, counts = np.unique(cell, axis=0, return_counts=True)
    fullest = np.lexsort((np.abs(cells).sum(axis=1), -counts))[0]
    on = (cell == cells[fullest]).all(axis=1)
    centre = (0.0, 0.0)
    for _ in range(10):
        refined = (float(np.median(across[on])), float(np.median(up[on])))
        if refined == centre:
            break
        centre = refined
        on = (np.abs(across - centre[0]) <= tolerance_deg) & (
            np.abs(up - centre[1]) <= tolerance_deg
        )
    return centre
