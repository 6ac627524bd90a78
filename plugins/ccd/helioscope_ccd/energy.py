"""The energy of an event and its error."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def transfer_loss(
    transfers: NDArray[np.int32], cti: NDArray[np.floating] | float
) -> NDArray[np.float64]:
    """Give the fraction of the charge that is left after the transfers, (1 - CTI)^n."""
    return np.asarray(np.power(1.0 - np.asarray(cti, np.float64), transfers), np.float64)


def gain_map(
    node: NDArray[np.int32],
    transfers: NDArray[np.int32],
    ev_per_adu: NDArray[np.floating],
    cti: NDArray[np.floating],
) -> NDArray[np.float64]:
    """Give keV per ADU of each pixel, E = E_measured / (1 - CTI)^rows (XMM CALHB).

    Parameters
    ----------
    node, transfers
        int32 maps; node -1 is outside the image and gets NaN.
    ev_per_adu, cti
        One value a node.
    """
    inside = node >= 0
    index = np.where(inside, node, 0)
    left = transfer_loss(transfers, np.asarray(cti, np.float64)[index])
    kev = np.asarray(ev_per_adu, np.float64)[index] * 1e-3 / left
    return np.where(inside, kev, np.nan)


def energy_error_kev(
    energy_kev: NDArray[np.floating],
    noise_kev2: NDArray[np.floating],
    fano: float,
    pair_ev: float,
) -> NDArray[np.float32]:
    """Give one standard deviation: read-out noise of the pixels and Fano fluctuations.

    sigma^2 = noise^2 + F w E, the formula behind FWHM = 2.355 w sqrt(N^2 + F E / w).
    """
    variance = noise_kev2 + fano * pair_ev * 1e-3 * np.maximum(energy_kev, 0.0)
    return np.asarray(np.sqrt(variance), np.float32)


def fwhm_ev(energy_ev: float, noise_electrons: float, fano: float, pair_ev: float) -> float:
    """Give the full width at half maximum of a line in single-pixel events."""
    return float(2.355 * pair_ev * np.sqrt(noise_electrons**2 + fano * energy_ev / pair_ev))
