"""A pointing log as CAST's angle encoders write it, for given trackings.

The magnet stands parked with a row in ten minutes; it slews to where the Sun will be with a row a
second, waits, goes with the Sun with a short halt every six minutes as the real drive does, stands
when the tracking ends, and returns after twenty minutes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from helioscope.errors import UsageError
from helioscope.model.settings import Settings
from helioscope.model.time import NS_PER_S, iso
from helioscope.sun.cast_angle_log import HEADER, LABVIEW_EPOCH_S
from helioscope.sun.ephemeris import SunEphemeris
from helioscope.sun.pointing_log import PointingRows
from helioscope.sun.site import Site

PARKED_NS = 600 * NS_PER_S
#: Motor encoder counts at 0 degree and a degree, from a real log.
HORIZONTAL_COUNTS, VERTICAL_COUNTS = (-17_900.0, 383.4), (26_449.0, 3_233.0)


class MagnetMotion(Settings):
    """How the simulated magnet moves; the defaults are measured on CAST's log of 2017-12-18."""

    site: Site = Site()
    park_horizontal_deg: float = 96.24
    park_vertical_deg: float = 0.0046
    slew_deg_per_s: float = Field(default=0.0128, gt=0)
    wait_s: int = Field(default=90, ge=0)
    stand_s: int = Field(default=1200, ge=0)
    halt_every_s: int = Field(default=360, gt=0)
    halt_s: int = Field(default=3, ge=0)
    offset_horizontal_deg: float = 0.020
    offset_vertical_deg: float = 0.001
    noise_horizontal_deg: float = Field(default=0.0005, ge=0)
    noise_vertical_deg: float = Field(default=0.0001, ge=0)
    reach_altitude_deg: float = Field(default=8.0, gt=0)
    reach_azimuth_deg: tuple[float, float] = (40.0, 140.0)


@dataclass
class _Recorder:
    """Rows as they come, with the place where the magnet stands."""

    motion: MagnetMotion
    time_ns: list[NDArray[np.int64]]
    angles: list[NDArray[np.float64]]
    now_ns: int
    at: NDArray[np.float64]

    def stand(self, until_ns: int, every_ns: int) -> None:
        times = np.arange(self.now_ns, until_ns, every_ns, dtype=np.int64)
        self._add(times, np.tile(self.at, (times.size, 1)), max(until_ns, self.now_ns))

    def slew(self, target: NDArray[np.float64]) -> None:
        times = self.now_ns + np.arange(self.slew_s(target) + 1) * NS_PER_S
        gone = (self.motion.slew_deg_per_s * np.arange(times.size))[:, None]
        way = target - self.at
        self._add(
            times, self.at + np.sign(way) * np.minimum(gone, np.abs(way)), times[-1] + NS_PER_S
        )
        self.at = target

    def slew_s(self, target: NDArray[np.float64]) -> int:
        return int(np.ceil(np.abs(target - self.at).max() / self.motion.slew_deg_per_s))

    def follow(self, times: NDArray[np.int64], aim: NDArray[np.float64]) -> None:
        # during a halt the magnet stands where it was; then it is there again at once
        second = np.arange(times.size)
        phase = second % self.motion.halt_every_s
        halted = np.where(phase < self.motion.halt_s, second - phase, second)
        angles = aim[halted]
        self._add(times, angles, int(times[-1]) + NS_PER_S)
        self.at = angles[-1]

    def _add(self, times: NDArray[np.int64], angles: NDArray[np.float64], until_ns: int) -> None:
        self.time_ns.append(times)
        self.angles.append(angles)
        self.now_ns = int(until_ns)


def simulated_pointing(
    span: tuple[int, int],
    trackings: Sequence[tuple[int, int]],
    motion: MagnetMotion | None = None,
    seed: int = 0,
) -> PointingRows:
    """Simulate the encoders over a span with the given trackings.

    Parameters
    ----------
    span
        First and last instant, POSIX ns.
    trackings
        Half-open intervals in which the magnet goes with the Sun, in the order of time.
    motion
        How it moves; CAST's by default.

    Raises
    ------
    UsageError
        Where the Sun is out of the magnet's reach in a tracking, or there is no time to get
        there.
    """
    chosen = motion or MagnetMotion()
    sun = SunEphemeris.between(span[0], span[1], chosen.site)
    park = np.array([chosen.park_horizontal_deg, chosen.park_vertical_deg])
    recorder = _Recorder(chosen, [], [], span[0], park)
    for number, (start, stop) in enumerate(trackings):
        times = np.arange(start, stop, NS_PER_S, dtype=np.int64)
        aim = _aim(sun, times, chosen)
        _go_and_track(recorder, times, aim)
        after = trackings[number + 1][0] if number + 1 < len(trackings) else span[1]
        back_s = chosen.stand_s + 2 * recorder.slew_s(park) + chosen.wait_s
        if stop + back_s * NS_PER_S < after:
            recorder.stand(recorder.now_ns + chosen.stand_s * NS_PER_S, PARKED_NS)
            recorder.slew(park)
    recorder.stand(span[1], PARKED_NS)
    recorder.stand(span[1] + 1, PARKED_NS)  # a last row, so that the log covers the span
    return _rows(recorder, chosen, seed)


