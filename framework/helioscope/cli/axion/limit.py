"""``helioscope axion limit``: best fit and upper limit of a measurement."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from helioscope.cli.axion.options import PATH, chosen_flux, flux_options, mass_option
from helioscope.cli.output import json_option, print_json, print_table

if TYPE_CHECKING:
    from helioscope.axion.flux import SolarFlux
    from helioscope.axion.likelihood import Likelihood
    from helioscope.axion.measurement import Measurement


@click.command("limit")
@click.argument("measurement", type=PATH)
@flux_options
@mass_option
@click.option(
    "--method",
    type=click.Choice(["poisson", "chi-square"]),
    default="poisson",
    help="Binned Poisson likelihood, or chi-square as in CAST 2005.",
)
@click.option("--abc", type=PATH, help="Axion-electron spectrum: limit g_ae g_ag with it instead.")
@click.option(
    "--abc-disc-fraction",
    type=click.FloatRange(0, 1),
    default=1.0,
    help="Share of the axion-electron flux that the spot takes in.",
)
@click.option(
    "--level",
    type=click.FloatRange(0.5, 0.999),
    default=0.95,
    help="Credibility of the limit.",
)
@click.option(
    "--experiments",
    type=click.IntRange(0),
    default=0,
    help="Pseudo-experiments for the expected limit; 0: none.",
)
@click.option(
    "--intervals", is_flag=True, help="Add the CLs limit and the Feldman-Cousins interval."
)
@click.option("--seed", type=int, default=2004, help="Seed of the pseudo-experiments.")
@json_option
def command(
    measurement: Path,
    flux_name: str,
    solar_model: Path | None,
    mass_ev: float,
    method: str,
    abc: Path | None,
    abc_disc_fraction: float,
    level: float,
    experiments: int,
    intervals: bool,
    seed: int,
    as_json: bool,
) -> None:
    """Fit g^4 to MEASUREMENT (TOML) and give the limit for a flat prior in g^4 > 0."""
    from helioscope.axion.measurement_file import read_measurement

    data = read_measurement(measurement)
    flux = chosen_flux(flux_name, solar_model)
    if abc is not None:
        print_json(abc_result(data, abc, abc_disc_fraction, mass_ev, level))
        return
    likelihood = chosen_likelihood(data, flux, mass_ev, method)
    result = limit_result(data, flux, mass_ev, method, level)
    if experiments or intervals:
        drawn = chosen_likelihood(data, flux, mass_ev, method, drawn=True)
        if experiments:
            result |= expected_result(drawn, experiments, seed, level)
        if intervals:
            result |= interval_result(likelihood, drawn, result, seed, level)
    if as_json:
        print_json(result)
        return
    print_table("", ["", ""], [(k, v) for k, v in result.items() if not isinstance(v, list)])


def chosen_likelihood(
    data: Measurement, flux: SolarFlux, mass_ev: float, method: str, drawn: bool = False
) -> Likelihood:
    """Build the likelihood of the method, or that from which its pseudo-experiments are drawn."""
    from helioscope.axion.likelihood import chi_square_likelihood, poisson_likelihood

    if method == "chi-square":
        return chi_square_likelihood(data, flux, mass_ev)[0]
    return poisson_likelihood(data, flux, mass_ev, drawn)


def abc_result(
    data: Measurement, table: Path, disc_fraction: float, mass_ev: float, level: float
) -> dict[str, Any]:
    """Give the limit on the product of both couplings for axions made by electrons."""
    from helioscope.axion import limits
    from helioscope.axion.axion_electron import product_coupling, read_abc_flux
    from helioscope.axion.likelihood import poisson_likelihood
    from helioscope.errors import UsageError

    if any(item.focal_length_mm is not None for item in data.unbinned):
        raise UsageError(
            where=str(data.path),
            found="events with positions, for axions made by electrons",
            expected="counts of a spot, or events without positions",
            remedy="the table of their spectrum has no image",
        )
    likelihood = poisson_likelihood(data, read_abc_flux(table, disc_fraction), mass_ev)
    strength = limits.bayesian_limit(likelihood, level)
    return {
        "gae_gag_limit_per_gev": product_coupling(strength),
        "level": level,
        "mass_ev": mass_ev,
        "counts_on": float(likelihood.n_on.sum()),
        "counts_expected_background": float(likelihood.background.sum()),
        "counts_signal_at_gae_1e13_g10_1": float(likelihood.signal.sum()),
    }


def expected_result(
    likelihood: Likelihood, experiments: int, seed: int, level: float
) -> dict[str, Any]:
    """Give the expected limit with its 68 and 95 % bands."""
    from helioscope.axion.limits import coupling
    from helioscope.axion.pseudo_experiments import expected_limits

    quantiles = [coupling(g4) for g4 in expected_limits(likelihood, experiments, seed, level)]
    return {
        "expected_g_per_gev": quantiles[2],
        "expected_68_g_per_gev": [quantiles[1], quantiles[3]],
        "expected_95_g_per_gev": [quantiles[0], quantiles[4]],
    }


def interval_result(
    likelihood: Likelihood, drawn: Likelihood, result: dict[str, Any], seed: int, level: float
) -> dict[str, Any]:
    """Give the CLs limit and the Feldman-Cousins interval."""
    from helioscope.axion import intervals
    from helioscope.axion.constants import G10_4_PER_GEV4
    from helioscope.axion.limits import coupling

    best, error = result["g4_best_per_gev4"], result["g4_error_per_gev4"]
    highest = max(result["g4_limit_per_gev4"] * 2.5, best + 5.0 * error) / G10_4_PER_GEV4
    belt = intervals.build_belt(drawn, highest, seed=seed, level=level)
    best_fit, ratio = intervals.observed_ratios(likelihood, belt)
    lower, upper = intervals.feldman_cousins(belt, ratio)
    return {
        "cls_g_per_gev": coupling(float(intervals.cls_limits(belt, best_fit, ratio)[0])),
        "feldman_cousins_g_per_gev": [coupling(float(lower[0])), coupling(float(upper[0]))],
    }


def limit_result(
    data: Measurement, flux: SolarFlux, mass_ev: float, method: str, level: float
) -> dict[str, Any]:
    """Give the result as plain values, by the names of the JSON output."""
    from helioscope.axion import limits
    from helioscope.axion.likelihood import poisson_likelihood

    poisson = poisson_likelihood(data, flux, mass_ev)
    likelihood = chosen_likelihood(data, flux, mass_ev, method)
    fitted = limits.fit(likelihood)
    g4 = limits.bayesian_limit(likelihood, level)
    counts = bool(data.counting or data.unbinned)
    off = sum(float(item.n_off.sum()) for item in data.counting if item.n_off is not None)
    alphas = {item.alpha for item in data.counting}
    alpha = alphas.pop() if len(alphas) == 1 and not data.unbinned else None
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
