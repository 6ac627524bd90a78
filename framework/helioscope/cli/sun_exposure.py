"""``helioscope sun exposure``: tracking, background and excluded time from a pointing log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from helioscope.cli.output import json_option, message, print_json, print_table
from helioscope.cli.sun_options import chosen_site, settings_of, site_options

if TYPE_CHECKING:
    from helioscope.sun.exposure import PointingExposure


@click.command()
@click.option(
    "--pointing",
    "files",
    required=True,
    multiple=True,
    type=click.Path(path_type=Path),
    help="Pointing log of any known form; may be repeated.",
)
@click.option("--tolerance", type=float, help="Degrees in each axis. [default: 0.015]")
@click.option(
    "--end",
    type=click.Choice(["sunrise", "sunset", "both"]),
    default="both",
    show_default=True,
    help="The end of the magnet at which the detector stands.",
)
@site_options
@json_option
def command(
    files: tuple[Path, ...],
    tolerance: float | None,
    end: str,
    latitude: float | None,
    longitude: float | None,
    height: float | None,
    as_json: bool,
) -> None:
    """Tell tracking from background and excluded time in a pointing log."""
    from helioscope.sun.exposure import pointing_exposure
    from helioscope.sun.pointing_settings import PointingSettings

    values = {"site": chosen_site(latitude, longitude, height), "end": end}
    if tolerance is not None:
        values["tolerance_deg"] = tolerance
    settings = settings_of(PointingSettings, values)
    exposure = pointing_exposure(files, settings)
    for note in exposure.notes:
        message(note)
    if as_json:
        print_json(exposure.as_json())
    else:
        _print(exposure)


def _print(exposure: PointingExposure) -> None:
    from helioscope.model.time import iso

    settings = exposure.settings
    print_table(
        "Tracking",
        ("start (UTC)", "stop (UTC)", "end", "live_s", "offset across, up (deg)"),
        [
            (
                iso(one.start_ns),
                iso(one.stop_ns),
                one.end,
                round(one.on_sun.duration_ns() / 1e9, 1),
                f"{one.offset_across_deg:+.4f}, {one.offset_up_deg:+.4f}",
            )
            for one in exposure.history.trackings
            if settings.end in ("both", one.end)
        ],
    )
    values = exposure.as_json()
    print_table(
        "Excluded",
        ("start (UTC)", "stop (UTC)", "live_s", "reason"),
        [(e["start_utc"], e["stop_utc"], round(e["live_s"], 1), e["reason"])
         for e in values["excluded"]],
    )  # fmt: skip
    click.echo(f"background: {values['background_s'] / 3600:.3f} h")
    origin = exposure.sun.provenance
    message(
        f"earth orientation {origin['earth_orientation_version']}, measured to "
        f"{origin['earth_orientation_measured_to']} "
        f"({origin['earth_orientation_age_days']} days ago)"
    )
