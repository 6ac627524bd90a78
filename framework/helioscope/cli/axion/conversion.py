"""``helioscope axion conversion``: the probability that an axion becomes a photon."""

from __future__ import annotations

import click

from helioscope.cli.axion.options import mass_option
from helioscope.cli.output import json_option, print_json, print_table


@click.command("conversion")
@click.option(
    "--field-t",
    type=click.FloatRange(0, 100),
    default=9.0,
    help="Magnetic field, T.",
)
@click.option(
    "--length-m",
    type=click.FloatRange(0.001, 1000),
    default=9.26,
    help="Length of the field, m.",
)
@click.option(
    "--energy-kev",
    type=click.FloatRange(0.001, 1000),
    default=4.2,
    help="Photon energy, keV.",
)
@mass_option
@click.option("--g10", type=click.FloatRange(min=0), default=1.0, help="Coupling in 1e-10 per GeV.")
@click.option("--isotope", type=click.Choice(["4He", "3He"]), default="4He", help="Buffer gas.")
@click.option(
    "--density-g-cm3",
    type=click.FloatRange(0, 1),
    default=0.0,
    help="Density of the gas; 0 is vacuum.",
)
@json_option
def command(
    field_t: float,
    length_m: float,
    energy_kev: float,
    mass_ev: float,
    g10: float,
    isotope: str,
    density_g_cm3: float,
    as_json: bool,
) -> None:
    """Give the conversion probability in vacuum or in helium."""
    from dataclasses import replace

    from helioscope.axion import conversion
    from helioscope.axion.gas import BufferGas

    gas = BufferGas(isotope, density_g_cm3) if density_g_cm3 else None  # type: ignore[arg-type]
    scattering = replace(gas, attenuation="total") if gas else None
    photon_mass_ev = gas.photon_mass_ev if gas else 0.0
    absorption = [float(g.absorption_per_cm(energy_kev)) if g else 0.0 for g in (gas, scattering)]
    probability, scattered = conversion.conversion_probability(
        energy_kev,
        field_t=field_t,
        length_m=length_m,
        mass_ev=mass_ev,
        photon_mass_ev=photon_mass_ev,
        absorption_per_cm=absorption,
        g_per_gev=g10 * 1e-10,
    )
    transfer = conversion.momentum_transfer_ev(mass_ev, energy_kev, photon_mass_ev)
    result = {
        "probability": float(probability),
        "momentum_transfer_ev": float(transfer),
        "photon_mass_ev": photon_mass_ev,
        "absorption_per_cm": absorption[0],
        "coherence_mass_ev": float(conversion.coherence_mass_ev(energy_kev, length_m)),
    }
    if gas:
        result |= {
            "attenuation_with_scattering_per_cm": absorption[1],
            "probability_with_scattering": float(scattered),
        }
    if as_json:
        print_json(result)
    else:
        print_table("", ["", ""], list(result.items()))
