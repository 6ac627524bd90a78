"""The vapour pressure of helium, above which no more gas can be filled into the bore."""

from __future__ import annotations

import numpy as np

from helioscope.axion.gas import Isotope
from helioscope.errors import UsageError

#: ITS-90 vapour pressure: (T_min, T_max, coefficients, B, C), with T = sum A_i ((ln p - B)/C)^i.
_ITS90: dict[Isotope, tuple[tuple[float, float, tuple[float, ...], float, float], ...]] = {
    "3He": (
        (
            0.65,
            3.2,
            (
                1.053447,
                0.980106,
                0.676380,
                0.372692,
                0.151656,
                -0.002263,
                0.006596,
                0.088966,
                -0.004770,
                -0.054943,
            ),
            7.3,
            4.3,
        ),
    ),
    "4He": (
        (
            1.25,
            2.1768,
            (
                1.392408,
                0.527153,
                0.166756,
                0.050988,
                0.026514,
                0.001975,
                -0.017976,
                0.005409,
                0.013259,
            ),
            5.6,
            2.9,
        ),
        (
            2.1768,
            5.0,
            (3.146631, 1.357655, 0.413923, 0.091159, 0.016349, 0.001826, -0.004325, -0.004973, 0.0),
            10.3,
            1.9,
        ),
    ),
}


def saturation_pressure_mbar(temperature_k: float, isotope: Isotope = "4He") -> float:
    """Give the vapour pressure of liquid helium, above which no more gas can be filled in.

    The equations of ITS-90 (Preston-Thomas, Metrologia 27 (1990) 3, table 3), inverted.

    Raises
    ------
    UsageError
        Outside the range of the scale (0.65 to 3.2 K for 3He, 1.25 to 5 K for 4He).
    """
    from scipy.optimize import brentq

    for lowest, highest, coefficients, b, c in _ITS90[isotope]:
        if lowest <= temperature_k <= highest:
            polynomial = np.polynomial.Polynomial(coefficients)

            def excess(log_pa: float, p: np.polynomial.Polynomial = polynomial) -> float:
                return float(p((log_pa - b) / c)) - temperature_k  # noqa: B023

            return float(np.exp(brentq(excess, b - c * 1.05, b + c * 1.05))) / 100.0
    raise UsageError(
        where="temperature_k",
        found=f"{temperature_k:g} K",
        expected=", ".join(f"{low:g} to {high:g} K" for low, high, *_ in _ITS90[isotope]),
    )