def _go_and_track(recorder: _Recorder, times: NDArray[np.int64], aim: NDArray[np.float64]) -> None:
    motion = recorder.motion
    leave = int(times[0]) - (recorder.slew_s(aim[0]) + motion.wait_s) * NS_PER_S
    if leave < recorder.now_ns:
        raise UsageError(
            where=f"tracking from {iso(int(times[0]))}",
            found=f"the magnet would have to leave at {iso(leave)}",
            expected=f"not before {iso(recorder.now_ns)}",
            remedy="begin the log earlier or the tracking later",
        )
    recorder.stand(leave, PARKED_NS)
    recorder.slew(aim[0])
    recorder.stand(int(times[0]), NS_PER_S)
    recorder.follow(times, aim)
    recorder.stand(recorder.now_ns + 60 * NS_PER_S, NS_PER_S)


def _aim(sun: SunEphemeris, times: NDArray[np.int64], motion: MagnetMotion) -> NDArray[np.float64]:
    """Give the encoders (times, 2) that point an end of the magnet at the Sun."""
    place = sun.position(times)
    horizontal, vertical = place.azimuth_deg, place.altitude_deg
    if horizontal.mean() > 180:
        horizontal, vertical = horizontal - 180.0, -vertical
    low, high = motion.reach_azimuth_deg
    within = (np.abs(vertical) <= motion.reach_altitude_deg) & (low <= horizontal)
    if not (within & (horizontal <= high)).all():
        raise UsageError(
            where=f"tracking from {iso(int(times[0]))} to {iso(int(times[-1]))}",
            found="the Sun is out of the magnet's reach",
            expected=f"altitude within {motion.reach_altitude_deg:g} and azimuth {low:g} to "
            f"{high:g} degrees, or the sunset side",
            remedy="choose times from 'helioscope sun windows'",
        )
    offset = (motion.offset_horizontal_deg, motion.offset_vertical_deg)
    aim: NDArray[np.float64] = np.column_stack((horizontal, vertical)) + np.array(offset)
    return aim


def _rows(recorder: _Recorder, motion: MagnetMotion, seed: int) -> PointingRows:
    times = np.concatenate(recorder.time_ns)
    angles = np.concatenate(recorder.angles)
    random = np.random.default_rng(seed)
    noise = np.array([motion.noise_horizontal_deg, motion.noise_vertical_deg])
    angles = angles + random.normal(size=angles.shape) * noise
    # the horizontal encoder steps by 0.0005 degree, the vertical one by 0.0001
    return PointingRows(
        times, np.round(angles[:, 0] / 0.0005) * 0.0005, np.round(angles[:, 1] / 0.0001) * 0.0001
    )


def write_cast_angle_log(path: Path, rows: PointingRows, clock_hours: float = 1.0) -> None:
    """Write rows in the form of the CAST angle log.

    Parameters
    ----------
    clock_hours
        How far the local clock of the Date and Time columns is ahead of UTC.
    """
    ahead = timedelta(hours=clock_hours)
    lines = ["\t".join(HEADER)]
    table = zip(
        rows.time_ns.tolist(), rows.horizontal_deg.tolist(), rows.vertical_deg.tolist(), strict=True
    )
    for time_ns, horizontal, vertical in table:
        labview_s = time_ns / NS_PER_S + LABVIEW_EPOCH_S
        local = datetime.fromtimestamp(time_ns // NS_PER_S, UTC) + ahead
        motors = [
            round(zero + gain * angle)
            for (zero, gain), angle in (
                (HORIZONTAL_COUNTS, horizontal),
                (VERTICAL_COUNTS, vertical),
            )
        ]
        lines.append(
            f" {labview_s:.3f}\t{horizontal:12.6f}\t{vertical:12.6f}\t{motors[0]:12d}\t"
            f"{motors[1]:12d}\t{local:%d/%m/%Y}\t{local:%H:%M:%S}"
        )
    path.write_bytes(("\r\n".join(lines) + "\r\n\r\n").encode("ascii"))
