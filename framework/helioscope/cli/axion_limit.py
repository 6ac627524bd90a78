"""``helioscope axion limit``: best fit and upper limit of a measurement."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from helioscope.cli.axion_options import PATH, chosen_flux, flux_options, mass_option
from helioscope.cli.output import json_option, print_json, print_table

if TYPE_CHECKING:
    from helioscope.axion.flux import SolarFlux
    from helioscope.axion.measurement import Measurement


@click.command("limit")
@click.argument("measurement", type=PATH)
@flux_options
@mass_option
@click.option(
    "--method",
    type=click.Choice(["poisson", "chi-square"]),
    default="poisson",
    show_default=True,
    help="Binned Poisson likelihood, or chi-square as in CAST 2005.",
)
@click.option("--level", type=click.FloatRange(0.5, 0.999), default=0.95, show_default=True)
@json_option
def command(
    measurement: Path,
    flux_name: str,
    solar_model: Path | None,
    mass_ev: float,
    method: str,
    level: float,
    as_json: bool,
) -> None:
    """Fit g^4 to MEASUREMENT (TOML) and give the limit for a flat prior in g^4 > 0."""
    from helioscope.axion.measurement_file import read_measurement

    data = read_measurement(measurement)
    flux = chosen_flux(flux_name, solar_model)
    result = limit_result(data, flux, mass_ev, method, level)
    if as_json:
        print_json(result)
        return
    print_table("", ["", ""], [(k, v) for k, v in result.items() if not isinstance(v, list)])


def limit_result(
    data: Measurement, flux: SolarFlux, mass_ev: float, method: str, level: float
) -> dict[str, Any]:
    """Give the result as plain values, by the names of the JSON output."""
    from helioscope.axion import limits
    from helioscope.axion.likelihood import chi_square_likelihood, poisson_likelihood

    poisson = poisson_likelihood(data, flux, mass_ev)
    likelihood = poisson
    if method == "chi-square":
        likelihood, _ = chi_square_likelihood(data, flux, mass_ev)
    fitted = limits.fit(likelihood)
    g4 = limits.bayesian_limit(likelihood, level)
    counts = bool(data.counting)
    off = sum(float(item.n_off.sum()) for item in data.counting if item.n_off is not None)
    alphas = {item.alpha for item in data.counting}
    alpha = alphas.pop() if len(alphas) == 1 else None
    return {
        "g95_per_gev" if level == 0.95 else "g_limit_per_gev": limits.coupling(g4),
        "level": level,
        "method": method,
        "mass_ev": mass_ev,
        "flux": flux.name,
        "g4_best_per_gev4": limits.in_gev4(fitted.best),
        "g4_error_per_gev4": limits.in_gev4(fitted.error),
        "g4_limit_per_gev4": limits.in_gev4(g4),
        "counts_on": float(poisson.n_on.sum()) if counts else None,
        "counts_expected_background": float(poisson.background.sum()) if counts else None,
        "counts_signal_at_g10_1": float(poisson.signal.sum()) if counts else None,
        "counts_off": off if alpha else None,
        "li_ma_sigma": limits.li_ma(float(poisson.n_on.sum()), off, alpha) if alpha else None,
        "sets": [item.name for item in data.sets],
    }
