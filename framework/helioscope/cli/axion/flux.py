"""``helioscope axion flux``: the solar axion spectrum, its integrals and its image."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from helioscope.cli.axion.options import PATH
from helioscope.cli.output import json_option, message, print_json, print_table


@click.command("flux")
@click.option(
    "--parametrisation",
    default="2007",
    help="1989, 2005, 2007, 2013, or agss09 (built-in table).",
)
@click.option("--solar-model", type=PATH, help="Calculate from this solar model instead.")
@click.option("--g10", type=click.FloatRange(min=0), default=1.0, help="Coupling in 1e-10 per GeV.")
@click.option(
    "--disc-rsun", type=click.FloatRange(0, 1.5), default=0.2, help="Radius of the disc, R_sun."
)
@click.option(
    "--distance-au", type=click.FloatRange(0.9, 1.1), default=1.0, help="Distance of the Sun."
)
@click.option(
    "--date", type=click.DateTime(["%Y-%m-%d"]), help="Take the distance of that day instead."
)
@click.option("--image", type=PATH, help="Write spectrum and image of the solar model as CSV.")
@json_option
def command(
    parametrisation: str,
    solar_model: Path | None,
    g10: float,
    disc_rsun: float,
    distance_au: float,
    date: datetime | None,
    image: Path | None,
    as_json: bool,
) -> None:
    """Give flux, mean energy, luminosity and the fraction inside a disc."""
    import numpy as np

    from helioscope.axion.flux import summarise
    from helioscope.axion.solar_distance import sun_distance_au
    from helioscope.cli.axion.options import chosen_flux

    flux = chosen_flux(parametrisation, solar_model)
    if date is not None:
        noon = int(date.replace(tzinfo=UTC).timestamp()) * 10**9 + 43_200 * 10**9
        distance_au = float(sun_distance_au(noon))
    scale = g10**2 / distance_au**2
    summary = summarise(flux.spectrum)
    grid = np.linspace(0.05, 20.0, 400)
    inside = np.trapezoid(flux.spectrum(grid) * flux.disc_fraction(grid, disc_rsun), grid)
    energy = np.array([0.5, *range(1, 16)], float)
    result: dict[str, Any] = {
        "flux": flux.name,
        "source": flux.source,
        "total_per_cm2_s": summary.total_per_cm2_s * scale,
        "mean_energy_kev": summary.mean_energy_kev,
        "peak_energy_kev": summary.peak_energy_kev,
        "luminosity_lsun": summary.luminosity_lsun * g10**2,
        "disc_rsun": disc_rsun,
        "disc_fraction": float(inside / np.trapezoid(flux.spectrum(grid), grid)),
        "distance_au": distance_au,
        "energy_kev": energy,
        "flux_per_cm2_s_kev": flux.spectrum(energy) * scale,
        "disc_fraction_at_energy": flux.disc_fraction(energy, disc_rsun),
    }
    if image is not None:
        _write_image(solar_model, image)
    if as_json:
        print_json(result)
        return
    spectrum = [result.pop(name) for name in list(result)[-3:]]
    print_table("", ["", ""], list(result.items()))
    rows = [tuple(map(float, row)) for row in zip(*spectrum, strict=True)]
    print_table("", ["energy_kev", "flux_per_cm2_s_kev", "disc_fraction"], rows)


def _write_image(solar_model: Path | None, image: Path) -> None:
    from helioscope.axion.primakoff import CalculatedFlux
    from helioscope.axion.solar_image import write_image
    from helioscope.axion.solar_model import read_solar_model

    if solar_model is None:
        raise click.UsageError("--image needs --solar-model")
    flux = CalculatedFlux(read_solar_model(solar_model))
    write_image(flux, image, f"Primakoff flux and image of the solar model {solar_model.name}")
    message(f"wrote {image}")
