"""The Earth's rotation angle from the bundled IERS table, without a network."""

from __future__ import annotations

import functools
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helioscope.model.time import LEAP_TABLE_EXPIRES, tai_ns

#: Modified Julian date of 1970-01-01.
MJD_1970 = 40587.0
NS_PER_DAY = 86_400_000_000_000


def offline() -> AbstractContextManager[Any]:
    """Keep astropy from asking the network for a newer table, within a ``with`` block."""
    from contextlib import ExitStack

    from astropy.utils import iers

    stack = ExitStack()
    stack.enter_context(iers.conf.set_temp("auto_download", False))
    stack.enter_context(iers.conf.set_temp("auto_max_age", None))
    return stack


@dataclass(frozen=True)
class EarthOrientation:
    """The table of UT1 that is installed, and how old it is.

    Attributes
    ----------
    time_ns
        POSIX times of the table's days.
    ut1_minus_tai_s
        float64 a day: free of leap seconds, so that it may be interpolated.
    measured_to_ns, predicted_to_ns
        Until when UT1 was measured, and until when the table foretells it.
    version
        Version of the package that brought it.
    """

    time_ns: NDArray[np.int64]
    ut1_minus_tai_s: NDArray[np.float64]
    measured_to_ns: int
    predicted_to_ns: int
    version: str

    @staticmethod
    def installed() -> EarthOrientation:
        """Give the IERS table that came with ``astropy-iers-data``; it is read once."""
        return _installed()

    def ut1_minus_tai(self, time_ns: NDArray[np.int64]) -> NDArray[np.float64]:
        """Interpolate UT1 - TAI in seconds; beyond the table its last value stays."""
        table = self.time_ns - self.time_ns[0]
        asked = np.asarray(time_ns, np.int64) - self.time_ns[0]
        seconds: NDArray[np.float64] = np.interp(asked, table, self.ut1_minus_tai_s)
        return seconds

    def provenance(self, now_ns: int | None = None) -> dict[str, Any]:
        """Say which table it is and how old, for records and for people.

        Parameters
        ----------
        now_ns
            POSIX time to count the age from; the clock's by default.
        """
        now = time.time_ns() if now_ns is None else now_ns
        return {
            "earth_orientation_version": self.version,
            "earth_orientation_measured_to": _day(self.measured_to_ns),
            "earth_orientation_predicted_to": _day(self.predicted_to_ns),
            "earth_orientation_age_days": max(0, (now - self.measured_to_ns) // NS_PER_DAY),
            "leap_seconds_known_to": LEAP_TABLE_EXPIRES,
        }

    def warning(self, stop_ns: int) -> str:
        """Say what is lost where times lie beyond the table; empty where nothing is."""
        if stop_ns <= self.predicted_to_ns:
            return ""
        return (
            f"earth-orientation table {self.version} ends on {_day(self.predicted_to_ns)}: "
            f"after it UT1 is held, which costs up to 0.004 degree a year; "
            f"to do: update astropy-iers-data"
        )


@functools.cache
def _installed() -> EarthOrientation:
    import astropy_iers_data
    from astropy.utils import iers

    with offline():
        table = iers.IERS_A.open(astropy_iers_data.IERS_A_FILE)
    days = np.asarray(table["MJD"].value, np.float64) - MJD_1970
    times = np.round(days).astype(np.int64) * NS_PER_DAY
    ut1_minus_utc = np.asarray(table["UT1_UTC"].value, np.float64)
    known = np.isfinite(ut1_minus_utc)
    times, ut1_minus_utc = times[known], ut1_minus_utc[known]
    ut1_minus_tai = ut1_minus_utc - (tai_ns(times) - times) / 1e9
    for values in (times, ut1_minus_tai):
        values.setflags(write=False)
    measured = (float(table.meta["predictive_mjd"]) - MJD_1970) * NS_PER_DAY
    return EarthOrientation(
        times, ut1_minus_tai, int(measured), int(times[-1]), astropy_iers_data.__version__
    )


def _day(time_ns: int) -> str:
    from helioscope.model.time import iso

    return iso(time_ns)[:10]
