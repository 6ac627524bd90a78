"""``helioscope sun filming``: when the Sun can be filmed from the hall."""

from __future__ import annotations

from pathlib import Path

import click

from helioscope.cli.output import json_option, print_json, print_table
from helioscope.cli.sun.options import air_options, chosen_air, chosen_site, site_options


@click.command()
@click.option("--year", type=click.IntRange(1973, 2099), required=True, help="Calendar year, UTC.")
@click.option(
    "--month",
    "months",
    type=click.IntRange(1, 12),
    multiple=True,
    default=(3, 9),
    help="Month to look at; may be repeated.",
)
@click.option(
    "--horizon",
    type=click.Path(path_type=Path),
    help="CSV azimuth_deg, lower_deg[, upper_deg]: what the window leaves open. [default: flat]",
)
@click.option(
    "--minimum",
    type=float,
    default=300.0,
    help="Shortest time to film in a day, s.",
)
@air_options
@site_options
@json_option
def command(
    year: int,
    months: tuple[int, ...],
    horizon: Path | None,
    minimum: float,
    pressure: float | None,
    temperature: float | None,
    latitude: float | None,
    longitude: float | None,
    height: float | None,
    as_json: bool,
) -> None:
    """List the days on which the magnet can follow the visible Sun."""
    from helioscope.model.time import iso
    from helioscope.sun.filming import HorizonMask, filmings

    air = chosen_air(pressure, temperature)
    mask = HorizonMask.read(horizon) if horizon else None
    site = chosen_site(latitude, longitude, height)
    found = filmings(year, months, mask, site, air, min_duration_s=minimum)
    if as_json:
        rows = [
            {
                "start_utc": iso(one.start_ns),
                "stop_utc": iso(one.stop_ns),
                "duration_s": one.duration_s,
                "altitude_deg": one.altitude_deg,
                "azimuth_deg": one.azimuth_deg,
            }
            for one in found
        ]
        print_json({"year": year, "filming": rows})
        return
    print_table(
        f"The Sun in sight, {year}",
        ("start (UTC)", "stop (UTC)", "min", "altitude (deg)", "azimuth (deg)"),
        [
            (
                iso(one.start_ns),
                iso(one.stop_ns),
                f"{one.duration_s / 60:.1f}",
                "{:.2f} to {:.2f}".format(*one.altitude_deg),
                "{:.2f} to {:.2f}".format(*one.azimuth_deg),
            )
            for one in found
        ],
    )
