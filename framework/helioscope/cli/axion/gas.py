"""``helioscope axion gas``: what the buffer gas does, and the plan of a pressure scan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from helioscope.cli.axion.options import (
    equation_option,
    isotope_option,
    length_option,
    overlap_option,
    temperature_option,
)
from helioscope.cli.output import json_option, print_json, print_table

if TYPE_CHECKING:
    from helioscope.axion.gas import Equation, Isotope


@click.command("gas")
@isotope_option
@click.option("--pressure-mbar", type=click.FloatRange(min=0), help="Pressure in the bore.")
@click.option(
    "--mass-ev", type=click.FloatRange(min=0), help="Resonant axion mass, in place of the pressure."
)
@temperature_option
@equation_option
@click.option(
    "--energy-kev",
    type=click.FloatRange(0.1, 100),
    default=4.2,
    help="Photon energy, keV.",
)
@length_option
@click.option("--plan", nargs=2, type=float, metavar="FROM TO", help="Plan a scan, in mbar.")
@overlap_option
@json_option
def command(
    isotope: Isotope,
    pressure_mbar: float | None,
    mass_ev: float | None,
    temperature_k: float,
    equation: Equation,
    energy_kev: float,
    length_m: float,
    plan: tuple[float, float] | None,
    overlap: float,
    as_json: bool,
) -> None:
    """Give density, photon mass, absorption and resonance of helium, or plan a pressure scan."""
    from helioscope.axion import gas

    if plan is not None:
        result = _plan(plan, isotope, temperature_k, equation, overlap, energy_kev, length_m)
    elif mass_ev is not None:
        density = float(gas.density_for_photon_mass(mass_ev, isotope))
        result = _state(density, isotope, temperature_k, equation, energy_kev, length_m)
    elif pressure_mbar is not None:
        density = float(gas.density_g_cm3(pressure_mbar, temperature_k, isotope, equation))
        result = _state(density, isotope, temperature_k, equation, energy_kev, length_m)
    else:
        raise click.UsageError("give --pressure-mbar, --mass-ev or --plan")
    if as_json:
        print_json(result)
        return
    print_table("", ["", ""], [(k, v) for k, v in result.items() if not hasattr(v, "shape")])


def _state(
    density: float,
    isotope: Isotope,
    temperature_k: float,
    equation: Equation,
    energy_kev: float,
    length_m: float,
) -> dict[str, Any]:
    import numpy as np

    from helioscope.axion import gas, pressure_scan, vapour_pressure
    from helioscope.errors import UsageError

    absorption = float(gas.absorption_per_cm(energy_kev, density, isotope))
    total = float(gas.absorption_per_cm(energy_kev, density, isotope, "total"))
    width_ev2 = pressure_scan.resonance_width_ev2(energy_kev, length_m, absorption)
    mass = float(gas.photon_mass_ev(density, isotope))
    pressure = float(gas.pressure_mbar(density, temperature_k, isotope, equation))
    result: dict[str, Any] = {
        "isotope": isotope,
        "equation": equation,
        "temperature_k": temperature_k,
        "pressure_mbar": pressure,
        "density_g_cm3": density,
        "photon_mass_ev": mass,
        "absorption_per_cm": absorption,
        "attenuation_with_scattering_per_cm": total,
        "transmission": float(np.exp(-absorption * length_m * 100.0)),
        "transmission_with_scattering": float(np.exp(-total * length_m * 100.0)),
        "resonance_width_ev": width_ev2 / (2.0 * mass) if mass else None,
        "resonance_width_mbar": pressure_scan.resonance_width_mbar(
            energy_kev, length_m, temperature_k, isotope
        ),
    }
    try:
        saturation = vapour_pressure.saturation_pressure_mbar(temperature_k, isotope)
    except UsageError:
        return result
    full = gas.density_g_cm3(saturation, temperature_k, isotope)
    highest = float(gas.photon_mass_ev(full, isotope))
    below = bool(pressure <= saturation)
    return {
        **result,
        "saturation_pressure_mbar": saturation,
        "saturation_mass_ev": highest,
        "below_saturation": below,
    }


def _plan(
    limits: tuple[float, float],
    isotope: Isotope,
    temperature_k: float,
    equation: Equation,
    overlap: float,
    energy_kev: float,
    length_m: float,
) -> dict[str, Any]:
    from helioscope.axion.pressure_scan import plan_pressure_scan

    scan = plan_pressure_scan(
        *limits,
        isotope=isotope,
        temperature_k=temperature_k,
        equation=equation,
        overlap=overlap,
        energy_kev=energy_kev,
        length_m=length_m,
    )
    return {
        "isotope": isotope,
        "steps": int(scan.mass_ev.size),
        "spacing_mbar": scan.spacing_mbar,
        "resonance_width_mbar": scan.width_mbar,
        "overlap": overlap,
        "lowest_mass_ev": float(scan.mass_ev[0]),
        "highest_mass_ev": float(scan.mass_ev[-1]),
        "pressure_mbar": scan.pressure_mbar,
        "density_g_cm3": scan.density_g_cm3,
        "mass_ev": scan.mass_ev,
    }
