"""``helioscope axion signal``: expected counts per set and energy bin."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from helioscope.cli.axion.options import PATH, chosen_flux, flux_options, mass_option
from helioscope.cli.output import json_option, print_json, print_table


@click.command("signal")
@click.argument("measurement", type=PATH)
@flux_options
@mass_option
@click.option("--g10", type=click.FloatRange(min=0), default=1.0, help="Coupling in 1e-10 per GeV.")
@click.option(
    "--distance-au",
    type=click.FloatRange(0.9, 1.1),
    help="Distance of the Sun, in place of the sets' own.",
)
@json_option
def command(
    measurement: Path,
    flux_name: str,
    solar_model: Path | None,
    mass_ev: float,
    g10: float,
    distance_au: float | None,
    as_json: bool,
) -> None:
    """Give the counts that axions would add to each bin of MEASUREMENT (TOML)."""
    from dataclasses import replace

    from helioscope.axion.measurement_file import read_measurement
    from helioscope.axion.signal import expected_counts
    from helioscope.axion.unbinned import EventModel

    data = read_measurement(measurement)
    flux = chosen_flux(flux_name, solar_model)
    sets: list[dict[str, Any]] = []
    for item in data.counting:
        at = replace(item, distance_au=distance_au or item.distance_au)
        counts = expected_counts(at, flux, mass_ev) * g10**4
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
    for events in data.unbinned:
        moved = [replace(p, distance_au=distance_au or p.distance_au) for p in events.periods]
        model = EventModel(replace(events, periods=tuple(moved)), flux)
        found = model.expected_counts(mass_ev) * g10**4
        names = zip(events.periods, found, strict=True)
        sets.append(
            {
                "name": events.name,
                "total": float(found.sum()),
                "periods": [{"period": p.name, "counts": float(count)} for p, count in names],
            }
        )
    if as_json:
        total = sum(item["total"] for item in sets)
        print_json(
            {"flux": flux.name, "mass_ev": mass_ev, "g10": g10, "total": total, "sets": sets}
        )
        return
    for entry in sets:
        table = entry.get("bins") or entry["periods"]
        rows = [tuple(row.values()) for row in table]
        title = f"{entry['name']}: {entry['total']:.4g} counts"
        print_table(title, list(table[0]), rows)
