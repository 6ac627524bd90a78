"""Row levels: offset and common mode, computed only for rows where they can matter.

A row's common mode is the median of its pixels. By Cantelli's inequality the median lies
within ``reach`` standard deviations of the mean, so a row whose largest excess over threshold
stays below that bound starts no event. The bound only skips work; every value that reaches a
result is exact.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope_ccd.clusters import MAX_PIXELS, place
from helioscope_ccd.compiled import kernel
from helioscope_ccd.geometry import BAD
from helioscope_ccd.maps import PixelMaps
from helioscope_ccd.medians import median

#: What rounding offsets and limits to whole ADU may do to the bound, in ADU.
SLACK_ADU = np.float32(2.5)

#: Rows with values further than that from their offsets are always worked out: the squares of
#: nearer ones keep within 32 bits for 500 columns.
FAR_ADU = 2000


class Scratch(NamedTuple):
    """Buffers of one reconstruction, made once.

    Attributes
    ----------
    signal
        float32 a pixel: raw value less offset and common mode, in rows that are ready.
    floor
        float32 (sections, rows): a value that the row's common mode is not below.
    found
        int32 (rows, 4): what `extremes` found in one section.
    ready
        uint8 (sections, rows): whether the row's signal holds for this frame.
    state
        uint8 a pixel: 0 free, 1 in a cluster, 3 damaged.
    marks, mark_words
        uint8 a column: what `mark` found in one row; the same memory, eight at a time.
    """

    signal: NDArray[np.float32]
    floor: NDArray[np.float32]
    found: NDArray[np.int32]
    ready: NDArray[np.uint8]
    state: NDArray[np.uint8]
    seeds: NDArray[np.int32]
    members: NDArray[np.int32]
    level: NDArray[np.float32]
    rejected: NDArray[np.uint8]
    marks: NDArray[np.uint8]
    mark_words: NDArray[np.uint64]


def scratch(rows: int, columns: int, sections: int) -> Scratch:
    """Make the buffers for frames of a size."""
    pixels = rows * columns
    words = np.zeros((columns + 7) // 8, np.uint64)
    return Scratch(
        np.zeros(pixels, np.float32),
        np.zeros((sections, rows), np.float32),
        np.zeros((rows, 4), np.int32),
        np.zeros((sections, rows), np.uint8),
        np.zeros(pixels, np.uint8),
        np.zeros(pixels, np.int32),
        np.zeros(MAX_PIXELS, np.int32),
        np.zeros(columns, np.float32),
        np.zeros((sections, columns), np.uint8),
        words.view(np.uint8),
        words,
    )


@kernel
def extremes(
    raw: NDArray[np.int16], offset: NDArray[np.int32], limit: NDArray[np.int32],
    columns: int, span: NDArray[np.int32], found: NDArray[np.int32],
) -> None:  # fmt: skip
    """Find each row's largest excess over the limit, smallest value, sum and sum of squares.

    In whole ADU. Sums are cast back to int32 and indices are unsigned, or the loop would not
    vectorise.
    """
    width = np.uint64(span[3] - span[2])
    for row in range(span[0], span[1]):
        start = np.uint64(row * columns + span[2])
        excess = np.int32(-2147483647)
        smallest = np.int32(2147483647)
        total = np.int32(0)
        squares = np.int32(0)
        for column in range(width):
            pixel = start + column
            value = np.int32(np.int32(raw[pixel]) - offset[pixel])
            over = np.int32(np.int32(raw[pixel]) - limit[pixel])
            excess = over if over > excess else excess
            smallest = value if value < smallest else smallest
            total = np.int32(total + value)
            squares = np.int32(squares + np.int32(value * value))
        found[row, 0], found[row, 1], found[row, 2], found[row, 3] = (
            excess, smallest, total, squares,
        )  # fmt: skip


@kernel
def may_matter(
    found: NDArray[np.int32], span: NDArray[np.int32], reach: np.float32, damage: np.float32
) -> tuple[bool, np.float32]:
    """Say whether a row may hold a pixel above its event threshold or a damaged one.

    Returns
    -------
    bool
        False where it surely holds none.
    float32
        What the row's common mode surely is not below.
    """
    number = span[3] - span[2]
    if span[4] != span[2] or number > 500 or found[0] > FAR_ADU or found[1] < -FAR_ADU:
        return True, np.float32(-1e30)
    mean = np.float32(found[2]) / np.float32(number)
    variance = np.float32(found[3]) / np.float32(number) - mean * mean
    spread = np.sqrt(max(variance, np.float32(0.0)))
    room = reach * spread * np.float32(1.001) + SLACK_ADU
    matters = found[0] > mean - room or found[1] - mean - room < -damage
    return matters, np.float32(mean - room)


@kernel
def prepare(
    frame: NDArray[np.int16], row: int, columns: int, span: NDArray[np.int32],
    maps: PixelMaps, work: Scratch, section: int,
) -> None:  # fmt: skip
    """Subtract offset and common mode of one row of a section into the signal."""
    work.ready[section, row] = 1
    first, number = np.uint64(row * columns + span[4]), np.uint64(span[5] - span[4])
    for index in range(number):
        pixel = first + index
        work.level[index] = np.float32(frame[pixel]) - maps.offset[pixel]
    common = median(work.level, _without_bad(work.level, maps, section, row, first, number))
    first, number = np.uint64(row * columns + span[2]), np.uint64(span[3] - span[2])
    for index in range(number):
        pixel = first + index
        work.signal[pixel] = np.float32(frame[pixel]) - maps.offset[pixel] - common
    for index in range(number):
        work.state[first + index] = 0


@kernel
def _without_bad(
    level: NDArray[np.float32], maps: PixelMaps, section: int, row: int, first: np.uint64,
    number: np.uint64,
) -> int:  # fmt: skip
    """Move the values of pixels that are not bad to the front; give their number."""
    if not maps.holed[section, row]:
        return int(np.int64(number))
    count = np.uint64(0)
    for index in range(number):
        level[count] = level[index]
        count += np.uint64(maps.kind[first + index] != BAD)
    return int(np.int64(count))


@kernel
def mark(
    frame: NDArray[np.int16], first: int, last: int, maps: PixelMaps, work: Scratch
) -> int:  # fmt: skip
    """Mark a row's pixels that may start an event, are damaged or saturated.

    Returns
    -------
    int
        Words of eight marks, in ``work.mark_words``, to look through.
    """
    start = np.uint64(first)
    number = np.uint64(last - first)
    for index in range(number):
        pixel = start + index
        signal = work.signal[pixel]
        work.marks[index] = (
            (signal > maps.event[pixel])
            | (signal < -maps.negative[pixel])
            | (frame[pixel] >= maps.saturation)
        )
    words = (number + np.uint64(7)) // np.uint64(8)
    for index in range(number, words * np.uint64(8)):
        work.marks[index] = 0
    return int(np.int64(words))


@kernel
def ready_around(
    frame: NDArray[np.int16], pixel: int, columns: int, spans: NDArray[np.int32],
    maps: PixelMaps, work: Scratch,
) -> None:  # fmt: skip
    """Ready the rows around a pixel, or set its neighbours silent where they surely are."""
    row, column = place(pixel, columns)
    for section in range(spans.shape[0]):
        span = spans[section]
        first, last = max(column - 1, span[2]), min(column + 2, span[3])
        for near in range(max(row - 1, span[0]), min(row + 2, span[1])):
            if work.ready[section, near] == 1 or first >= last:
                continue
            if _surely_silent(frame, near * columns, first, last, maps, work.floor[section, near]):
                for neighbour in range(near * columns + first, near * columns + last):
                    work.signal[neighbour] = np.float32(-1e30)
                    work.state[neighbour] = 0
            else:
                prepare(frame, near, columns, span, maps, work, section)


@kernel
def _surely_silent(
    frame: NDArray[np.int16], start: int, first: int, last: int, maps: PixelMaps, floor: np.float32
) -> bool:
    """Say whether pixels stay below split threshold whatever the row's common mode."""
    for pixel in range(start + first, start + last):
        if np.float32(frame[pixel]) - maps.offset[pixel] - floor > maps.split[pixel]:
            return False
    return True
