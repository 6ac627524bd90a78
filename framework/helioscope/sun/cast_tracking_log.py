"""The daily CAST tracking log: 48 columns, a row a cycle (60 s), two lines of header.

``AZ`` and ``HA`` are where the encoders stood at ``labview t``; ``AZ astr`` and ``HA astr`` are
where the Sun will stand at ``t. astro``, most of a cycle later. Date and time are CET all year.
``mag. B`` is not to be trusted and is not read.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from helioscope.errors import InputError
from helioscope.model.time import NS_PER_S
from helioscope.sun.cast_angle_log import LABVIEW_EPOCH_S
from helioscope.sun.pointing_log import NO_SOLAR_FLAG, PointingRows

COLUMNS = 48
SOLAR, DATE, CLOCK, LABVIEW, AZIMUTH, ALTITUDE = 0, 6, 7, 8, 11, 12
CET_S = 3600
#: The two clocks of a row are read within the same second or two.
SLACK_S = 3
_DATE = re.compile(r"\d{1,2}/\d{1,2}/\d{2}")
_TIME = re.compile(r"\d{1,2}:\d{2}:\d{2}")


def recognises(head: bytes) -> bool:
    """Say from a file's first bytes whether a row with the 48 columns stands near its top."""
    lines = head.decode("latin-1").splitlines()[:4]
    return any(_is_row(line.split()) for line in lines)


def _is_row(cells: list[str]) -> bool:
    return (
        len(cells) == COLUMNS
        and _DATE.fullmatch(cells[DATE]) is not None
        and _TIME.fullmatch(cells[CLOCK]) is not None
    )


def read(path: Path) -> PointingRows:
    """Read one log; rows that are cut short are left out and counted.

    Raises
    ------
    InputError
        Where more rows are damaged than whole.
    """
    with path.open(encoding="latin-1") as file:
        lines = [cells for line in file if (cells := line.split())]
    rows, damaged = _values([cells for cells in lines if cells[0][:1].isdigit()])
    if damaged > len(rows):
        raise InputError(
            where=str(path),
            found=f"{damaged} damaged rows and {len(rows)} whole ones",
            expected=f"rows of {COLUMNS} columns",
        )
    table = np.array(rows, np.float64).reshape(-1, 5)
    notes = [f"{path.name}: {damaged} rows cut short: left out"] if damaged else []
    time_ns, doubted = _times(table[:, 0], table[:, 1], path, notes)
    hindrance = np.where(table[:, 2] == 1.0, 0, NO_SOLAR_FLAG).astype(np.uint8)
    return PointingRows(
        time_ns,
        np.ascontiguousarray(table[:, 3]),
        np.ascontiguousarray(table[:, 4]),
        hindrance,
        doubted if doubted.any() else None,
        tuple(notes),
    )


def _values(lines: list[list[str]]) -> tuple[list[tuple[float, ...]], int]:
    """Give LabVIEW seconds, clock seconds (CET as if UTC), flag and the two angles."""
    rows: list[tuple[float, ...]] = []
    damaged = 0
    days: dict[str, int] = {}
    for cells in lines:
        try:
            if not _is_row(cells):
                raise ValueError
            if cells[DATE] not in days:
                days[cells[DATE]] = _day_s(cells[DATE])
            hours, minutes, seconds = (int(part) for part in cells[CLOCK].split(":"))
            clock = days[cells[DATE]] + hours * 3600 + minutes * 60 + seconds
            numbers = (float(cells[i]) for i in (SOLAR, AZIMUTH, ALTITUDE))
            rows.append((float(cells[LABVIEW]), clock, *numbers))
        except ValueError:
            damaged += 1
    return rows, damaged


def _day_s(date: str) -> int:
    """Read mm/dd/yy as seconds since 1970-01-01."""
    month, day, year = (int(part) for part in date.split("/"))
    return int(np.datetime64(f"20{year:02d}-{month:02d}-{day:02d}", "s").astype(np.int64))


def _times(
    labview_s: NDArray[np.float64], clock_s: NDArray[np.float64], path: Path, notes: list[str]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Choose the clock: LabVIEW's where the two agree, CET's where LabVIEW's is off throughout."""
    labview = labview_s - LABVIEW_EPOCH_S
    clock = clock_s - CET_S
    doubted: NDArray[np.bool_] = np.abs(labview - clock) > SLACK_S
    chosen = labview
    if doubted.size and np.count_nonzero(doubted) > doubted.size // 2:
        notes.append(f"{path.name}: LabVIEW's clock disagrees throughout: date and time (CET) used")
        chosen = clock
        shift = np.median(labview - clock)
        doubted = np.abs(labview - clock - shift) > SLACK_S
        if np.count_nonzero(doubted) > doubted.size // 2:
            doubted = np.zeros(doubted.size, bool)
    milliseconds = np.round(chosen * 1000).astype(np.int64)
    return milliseconds * (NS_PER_S // 1000), doubted
