"""``helioscope sun position``: where the Sun stands."""

from __future__ import annotations

import click

from helioscope.cli.output import json_option, message, print_json, print_table
from helioscope.cli.sun.options import chosen_air, chosen_site, site_options, time_ns


@click.command()
@click.argument("times", nargs=-1, metavar="[TIME]...")
@click.option("--refraction", is_flag=True, help="Add the refraction of visible light by air.")
@click.option("--pressure", type=float, help="Air pressure, hPa, with --refraction. [default: 975]")
@click.option(
    "--temperature", type=float, help="Air temperature, Celsius, with --refraction. [default: 10]"
)
@site_options
@json_option
def command(
    times: tuple[str, ...],
    refraction: bool,
    pressure: float | None,
    temperature: float | None,
    latitude: float | None,
    longitude: float | None,
    height: float | None,
    as_json: bool,
) -> None:
    """Print the Sun's place at each TIME (ISO 8601 with offset; now by default)."""
    import time

    import numpy as np

    from helioscope.model.time import NS_PER_S, iso
    from helioscope.sun.ephemeris import SunEphemeris

    asked = [time_ns(text, "TIME") for text in times] or [time.time_ns() // NS_PER_S * NS_PER_S]
    air = chosen_air(pressure, temperature)
    site = chosen_site(latitude, longitude, height)
    ephemeris = SunEphemeris.between(min(asked), max(asked), site)
    sun = ephemeris.position(np.array(asked, np.int64), air if refraction else None)
    if ephemeris.warning:
        message(ephemeris.warning)
    names = ("altitude_deg", "azimuth_deg", "distance_au", "radius_deg")
    columns = [values.tolist() for values in sun]
    if as_json:
        rows = [
            {"time_utc": iso(t), **dict(zip(names, row, strict=True))}
            for t, row in zip(asked, zip(*columns, strict=True), strict=True)
        ]
        print_json({"positions": rows, "refraction": refraction, **ephemeris.provenance})
        return
    print_table(
        "",
        ("time (UTC)", *names),
        [
            (iso(t), *(f"{value:.5f}" for value in row))
            for t, row in zip(asked, zip(*columns, strict=True), strict=True)
        ],
    )
