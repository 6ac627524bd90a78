"""Times in FITS headers and columns as integer nanoseconds since 1970 UTC.

FITS standard 4.0, section 9: MJDREF, TIMESYS, TIMEUNIT.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from helioscope.errors import InputError
from helioscope.io.fits_headers import Hdu
from helioscope.model.time import NS_PER_S, leap_times_ns, parse_iso

TimeFormat = Literal["iso", "unix_s", "unix_ms", "unix_us", "unix_ns", "mjd"]
TimeUnit = Literal["ns", "us", "ms", "s", "d"]

UNIT_NS: dict[str, int] = {
    "ns": 1, "us": 1_000, "ms": 1_000_000, "s": NS_PER_S, "d": 86_400 * NS_PER_S,
}  # fmt: skip
MJD_1970 = 40587
DAY_NS = UNIT_NS["d"]

#: TT - TAI (IAU 1991) and TAI - UTC before the first leap second.
_TT_TAI_NS = 32_184_000_000
_TAI_UTC_1972_NS = 10 * NS_PER_S

#: Times beyond the years 1970 to 2170 are no times of a run.
LATEST_NS = 200 * 366 * DAY_NS


def tai_to_utc(tai_ns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give POSIX UTC for atomic time counted from 1970-01-01 TAI.

    An inserted second shares its POSIX time with the second after it.
    """
    leaps = leap_times_ns()
    number = np.arange(1, leaps.size + 1, dtype=np.int64)
    ends = leaps + _TAI_UTC_1972_NS + number * NS_PER_S
    passed = np.searchsorted(ends, tai_ns, "right").astype(np.int64)
    utc: NDArray[np.int64] = tai_ns - _TAI_UTC_1972_NS - passed * NS_PER_S
    return utc


def utc_to_tt(time_ns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give terrestrial time, counted from 1970-01-01 TT, for POSIX UTC; differences are exact."""
    passed = np.searchsorted(leap_times_ns(), time_ns, "right").astype(np.int64)
    tt: NDArray[np.int64] = time_ns + _TAI_UTC_1972_NS + passed * NS_PER_S + _TT_TAI_NS
    return tt


def column_times(values: NDArray[Any], hdu: Hdu, unit: str) -> NDArray[np.int64]:
    """Give the times of a table column.

    Parameters
    ----------
    values
        Integers, or floating-point numbers.
    unit
        Of the column; for floating-point numbers MJDREF must say where they count from,
        integers count from 1970-01-01 where it does not.

    Raises
    ------
    InputError
        Where the unit or time system is unknown, MJDREF is missing, or a value is no time.
    """
    if unit not in UNIT_NS:
        raise hdu.fault(f"a time column in unit {unit!r}", f"one of {', '.join(UNIT_NS)}")
    floating = values.dtype.kind == "f"
    offset = _reference_ns(hdu, floating=floating)
    fits = np.abs(values) <= LATEST_NS // UNIT_NS[unit]
    if not fits.all():
        row = int(np.argmin(fits))
        raise hdu.fault(f"time {values[row]} {unit} in row {row} of a batch", "a time since 1970")
    scaled = np.rint(values * float(UNIT_NS[unit])) if floating else values * UNIT_NS[unit]
    return _to_utc(scaled.astype(np.int64) + offset, hdu)


def _reference_ns(hdu: Hdu, *, floating: bool) -> int:
    if not {"MJDREF", "MJDREFI"} & set(hdu.cards):
        if floating:
            raise hdu.fault("a floating-point time column without MJDREF", "MJDREF in the header")
        return 0
    days = Fraction(hdu.number("MJDREFI", 0.0)) + Fraction(hdu.number("MJDREFF", 0.0))
    days += Fraction(hdu.number("MJDREF", 0.0)) if "MJDREFI" not in hdu.cards else 0
    zero = Fraction(hdu.number("TIMEZERO", 0.0)) * UNIT_NS.get(hdu.text("TIMEUNIT", "s"), NS_PER_S)
    return round((days - MJD_1970) * DAY_NS + zero)


def _to_utc(time_ns: NDArray[np.int64], hdu: Hdu) -> NDArray[np.int64]:
    system = hdu.text("TIMESYS", "UTC").strip().upper()
    if system in ("UTC", ""):
        return time_ns
    if system in ("TT", "TDT"):
        return tai_to_utc(time_ns - _TT_TAI_NS)
    if system in ("TAI", "IAT"):
        return tai_to_utc(time_ns)
    raise hdu.fault(f"TIMESYS = {system!r}", "UTC, TT or TAI")


def header_time(hdu: Hdu, key: str, form: TimeFormat) -> int:
    """Give the time in a header card; ISO without offset is UTC, as the standard says.

    Raises
    ------
    InputError
        Where the card is missing or no time.
    """
    value = hdu.cards.get(key)
    try:
        time_ns = _iso_ns(value) if form == "iso" else _counted_ns(value, form)
    except (ValueError, TypeError, OverflowError) as error:
        found = f"{key} = {value!r}" if key in hdu.cards else f"no card {key}"
        raise InputError(
            where=f"{hdu.where}, HDU {hdu.index}",
            found=found,
            expected=f"a time in format {form}",
            remedy="set time_keyword and time_format in the run's [runs.source] table",
        ) from error
    if form != "iso" and form != "mjd":
        return time_ns
    return int(_to_utc(np.array([time_ns], np.int64), hdu)[0])


def _iso_ns(value: object) -> int:
    if not isinstance(value, str):
        raise TypeError("no text")
    text = value.strip()
    clock = text.partition("T")[2]
    if not clock:
        text += "T00:00:00"
    return parse_iso(text if clock.endswith("Z") or "+" in clock or "-" in clock else text + "Z")


def _counted_ns(value: object, form: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError("no number")
    number = Fraction(value)
    if form == "mjd":
        return round((number - MJD_1970) * DAY_NS)
    return round(number * UNIT_NS[form.removeprefix("unix_")])


def option_time(value: str | datetime) -> int:
    """Give the time of an option; a TOML time arrives as a datetime, which must name its offset.

    Raises
    ------
    ValueError
        Where the offset is missing.
    """
    if isinstance(value, str):
        return parse_iso(value)
    if value.tzinfo is None:
        raise ValueError(f"{value} does not say its offset from UTC: end it with Z")
    since = value.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return since // timedelta(microseconds=1) * 1000
