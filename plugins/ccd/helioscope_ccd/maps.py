"""The calibration of every pixel as flat maps, in the form that the kernels read."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope_ccd.geometry import BAD, GOOD, OUTSIDE, Geometry

#: Above any signal: what a pixel that must not start an event has to exceed.
NEVER = np.float32(1e30)
NEVER_WHOLE = np.float32(1e9)


class Thresholds(NamedTuple):
    """Thresholds in units of each pixel's noise, the MIP threshold in keV, saturation in ADU."""

    event_sigma: float
    split_sigma: float
    negative_sigma: float
    mip_kev: float
    saturation_adu: float


class Bits(NamedTuple):
    """Masks of the quality bits that the pass sets."""

    saturated: int
    negative: int
    pile_up: int
    edge: int
    bad_neighbour: int
    track: int
    frame_rejected: int
    near_rejected: int
    invalid_pattern: int


class PixelMaps(NamedTuple):
    """Flat float32 maps, one value a pixel (row x columns + column).

    Attributes
    ----------
    offset, event, split, negative
        Level of a pixel without charge, and the signals in ADU above (below) it at which it
        starts an event, joins one, and is damaged. ``NEVER`` where it must not.
    kev_per_adu
        Gain of its node, divided by what the transfers leave of the charge.
    noise_kev2
        Squared noise in keV^2.
    mip
        Signal in ADU of a pixel that a charged particle crossed.
    kind
        uint8: good, bad, outside the image.
    beside_edge, beside_bad
        uint8: whether one of the eight neighbours is outside the image, or bad.
    saturation
        Raw value from which a pixel is saturated.
    reach, damage
        float32 (sections, rows): how far a row's median may lie from its mean, in standard
        deviations, and the smallest deficit in ADU that counts as damage.
    whole_offset, whole_event
        int32: the offset, and the raw value at which a pixel starts an event, rounded.
    holed
        uint8 (sections, rows): whether a bad pixel is among those that give the row's level.
    """

    offset: NDArray[np.float32]
    event: NDArray[np.float32]
    split: NDArray[np.float32]
    negative: NDArray[np.float32]
    kev_per_adu: NDArray[np.float32]
    noise_kev2: NDArray[np.float32]
    mip: NDArray[np.float32]
    kind: NDArray[np.uint8]
    beside_edge: NDArray[np.uint8]
    beside_bad: NDArray[np.uint8]
    saturation: np.float32
    reach: NDArray[np.float32]
    damage: NDArray[np.float32]
    whole_offset: NDArray[np.int32]
    whole_event: NDArray[np.int32]
    holed: NDArray[np.uint8]


def pixel_maps(
    layout: Geometry,
    offset_adu: NDArray[np.floating],
    noise_adu: NDArray[np.floating],
    bad: NDArray[np.bool_],
    kev_per_adu: NDArray[np.floating],
    thresholds: Thresholds,
) -> PixelMaps:
    """Join geometry, darks and gains into the maps that the kernels read.

    Parameters
    ----------
    offset_adu, noise_adu, bad, kev_per_adu
        (rows, columns) maps; ``kev_per_adu`` includes the charge lost in transfers.
    """
    outside = layout.section < 0
    unknown = ~np.isfinite(offset_adu) | ~np.isfinite(noise_adu)
    kind = np.where(outside, OUTSIDE, np.where(bad | unknown, BAD, GOOD)).astype(np.uint8)
    usable = kind == GOOD
    noise = np.where(usable, noise_adu, 0.0).astype(np.float32)
    gain = np.where(np.isfinite(kev_per_adu), kev_per_adu, 0.0).astype(np.float32)

    def limit(sigma: float) -> NDArray[np.float32]:
        return np.where(usable, np.float32(sigma) * noise, NEVER).astype(np.float32)

    with np.errstate(divide="ignore"):
        mip = np.where(usable & (gain > 0), thresholds.mip_kev / gain, NEVER)
    reach, damage = _row_bounds(layout, usable, noise, thresholds.negative_sigma)
    offset = np.where(np.isfinite(offset_adu), offset_adu, 0.0).astype(np.float32)
    event = limit(thresholds.event_sigma)
    return PixelMaps(
        offset.ravel(),
        event.ravel(),
        limit(thresholds.split_sigma).ravel(),
        limit(thresholds.negative_sigma).ravel(),
        gain.ravel(),
        np.square(noise * gain).ravel(),
        mip.astype(np.float32).ravel(),
        kind.ravel(),
        _beside(kind, OUTSIDE),
        _beside(kind, BAD),
        np.float32(thresholds.saturation_adu),
        reach,
        damage,
        np.rint(offset).astype(np.int32).ravel(),
        np.rint(offset + np.minimum(event, NEVER_WHOLE)).astype(np.int32).ravel(),
        np.array(
            [(kind[:, part.level_start : part.level_stop] == BAD).any(axis=1)
             for part in layout.sections], np.uint8,
        ),
    )  # fmt: skip


def _beside(kind: NDArray[np.uint8], which: int) -> NDArray[np.uint8]:
    """Say of each pixel whether one of its neighbours is of a kind; off the array is outside."""
    rows, columns = kind.shape
    wide = np.pad(kind, 1, constant_values=OUTSIDE) == which
    found = np.zeros(kind.shape, bool)
    for row in range(3):
        for column in range(3):
            if (row, column) != (1, 1):
                found |= wide[row : row + rows, column : column + columns]
    return found.astype(np.uint8).ravel()


def _row_bounds(
    layout: Geometry, usable: NDArray[np.bool_], noise: NDArray[np.float32], sigma: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Say for each section and row how far, in standard deviations, the median may lie.

    By Cantelli's inequality at most 1 / (1 + k^2) of any numbers lie k standard deviations
    or more below their mean. Half of the g usable among n do so where the median of the
    usable does, hence k^2 <= 2 n / g - 1. The second array is the smallest signal in ADU
    that counts as damaged.
    """
    shape = (len(layout.sections), usable.shape[0])
    reach, damage = np.full(shape, np.inf, np.float32), np.zeros(shape, np.float32)
    for index, part in enumerate(layout.sections):
        level = usable[:, part.level_start : part.level_stop]
        if part.level_start != part.column_start:
            level = np.ones_like(level)
        number = np.maximum(level.sum(axis=1), 0)
        with np.errstate(divide="ignore"):
            reach[index] = np.sqrt(np.maximum(2.0 * level.shape[1] / number - 1.0, 0.0))
        image = slice(part.column_start, part.column_stop)
        quiet = np.where(usable[:, image], noise[:, image], np.inf).min(axis=1)
        damage[index] = np.where(np.isfinite(quiet), sigma * quiet, 0.0)
    return reach, damage
