"""The tables of a set of events: the events themselves and the background against energy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from helioscope.axion.tables import read_columns, read_words, require_increasing
from helioscope.errors import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class EventTable:
    """Events as their file gives them.

    Attributes
    ----------
    energy_kev
        (events,) energies.
    x_mm, y_mm, radius_mm
        (events,) positions on the detector, or distances from the Sun's centre; None where the
        file has no such column.
    time_ns, period
        (events,) nanoseconds since 1970 UTC, or names of periods; None likewise.
    """

    energy_kev: Array
    x_mm: Array | None = None
    y_mm: Array | None = None
    radius_mm: Array | None = None
    time_ns: NDArray[np.int64] | None = None
    period: list[str] | None = None

    @property
    def has_positions(self) -> bool:
        """Whether the events have positions."""
        return self.radius_mm is not None or self.x_mm is not None

    def radius_from(self, centre_mm: list[float] | None) -> Array:
        """Give the distance of each event from a centre, or the one that the file gives."""
        if self.radius_mm is not None:
            return self.radius_mm
        assert self.x_mm is not None and self.y_mm is not None and centre_mm  # noqa: S101, PT018
        distance: Array = np.hypot(self.x_mm - centre_mm[0], self.y_mm - centre_mm[1])
        return distance


def read_events(path: Path, energy_range_kev: tuple[float, float]) -> EventTable:
    """Read events: ``energy_kev``, then ``x_mm, y_mm`` or ``radius_mm``, ``time_ns`` or ``period``.

    A file with its line of names alone is a measurement without events.

    Parameters
    ----------
    path
        The CSV file.
    energy_range_kev
        Outside it an event is refused.

    Raises
    ------
    InputError
        Where columns do not fit one another or a value is out of range.
    """
    optional = ("x_mm", "y_mm", "radius_mm")
    columns = read_columns(path, ("energy_kev",), optional, empty=True)
    words = read_words(path, ("time_ns", "period"))
    for pair in (("x_mm", "radius_mm"), ("y_mm", "radius_mm")):
        if set(pair) <= set(columns):
            raise InputError(where=str(path), found=" and ".join(pair), expected="one of them")
    if ("x_mm" in columns) != ("y_mm" in columns):
        raise InputError(where=str(path), found="one of x_mm and y_mm", expected="both")
    if len(words) == 2:
        raise InputError(where=str(path), found="time_ns and period", expected="one of them")
    energy = columns["energy_kev"]
    low, high = energy_range_kev
    outside = (energy < low) | (energy > high)
    if outside.any():
        row = int(np.argmax(outside))
        raise InputError(
            where=f"{path}, row {row + 1}",
            found=f"an event of {energy[row]:g} keV",
            expected=f"energies within energy_range_kev, {low:g} to {high:g}",
            remedy="energies in keV, not eV" if energy[row] > 100.0 else "leave the event out",
        )
    radius = columns.get("radius_mm")
    if radius is not None and (radius < 0).any():
        raise InputError(where=str(path), found="a negative radius_mm", expected="distances")
    time_ns = _times(path, words["time_ns"]) if "time_ns" in words else None
    return EventTable(
        energy, columns.get("x_mm"), columns.get("y_mm"), radius, time_ns, words.get("period")
    )


def _times(path: Path, words: list[str]) -> NDArray[np.int64]:
    """Turn times into integers: in a float64 they would be off by 128 ns."""
    for row, word in enumerate(words, 1):
        if not word.isdigit() or not 10**17 < int(word) < 5 * 10**18:
            raise InputError(
                where=f"{path}, row {row}",
                found=f"'{word}' in column time_ns",
                expected="whole nanoseconds since 1970-01-01 UTC",
            )
    return np.array([int(word) for word in words], np.int64)


def read_background(path: Path) -> tuple[Array, Array]:
    """Read a background: ``energy_kev, background_per_kev_mm2_s``.

    Raises
    ------
    InputError
        Where energies do not rise, or the background is not above zero: an event on no background
        at all would exclude that there is no signal.
    """
    table = read_columns(path, ("energy_kev", "background_per_kev_mm2_s"))
    require_increasing(path, "energy_kev", table["energy_kev"])
    values = table["background_per_kev_mm2_s"]
    bad = (values <= 1e-14) | (values >= 1e-3)
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(
            where=f"{path}, row {row + 1}",
            found=f"a background of {values[row]:g}",
            expected="counts per keV, mm^2 and s, between 1e-14 and 1e-3",
        )
    return table["energy_kev"], values
