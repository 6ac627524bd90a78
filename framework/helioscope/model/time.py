"""Integer nanoseconds since 1970-01-01 UTC, POSIX style, and exact durations across leap seconds.

POSIX time repeats the last second of a day that ends in a leap second, so a difference of two
``time_ns`` is short by one second for each leap second between them. `elapsed_ns` puts it back.
"""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

NS_PER_S = 1_000_000_000

#: Times that 64 bits of nanoseconds hold; the last second at each end is left out.
EARLIEST_NS, LATEST_NS = -(2**63) + NS_PER_S, 2**63 - 1 - NS_PER_S

#: Days at whose start (UTC) a leap second had just been inserted (IERS Bulletin C, to no. 72:
#: none since 2017).
LEAP_DAYS = (
    "1972-07-01", "1973-01-01", "1974-01-01", "1975-01-01", "1976-01-01", "1977-01-01",
    "1978-01-01", "1979-01-01", "1980-01-01", "1981-07-01", "1982-07-01", "1983-07-01",
    "1985-07-01", "1988-01-01", "1990-01-01", "1991-01-01", "1992-07-01", "1993-07-01",
    "1994-07-01", "1996-01-01", "1997-07-01", "1999-01-01", "2006-01-01", "2009-01-01",
    "2012-07-01", "2015-07-01", "2017-01-01",
)  # fmt: skip

#: The leap-second table above is known to be complete until then.
LEAP_TABLE_EXPIRES = "2027-06-28"


def leap_times_ns() -> NDArray[np.int64]:
    """Give the POSIX times, in ns, at which an inserted second had just ended."""
    seconds = [calendar.timegm(datetime.fromisoformat(day).timetuple()) for day in LEAP_DAYS]
    return np.array(seconds, np.int64) * NS_PER_S


def tai_ns(time_ns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give atomic time, ns since 1970-01-01 TAI, which runs on without steps.

    Parameters
    ----------
    time_ns
        int64 POSIX times since 1972, when UTC stood 10 s behind TAI.
    """
    times = np.asarray(time_ns, np.int64)
    inserted = np.searchsorted(leap_times_ns(), times, "right").astype(np.int64)
    return times + (inserted + 10) * NS_PER_S


def elapsed_ns(start_ns: NDArray[np.int64], stop_ns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the true durations of half-open intervals, leap seconds included.

    Parameters
    ----------
    start_ns, stop_ns
        int64 POSIX times, of one shape.

    Returns
    -------
    int64 array
        Nanoseconds that a stopwatch would have shown.
    """
    leaps = leap_times_ns()
    start, stop = np.asarray(start_ns, np.int64), np.asarray(stop_ns, np.int64)
    inserted = np.searchsorted(leaps, stop, "right") - np.searchsorted(leaps, start, "right")
    return stop - start + inserted.astype(np.int64) * NS_PER_S


def iso(time_ns: int) -> str:
    """Write a time as ISO 8601 UTC with as many decimals as it needs: ``2004-05-01T05:00:00Z``."""
    seconds, rest = divmod(int(time_ns), NS_PER_S)
    moment = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    decimals = f".{rest:09d}".rstrip("0") if rest else ""
    return f"{moment}{decimals}Z"


def parse_iso(text: str) -> int:
    """Read an ISO 8601 time that names its offset from UTC.

    A second 60 is read as the POSIX time it shares with the second after it.

    Raises
    ------
    ValueError
        Where it is not ISO 8601, the offset is missing, or 64 bits of nanoseconds do not hold it.
    """
    moment, nanoseconds = iso_parts(text)
    if moment.tzinfo is None:
        raise ValueError(f"'{text}' does not say its offset from UTC: end it with Z or +01:00")
    time_ns = calendar.timegm(moment.utctimetuple()) * NS_PER_S + nanoseconds
    if not EARLIEST_NS <= time_ns <= LATEST_NS:
        raise ValueError(f"'{text}' is not between the years 1678 and 2262")
    return time_ns


def iso_parts(text: str) -> tuple[datetime, int]:
    """Read an ISO 8601 time as its whole second, with or without offset, and its nanoseconds.

    Raises
    ------
    ValueError
        Where it is not ISO 8601.
    """
    head, dot, tail = text.strip().partition(".")
    offset = tail.lstrip("0123456789")
    digits = tail[: len(tail) - len(offset)]
    if dot and not digits:
        raise ValueError(f"'{text}' has no digits behind the point")
    leap = head[16:19] == ":60"
    moment = datetime.fromisoformat((head[:16] + ":59" + head[19:] if leap else head) + offset)
    return moment + timedelta(seconds=int(leap)), int(digits[:9].ljust(9, "0"))
