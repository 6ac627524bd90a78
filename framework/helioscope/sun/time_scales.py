"""From what a table's time column counts to integer nanoseconds since 1970-01-01 UTC."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from helioscope.errors import InputError, UsageError
from helioscope.model.time import NS_PER_S, iso_parts

TimeScale = Literal["unix_ns", "unix_ms", "unix_s", "labview_s", "mjd_utc", "iso"]

#: scale -> (units in a second, seconds from its zero to 1970)
_COUNTS: dict[str, tuple[float, float]] = {
    "unix_ms": (1e3, 0.0),
    "unix_s": (1.0, 0.0),
    "labview_s": (1.0, -2_082_844_800.0),
    "mjd_utc": (1 / 86_400.0, -40_587.0 * 86_400.0),
}

Times = tuple[NDArray[np.int64], NDArray[np.bool_] | None, tuple[str, ...]]


def as_time_ns(values: Any, scale: TimeScale, zone: str, where: str) -> Times:
    """Convert a column; also give which rows' clock is in doubt, and what was met.

    Integer counts stay exact; a float64 of seconds since 1970 keeps about 0.2 microseconds.
    A local time that the clock showed twice (end of daylight saving) is told apart by the order
    of the rows; where the order does not tell, the row is in doubt.

    Raises
    ------
    InputError
        Where a time cannot be read.
    UsageError
        Where the zone is not known.
    """
    if scale == "iso":
        return _from_text(values, zone, where)
    try:
        column = np.asarray(values)
        if column.dtype.kind == "M":
            return column.astype("datetime64[ns]").astype(np.int64), None, ()
        if scale == "unix_ns":
            return _whole(column), None, ()
        per_s, zero_s = _COUNTS[scale]
        if column.dtype.kind in "iu":
            step = int(NS_PER_S / per_s) if per_s >= 1 else NS_PER_S * 86_400
            return column.astype(np.int64) * step + int(zero_s) * NS_PER_S, None, ()
        column = np.asarray(column, np.float64)
        if not np.isfinite(column).all():
            raise ValueError("a time that is not a number")
        whole = np.floor(column)
        part_ns = np.round((column - whole) / per_s * NS_PER_S).astype(np.int64)
        whole_ns = np.round(whole / per_s + zero_s).astype(np.int64) * NS_PER_S
        if per_s > 1:
            whole_ns = (whole.astype(np.int64) * int(NS_PER_S / per_s)) + int(zero_s) * NS_PER_S
        return whole_ns + part_ns, None, ()
    except (TypeError, ValueError) as error:
        raise InputError(
            where=where, found=f"the time column: {error}", expected=f"numbers ({scale})"
        ) from error


def _whole(column: NDArray[Any]) -> NDArray[np.int64]:
    if column.dtype.kind not in "iu":
        raise ValueError(f"{column.dtype} where whole nanoseconds are due")
    return np.ascontiguousarray(column, np.int64)


def zone_named(zone: str) -> tzinfo:
    """Find a time zone by name or by offset.

    Raises
    ------
    UsageError
        Where there is none.
    """
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    if zone in ("UTC", "Z"):
        return timezone.utc  # noqa: UP017 - the fixed zone, as an object like the others
    try:
        if zone[:1] in "+-" and len(zone) == 6:
            sign = -1 if zone[0] == "-" else 1
            return timezone(sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[4:])))
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(
            where="pointing setting columns.zone",
            found=f"'{zone}'",
            expected="UTC, +01:00 or a name such as Europe/Zurich",
        ) from error


def _from_text(values: Any, zone: str, where: str) -> Times:
    local = zone_named(zone)
    plain = _from_utc_text(values) if zone == "UTC" else None
    if plain is not None:
        return plain, None, ()
    result = np.empty(len(values), np.int64)
    clock = _LocalClock(local)
    for i, text in enumerate(values):
        try:
            moment, nanoseconds = iso_parts(str(text))
        except ValueError as error:
            raise InputError(
                where=f"{where}, row {i + 1}", found=str(error), expected="ISO 8601"
            ) from error
        if moment.tzinfo is None:
            moment = clock.told_apart(moment)
        result[i] = int(moment.timestamp()) * NS_PER_S + nanoseconds
    doubted = np.zeros(result.size, bool)
    doubted[: clock.unresolved] = True
    notes = ("the hour that the clock showed twice is told apart by the order of the rows",)
    return result, (doubted if doubted.any() else None), notes if clock.stepped else ()


def _from_utc_text(values: Any) -> NDArray[np.int64] | None:
    """Read plain UTC texts at once; None where one is not plain (an offset, a leap second)."""
    try:
        stripped = np.char.rstrip(np.asarray(values, np.str_), "Z")
        return stripped.astype("datetime64[ns]").astype(np.int64)
    except ValueError:
        return None


class _LocalClock:
    """A wall clock with daylight saving, read row by row.

    Attributes
    ----------
    stepped
        Whether it was seen to step back at the end of daylight saving.
    unresolved
        Number of first rows whose hour the clock shows twice, with nothing before to tell.
    """

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        self.stepped = False
        self.unresolved = 0
        self._previous: datetime | None = None
        self._second_pass = False
        self._rows = 0

    def told_apart(self, moment: datetime) -> datetime:
        early = moment.replace(tzinfo=self.zone, fold=0)
        late = moment.replace(tzinfo=self.zone, fold=1)
        twice = (early.utcoffset() or _NO_TIME) > (late.utcoffset() or _NO_TIME)
        self._rows += 1
        if not twice:
            self._second_pass = False
        elif self._previous is not None and moment < self._previous:
            self._second_pass = self.stepped = True
            if self.unresolved == self._rows - 1:
                self.unresolved = 0
        elif self.unresolved == self._rows - 1 and not self._second_pass:
            self.unresolved = self._rows
        self._previous = moment
        return late if self._second_pass else early


_NO_TIME = timedelta(0)
