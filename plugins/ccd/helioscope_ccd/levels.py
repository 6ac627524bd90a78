"""Row levels: offset and common mode, computed only for rows where they can matter.

A row's common mode is the median of its pixels. By Cantelli's inequality the median lies
within ``reach`` standard deviations of the mean, so a row whose largest excess over threshold
stays below that bound starts no event. The bound only skips work; every value that reaches a
result is exact.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from helioscope_ccd.clusters import MAX_PIXELS
from helioscope_ccd.geometry import BAD
from helioscope_ccd.maps import PixelMaps
from helioscope_ccd.medians import median

#: Rounding of the float32 sums behind the bound, in ADU and as a fraction.
SLACK_ADU, SLACK = np.float32(0.05), np.float32(1e-3)


class Scratch(NamedTuple):
    """Buffers of one reconstruction, made once."""

    signal: NDArray[np.float32]
    ready: NDArray[np.uint8]
    state: NDArray[np.uint8]
    seeds: NDArray[np.int32]
    members: NDArray[np.int32]
    level: NDArray[np.float32]
    rejected: NDArray[np.uint8]


def scratch(rows: int, columns: int, sections: int) -> Scratch:
    """Make the buffers for frames of a size."""
    pixels = rows * columns
    return Scratch(
        np.zeros(pixels, np.float32),
        np.zeros((sections, rows), np.uint8),
        np.zeros(pixels, np.uint8),
        np.zeros(pixels, np.int32),
        np.zeros(MAX_PIXELS, np.int32),
        np.zeros(columns, np.float32),
        np.zeros((sections, columns), np.uint8),
    )


@njit(nogil=True, cache=True, fastmath={"reassoc", "nsz", "nnan", "ninf", "contract"})
def _row_extremes(
    raw: NDArray[np.int16], offset: NDArray[np.float32], limit: NDArray[np.float32]
) -> tuple[np.float32, np.float32, np.float32, np.float32]:
    """Give the largest excess over the limit, the smallest value, the sum and sum of squares."""
    excess = np.float32(-1e30)
    smallest = np.float32(1e30)
    total = np.float32(0.0)
    squares = np.float32(0.0)
    for column in range(raw.size):
        value = np.float32(raw[column]) - offset[column]
        excess = max(excess, value - limit[column])
        smallest = min(smallest, value)
        total += value
        squares += value * value
    return excess, smallest, total, squares


@njit(nogil=True, cache=True)
def may_matter(
    frame: NDArray[np.int16], row: int, columns: int, span: NDArray[np.int32],
    maps: PixelMaps, section: int,
) -> bool:  # fmt: skip
    """Say whether a row may hold a pixel above its event threshold or a damaged one."""
    start = row * columns
    first, last = start + span[2], start + span[3]
    excess, smallest, total, squares = _row_extremes(
        frame[first:last], maps.offset[first:last], maps.event[first:last]
    )
    number = span[3] - span[2]
    if span[4] != span[2]:
        first, last = start + span[4], start + span[5]
        _, _, total, squares = _row_extremes(
            frame[first:last], maps.offset[first:last], maps.event[first:last]
        )
        number = span[5] - span[4]
    mean = total / number
    spread = np.sqrt(max(squares / number - mean * mean, np.float32(0.0)))
    room = maps.reach[section, row] * spread + SLACK_ADU + SLACK * (abs(mean) + spread)
    return bool(excess > mean - room or smallest - mean - room < -maps.damage[section, row])


@njit(nogil=True, cache=True)
def prepare(
    frame: NDArray[np.int16], row: int, columns: int, span: NDArray[np.int32],
    maps: PixelMaps, work: Scratch, section: int,
) -> None:  # fmt: skip
    """Subtract offset and common mode of one row of a section into the signal."""
    work.ready[section, row] = 1
    start = row * columns
    count = 0
    for pixel in range(start + span[4], start + span[5]):
        if maps.kind[pixel] != BAD:
            work.level[count] = np.float32(frame[pixel]) - maps.offset[pixel]
            count += 1
    common = median(work.level, count)
    for pixel in range(start + span[2], start + span[3]):
        work.signal[pixel] = np.float32(frame[pixel]) - maps.offset[pixel] - common
        work.state[pixel] = 0


@njit(nogil=True, cache=True)
def ready_around(
    frame: NDArray[np.int16], row: int, columns: int, spans: NDArray[np.int32],
    maps: PixelMaps, work: Scratch,
) -> None:  # fmt: skip
    """Ready a row and its neighbours in every section that has them."""
    for section in range(spans.shape[0]):
        span = spans[section]
        for near in range(max(row - 1, span[0]), min(row + 2, span[1])):
            if work.ready[section, near] == 0:
                prepare(frame, near, columns, span, maps, work, section)
