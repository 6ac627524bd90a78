"""What a pointing log tells, whatever its form: where the magnet stood, and when to doubt it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from helioscope.model.intervals import Intervals

#: Why a row may not count as tracking, by its code in `PointingLog.hindrance`.
HINDRANCES = ("", "magnet not at field", "valves closed", "no solar tracking by the log's own flag")
NO_FIELD, VALVES_CLOSED, NO_SOLAR_FLAG = 1, 2, 3


@dataclass(frozen=True)
class PointingRows:
    """The rows of one file, in the order of the file, as a reader gives them.

    Attributes
    ----------
    time_ns
        int64 POSIX times.
    horizontal_deg, vertical_deg
        float64 angles of the magnet as the encoders give them: the azimuth to which the sunrise
        end points, and its altitude.
    hindrance
        uint8 index into `HINDRANCES`, or None where the log has no such columns.
    clock_doubted
        bool: the row's clocks contradict one another. None where there is only one.
    notes
        What the reader met, in sentences.
    """

    time_ns: NDArray[np.int64]
    horizontal_deg: NDArray[np.float64]
    vertical_deg: NDArray[np.float64]
    hindrance: NDArray[np.uint8] | None = None
    clock_doubted: NDArray[np.bool_] | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PointingLog:
    """Rows in strictly rising time, with everything doubtful set apart.

    Attributes
    ----------
    time_ns, horizontal_deg, vertical_deg, hindrance
        As in `PointingRows`, strictly rising in time.
    broken_after
        Sorted row numbers after which nothing is known until the next row, although the gap may
        be short: a clock was set, or another file begins out of turn.
    bad_clock
        Instants that the log's clock gave twice or in contradiction.
    notes
        What was met on the way, in sentences.
    """

    time_ns: NDArray[np.int64]
    horizontal_deg: NDArray[np.float64]
    vertical_deg: NDArray[np.float64]
    hindrance: NDArray[np.uint8] | None = None
    broken_after: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    bad_clock: Intervals = field(default_factory=lambda: Intervals.of([]))
    notes: tuple[str, ...] = ()

    @classmethod
    def empty(cls) -> PointingLog:
        """Make a log without rows."""
        return cls(np.empty(0, np.int64), np.empty(0), np.empty(0))

    def __len__(self) -> int:
        return int(self.time_ns.size)

    @property
    def span(self) -> Intervals:
        """From the first row to the last."""
        if not len(self):
            return Intervals.of([])
        return Intervals.of([(int(self.time_ns[0]), int(self.time_ns[-1]))])


def joined(files: Sequence[PointingRows]) -> PointingRows:
    """Put the rows of several files behind one another."""
    if len(files) == 1:
        return files[0]
    counts = [rows.time_ns.size for rows in files]

    def column(name: str, dtype: type) -> NDArray[np.uint8] | NDArray[np.bool_] | None:
        parts = [getattr(rows, name) for rows in files]
        if all(part is None for part in parts):
            return None
        pairs = zip(parts, counts, strict=True)
        return np.concatenate([np.zeros(n, dtype) if p is None else p for p, n in pairs])

    return PointingRows(
        np.concatenate([rows.time_ns for rows in files]),
        np.concatenate([rows.horizontal_deg for rows in files]),
        np.concatenate([rows.vertical_deg for rows in files]),
        column("hindrance", np.uint8),  # type: ignore[arg-type]
        column("clock_doubted", np.bool_),  # type: ignore[arg-type]
        tuple(note for rows in files for note in rows.notes),
    )
