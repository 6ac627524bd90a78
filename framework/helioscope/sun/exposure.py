"""What the event loop and the command ask: which seconds were tracking, and how far off the Sun.

A `PointingExposure` is made once from the pointing files; it then tags any stretch of data taking
and gives the angle to the Sun for any instants.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope.model.intervals import Intervals
from helioscope.model.time import NS_PER_S, iso
from helioscope.sun.ephemeris import SunEphemeris
from helioscope.sun.grid import read_grid, to_sky
from helioscope.sun.magnet_states import sun_differences
from helioscope.sun.pointing_files import read_pointing_log
from helioscope.sun.pointing_log import PointingLog
from helioscope.sun.pointing_settings import PointingSettings
from helioscope.sun.resting_rows import with_resting_rows
from helioscope.sun.tracking import NO_GRID, NO_LOG, MagnetHistory, magnet_history

#: Any instant will do for the Sun of a log without rows.
J2000_NS = 946_728_000 * NS_PER_S


class TaggedInterval(NamedTuple):
    """A half-open stretch [start_ns, stop_ns) with its tag and, where excluded, the reason."""

    start_ns: int
    stop_ns: int
    tag: str
    reason: str


@dataclass(frozen=True)
class PointingExposure:
    """A judged pointing log."""

    log: PointingLog
    settings: PointingSettings
    sun: SunEphemeris
    history: MagnetHistory

    @classmethod
    def of_log(cls, log: PointingLog, settings: PointingSettings) -> PointingExposure:
        """Judge a log that has been read."""
        no_survey = Intervals.of([])
        if settings.grid:
            log, no_survey = to_sky(log, read_grid(Path(settings.grid)))
        span = (log.time_ns[[0, -1]] if len(log) else np.full(2, J2000_NS)).tolist()
        sun = SunEphemeris.between(span[0], span[1], settings.site)
        if len(log):
            log = with_resting_rows(log, sun, settings)
        history = magnet_history(log, sun, settings)
        return cls(log, settings, sun, history.without(no_survey, NO_GRID))

    @property
    def notes(self) -> tuple[str, ...]:
        """What was met on the way: repeated rows, clock steps, an old table."""
        return self.log.notes + ((self.sun.warning,) if self.sun.warning else ())

    def tagged(self, data_taking: Intervals | None = None) -> list[TaggedInterval]:
        """Divide data taking into tracking, background and excluded, in the order of time.

        Parameters
        ----------
        data_taking
            When the detector took data; the span of the log by default. Runs that overlap
            count once, as `Intervals` joins them. What no log covers is excluded.
        """
        asked = self.history.span if data_taking is None else data_taking
        tagged = [
            TaggedInterval(start, stop, tag, reason)
            for tag, reason, times in self._parts(asked)
            for start, stop in (times & asked).pairs()
        ]
        return sorted(tagged)

    def _parts(self, asked: Intervals) -> list[tuple[str, str, Intervals]]:
        tracking = Intervals.of([])
        background = self.history.at_rest
        for one in self.history.trackings:
            if self.settings.end in ("both", one.end):
                tracking = tracking | one.on_sun
            else:
                # the other end's tracking is this end's background
                background = background | one.on_sun
        parts = [("tracking", "", tracking), ("background", "", background)]
        excluded = dict(self.history.excluded)
        outside = asked - self.history.span
        excluded[NO_LOG] = excluded.get(NO_LOG, outside) | outside
        return parts + [("excluded", reason, times) for reason, times in excluded.items()]

    def sun_offset_deg(self, time_ns: NDArray[np.int64]) -> NDArray[np.float64]:
        """Give the angle between the magnet axis and the Sun's centre.

        Between two rows the axis is interpolated; the measured pointing offset of the nearest
        tracking is taken out, as it is for the decision. NaN where the log does not tell:
        outside it, in a gap, under a bad clock. Of the two ends the nearer one counts, or the
        one of the settings.

        Parameters
        ----------
        time_ns
            int64 POSIX times, of any shape.
        """
        times = np.asarray(time_ns, np.int64)
        flat = times.reshape(-1)
        result = np.full(flat.size, np.nan)
        known = self.history.span - self.history.excluded.get(NO_LOG, Intervals.of([]))
        known = known - self.log.bad_clock
        inside = np.flatnonzero(known.contains(flat))
        if inside.size:
            result[inside] = self._offsets(flat[inside])
        return result.reshape(times.shape)

    def _offsets(self, times: NDArray[np.int64]) -> NDArray[np.float64]:
        since = (self.log.time_ns - self.log.time_ns[0]).astype(np.float64)
        asked = (times - self.log.time_ns[0]).astype(np.float64)
        horizontal = np.interp(asked, since, self.log.horizontal_deg)
        vertical = np.interp(asked, since, self.log.vertical_deg)
        found = sun_differences(times, horizontal, vertical, self.sun.track)
        altitude = vertical - found[1]
        both = []
        for end, rows in (("sunrise", found[:2]), ("sunset", found[2:])):
            if self.settings.end in ("both", end):
                across, up = self._pointing_offset(end, times)
                both.append(_separation_deg(rows[0] - across, rows[1] - up, altitude))
        nearer: NDArray[np.float64] = np.minimum.reduce(both)
        return nearer

    def _pointing_offset(
        self, end: str, times: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        own = [one for one in self.history.trackings if one.end == end]
        if not own:
            return np.zeros(times.size), np.zeros(times.size)
        middle = np.array([(one.start_ns + one.stop_ns) // 2 for one in own])
        border = (middle[1:] + middle[:-1]) // 2
        nearest = np.searchsorted(border, times)
        offsets = np.array([(one.offset_across_deg, one.offset_up_deg) for one in own])
        return offsets[nearest, 0], offsets[nearest, 1]

    def as_json(self, data_taking: Intervals | None = None) -> dict[str, Any]:
        """Give the exposure as plain values: what ``helioscope sun exposure --json`` prints."""
        tagged = self.tagged(data_taking)
        asked = self.history.span if data_taking is None else data_taking
        tracking = [
            {
                "start_utc": iso(int(part.start_ns[0])),
                "stop_utc": iso(int(part.stop_ns[-1])),
                "live_s": part.duration_ns() / NS_PER_S,
            }
            for one in self.history.trackings
            if self.settings.end in ("both", one.end) and len(part := one.on_sun & asked)
        ]
        excluded = [
            {
                "start_utc": iso(one.start_ns),
                "stop_utc": iso(one.stop_ns),
                "live_s": Intervals.of([one[:2]]).duration_ns() / NS_PER_S,
                "reason": one.reason,
            }
            for one in tagged
            if one.tag == "excluded"
        ]
        at_rest = Intervals.of([one[:2] for one in tagged if one.tag == "background"])
        return {
            "tracking": tracking,
            "background_s": at_rest.duration_ns() / NS_PER_S,
            "excluded": excluded,
        }


def pointing_exposure(
    files: Sequence[Path | str], settings: PointingSettings | None = None
) -> PointingExposure:
    """Read and judge pointing logs of any known form.

    Raises
    ------
    InputError
        Where a file cannot be read, is of no known form, or is damaged.
    """
    chosen = settings or PointingSettings()
    log = read_pointing_log([Path(file) for file in files], chosen.columns)
    return PointingExposure.of_log(log, chosen)


def _separation_deg(
    across_deg: NDArray[np.float64], up_deg: NDArray[np.float64], altitude_deg: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Turn the differences from a Sun at this altitude into the angle on the sphere (haversine)."""
    altitude, up = np.radians(altitude_deg), np.radians(up_deg)
    turned = np.radians(across_deg) / np.cos(altitude)
    squared = (
        np.sin(up / 2) ** 2 + np.cos(altitude) * np.cos(altitude + up) * np.sin(turned / 2) ** 2
    )
    angle: NDArray[np.float64] = np.degrees(2 * np.arcsin(np.sqrt(np.clip(squared, 0.0, 1.0))))
    return angle
