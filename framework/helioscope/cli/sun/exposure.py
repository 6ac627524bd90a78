"""``helioscope sun exposure``: tracking, background and excluded time, of a log or of products."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from helioscope.cli.output import json_option, message, print_json, print_table
from helioscope.cli.sun.options import (
    chosen_site,
    settings_of,
    site_options,
    time_ns,
)

if TYPE_CHECKING:
    from helioscope.model.intervals import Intervals
    from helioscope.sun.exposure import PointingExposure


@click.command()
@click.option(
    "--pointing",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Pointing log of any known form; may be repeated.",
)
@click.option(
    "--products",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Folder of a job's products instead: hours per season, detector and run.",
)
@click.option(
    "--data-taking",
    multiple=True,
    metavar="START/STOP",
    help="When the detector took data, ISO 8601 with offset; may be repeated. [default: all]",
)
@click.option(
    "--settings",
    "settings_file",
    type=click.Path(path_type=Path),
    help="TOML of pointing settings, as a job has them: columns and time scale of a table.",
)
@click.option(
    "--tolerance",
    type=float,
    help="How far off the Sun still tracks, degrees in each axis. [default: 0.015]",
)
@click.option(
    "--end",
    type=click.Choice(["sunrise", "sunset", "both"]),
    help="The end of the magnet at which the detector stands. [default: both]",
)
@click.option(
    "--grid", type=str, help="File with the survey's offsets from encoder to sky. [default: none]"
)
@click.option(
    "--picture", type=click.Path(path_type=Path), help="SVG to draw the first tracking in."
)
@click.option("--calendar", type=click.Path(path_type=Path), help="SVG to draw all days in.")
@site_options
@json_option
def command(
    files: tuple[Path, ...],
    folders: tuple[Path, ...],
    data_taking: tuple[str, ...],
    settings_file: Path | None,
    tolerance: float | None,
    end: str | None,
    grid: str | None,
    picture: Path | None,
    calendar: Path | None,
    latitude: float | None,
    longitude: float | None,
    height: float | None,
    as_json: bool,
) -> None:
    """Tell tracking from background and excluded time."""
    if bool(files) == bool(folders):
        raise click.UsageError("give either --pointing or --products")
    if folders:
        from helioscope.cli.sun.products import print_products

        print_products(folders, as_json)
        return
    from helioscope.model.toml_files import read_toml
    from helioscope.sun.exposure import pointing_exposure
    from helioscope.sun.pointing_settings import PointingSettings

    given = {"tolerance_deg": tolerance, "grid": grid, "end": end}
    values, _ = read_toml(settings_file, "TOML of settings") if settings_file else ({}, "")
    values |= {key: value for key, value in given.items() if value is not None}
    if (latitude, longitude, height) != (None, None, None):
        values["site"] = chosen_site(latitude, longitude, height)
    exposure = pointing_exposure(files, settings_of(PointingSettings, values))
    for note in exposure.notes:
        message(note)
    asked = _asked(data_taking)
    if as_json:
        print_json(exposure.as_json(asked))
    else:
        _print(exposure, asked)
    _draw(exposure, picture, calendar)


def _draw(exposure: PointingExposure, picture: Path | None, calendar: Path | None) -> None:
    if not (picture or calendar):
        return
    from helioscope.cli.sun.options import write_picture
    from helioscope.sun.pictures import calendar_picture, tracking_picture

    if picture:
        write_picture(picture, tracking_picture(exposure))
    if calendar:
        history = exposure.history
        write_picture(calendar, calendar_picture(history.trackings, history.at_rest))


def _asked(data_taking: tuple[str, ...]) -> Intervals | None:
    from helioscope.errors import UsageError
    from helioscope.model.intervals import Intervals

    pairs = []
    for text in data_taking:
        start, slash, stop = text.partition("/")
        if not slash:
            raise UsageError(where="--data-taking", found=f"'{text}'", expected="START/STOP")
        pairs.append((time_ns(start, "--data-taking"), time_ns(stop, "--data-taking")))
    return Intervals.of(pairs) if pairs else None


def _print(exposure: PointingExposure, asked: Intervals | None) -> None:
    values: dict[str, Any] = exposure.as_json(asked)
    _print_trackings(exposure)
    print_table(
        "Excluded",
        ("start (UTC)", "stop (UTC)", "live_s", "reason"),
        [
            (one["start_utc"], one["stop_utc"], f"{one['live_s']:.1f}", one["reason"])
            for one in values["excluded"]
        ],
    )
    tracking_s = sum(one["live_s"] for one in values["tracking"])
    click.echo(f"tracking:   {tracking_s / 3600:.3f} h")
    click.echo(f"background: {values['background_s'] / 3600:.3f} h")
    origin = exposure.sun.provenance
    message(
        f"earth orientation {origin['earth_orientation_version']}, measured to "
        f"{origin['earth_orientation_measured_to']} "
        f"({origin['earth_orientation_age_days']} days ago)"
    )


def _print_trackings(exposure: PointingExposure) -> None:
    from helioscope.model.time import iso

    print_table(
        "Tracking",
        ("start (UTC)", "stop (UTC)", "end", "live_s", "offset across, up (deg)", "spread (deg)"),
        [
            (
                iso(one.start_ns),
                iso(one.stop_ns),
                one.end,
                f"{one.on_sun.duration_ns() / 1e9:.1f}",
                f"{one.offset_across_deg:+.4f}, {one.offset_up_deg:+.4f}",
                f"{one.spread_across_deg:.4f}, {one.spread_up_deg:.4f}",
            )
            for one in exposure.history.trackings
            if exposure.settings.end in ("both", one.end)
        ],
    )
