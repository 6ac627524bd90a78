"""A simulated camera: the true maps that its raw frames hide."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope_ccd.darks import DEAD, FLICKERING, HOT
from helioscope_ccd.geometry import Geometry


class Camera(NamedTuple):
    """True properties of every pixel and node.

    Attributes
    ----------
    offset_adu, noise_adu
        float32 (rows, columns).
    bad
        uint8 (rows, columns): 0, HOT, FLICKERING or DEAD.
    extra_electrons, duty
        float32 (rows, columns): mean charge that a hot or flickering pixel makes in a frame,
        and in what fraction of the frames.
    ev_per_adu, cti
        float64, one value a node.
    left
        float32 (rows, columns): fraction of the charge that reaches the read-out.
    """

    offset_adu: NDArray[np.float32]
    noise_adu: NDArray[np.float32]
    bad: NDArray[np.uint8]
    extra_electrons: NDArray[np.float32]
    duty: NDArray[np.float32]
    ev_per_adu: NDArray[np.float64]
    cti: NDArray[np.float64]
    left: NDArray[np.float32]


class CameraTraits(NamedTuple):
    """What a camera is made from; the spreads are one standard deviation.

    The rates of bad pixels are fractions of all pixels.
    """

    seed: int
    offset_adu: float
    column_offset_adu: float
    pixel_offset_adu: float
    noise_electrons: float
    noise_spread: float
    pair_ev: float
    ev_per_adu: float
    gain_spread: float
    cti: float
    hot: float
    flickering: float
    dead: float


def camera(traits: CameraTraits, layout: Geometry) -> Camera:
    """Make the camera; the same traits make the same camera."""
    rng = np.random.default_rng([traits.seed, 0xCCD])
    shape = layout.section.shape
    inside = layout.section >= 0
    column = rng.normal(0.0, traits.column_offset_adu, shape[1])
    offset = traits.offset_adu + column + rng.normal(0.0, traits.pixel_offset_adu, shape)
    gain = traits.ev_per_adu * (1.0 + rng.normal(0.0, traits.gain_spread, layout.nodes))
    node = np.where(inside, layout.node, 0)
    electrons = traits.noise_electrons * (1.0 + rng.normal(0.0, traits.noise_spread, shape))
    noise = electrons * traits.pair_ev / gain[node]
    draw = rng.random(shape)
    edges = np.cumsum([traits.hot, traits.flickering, traits.dead])
    bad = np.array([HOT, FLICKERING, DEAD, 0], np.uint8)[np.searchsorted(edges, draw, "right")]
    bad = np.where(inside, bad, 0).astype(np.uint8)
    extra = np.where(bad == HOT, rng.uniform(200.0, 2000.0, shape), 0.0)
    extra = np.where(bad == FLICKERING, rng.uniform(60.0, 400.0, shape), extra)
    duty = np.where(bad == HOT, 1.0, np.where(bad == FLICKERING, rng.uniform(0.02, 0.3, shape), 0))
    noise = np.where(bad == DEAD, 0.2 * noise, noise)
    cti = np.full(layout.nodes, traits.cti)
    left = np.where(bad == DEAD, 0.0, (1.0 - cti[node]) ** layout.transfers)
    return Camera(
        offset.astype(np.float32), noise.astype(np.float32), bad, extra.astype(np.float32),
        duty.astype(np.float32), gain, cti, left.astype(np.float32),
    )  # fmt: skip
