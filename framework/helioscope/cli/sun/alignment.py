"""``helioscope sun alignment``: pointing offsets from measured Sun images."""

from __future__ import annotations

from pathlib import Path

import click

from helioscope.cli.output import json_option, print_json, print_table
from helioscope.cli.sun.options import air_options, chosen_air, chosen_site, site_options


@click.command()
@click.argument("images", type=click.Path(path_type=Path))
@click.option("--camera", is_flag=True, help="Also fit the camera's roll and scale.")
@air_options
@site_options
@json_option
def command(
    images: Path,
    camera: bool,
    pressure: float | None,
    temperature: float | None,
    latitude: float | None,
    longitude: float | None,
    height: float | None,
    as_json: bool,
) -> None:
    """Fit pointing offsets to IMAGES, a CSV of measured Sun-image positions."""
    from dataclasses import asdict

    from helioscope.sun.alignment import SunImages, fitted

    air = chosen_air(pressure, temperature)
    found = fitted(SunImages.read(images), chosen_site(latitude, longitude, height), air, camera)
    if as_json:
        print_json(asdict(found))
        return
    print_table(
        "Add to the encoders",
        ("what", "value", "error"),
        [
            ("across (deg)", f"{found.across_deg:+.5f}", f"{found.across_error_deg:.5f}"),
            ("up (deg)", f"{found.up_deg:+.5f}", f"{found.up_error_deg:.5f}"),
            ("camera roll (deg)", f"{found.roll_deg:+.4f}", f"{found.roll_error_deg:.4f}"),
            ("camera scale", f"{found.scale:.5f}", f"{found.scale_error:.5f}"),
        ],
    )
    click.echo(f"chi2 {found.chi2:.1f} of {found.degrees_of_freedom}, "
               f"scatter {found.scatter_deg:.5f} deg")  # fmt: skip
