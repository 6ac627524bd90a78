"""``helioscope sun windows``: when the Sun is within the magnet's reach."""

from __future__ import annotations

import click

from helioscope.cli.output import json_option, print_json, print_table
from helioscope.cli.sun.options import chosen_site, settings_of, site_options


@click.command()
@click.option("--year", type=click.IntRange(1973, 2099), required=True, help="Calendar year, UTC.")
@click.option(
    "--altitude-from", type=float, help="Lowest altitude of the sunrise end, degrees. [default: -8]"
)
@click.option(
    "--altitude-to", type=float, help="Highest altitude of the sunrise end, degrees. [default: 8]"
)
@click.option(
    "--azimuth-from", type=float, help="Lowest azimuth of the sunrise end, degrees. [default: 40]"
)
@click.option(
    "--azimuth-to", type=float, help="Highest azimuth of the sunrise end, degrees. [default: 140]"
)
@site_options
@json_option
def command(
    year: int,
    altitude_from: float | None,
    altitude_to: float | None,
    azimuth_from: float | None,
    azimuth_to: float | None,
    latitude: float | None,
    longitude: float | None,
    height: float | None,
    as_json: bool,
) -> None:
    """List the daily windows of a year and their sum."""
    from helioscope.model.time import iso
    from helioscope.sun.windows import Reach, year_windows

    given = {
        "altitude_from_deg": altitude_from,
        "altitude_to_deg": altitude_to,
        "azimuth_from_deg": azimuth_from,
        "azimuth_to_deg": azimuth_to,
    }
    reach = settings_of(Reach, {key: value for key, value in given.items() if value is not None})
    found = year_windows(year, chosen_site(latitude, longitude, height), reach)
    sum_s = sum(window.duration_s for window in found)
    if as_json:
        rows = [
            {
                "start_utc": iso(window.start_ns),
                "stop_utc": iso(window.stop_ns),
                "end": window.end,
                "duration_s": window.duration_s,
            }
            for window in found
        ]
        print_json({"year": year, "windows": rows, "sum_s": sum_s, "sum_days": sum_s / 86_400})
        return
    print_table(
        f"Sun within reach, {year}",
        ("start (UTC)", "stop (UTC)", "end", "duration_h"),
        [(iso(w.start_ns), iso(w.stop_ns), w.end, w.duration_s / 3600) for w in found],
    )
    click.echo(f"sum: {sum_s / 3600:.1f} h = {sum_s / 86_400:.2f} days")
