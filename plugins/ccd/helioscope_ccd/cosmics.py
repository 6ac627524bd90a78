"""Tracks of charged particles: which columns they cost, as for XMM-Newton's pn (``epevents``)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from helioscope_ccd.compiled import kernel
from helioscope_ccd.levels import Scratch
from helioscope_ccd.maps import PixelMaps


@kernel
def reject_columns(
    count: int, columns: int, spans: NDArray[np.int32], maps: PixelMaps, work: Scratch
) -> None:
    """Mark the columns of a track's energetic pixels and the columns beside them."""
    for index in range(count):
        pixel = work.members[index]
        if work.signal[pixel] < maps.mip[pixel]:
            continue
        row, column = pixel // columns, pixel % columns
        for section in range(spans.shape[0]):
            span = spans[section]
            if span[0] <= row < span[1] and span[2] <= column < span[3]:
                for near in range(max(column - 1, span[2]), min(column + 2, span[3])):
                    work.rejected[section, near] = 1


@kernel
def lost_pixels(spans: NDArray[np.int32], work: Scratch, whole: bool) -> int:
    """Count the pixels in rejected columns; reject every column where the frame is."""
    lost = 0
    for section in range(spans.shape[0]):
        span = spans[section]
        for column in range(span[2], span[3]):
            if whole:
                work.rejected[section, column] = 1
            if work.rejected[section, column]:
                lost += span[1] - span[0]
    return lost


@kernel
def touches_rejected(cluster: Any, spans: NDArray[np.int32], work: Scratch) -> int:
    """Say whether a cluster has pixels in a rejected column (2), beside one (1), or neither."""
    found = 0
    for section in range(spans.shape[0]):
        span = spans[section]
        if not (cluster.row_start < span[1] and cluster.row_stop > span[0]):
            continue
        first, last = cluster.column_start, cluster.column_stop
        for column in range(max(first - 1, span[2]), min(last + 1, span[3])):
            if work.rejected[section, column]:
                found = max(found, 2 if first <= column < last else 1)
    return found
