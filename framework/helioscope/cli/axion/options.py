"""Options that several axion commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from helioscope.axion.flux import SolarFlux

Command = Callable[..., Any]

PATH = click.Path(path_type=Path, dir_okay=False)


def flux_options(command: Command) -> Command:
    """Add the options that choose the solar axions."""
    for option in reversed(
        (
            click.option(
                "--flux",
                "flux_name",
                default="agss09",
                help="agss09 (built-in table) or the year of a parametrisation: 1989, 2005, 2007, "
                "2013.",
            ),
            click.option(
                "--solar-model",
                type=PATH,
                help="Calculate the flux from this solar model (BP2004 or AGSS09 form) instead.",
            ),
        )
    ):
        command = option(command)
    return command


def chosen_flux(flux_name: str, solar_model: Path | None) -> SolarFlux:
    """Give the flux that the options name."""
    if solar_model is not None:
        from helioscope.axion.primakoff import CalculatedFlux
        from helioscope.axion.solar_model import read_solar_model

        return CalculatedFlux(read_solar_model(solar_model)).as_flux()
    from helioscope.axion.solar_image import named_flux

    return named_flux(flux_name)


def mass_option(command: Command) -> Command:
    """Add ``--mass-ev``."""
    return click.option(
        "--mass-ev", type=click.FloatRange(min=0), default=0.0, help="Axion mass in eV."
    )(command)


#: Of the buffer gas, the magnet and a scan, as several verbs take them.
isotope_option = click.option(
    "--isotope",
    type=click.Choice(["4He", "3He"]),
    default="4He",
    help="Helium isotope of the buffer gas.",
)
temperature_option = click.option(
    "--temperature-k",
    type=click.FloatRange(0.5, 400),
    default=1.8,
    help="Temperature of the gas, K.",
)
equation_option = click.option(
    "--equation",
    type=click.Choice(["ideal", "real"]),
    default="ideal",
    help="Equation of state of the gas.",
)
overlap_option = click.option(
    "--overlap",
    type=float,
    default=0.1,
    help="Overlap of neighbouring settings, as a share of the resonance's width.",
)
length_option = click.option(
    "--length-m",
    type=click.FloatRange(0.1, 100),
    default=9.26,
    help="Length of the field, m.",
)
field_option = click.option(
    "--field-t",
    type=click.FloatRange(0, 50),
    default=9.0,
    help="Magnetic field, T.",
)
