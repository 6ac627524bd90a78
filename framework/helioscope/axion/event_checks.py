"""What the events, exposures and regions of a set have to fulfil together."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from helioscope.axion.measurement import EventSet, Period
from helioscope.axion.optics import spot_radius_mm
from helioscope.errors import InputError


def check_reach(where: str, period: Period, reach: tuple[float, float]) -> None:
    """Refuse energies whose exposure or background is not known."""
    for name, energy in (
        ("exposure", period.exposure_energy_kev),
        ("background", period.background_energy_kev),
    ):
        if energy[0] > reach[0] + 1e-9 or energy[-1] < reach[1] - 1e-9:
            raise InputError(
                where=where,
                found=f"{name} from {energy[0]:g} to {energy[-1]:g} keV",
                expected=f"all of energy_range_kev, {reach[0]:g} to {reach[1]:g} keV",
            )


def check_region(path: Path, data: EventSet) -> None:
    """Refuse events outside the region, and a region of unknown shape that cuts the image."""
    if data.region_radius_mm is not None:
        for period in data.periods:
            outside = (
                period.radius_mm is not None and (period.radius_mm > data.region_radius_mm).any()
            )
            if outside:
                raise InputError(
                    where=str(path),
                    found=f"an event beyond region_radius_mm = {data.region_radius_mm:g}",
                    expected="the events of the region only",
                )
    elif data.focal_length_mm is not None:
        # Within half the Sun's radius lie 0.99 of the axions.
        image = np.pi * spot_radius_mm(data.focal_length_mm, 0.5) ** 2
        if data.region_mm2 < image:
            raise InputError(
                where=str(path),
                found=f"a region of {data.region_mm2:g} mm^2",
                expected=f"more than the solar image, {image:.3g} mm^2",
                remedy="for a part of the image give region_radius_mm",
            )


def check_background(path: Path, data: EventSet) -> None:
    """Refuse a background that is impossible with so few events: it is in another unit."""
    low, high = data.energy_range_kev
    grid = np.linspace(low, high, 201)
    expected = sum(
        period.live_s
        * data.region_mm2
        * float(
            np.trapezoid(
                np.interp(grid, period.background_energy_kev, period.background_per_kev_mm2_s), grid
            )
        )
        for period in data.periods
    )
    if expected > 100.0 * max(data.events, 5):
        raise InputError(
            where=str(path),
            found=f"{data.events} events where the background alone gives {expected:.3g}",
            expected="a background in counts per keV, mm^2 and s",
            remedy="divide one per cm^2 by 100",
        )
