"""``helioscope axion pvlas``: what a particle or QED does to polarised light."""

from __future__ import annotations

import click

from helioscope.cli.output import json_option, print_json, print_table


@click.command("pvlas")
@click.option(
    "--mass-ev",
    type=click.FloatRange(min=1e-9),
    default=1e-3,
    help="Axion mass, eV.",
)
@click.option(
    "--g-per-gev",
    type=click.FloatRange(min=0),
    default=2e-6,
    help="Coupling, 1/GeV.",
)
@click.option(
    "--field-t",
    type=click.FloatRange(0, 100),
    default=5.0,
    help="Magnetic field, T.",
)
@click.option(
    "--length-m",
    type=click.FloatRange(1e-3, 100),
    default=1.0,
    help="Length of the field, m.",
)
@click.option(
    "--wavelength-nm",
    type=click.FloatRange(1, 1e6),
    default=1064.0,
    help="Wavelength of the light.",
)
@click.option(
    "--passes",
    type=click.FloatRange(min=1),
    default=44000.0,
    help="Passes of the light through the field.",
)
@click.option(
    "--rotation-rad", type=click.FloatRange(min=0), default=3.9e-12, help="Measured, per pass."
)
@json_option
def command(
    mass_ev: float,
    g_per_gev: float,
    field_t: float,
    length_m: float,
    wavelength_nm: float,
    passes: float,
    rotation_rad: float,
    as_json: bool,
) -> None:
    """Give rotation and ellipticity of light, and the coupling that a rotation stands for."""
    from helioscope.axion import pvlas

    setup = {"field_t": field_t, "length_m": length_m, "wavelength_nm": wavelength_nm}
    rotation = float(pvlas.rotation_rad(mass_ev, g_per_gev, **setup))
    result = {
        "rotation_per_pass_rad": rotation,
        "rotation_rad": rotation * passes,
        "ellipticity": float(pvlas.ellipticity(mass_ev, g_per_gev, passes=passes, **setup)),
        "qed_ellipticity": pvlas.qed_ellipticity(passes=passes, **setup),
        "g_for_rotation_light_per_gev": float(
            pvlas.coupling_for_rotation(rotation_rad, 0.0, **setup)
        ),
        "g_for_rotation_per_gev": float(
            pvlas.coupling_for_rotation(rotation_rad, mass_ev, **setup)
        ),
        "region_2005_mass_ev": list(pvlas.PVLAS_2005_MASS_EV),
        "region_2005_g_per_gev": list(pvlas.PVLAS_2005_G_PER_GEV),
    }
    if as_json:
        print_json(result)
        return
    rows = [(key, value) for key, value in result.items() if not isinstance(value, list)]
    print_table("", ["", ""], rows)
