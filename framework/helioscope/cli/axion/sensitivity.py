"""``helioscope axion sensitivity``: what a planned pressure scan would reach."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from helioscope.cli.axion.options import (
    chosen_flux,
    equation_option,
    field_option,
    flux_options,
    isotope_option,
    length_option,
    overlap_option,
    temperature_option,
)
from helioscope.cli.output import json_option, print_json, print_table

if TYPE_CHECKING:
    from helioscope.axion.gas import Equation, Isotope


@click.command("sensitivity")
@click.argument("from_mbar", type=float)
@click.argument("to_mbar", type=float)
@isotope_option
@temperature_option
@equation_option
@overlap_option
@field_option
@length_option
@click.option(
    "--hours-per-step",
    type=click.FloatRange(0, 1e4),
    default=2.0,
    help="Time on the Sun at each setting.",
)
@click.option(
    "--area-cm2",
    type=click.FloatRange(0, 1e6),
    default=5.0,
    help="Effective area.",
)
@click.option(
    "--background-per-hour",
    type=click.FloatRange(0, 1e6),
    default=0.15,
    help="Background counts in an hour.",
)
@click.option(
    "--masses",
    type=click.IntRange(2, 10000),
    default=30,
    help="How many masses.",
)
@flux_options
@json_option
def command(
    from_mbar: float,
    to_mbar: float,
    isotope: Isotope,
    temperature_k: float,
    equation: Equation,
    overlap: float,
    field_t: float,
    length_m: float,
    hours_per_step: float,
    area_cm2: float,
    background_per_hour: float,
    masses: int,
    flux_name: str,
    solar_model: Path | None,
    as_json: bool,
) -> None:
    """Give the limit against mass of a scan from FROM_MBAR to TO_MBAR with no excess in it."""
    import numpy as np

    from helioscope.axion.measurement import Magnet
    from helioscope.axion.pressure_scan import plan_pressure_scan, scan_sensitivity

    scan = plan_pressure_scan(
        from_mbar,
        to_mbar,
        isotope=isotope,
        temperature_k=temperature_k,
        equation=equation,
        overlap=overlap,
        length_m=length_m,
    )
    mass = np.linspace(float(scan.mass_ev[0]) * 0.9, float(scan.mass_ev[-1]) * 1.02, masses)
    g = scan_sensitivity(
        scan,
        chosen_flux(flux_name, solar_model),
        mass,
        magnet=Magnet(field_t, length_m),
        hours_per_step=hours_per_step,
        area_cm2=area_cm2,
        background_per_hour=background_per_hour,
    )
    if as_json:
        print_json({"steps": scan.mass_ev.size, "mass_ev": mass, "g95_per_gev": g})
        return
    title = f"{scan.mass_ev.size} steps of {hours_per_step:g} h"
    print_table(
        title,
        ["mass_ev", "g95_per_gev"],
        [(float(m), float(v)) for m, v in zip(mass, g, strict=True)],
    )
