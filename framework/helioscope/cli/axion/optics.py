"""``helioscope axion optics``: spot, gain and throughput of a telescope."""

from __future__ import annotations

from pathlib import Path

import click

from helioscope.cli.axion.options import PATH
from helioscope.cli.output import json_option, print_json, print_table


@click.command("optics")
@click.option(
    "--telescope",
    type=click.Choice(["abrixas", "concentrator"]),
    default="abrixas",
    help="ABRIXAS, or the 14-shell concentrator that CAST planned in 2005.",
)
@click.option("--area", type=PATH, help="Effective area (CSV: energy_kev, area_cm2) instead.")
@click.option("--focal-length-mm", type=click.FloatRange(min=1), help="Default: the telescope's.")
@click.option(
    "--radius-rsun",
    type=click.FloatRange(0.001, 1.5),
    default=0.231738,
    help="Radius of the disc on the Sun, R_sun.",
)
@click.option(
    "--bore-radius-mm",
    type=click.FloatRange(1, 5000),
    default=21.5,
    help="Radius of the bore.",
)
@json_option
def command(
    telescope: str,
    area: Path | None,
    focal_length_mm: float | None,
    radius_rsun: float,
    bore_radius_mm: float,
    as_json: bool,
) -> None:
    """Give the focal spot of a disc on the Sun, the gain and the throughput."""
    import numpy as np

    from helioscope.axion import nested_mirrors, optics
    from helioscope.axion.solar_image import standard_flux

    energy = np.linspace(1.0, 7.0, 61)
    bore_cm2 = float(np.pi * bore_radius_mm**2 / 100.0)
    focal = focal_length_mm or 1600.0
    if area is not None:
        curve = optics.read_effective_area(area)
    elif telescope == "concentrator":
        mirror = nested_mirrors.planned_concentrator()
        focal = focal_length_mm or mirror.focal_length_mm
        curve = mirror.effective_area(energy)
        bore_cm2 = float(np.pi * mirror.outer_radius_mm**2 / 100.0)
    else:
        curve = optics.abrixas()
    weight = standard_flux().spectrum(energy)
    spot = optics.spot_area_mm2(focal, radius_rsun)
    throughput = curve.at(energy) / bore_cm2
    result = {
        "telescope": str(area) if area else telescope,
        "focal_length_mm": focal,
        "radius_rsun": radius_rsun,
        "spot_radius_mm": optics.spot_radius_mm(focal, radius_rsun),
        "spot_area_mm2": spot,
        "aperture_cm2": bore_cm2,
        "gain": optics.gain(bore_cm2, spot),
        "throughput_1_7_kev": float((throughput * weight).sum() / weight.sum()),
        "energy_kev": energy[::10],
        "area_cm2": curve.at(energy)[::10],
    }
    if as_json:
        print_json(result)
        return
    print_table("", ["", ""], list(result.items())[:-2])
    rows = zip(energy[::10], curve.at(energy)[::10], strict=True)
    print_table("", ["energy_kev", "area_cm2"], [(float(e), float(a)) for e, a in rows])
