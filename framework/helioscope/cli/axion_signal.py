"""``helioscope axion signal``: expected counts per set and energy bin."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from helioscope.cli.axion_options import PATH, chosen_flux, flux_options, mass_option
from helioscope.cli.output import json_option, print_json, print_table


@click.command("signal")
@click.argument("measurement", type=PATH)
@flux_options
@mass_option
@click.option("--g10", type=click.FloatRange(min=0), default=1.0, help="Coupling in 1e-10 per GeV.")
@click.option("--distance-au", type=click.FloatRange(0.9, 1.1), default=1.0, help="Of the Sun.")
@json_option
def command(
    measurement: Path,
    flux_name: str,
    solar_model: Path | None,
    mass_ev: float,
    g10: float,
    distance_au: float,
    as_json: bool,
) -> None:
    """Give the counts that axions would add to each bin of MEASUREMENT (TOML)."""
    from helioscope.axion.measurement_file import read_measurement
    from helioscope.axion.signal import expected_counts

    data = read_measurement(measurement)
    flux = chosen_flux(flux_name, solar_model)
    sets: list[dict[str, Any]] = []
    for item in data.counting:
        counts = expected_counts(item, flux, mass_ev, distance_au) * g10**4
        bins = zip(item.e_lo_kev, item.e_hi_kev, counts, strict=True)
        sets.append(
            {
                "name": item.name,
                "total": float(counts.sum()),
                "bins": [
                    {"e_lo_kev": float(low), "e_hi_kev": float(high), "counts": float(count)}
                    for low, high, count in bins
                ],
            }
        )
    if as_json:
        total = sum(item["total"] for item in sets)
        print_json(
            {"flux": flux.name, "mass_ev": mass_ev, "g10": g10, "total": total, "sets": sets}
        )
        return
    for entry in sets:
        rows = [tuple(row.values()) for row in entry["bins"]]
        title = f"{entry['name']}: {entry['total']:.4g} counts"
        print_table(title, ["e_lo_kev", "e_hi_kev", "counts"], rows)
