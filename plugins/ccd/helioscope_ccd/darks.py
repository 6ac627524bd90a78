"""Offset, noise and bad pixels from dark frames."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from helioscope_ccd.geometry import Geometry
from helioscope_ccd.medians import median

#: Values further than that from a pixel's level are outliers: tracks, flickering.
CLIP_SIGMA = 4.0

HOT, FLICKERING, DEAD = 1, 2, 3

Frames = Iterable[NDArray[np.generic]]


class DarkMaps(NamedTuple):
    """(rows, columns) maps of a dark run.

    Attributes
    ----------
    offset_adu, noise_adu
        float64; NaN outside the image.
    outliers
        int64: frames in which the pixel was an outlier.
    frames
        Number of frames.
    """

    offset_adu: NDArray[np.float64]
    noise_adu: NDArray[np.float64]
    outliers: NDArray[np.int64]
    frames: int


@njit(nogil=True, cache=True)
def _accumulate(
    frames: NDArray[np.int16], spans: NDArray[np.int32], columns: int,
    offset: NDArray[np.float32], limit: NDArray[np.float32], level: NDArray[np.float32],
    number: NDArray[np.int64], total: NDArray[np.float64], squares: NDArray[np.float64],
) -> None:  # fmt: skip
    """Add each pixel's value less offset and row level to its sums, where within its limit."""
    for index in range(frames.shape[0]):
        frame = frames[index]
        for section in range(spans.shape[0]):
            span = spans[section]
            for row in range(span[0], span[1]):
                start = row * columns
                count = 0
                for pixel in range(start + span[4], start + span[5]):
                    if limit[pixel] >= 0 or span[4] != span[2]:
                        level[count] = np.float32(frame[pixel]) - offset[pixel]
                        count += 1
                common = median(level, count)
                for pixel in range(start + span[2], start + span[3]):
                    value = np.float32(frame[pixel]) - offset[pixel] - common
                    if abs(value) <= abs(limit[pixel]):
                        number[pixel] += 1
                        total[pixel] += value
                        squares[pixel] += value * value


def dark_maps(batches: Callable[[], Frames], layout: Geometry, overscan: bool) -> DarkMaps:
    """Measure offset and noise of every pixel, common mode removed and outliers rejected.

    The first frames give a robust start (median and median absolute deviation); two passes
    over all frames with the values beyond `CLIP_SIGMA` left out refine it. The variance is
    put right for the clipping and for the row's median, which moves with each of the n
    pixels: var(x - median) = sigma^2 (1 - (2 - pi / 2) / n).

    Parameters
    ----------
    batches
        Gives a fresh pass over the frames, in arrays (n, rows, columns).
    overscan
        Whether rows are levelled by their overscan, so that offsets hold relative to it.
    """
    shape = layout.section.shape
    offset, noise = _start(next(iter(batches())), layout, overscan)
    frames = 0
    number = np.zeros(shape[0] * shape[1], np.int64)
    for _ in range(2):
        limit = np.where(_wild(noise), -1.0, 1.0) * CLIP_SIGMA * noise
        number[:] = 0
        total, squares = np.zeros(number.size), np.zeros(number.size)
        frames = 0
        level = np.zeros(shape[1], np.float32)
        start = offset.astype(np.float32).ravel()
        for batch in batches():
            flat = batch.reshape(len(batch), -1)
            _accumulate(flat, layout.spans, shape[1], start, limit.astype(np.float32).ravel(),
                        level, number, total, squares)  # fmt: skip
            frames += len(batch)
        offset, noise = _refined(start, number, total, squares, layout, noise.ravel())
    inside = layout.section >= 0
    outliers = np.where(inside, frames - number.reshape(shape), 0)
    return DarkMaps(
        np.where(inside, offset, np.nan), np.where(inside, noise, np.nan), outliers, frames
    )


