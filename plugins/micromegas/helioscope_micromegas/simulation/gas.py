"""The gas: attenuation, argon's atomic shells, the range of electrons."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: NIST FFAST mass attenuation of argon, cm2/g; the K edge at 3.203 keV parts two pieces.
_ARGON_BELOW = (
    (0.5125, 0.6692, 0.8740, 1.0677, 1.3043, 1.5933, 1.9464, 2.3778, 2.7172, 3.1051, 3.2029),
    (15863.0, 8394.2, 4313.6, 2558.0, 1486.6, 861.03, 503.35, 297.13, 210.26, 147.97, 135.5),
)
_ARGON_ABOVE = (
    (3.2029, 3.3194, 3.7933, 4.3348, 4.9537, 5.6609, 6.4690, 7.3925, 8.4479, 10.320, 12.607,
     16.464, 20.112),
    (1350.0, 1227.2, 870.39, 613.57, 430.03, 301.1, 210.39, 145.25, 100.35, 56.841, 32.103,
     14.823, 8.3002),
)  # fmt: skip
#: NIST XCOM mass attenuation of carbon, cm2/g.
_CARBON = (
    (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0),
    (1.9e4, 2211.0, 700.2, 302.6, 90.33, 37.78, 19.12, 10.95, 4.576, 2.373, 0.8071, 0.4420),
)

ARGON_K_EDGE_KEV = 3.2059
ARGON_L_KEV = 0.25
ARGON_K_LINE_KEV = 2.957
#: Fluorescence yield of the argon K shell (Krause, J. Phys. Chem. Ref. Data 8 (1979) 307).
ARGON_K_YIELD = 0.118
#: Share of the K shell in argon's absorption just above its edge, from the jump of the table.
ARGON_K_SHARE = 0.90

ARGON_G_CM3 = 1.662e-3
ISOBUTANE_G_CM3 = 2.42e-3
_CARBON_IN_ISOBUTANE = 0.8266


def attenuation_per_mm(energy_kev: NDArray[np.float64], isobutane: float) -> NDArray[np.float64]:
    """Give the linear attenuation of argon with isobutane at 1 atm and 20 C, in 1/mm.

    Parameters
    ----------
    energy_kev
        From 0.5 to 20 keV.
    isobutane
        Share by volume.
    """
    energy = np.log(np.asarray(energy_kev, np.float64))
    below, above, carbon = (
        np.exp(np.interp(energy, np.log(x), np.log(y)))
        for x, y in (_ARGON_BELOW, _ARGON_ABOVE, _CARBON)
    )
    argon = np.where(energy < np.log(ARGON_K_EDGE_KEV), below, above)
    hydrocarbon = isobutane * ISOBUTANE_G_CM3 * _CARBON_IN_ISOBUTANE
    per_cm = (1 - isobutane) * ARGON_G_CM3 * argon + hydrocarbon * carbon
    per_mm: NDArray[np.float64] = 0.1 * per_cm
    return per_mm


def density_g_cm3(isobutane: float) -> float:
    """Give the density of the mixture at 1 atm and 20 C."""
    return (1 - isobutane) * ARGON_G_CM3 + isobutane * ISOBUTANE_G_CM3
