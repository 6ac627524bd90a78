"""X-ray telescopes: effective area, focal spot, gain."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from helioscope.axion.constants import AU_CM, SUN_RADIUS_CM
from helioscope.axion.tables import read_columns, require_increasing
from helioscope.errors import InputError

Array = NDArray[np.float64]

#: Cross section of one bore of the CAST magnet, 43 mm wide.
CAST_BORE_CM2 = np.pi * 2.15**2


@dataclass(frozen=True)
class EffectiveArea:
    """An effective area in cm^2 against energy in keV, interpolated linearly."""

    energy_kev: Array
    area_cm2: Array

    def at(self, energy_kev: ArrayLike) -> Array:
        """Give the area at energies in keV; beyond the table's ends it is zero."""
        area: Array = np.interp(
            np.asarray(energy_kev, float), self.energy_kev, self.area_cm2, left=0.0, right=0.0
        )
        return area

    def times(self, factor: Array) -> EffectiveArea:
        """Give the area times an efficiency at each energy of the table."""
        return EffectiveArea(self.energy_kev, self.area_cm2 * factor)

    def off_axis(self, angle_arcmin: float, half_angle_arcmin: float) -> EffectiveArea:
        """Give the area for a source off the axis.

        Vignetting falls off linearly with the angle, as for a Wolter I mirror whose shells shade
        one another (van Speybroeck and Chase, Appl. Opt. 11 (1972) 440): 1 - angle / (2 half),
        where `half_angle_arcmin` is the angle at which half the area is left.
        """
        share = max(1.0 - abs(angle_arcmin) / (2.0 * half_angle_arcmin), 0.0)
        return EffectiveArea(self.energy_kev, self.area_cm2 * share)


def read_effective_area(path: Path) -> EffectiveArea:
    """Read an effective area from a CSV file with ``energy_kev`` (or ``e_kev``) and ``area_cm2``.

    Raises
    ------
    InputError
        Where energies do not rise, or an area is negative or larger than a telescope.
    """
    text = path.read_text(encoding="utf-8-sig") if path.is_file() else ""
    name = "e_kev" if "e_kev," in text.lower().replace("energy_kev", "") else "energy_kev"
    columns = read_columns(path, (name, "area_cm2"))
    require_increasing(path, name, columns[name])
    area = columns["area_cm2"]
    if (area < 0).any() or area.max() > 1e5:
        raise InputError(
            where=str(path), found=f"areas from {area.min():g} to {area.max():g}", expected="cm^2"
        )
    return EffectiveArea(columns[name], area)


def abrixas() -> EffectiveArea:
    """Give the effective area of the ABRIXAS telescope at CAST behind its 14.5 cm^2 bore.

    Read off fig. 4 of Kuster et al., New J. Phys. 9 (2007) 169, at 23 energies: good to 0.3 cm^2,
    and to 3 % above the gold edges.
    """
    with as_file(files("helioscope.axion") / "abrixas.csv") as path:
        return read_effective_area(path)


def spot_radius_mm(focal_length_mm: float, radius_rsun: float, distance_au: float = 1.0) -> float:
    """Give the radius of the image of a disc on the Sun, for a perfect mirror.

    Parameters
    ----------
    focal_length_mm
        Of the telescope.
    radius_rsun
        Radius on the solar disc, in solar radii.
    distance_au
        Distance of the Sun.
    """
    return float(focal_length_mm * radius_rsun * SUN_RADIUS_CM / (distance_au * AU_CM))


def disc_radius_rsun(radius_mm: float, focal_length_mm: float, distance_au: float = 1.0) -> float:
    """Give the radius on the Sun whose image has a radius in mm."""
    return radius_mm / spot_radius_mm(focal_length_mm, 1.0, distance_au)


def spot_area_mm2(focal_length_mm: float, radius_rsun: float, distance_au: float = 1.0) -> float:
    """Give the area of the image of a disc on the Sun, in mm^2."""
    return float(np.pi * spot_radius_mm(focal_length_mm, radius_rsun, distance_au) ** 2)


def gain(bore_cm2: float, spot_mm2: float) -> float:
    """Give how much smaller the spot is than the bore: the gain in signal over background area."""
    return bore_cm2 * 100.0 / spot_mm2