def _start(
    frames: NDArray[np.generic], layout: Geometry, overscan: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give robust first maps from one batch, at most 256 frames."""
    values = np.asarray(frames[:256], np.float32)
    offset = np.zeros(values.shape[1:], np.float32) if overscan else np.median(values, axis=0)
    residual = values - offset
    for part in layout.sections:
        area = np.s_[:, part.row_start : part.row_stop, part.column_start : part.column_stop]
        level = residual[:, part.row_start : part.row_stop, part.level_start : part.level_stop]
        residual[area] -= np.median(level, axis=2)[:, :, None]
    middle = np.median(residual, axis=0)
    noise = 1.4826 * np.median(np.abs(residual - middle), axis=0)
    inside = layout.section >= 0
    positive = noise[inside & (noise > 0)]
    floor = 0.25 * float(np.median(positive)) if positive.size else 1.0
    return (
        np.where(inside, offset + middle, 0.0 if overscan else offset).astype(np.float64),
        np.maximum(noise, floor).astype(np.float64),
    )


def _wild(noise: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say which pixels are too noisy to take part in their row's level."""
    return np.asarray(noise > 3.0 * np.median(noise))


def _refined(
    start: NDArray[np.float32],
    number: NDArray[np.int64],
    total: NDArray[np.float64],
    squares: NDArray[np.float64],
    layout: Geometry,
    before: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Turn the sums of one pass into maps."""
    from scipy.special import ndtr

    kept = np.maximum(number, 1)
    mean = total / kept
    variance = (squares - total * mean) / np.maximum(number - 1, 1)
    inside_clip = 2.0 * ndtr(CLIP_SIGMA) - 1.0
    density = np.exp(-0.5 * CLIP_SIGMA**2) / np.sqrt(2.0 * np.pi)
    clipped = 1.0 - 2.0 * CLIP_SIGMA * density / inside_clip
    shape = layout.section.shape
    share = np.ones(shape)
    for part in layout.sections:
        area = np.s_[part.row_start : part.row_stop, part.column_start : part.column_stop]
        level = part.level_stop - part.level_start
        own = part.level_start == part.column_start
        share[area] = 1.0 - (2.0 - np.pi / 2.0) / level if own else 1.0 + np.pi / (2.0 * level)
    noise = np.sqrt(np.maximum(variance, 0.0) / clipped).reshape(shape) / np.sqrt(share)
    seen = (number > 1).reshape(shape)
    return (
        (start + mean).reshape(shape).astype(np.float64),
        np.where(seen, noise, before.reshape(shape)),
    )


class BadPixelLimits(NamedTuple):
    """What makes a pixel bad.

    Attributes
    ----------
    hot_noise, dead_noise
        Noise in units of the median of all pixels, above and below which it is hot or dead.
    hot_level_adu
        Offset above the median of its column from which it is hot.
    flicker_rate
        Fraction of frames, of at least three, in which it is an outlier.
    """

    hot_noise: float = 2.0
    dead_noise: float = 0.5
    hot_level_adu: float = 100.0
    flicker_rate: float = 0.002


def bad_pixels(maps: DarkMaps, limits: BadPixelLimits) -> NDArray[np.uint8]:
    """Give 0 or HOT, FLICKERING, DEAD (the codes of XMM's bad pixel list) of each pixel."""
    inside = np.isfinite(maps.offset_adu)
    typical = float(np.median(maps.noise_adu[inside])) if inside.any() else 1.0
    with np.errstate(invalid="ignore"):
        level = maps.offset_adu - _column_medians(maps.offset_adu)
        hot = (maps.noise_adu > limits.hot_noise * typical) | (level > limits.hot_level_adu)
        dead = maps.noise_adu < limits.dead_noise * typical
    flickers = maps.outliers >= max(3.0, limits.flicker_rate * maps.frames)
    kind = np.where(dead, DEAD, np.where(hot, HOT, np.where(flickers, FLICKERING, 0)))
    return np.where(inside, kind, 0).astype(np.uint8)


def _column_medians(values: NDArray[np.float64]) -> NDArray[np.float64]:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.broadcast_to(np.nanmedian(values, axis=0), values.shape)
