"""The grid: the surveyors' offsets from what the encoders say to where the magnet points.

A survey measures the magnet at positions over its reach. Its table is CSV or Parquet with one row
a position and the columns ``start_utc``, ``stop_utc`` (validity, ISO 8601; an empty stop is open),
``horizontal_deg``, ``vertical_deg`` (encoders), ``horizontal_offset_deg``, ``vertical_offset_deg``
(sky less encoder). Positions of one survey stand on a rectangular grid; between them offsets are
bilinear.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helioscope.errors import InputError, UsageError
from helioscope.model.intervals import Intervals
from helioscope.model.time import iso, parse_iso
from helioscope.sun.pointing_log import PointingLog

OPEN_NS = np.iinfo(np.int64).max
NAMES = (
    "start_utc",
    "stop_utc",
    "horizontal_deg",
    "vertical_deg",
    "horizontal_offset_deg",
    "vertical_offset_deg",
)


@dataclass(frozen=True)
class Survey:
    """One survey: offsets at the crossings of two axes, and when they hold.

    Attributes
    ----------
    horizontal_deg, vertical_deg
        float64 rising axes.
    offsets_deg
        float64 (horizontal, vertical, 2).
    """

    start_ns: int
    stop_ns: int
    horizontal_deg: NDArray[np.float64]
    vertical_deg: NDArray[np.float64]
    offsets_deg: NDArray[np.float64]

    def at(
        self, horizontal_deg: NDArray[np.float64], vertical_deg: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Give the offsets (rows, 2) at encoder angles; beyond the reach those of its edge."""
        i, x = _cell(self.horizontal_deg, horizontal_deg)
        j, y = _cell(self.vertical_deg, vertical_deg)
        table = self.offsets_deg
        low = table[i, j] * (1 - x) + table[i + 1, j] * x
        high = table[i, j + 1] * (1 - x) + table[i + 1, j + 1] * x
        result: NDArray[np.float64] = low * (1 - y) + high * y
        return result


def read_grid(path: Path) -> tuple[Survey, ...]:
    """Read a table of surveys, in the order of their validity.

    Raises
    ------
    InputError
        Where columns are missing, a date or a number is none, or positions do not fill a
        rectangular grid.
    UsageError
        Where validities overlap.
    """
    table = _table(path)
    validities = list(zip(table["start_utc"], table["stop_utc"], strict=True))
    surveys = []
    for validity in dict.fromkeys(validities):
        own = [i for i, pair in enumerate(validities) if pair == validity]
        begin, end = _validity(*validity, where=f"{path}, row {own[0] + 1}")
        surveys.append(_survey(begin, end, {n: table[n][own] for n in NAMES[2:]}, path))
    surveys.sort(key=lambda survey: survey.start_ns)
    for before, after in itertools.pairwise(surveys):
        if after.start_ns < before.stop_ns:
            raise UsageError(
                where=str(path),
                found=f"two surveys hold at {iso(after.start_ns)}",
                expected="validities that do not overlap",
                remedy="end the older survey where the newer begins",
            )
    return tuple(surveys)


def to_sky(log: PointingLog, surveys: tuple[Survey, ...]) -> tuple[PointingLog, Intervals]:
    """Add the offsets; also give the instants at which no survey holds.

    Rows without a survey keep their encoder angles.
    """
    horizontal, vertical = log.horizontal_deg.copy(), log.vertical_deg.copy()
    valid = Intervals.of([(survey.start_ns, survey.stop_ns) for survey in surveys])
    for survey in surveys:
        rows = slice(
            int(np.searchsorted(log.time_ns, survey.start_ns)),
            int(np.searchsorted(log.time_ns, survey.stop_ns)),
        )
        offsets = survey.at(log.horizontal_deg[rows], log.vertical_deg[rows])
        horizontal[rows] += offsets[:, 0]
        vertical[rows] += offsets[:, 1]
    return replace(log, horizontal_deg=horizontal, vertical_deg=vertical), log.span - valid


