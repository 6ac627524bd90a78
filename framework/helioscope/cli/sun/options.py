"""Options that several verbs of ``helioscope sun`` share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from helioscope.sun.refraction import Air
    from helioscope.sun.site import Site

Decorated = Callable[..., Any]


def site_options(function: Decorated) -> Decorated:
    """Add --latitude, --longitude and --height; CAST by default."""
    for name, text in (
        ("height", "Height above the ellipsoid, m."),
        ("longitude", "Degrees east."),
        ("latitude", "Degrees north."),
    ):
        function = click.option(f"--{name}", type=float, help=f"{text} [default: CAST]")(function)
    return function


def air_options(function: Decorated) -> Decorated:
    """Add --pressure and --temperature of the air that refracts."""
    for name, text in (
        ("temperature", "Air temperature, Celsius. [default: 10]"),
        ("pressure", "Air pressure, hPa. [default: 975]"),
    ):
        function = click.option(f"--{name}", type=float, help=text)(function)
    return function


def chosen_air(pressure: float | None, temperature: float | None) -> Air:
    """Build the air from the options.

    Raises
    ------
    UsageError
        Where a value is outside its range.
    """
    from helioscope.sun.refraction import Air

    given = {"pressure_hpa": pressure, "temperature_c": temperature}
    air: Air = settings_of(Air, {key: value for key, value in given.items() if value is not None})
    return air


def chosen_site(latitude: float | None, longitude: float | None, height: float | None) -> Site:
    """Build the site from the options.

    Raises
    ------
    UsageError
        Where a value is outside its range.
    """
    from helioscope.sun.site import Site

    given = {"latitude_deg": latitude, "longitude_deg": longitude, "height_m": height}
    site: Site = settings_of(
        Site, {key: value for key, value in given.items() if value is not None}
    )
    return site


def settings_of(kind: Any, values: dict[str, Any]) -> Any:
    """Build settings; a value out of range becomes a fault that names it.

    Raises
    ------
    UsageError
        For the first value that the settings refuse.
    """
    from pydantic import ValidationError

    from helioscope.errors import UsageError

    try:
        return kind(**values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise UsageError(
            where=f"setting {name}", found=f"{first.get('input')!r}", expected=first["msg"]
        ) from error


def time_ns(text: str, option: str) -> int:
    """Read a time that names its offset from UTC.

    Raises
    ------
    UsageError
        Where it is not ISO 8601 or has no offset.
    """
    from helioscope.errors import UsageError
    from helioscope.model.time import parse_iso

    try:
        return parse_iso(text)
    except ValueError as error:
        raise UsageError(
            where=option, found=str(error), expected="such as 2004-05-01T05:00:00Z"
        ) from error


def write_picture(path: Path, content: bytes) -> None:
    """Write a picture where the user asked for it, and say so.

    Raises
    ------
    OutputError
        Where it cannot be written.
    """
    from helioscope.cli.output import message
    from helioscope.errors import OutputError

    try:
        path.write_bytes(content)
    except OSError as error:
        raise OutputError(
            where=str(path), found=error.strerror or str(error), expected="a file to write"
        ) from error
    message(f"picture: {path}")
