"""From raw frames to clusters in one pass: offset, common mode, threshold, clusters, tracks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from helioscope_ccd.clusters import CLUSTER, describe, grow
from helioscope_ccd.compiled import kernel
from helioscope_ccd.cosmics import lost_pixels, reject_columns, touches_rejected
from helioscope_ccd.geometry import GOOD
from helioscope_ccd.levels import (
    Scratch,
    extremes,
    mark,
    may_matter,
    prepare,
    ready_around,
    scratch,
)
from helioscope_ccd.maps import Bits, PixelMaps

#: One value a frame: pixels in columns lost to tracks, number of tracks, quality bits.
FRAME = np.dtype([("lost_pixels", "i4"), ("tracks", "i4"), ("quality", "u4")])


@kernel
def _seeds_of_row(
    frame: NDArray[np.int16], first: int, last: int, maps: PixelMaps, work: Scratch, count: int,
    bits: Bits,
) -> tuple[int, int]:  # fmt: skip
    """Append a row's pixels above event threshold to the seeds; give their number and bits."""
    quality = 0
    for word in range(mark(frame, first, last, maps, work)):
        if work.mark_words[word] == 0:
            continue
        for index in range(8 * word, 8 * word + 8):
            pixel = first + index
            if work.marks[index] == 0 or maps.kind[pixel] != GOOD:
                continue
            if frame[pixel] >= maps.saturation:
                quality |= bits.saturated
            if work.signal[pixel] < -maps.negative[pixel]:
                quality |= bits.negative
                work.state[pixel] = 3
            elif work.signal[pixel] > maps.event[pixel]:
                work.seeds[count] = pixel
                count += 1
    return count, quality


@kernel
def _find_seeds(
    frame: NDArray[np.int16], columns: int, spans: NDArray[np.int32], maps: PixelMaps,
    work: Scratch, bits: Bits,
) -> tuple[int, int]:  # fmt: skip
    """Find all pixels of a frame that start an event, and ready the rows beside them."""
    count = 0
    quality = 0
    for section in range(spans.shape[0]):
        span = spans[section]
        extremes(frame, maps.whole_offset, maps.whole_event, columns, span, work.found)
        for row in range(span[0], span[1]):
            work.ready[section, row] = 0
            matters, floor = may_matter(
                work.found[row], span, maps.reach[section, row], maps.damage[section, row]
            )
            work.floor[section, row] = floor
            if matters:
                prepare(frame, row, columns, span, maps, work, section)
                start = row * columns
                count, found = _seeds_of_row(
                    frame, start + span[2], start + span[3], maps, work, count, bits
                )
                quality |= found
    return count, quality


@kernel
def _cluster_of(
    frame: NDArray[np.int16], seed: int, rows: int, columns: int, spans: NDArray[np.int32],
    maps: PixelMaps, work: Scratch,
) -> int:  # fmt: skip
    """Collect the pixels above split threshold that hang together with a seed."""
    work.members[0] = seed
    work.state[seed] = 1
    count, done = 1, 0
    while done < count:
        pixel = work.members[done]
        ready_around(frame, pixel, columns, spans, maps, work)
        count = grow(pixel, count, rows, columns, maps, work.signal, work.state, work.members)
        done += 1
    return count


@kernel
def _frame(
    frame: NDArray[np.int16], number: int, rows: int, columns: int, spans: NDArray[np.int32],
    maps: PixelMaps, work: Scratch, bits: Bits, tracks_per_frame: int,
    clusters: NDArray[np.void], filled: int, told: Any,
) -> int:  # fmt: skip
    """Reconstruct one frame; give the number of clusters filled, or -1 where none had room."""
    seeds, quality = _find_seeds(frame, columns, spans, maps, work, bits)
    work.rejected[:] = 0
    tracks = 0
    last = filled
    for index in range(seeds):
        seed = work.seeds[index]
        if work.state[seed] != 0:
            continue
        count = _cluster_of(frame, seed, rows, columns, spans, maps, work)
        if last >= clusters.size:
            return -1
        if describe(work.members, count, columns, frame, maps, work.signal, work.state, bits,
                    quality & bits.negative != 0, clusters[last]):  # fmt: skip
            tracks += 1
            reject_columns(count, columns, spans, maps, work)
        else:
            clusters[last].frame = number
            last += 1
    whole = tracks >= tracks_per_frame
    told.lost_pixels = lost_pixels(spans, work, whole) if tracks else 0
    told.tracks = tracks
    told.quality = quality | (bits.track if tracks else 0) | (bits.frame_rejected if whole else 0)
    if tracks == 0:
        return last
    kept = filled
    for index in range(filled, last):
        touches = touches_rejected(clusters[index], spans, work)
        if touches < 2:
            clusters[kept] = clusters[index]
            if touches:
                clusters[kept].quality |= bits.near_rejected
            kept += 1
    return kept


@kernel
def _frames(
    frames: NDArray[np.int16], first: int, rows: int, columns: int, spans: NDArray[np.int32],
    maps: PixelMaps, work: Scratch, bits: Bits, tracks_per_frame: int,
    clusters: NDArray[np.void], told: NDArray[np.void],
) -> tuple[int, int]:  # fmt: skip
    """Reconstruct frames until all are done or the room for clusters is."""
    filled = 0
    for number in range(first, frames.shape[0]):
        now = _frame(frames[number], number, rows, columns, spans, maps, work, bits,
                     tracks_per_frame, clusters, filled, told[number])  # fmt: skip
        if now < 0:
            return number, filled
        filled = now
    return frames.shape[0], filled


class FrameChain:
    """The pass over frames, with its maps and buffers.

    Parameters
    ----------
    spans
        int32 (sections, 6), as in `geometry.Geometry`.
    maps
        Of every pixel.
    bits
        Masks to set in ``quality``.
    tracks_per_frame
        As many tracks reject the whole frame.
    """

    def __init__(
        self, spans: NDArray[np.int32], rows: int, columns: int, maps: PixelMaps, bits: Bits,
        tracks_per_frame: int,
    ) -> None:  # fmt: skip
        self.spans, self.rows, self.columns = spans, rows, columns
        self.maps, self.bits, self.tracks_per_frame = maps, bits, tracks_per_frame
        self.work = scratch(rows, columns, len(spans))
        self.clusters = np.zeros(4096, CLUSTER)

    def __call__(self, frames: NDArray[np.generic]) -> tuple[NDArray[np.void], NDArray[np.void]]:
        """Reconstruct frames of shape (n, rows, columns); give clusters and frame values.

        Returns
        -------
        clusters
            Of type `clusters.CLUSTER`, in the order of their frames.
        told
            One of type `FRAME` a frame.
        """
        flat = frames.reshape(len(frames), self.rows * self.columns)
        told = np.zeros(len(flat), FRAME)
        parts, done = [], 0
        while done < len(flat):
            stop, filled = _frames(
                flat, done, self.rows, self.columns, self.spans, self.maps, self.work, self.bits,
                self.tracks_per_frame, self.clusters, told,
            )  # fmt: skip
            parts.append(self.clusters[:filled].copy())
            if stop == done:
                self.clusters = np.zeros(2 * self.clusters.size, CLUSTER)
            done = stop
        return (np.concatenate(parts) if parts else np.zeros(0, CLUSTER)), told
