"""How X-rays go through the window and the gas.

Mass attenuation coefficients in cm2/g are NIST FFAST (argon) and Elam (Mylar, aluminium) values at
a few energies, taken log-log between them; the argon K edge is a step.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.float64]

#: keV: K edge, K alpha, and the L shell's binding of argon.
ARGON_K_KEV = 3.206
ARGON_KALPHA_KEV = 2.957
ARGON_L_KEV = 0.25
#: Fluorescence yield of argon's K shell (Krause 1979) and the K share above the edge.
ARGON_K_YIELD = 0.118
ARGON_K_SHARE = 0.89

MYLAR_G_PER_CM3 = 1.397
ALUMINIUM_G_PER_CM3 = 2.699
#: Argon at 1 atm and 20 C.
ARGON_G_PER_CM3 = 1.662e-3

_ARGON_BELOW = (
    (0.7154, 7123.6), (0.8740, 4313.6), (0.9988, 3068.4), (1.2201, 1781.3), (1.4905, 1031.9),
    (1.8208, 601.34), (2.2243, 353.81), (2.7172, 210.26), (2.9047, 177.17), (3.1052, 147.97),
    (3.2060, 135.30),
)  # fmt: skip
_ARGON_ABOVE = (
    (3.2060, 1339.0), (3.2670, 1277.2), (3.5484, 1034.6), (4.0550, 731.6), (4.6339, 513.8),
    (5.2955, 359.86), (6.0515, 251.89), (6.9154, 174.8), (7.9026, 120.72), (9.0308, 83.304),
    (10.3200, 56.841), (12.6071, 32.103), (15.4010, 18.011), (20.1122, 8.3002), (30.0141, 2.6521),
)  # fmt: skip
_MYLAR = (
    (0.8, 5122.66), (1.0, 2910.57), (1.2, 1768.5), (1.5, 953.64), (2.0, 420.59), (2.5, 220.08),
    (3.0, 128.77), (4.0, 54.65), (5.0, 27.92), (6.0, 16.08), (8.0, 6.75), (10.0, 3.48),
    (15.0, 1.13), (30.0, 0.30),
)  # fmt: skip
_ALUMINIUM_BELOW = ((0.8, 2079.15), (1.0, 1185.21), (1.2, 728.81), (1.5, 402.25), (1.5596, 362.0))
_ALUMINIUM_ABOVE = (
    (1.5596, 3960.0), (1.8, 2885.21), (2.0, 2262.83), (2.5, 1286.4), (3.0, 788.11), (4.0, 360.48),
    (5.0, 193.4), (6.0, 115.29), (8.0, 50.32), (10.0, 26.21), (15.0, 7.96), (30.0, 1.13),
)  # fmt: skip


def _interpolated(energy_kev: Real, table: tuple[tuple[float, float], ...]) -> Real:
    points = np.log(np.array(table))
    found: Real = np.exp(np.interp(np.log(energy_kev), points[:, 0], points[:, 1]))
    return found


def argon_cm2_per_g(energy_kev: Real) -> Real:
    """Give argon's mass attenuation, 0.72 to 30 keV."""
    energy = np.asarray(energy_kev, np.float64)
    below = _interpolated(energy, _ARGON_BELOW)
    return np.where(energy < ARGON_K_KEV, below, _interpolated(energy, _ARGON_ABOVE))


def argon_per_mm(energy_kev: Real, argon_share: float, pressure_atm: float = 1.0) -> Real:
    """Give the attenuation per mm of gas with this share of argon by volume.

    The quencher's carbon and hydrogen take less than 1 % of the photons and are left out.
    """
    density = ARGON_G_PER_CM3 * argon_share * pressure_atm
    return argon_cm2_per_g(energy_kev) * density / 10.0


def window_transmission(energy_kev: Real, mylar_um: float, aluminium_nm: float) -> Real:
    """Give the share of X-rays that pass an aluminised Mylar window."""
    energy = np.asarray(energy_kev, np.float64)
    mylar = _interpolated(energy, _MYLAR) * MYLAR_G_PER_CM3 * mylar_um * 1e-4
    below = _interpolated(energy, _ALUMINIUM_BELOW)
    above = _interpolated(energy, _ALUMINIUM_ABOVE)
    metal = np.where(energy < 1.5596, below, above) * ALUMINIUM_G_PER_CM3 * aluminium_nm * 1e-7
    return np.exp(-mylar - metal)
