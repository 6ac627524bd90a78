"""``helioscope axion exclusion``: the limit against mass, its picture and its numbers."""

from __future__ import annotations

import os
from pathlib import Path

import click

from helioscope.cli.axion.options import PATH, chosen_flux, flux_options
from helioscope.cli.output import json_option, message, print_json, print_table


@click.command("exclusion")
@click.argument("measurement", type=PATH)
@flux_options
@click.option(
    "--from-ev",
    type=click.FloatRange(1e-12, 100),
    default=1e-4,
    help="Lowest axion mass, eV.",
)
@click.option(
    "--to-ev",
    type=click.FloatRange(1e-12, 100),
    default=1.0,
    help="Highest axion mass, eV.",
)
@click.option(
    "--masses",
    type=click.IntRange(2, 100000),
    default=100,
    help="How many masses.",
)
@click.option(
    "--experiments",
    type=click.IntRange(0),
    default=0,
    help="Pseudo-experiments for the expected limit; 0: none.",
)
@click.option("--seed", type=int, default=2004, help="Seed of the pseudo-experiments.")
@click.option("--workers", type=click.IntRange(1), default=None, help="Threads; default: cores.")
@click.option("--curve", "curves", type=PATH, multiple=True, help="Published limit (CSV); repeat.")
@click.option("--label", default="this measurement", help="Name of our curve.")
@click.option("--png", type=PATH, help="Picture to write.")
@click.option("--svg", type=PATH, help="The same as SVG.")
@click.option("--csv", "csv_path", type=PATH, help="Table to write.")
@json_option
def command(
    measurement: Path,
    flux_name: str,
    solar_model: Path | None,
    from_ev: float,
    to_ev: float,
    masses: int,
    experiments: int,
    seed: int,
    workers: int | None,
    curves: tuple[Path, ...],
    label: str,
    png: Path | None,
    svg: Path | None,
    csv_path: Path | None,
    as_json: bool,
) -> None:
    """Scan the axion mass with MEASUREMENT (TOML) and draw the exclusion plot."""
    from helioscope.axion.exclusion import plot_exclusion, read_curve, write_scan
    from helioscope.axion.mass_scan import resonant_masses, scan_masses
    from helioscope.axion.measurement_file import read_measurement

    data = read_measurement(measurement)
    published = [read_curve(path) for path in curves]
    scan = scan_masses(
        data,
        chosen_flux(flux_name, solar_model),
        resonant_masses(data, from_ev, to_ev, masses),
        experiments,
        seed,
        workers=workers or os.cpu_count() or 1,
    )
    pictures = [path for path in (png, svg) if path is not None]
    if pictures:
        plot_exclusion(scan, published, *pictures, label=label)
    for path in pictures:
        message(f"wrote {path}")
    if csv_path is not None:
        write_scan(scan, csv_path)
        message(f"wrote {csv_path}")
    if as_json:
        print_json(
            {
                "mass_ev": scan.mass_ev,
                "g95_per_gev": scan.g_per_gev,
                "g4_best_per_gev4": scan.g4_best_per_gev4,
                "g4_error_per_gev4": scan.g4_error_per_gev4,
                "expected_quantiles": [0.025, 0.16, 0.5, 0.84, 0.975],
                "expected_g95_per_gev": scan.expected_g_per_gev if experiments else None,
            }
        )
        return
    columns = zip(scan.mass_ev, scan.g_per_gev, strict=True)
    print_table("", ["mass_ev", "g95_per_gev"], [(float(m), float(g)) for m, g in columns])
