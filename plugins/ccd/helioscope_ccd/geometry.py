"""Where the pixels of a frame CCD are, and through which node each is read."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

GOOD, BAD, OUTSIDE = 0, 1, 2


class Section(NamedTuple):
    """A part of the array read through one side; ranges are half-open.

    ``level_start`` to ``level_stop`` are the columns whose median is the row's level: the
    overscan, or the image itself.
    """

    name: str
    row_start: int
    row_stop: int
    column_start: int
    column_stop: int
    level_start: int
    level_stop: int
    towards_high: bool

    @property
    def pixels(self) -> int:
        """Number of image pixels."""
        return (self.row_stop - self.row_start) * (self.column_stop - self.column_start)


class Geometry(NamedTuple):
    """The array as maps over (rows, columns).

    Attributes
    ----------
    spans
        int32 (sections, 6): row start and stop, column start and stop, level start and stop.
    section, node
        int32 maps; -1 outside the image.
    transfers
        int32 map: pixel transfers up to the read-out, 0 in the row next to it.
    x_mm, y_mm
        float64 centres of columns and rows, from the array's corner; columns and rows
        outside the image take no room.
    """

    sections: tuple[Section, ...]
    spans: NDArray[np.int32]
    section: NDArray[np.int32]
    node: NDArray[np.int32]
    transfers: NDArray[np.int32]
    x_mm: NDArray[np.float64]
    y_mm: NDArray[np.float64]

    @property
    def nodes(self) -> int:
        """Number of read-out nodes."""
        return int(self.node.max()) + 1

    @property
    def image_pixels(self) -> int:
        """Number of pixels that see light."""
        return int(np.count_nonzero(self.section >= 0))


def geometry(
    rows: int,
    columns: int,
    pixel_um: float,
    sections: tuple[Section, ...] = (),
    node_per_column: bool = True,
) -> Geometry:
    """Lay out the array; without sections all of it is one, read at row 0."""
    parts = sections or (Section("all", 0, rows, 0, columns, 0, columns, False),)
    section = np.full((rows, columns), -1, np.int32)
    node = np.full((rows, columns), -1, np.int32)
    transfers = np.zeros((rows, columns), np.int32)
    for index, part in enumerate(parts):
        area = slice(part.row_start, part.row_stop), slice(part.column_start, part.column_stop)
        if (section[area] >= 0).any():
            raise ValueError(f"section {part.name} overlaps another")
        section[area] = index
        steps = np.arange(part.row_stop - part.row_start, dtype=np.int32)
        transfers[area] = (steps[::-1] if part.towards_high else steps)[:, None]
        width = part.column_stop - part.column_start
        first = int(node.max()) + 1
        node[area] = first + (np.arange(width) if node_per_column else 0)
    spans = np.array([part[1:7] for part in parts], np.int32)
    inside = np.asarray(section >= 0)
    x_mm, y_mm = _centres(inside, 0, pixel_um), _centres(inside, 1, pixel_um)
    return Geometry(parts, spans, section, node, transfers, x_mm, y_mm)


def _centres(inside: NDArray[np.bool_], across: int, pixel_um: float) -> NDArray[np.float64]:
    used = np.asarray(inside.any(axis=across))
    return np.asarray((np.cumsum(used) - 0.5) * pixel_um * 1e-3, np.float64)
