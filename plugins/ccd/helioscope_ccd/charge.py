"""Charge in the silicon: where photons are absorbed, and how their clouds share out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from helioscope_ccd.silicon import attenuation_per_um


def absorption_depth_um(
    energy_kev: NDArray[np.float64], thickness_um: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw depths below the entrance side; NaN where the photon passes through."""
    depth = rng.exponential(1.0, energy_kev.size) / attenuation_per_um(energy_kev)
    return np.where(depth < thickness_um, depth, np.nan)


def cloud_width_um(
    depth_um: NDArray[np.float64], thickness_um: float, initial_um: float, drift_um: float
) -> NDArray[np.float64]:
    """Give one sigma of the cloud at the anode side.

    Diffusion makes the variance grow in proportion to the drift: the deeper below the
    entrance, the nearer to the anodes and the smaller the cloud.
    """
    left = np.clip(1.0 - depth_um / thickness_um, 0.0, 1.0)
    return np.sqrt(initial_um**2 + drift_um**2 * left)


def pair_number(
    energy_kev: NDArray[np.float64], pair_ev: float, fano: float, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw the number of electron-hole pairs, with Fano fluctuations."""
    mean = energy_kev * 1e3 / pair_ev
    drawn = rng.normal(mean, np.sqrt(fano * mean))
    return np.maximum(np.rint(drawn), 0.0).astype(np.int64)


def share(
    x_pixel: NDArray[np.float64],
    y_pixel: NDArray[np.float64],
    width_pixel: NDArray[np.float64],
    electrons: NDArray[np.int64],
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Share clouds over 3 x 3 pixels, electron by electron (multinomially).

    Parameters
    ----------
    x_pixel, y_pixel
        Places in pixels: 3.25 lies in column 3.

    Returns
    -------
    row, column, electrons
        int64 (n, 9); columns and rows may lie outside the array.
    """
    column, row = np.floor(x_pixel).astype(np.int64), np.floor(y_pixel).astype(np.int64)
    across = _thirds(x_pixel - column, width_pixel)
    along = _thirds(y_pixel - row, width_pixel)
    chance = (along[:, :, None] * across[:, None, :]).reshape(-1, 9)
    shared = rng.multinomial(electrons, chance / chance.sum(axis=1, keepdims=True))
    step = np.arange(-1, 2)
    rows = row[:, None] + np.repeat(step, 3)[None, :]
    columns = column[:, None] + np.tile(step, 3)[None, :]
    return rows, columns, shared


def _thirds(inside: NDArray[np.float64], width: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the fractions of a Gaussian in the pixel before, its own and the next."""
    from scipy.special import ndtr

    before, upto = ndtr(-inside / width), ndtr((1.0 - inside) / width)
    return np.stack([before, upto - before, 1.0 - upto], axis=1)
