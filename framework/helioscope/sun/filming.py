"""When the Sun can be filmed from the hall: above the mask of its window, in visible light."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from helioscope.errors import InputError
from helioscope.model.intervals import Intervals
from helioscope.model.time import NS_PER_S
from helioscope.sun.ephemeris import SunEphemeris
from helioscope.sun.refraction import Air
from helioscope.sun.row_stretches import runs
from helioscope.sun.site import Site
from helioscope.sun.windows import Reach

STEP_NS = 10 * NS_PER_S


@dataclass(frozen=True)
class HorizonMask:
    """What the hall's window leaves open, by azimuth; between the given azimuths linear.

    Attributes
    ----------
    azimuth_deg
        float64, rising. Outside them nothing is seen.
    lower_deg, upper_deg
        float64 altitudes between which the sky is seen.
    """

    azimuth_deg: NDArray[np.float64]
    lower_deg: NDArray[np.float64]
    upper_deg: NDArray[np.float64]

    @classmethod
    def flat(cls, altitude_deg: float = 0.0) -> HorizonMask:
        """Make a horizon at one altitude all around."""
        return cls(np.array([0.0, 360.0]), np.full(2, altitude_deg), np.full(2, 90.0))

    @classmethod
    def read(cls, path: Path) -> HorizonMask:
        """Read CSV with the columns azimuth_deg, lower_deg and, where it has one, upper_deg.

        Raises
        ------
        InputError
            Where columns are missing, a number is none, or azimuths do not rise.
        """
        import pyarrow as pa
        from pyarrow import csv

        try:
            table = csv.read_csv(path)
            azimuth, lower = (
                np.asarray(table.column(name), np.float64) for name in ("azimuth_deg", "lower_deg")
            )
            has_upper = "upper_deg" in table.column_names
            upper = (
                np.asarray(table.column("upper_deg"), np.float64) if has_upper else lower * 0 + 90
            )
        except (OSError, pa.ArrowInvalid, KeyError, ValueError) as error:
            raise InputError(
                where=str(path),
                found=str(error),
                expected="columns azimuth_deg, lower_deg, numbers",
            ) from error
        finite = (
            np.isfinite(azimuth).all() and np.isfinite(lower).all() and np.isfinite(upper).all()
        )
        if azimuth.size < 2 or not finite or not (np.diff(azimuth) > 0).all():
            raise InputError(
                where=str(path),
                found=f"{azimuth.size} azimuths",
                expected="at least two, rising, and finite numbers throughout",
            )
        return cls(azimuth, lower, upper)

    def leaves_open(
        self, azimuth_deg: NDArray[np.float64], altitude_deg: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Say for each direction whether it is seen."""
        lower = np.interp(azimuth_deg, self.azimuth_deg, self.lower_deg, np.inf, np.inf)
        upper = np.interp(azimuth_deg, self.azimuth_deg, self.upper_deg, -np.inf, -np.inf)
        seen: NDArray[np.bool_] = (altitude_deg >= lower) & (altitude_deg <= upper)
        return seen


@dataclass(frozen=True)
class Filming:
    """One stretch in which the whole disc can be filmed.

    Attributes
    ----------
    altitude_deg, azimuth_deg
        Apparent place of the Sun's centre at its start and stop.
    """

    start_ns: int
    stop_ns: int
    altitude_deg: tuple[float, float]
    azimuth_deg: tuple[float, float]

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return Intervals.of([(self.start_ns, self.stop_ns)]).duration_ns() / NS_PER_S


def filmings(
    year: int,
    months: tuple[int, ...] = (3, 9),
    mask: HorizonMask | None = None,
    site: Site | None = None,
    air: Air | None = None,
    reach: Reach | None = None,
    min_duration_s: float = 300.0,
) -> list[Filming]:
    """List when the magnet, by its sunrise end, can follow the visible Sun.

    The lower limb stands above the mask, the upper one below its top, and the centre, lifted by
    the air, within the magnet's reach; to 10 s.
    """
    found: list[Filming] = []
    for month in months:
        start = _month_ns(year, month)
        stop = _month_ns(year + month // 12, month % 12 + 1)
        times = np.arange(start, stop, STEP_NS, dtype=np.int64)
        sun = SunEphemeris.between(start, stop, site or Site()).position(times, air or Air())
        limits, opening = reach or Reach(), mask or HorizonMask.flat()
        inside = (
            opening.leaves_open(sun.azimuth_deg, sun.altitude_deg - sun.radius_deg)
            & opening.leaves_open(sun.azimuth_deg, sun.altitude_deg + sun.radius_deg)
            & (sun.altitude_deg >= limits.altitude_from_deg)
            & (sun.altitude_deg <= limits.altitude_to_deg)
            & (sun.azimuth_deg >= limits.azimuth_from_deg)
            & (sun.azimuth_deg <= limits.azimuth_to_deg)
        )
        found.extend(
            Filming(
                int(times[first]),
                int(times[last]) + STEP_NS,
                (float(sun.altitude_deg[first]), float(sun.altitude_deg[last])),
                (float(sun.azimuth_deg[first]), float(sun.azimuth_deg[last])),
            )
            for first, last in runs(inside)
        )
    return [one for one in found if one.duration_s >= min_duration_s]


def _month_ns(year: int, month: int) -> int:
    return int(datetime(year, month, 1, tzinfo=UTC).timestamp()) * NS_PER_S
