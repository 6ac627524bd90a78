"""The effective exposure of an instrument in cm^2 s: telescope, windows, gas, detector, time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from helioscope.axion.optics import EffectiveArea
from helioscope.axion.windows import Window, gas_conversion
from helioscope.errors import OutputError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ConversionGas:
    """The gas in which X-rays convert: formula to share by volume, depth and state."""

    mixture: dict[str, float]
    depth_cm: float
    pressure_bar: float = 1.0
    temperature_k: float = 293.15


@dataclass(frozen=True)
class Instrument:
    """What stands between the magnet and the counts.

    Attributes
    ----------
    area
        Effective area of the telescope, or the open bore.
    windows
        In any order.
    gas
        The detector's gas; None for a solid detector.
    quantum_efficiency
        Efficiency of detector and selection against energy, as an area of at most 1 "cm^2".
    """

    area: EffectiveArea
    windows: tuple[Window, ...] = ()
    gas: ConversionGas | None = None
    quantum_efficiency: EffectiveArea | None = None

    def efficiency(self, energy_kev: Array) -> Array:
        """Give the joint efficiency of windows, gas and detector at energies in keV."""
        efficiency = np.ones_like(energy_kev)
        for window in self.windows:
            efficiency = efficiency * window.transmission(energy_kev)
        if self.gas is not None:
            gas = self.gas
            efficiency = efficiency * gas_conversion(
                energy_kev, gas.mixture, gas.depth_cm, gas.pressure_bar, gas.temperature_k
            )
        if self.quantum_efficiency is not None:
            efficiency = efficiency * self.quantum_efficiency.at(energy_kev)
        return efficiency

    def exposure_cm2_s(self, energy_kev: Array, live_s: float) -> Array:
        """Give the effective exposure at energies in keV for a live time in s."""
        exposure: Array = self.area.at(energy_kev) * self.efficiency(energy_kev) * live_s
        return exposure


def write_exposure(energy_kev: Array, exposure_cm2_s: Array, path: Path) -> None:
    """Write an exposure in the form that a measurement file names.

    Raises
    ------
    OutputError
        Where the file cannot be written.
    """
    lines = ["energy_kev,exposure_cm2_s"]
    lines += [f"{e:.6g},{v:.8g}" for e, v in zip(energy_kev, exposure_cm2_s, strict=True)]
    try:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(where=str(path), found=str(error)) from error
