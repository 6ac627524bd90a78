"""``helioscope axion coverage``: how often each kind of limit holds the truth."""

from __future__ import annotations

import os
from pathlib import Path

import click

from helioscope.cli.axion.options import PATH, chosen_flux, flux_options, mass_option
from helioscope.cli.output import json_option, print_json, print_table


@click.command("coverage")
@click.argument("measurement", type=PATH)
@flux_options
@mass_option
@click.option("--experiments", type=click.IntRange(100), default=2000)
@click.option("--seed", type=int, default=2004, help="Seed of the pseudo-experiments.")
@click.option("--workers", type=click.IntRange(1), default=None, help="Threads; default: cores.")
@json_option
def command(
    measurement: Path,
    flux_name: str,
    solar_model: Path | None,
    mass_ev: float,
    experiments: int,
    seed: int,
    workers: int | None,
    as_json: bool,
) -> None:
    """Measure the coverage of the limits on pseudo-experiments of MEASUREMENT (TOML)."""
    from dataclasses import asdict

    from helioscope.axion.coverage import study_coverage
    from helioscope.axion.likelihood import poisson_likelihood
    from helioscope.axion.limits import coupling
    from helioscope.axion.measurement_file import read_measurement

    flux = chosen_flux(flux_name, solar_model)
    likelihood = poisson_likelihood(read_measurement(measurement), flux, mass_ev, drawn=True)
    expected, found = study_coverage(
        likelihood, experiments, seed, workers=workers or os.cpu_count() or 1
    )
    if as_json:
        print_json(
            {
                "experiments": experiments,
                "expected_g95_per_gev": coupling(expected),
                "coverage": [asdict(item) for item in found if item.signal],
                "background_rejected": asdict(found[-1]),
            }
        )
        return
    rows = [(item.kind, item.signal, item.covered, item.error) for item in found if item.signal]
    title = f"true g^4 as a multiple of the expected limit (g = {coupling(expected):.3g} per GeV)"
    print_table(title, ["limit", "signal", "covered", "error"], rows)
    rejected = found[-1]
    print_table(
        "without a signal",
        ["limit", "rejects the background", "error"],
        [(rejected.kind, rejected.covered, rejected.error)],
    )
