"""Split events: growing a cluster of pixels, and what it says about its photon."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from helioscope_ccd.compiled import kernel
from helioscope_ccd.geometry import GOOD
from helioscope_ccd.maps import Bits, PixelMaps
from helioscope_ccd.patterns import INVALID, classify

#: A cluster with more pixels is cut there; no photon makes one.
MAX_PIXELS = 4096

#: One cluster. ``row`` and ``column`` are the main pixel's, ``*_start`` and ``*_stop`` the
#: half-open box; ``left`` to ``up`` the energy in the columns and rows beside the main
#: pixel's, ``in_column`` and ``in_row`` that in its own.
CLUSTER = np.dtype(
    [
        ("frame", "i4"), ("row", "i4"), ("column", "i4"), ("row_start", "i4"),
        ("row_stop", "i4"), ("column_start", "i4"), ("column_stop", "i4"), ("pixels", "i4"),
        ("pattern", "i4"), ("pha_adu", "f4"), ("energy_kev", "f4"), ("noise_kev2", "f4"),
        ("left", "f4"), ("right", "f4"), ("down", "f4"), ("up", "f4"), ("in_column", "f4"),
        ("in_row", "f4"), ("quality", "u4"),
    ]
)  # fmt: skip


@kernel
def place(pixel: int, columns: int) -> tuple[int, int]:
    """Give row and column of a flat index; division of short numbers without sign is fast."""
    row = int(np.int64(np.uint32(pixel) // np.uint32(columns)))
    return row, pixel - row * columns


@kernel
def grow(
    pixel: int, count: int, rows: int, columns: int, maps: PixelMaps,
    signal: NDArray[np.float32], state: NDArray[np.uint8], members: NDArray[np.int32],
) -> int:  # fmt: skip
    """Append the neighbours of a pixel that belong to the same cluster.

    Beside it (4-connected) they must exceed the split threshold, across a corner the event
    threshold: a cloud that reaches over a corner reaches over a side by more, so a weak pixel
    there alone is noise. ``state`` of a pixel is 0 where it is free and its row ready.
    """
    row, column = place(pixel, columns)
    for near_row in range(max(row - 1, 0), min(row + 2, rows)):
        for near_column in range(max(column - 1, 0), min(column + 2, columns)):
            near = near_row * columns + near_column
            across = near_row != row and near_column != column
            limit = maps.event[near] if across else maps.split[near]
            if (
                maps.kind[near] == GOOD
                and state[near] == 0
                and signal[near] > limit
                and count < members.size
            ):
                state[near] = 1
                members[count] = near
                count += 1
    return count


@kernel
def _beside_damaged(pixel: int, columns: int, state: NDArray[np.uint8]) -> bool:
    """Say whether one of the pixels around is damaged in this frame."""
    row, column = place(pixel, columns)
    for near_row in range(max(row - 1, 0), min(row + 2, state.size // columns)):
        for near_column in range(max(column - 1, 0), min(column + 2, columns)):
            if state[near_row * columns + near_column] == 3:
                return True
    return False


@kernel
def _maxima(
    members: NDArray[np.int32], count: int, columns: int, maps: PixelMaps,
    signal: NDArray[np.float32], state: NDArray[np.uint8],
) -> int:  # fmt: skip
    """Count a cluster's pixels above event threshold of which no side holds more."""
    number = 0
    for index in range(count):
        pixel = members[index]
        row, column = place(pixel, columns)
        highest = signal[pixel] > maps.event[pixel]
        for near_row, near_column in (
            (row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1),
        ):  # fmt: skip
            near = near_row * columns + near_column
            if not (0 <= near_column < columns and 0 <= near < state.size):
                continue
            if maps.kind[near] == GOOD and state[near] == 1 and signal[near] > signal[pixel]:
                highest = False
        number += highest
    return number


@kernel
def describe(
    members: NDArray[np.int32], count: int, columns: int, frame: NDArray[np.int16],
    maps: PixelMaps, signal: NDArray[np.float32], state: NDArray[np.uint8], bits: Bits,
    damaged: bool, cluster: Any,
) -> bool:  # fmt: skip
    """Fill in one cluster; say whether a charged particle made it.

    ``damaged`` says whether the frame has damaged pixels at all.
    """
    main = members[0]
    track = False
    quality = 0
    pha = energy = noise = np.float32(0.0)
    row_start, column_start = place(main, columns)
    row_stop, column_stop = row_start, column_start
    for index in range(count):
        pixel = members[index]
        row, column = place(pixel, columns)
        row_start, row_stop = min(row_start, row), max(row_stop, row + 1)
        column_start, column_stop = min(column_start, column), max(column_stop, column + 1)
        pha += signal[pixel]
        energy += signal[pixel] * maps.kev_per_adu[pixel]
        noise += maps.noise_kev2[pixel]
        track = track or signal[pixel] >= maps.mip[pixel]
        if frame[pixel] >= maps.saturation:
            quality |= bits.saturated
        if maps.beside_edge[pixel]:
            quality |= bits.edge
        if maps.beside_bad[pixel] or (damaged and _beside_damaged(pixel, columns, state)):
            quality |= bits.bad_neighbour
        if signal[pixel] > signal[main]:
            main = pixel
    pattern = classify(members, count, columns, signal, main)
    if pattern == INVALID:
        quality |= bits.invalid_pattern
        if _maxima(members, count, columns, maps, signal, state) > 1:
            quality |= bits.pile_up
    cluster.row, cluster.column = place(main, columns)
    cluster.row_start, cluster.row_stop = row_start, row_stop
    cluster.column_start, cluster.column_stop = column_start, column_stop
    cluster.pixels, cluster.pattern, cluster.quality = count, pattern, quality
    cluster.pha_adu, cluster.energy_kev, cluster.noise_kev2 = pha, energy, noise
    _shares(members, count, columns, maps, signal, main, cluster)
    return track


@kernel
def _shares(
    members: NDArray[np.int32], count: int, columns: int, maps: PixelMaps,
    signal: NDArray[np.float32], main: int, cluster: Any,
) -> None:  # fmt: skip
    """Sum the energy in the main pixel's column and row and in those beside them."""
    left = right = down = up = in_column = in_row = np.float32(0.0)
    main_row, main_column = place(main, columns)
    for index in range(count):
        pixel = members[index]
        energy = signal[pixel] * maps.kev_per_adu[pixel]
        row, column = place(pixel, columns)
        row, column = row - main_row, column - main_column
        left += energy if column == -1 else np.float32(0.0)
        right += energy if column == 1 else np.float32(0.0)
        in_column += energy if column == 0 else np.float32(0.0)
        down += energy if row == -1 else np.float32(0.0)
        up += energy if row == 1 else np.float32(0.0)
        in_row += energy if row == 0 else np.float32(0.0)
    cluster.left, cluster.right, cluster.in_column = left, right, in_column
    cluster.down, cluster.up, cluster.in_row = down, up, in_row