def _cell(
    axis: NDArray[np.float64], values: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    inside = np.clip(values, axis[0], axis[-1])
    cell = np.clip(np.searchsorted(axis, inside, "right") - 1, 0, axis.size - 2)
    part = (inside - axis[cell]) / (axis[cell + 1] - axis[cell])
    return cell, part[:, None]


def _validity(start: object, stop: object, where: str) -> tuple[int, int]:
    """Read when a survey holds; Parquet can also hold what is no text, or nothing."""
    begin = _date(start, f"{where}, start_utc")
    end = _date(stop, f"{where}, stop_utc") if stop not in (None, "") else OPEN_NS
    if end <= begin:
        raise InputError(
            where=f"{where}, stop_utc",
            found=f"{stop}, not after the start, {start}",
            expected="a survey that ends after it begins",
            remedy="correct one of the two, or leave stop_utc empty where the survey holds on",
        )
    return begin, end


def _date(value: object, where: str) -> int:
    try:
        if not isinstance(value, str):
            raise ValueError("nothing" if value is None else f"{type(value).__name__} {value}")
        return parse_iso(value)
    except ValueError as error:
        raise InputError(
            where=where,
            found=str(error) if value != "" else "nothing",
            expected="a date as text, ISO 8601 with its offset from UTC: 2004-05-01T00:00:00Z",
            remedy="correct the date in the table of surveys",
        ) from error


def _survey(start_ns: int, stop_ns: int, table: dict[str, Any], path: Path) -> Survey:
    horizontal, i = np.unique(table["horizontal_deg"], return_inverse=True)
    vertical, j = np.unique(table["vertical_deg"], return_inverse=True)
    filled = np.full((horizontal.size, vertical.size, 2), np.nan)
    filled[i, j, 0] = table["horizontal_offset_deg"]
    filled[i, j, 1] = table["vertical_offset_deg"]
    if min(horizontal.size, vertical.size) < 2 or not np.isfinite(filled).all():
        raise InputError(
            where=f"{path}, survey from {iso(start_ns)}",
            found=f"{i.size} positions that do not fill "
            f"{horizontal.size} x {vertical.size} crossings",
            expected="a rectangular grid of at least 2 x 2 positions, each measured",
        )
    return Survey(start_ns, stop_ns, horizontal, vertical, filled)


def _table(path: Path) -> dict[str, Any]:
    import pyarrow as pa
    from pyarrow import csv, parquet

    try:
        with path.open("rb") as file:
            is_parquet = file.read(4) == b"PAR1"
        if is_parquet:
            table = parquet.read_table(path)
        else:
            types = {name: pa.string() for name in NAMES[:2]}
            types |= {name: pa.float64() for name in NAMES[2:]}
            table = csv.read_csv(path, convert_options=csv.ConvertOptions(column_types=types))
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(
            where=str(path), found=str(error), expected="a table of surveys"
        ) from error
    missing = [name for name in NAMES if name not in table.column_names]
    if missing:
        raise InputError(
            where=str(path), found=f"no column {', '.join(missing)}", expected=", ".join(NAMES)
        )
    dates = {name: table.column(name).to_pylist() for name in NAMES[:2]}
    return dates | {name: _degrees(table.column(name), f"{path}, {name}") for name in NAMES[2:]}


def _degrees(column: Any, where: str) -> NDArray[np.float64]:
    import pyarrow as pa

    try:
        values: NDArray[np.float64] = column.cast(pa.float64()).to_numpy()
    except pa.ArrowException as error:
        raise InputError(where=where, found=str(error), expected="degrees as numbers") from error
    missing = np.flatnonzero(~np.isfinite(values))
    if missing.size:
        raise InputError(
            where=f"{where}, row {missing[0] + 1}",
            found="nothing" if np.isnan(values[missing[0]]) else str(values[missing[0]]),
            expected="a number of degrees in every row",
            remedy="measure the position, or leave its row and column of the grid out",
        )
    return values
