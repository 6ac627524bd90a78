"""``helioscope catalog close``: give a calibration another validity, as an explicit step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from helioscope.cli.catalog.calibrations import unknown
from helioscope.cli.catalog.options import Archive, archive_options
from helioscope.cli.output import message

if TYPE_CHECKING:
    from helioscope.catalog.rows import CalibrationRow

#: Says in an option that a validity has no such end.
NONE = "none"


@click.command("close")
@click.argument("detector")
@click.argument("name")
@click.option("--version", type=int, help="Only this version.")
@click.option("--start", help="Its new start, ISO 8601 with offset, or 'none': since ever.")
@click.option("--stop", help="Its new stop, or 'none': no end.")
@click.option("--reason", default="", show_default=False, help="Why, for those who look later.")
@archive_options
def command(
    archive: Archive, detector: str, name: str, version: int | None, start: str | None,
    stop: str | None, reason: str,
) -> None:  # fmt: skip
    """Close gaps and overlaps in the validity of calibration NAME of DETECTOR.

    Without --version every version that reaches into the next is closed where that begins. With
    it, the version gets the --start and --stop given, which can close a gap too. Either way a new
    version of the same content is entered; the old one stays as it is for the tags that froze it.
    What is open then is said.
    """
    from helioscope.errors import UsageError

    if version is None and (start or stop):
        raise UsageError(where="catalog close", found="--start or --stop without --version")
    if version is not None and not (start or stop):
        raise UsageError(where="--version", found="neither --start nor --stop", expected="one")
    with archive.opened() as catalog:
        before = catalog.live_calibrations(None, detector, name)
        if not before:
            raise unknown(catalog, detector, name)
        steps = (
            _overlaps(before)
            if version is None
            else [_step(before, f"calibration {name} of {detector}", version, start, stop)]
        )
        for old, start_ns, stop_ns in steps:
            new = catalog.close_calibration(detector, name, old, start_ns, stop_ns, reason)
            message(f"v{old} holds as v{new.version} over {new.validity}")
        if not steps:
            message(f"no version of {name} of {detector} reaches into the next")
        _tell_what_is_open(before, catalog.live_calibrations(None, detector, name))


def _tell_what_is_open(before: list[CalibrationRow], after: list[CalibrationRow]) -> None:
    """Tell the gaps and overlaps that there are, within all that held before or does now."""
    from helioscope.catalog.validity import gaps, start_of, stop_of, stretch, time_line

    either = [*before, *after]
    for gap in gaps(after, min(map(start_of, either)), max(map(stop_of, either))):
        message(f"no version holds over {stretch(*gap)}")
    for line in time_line(after):
        if "  OVERLAP" in line:
            message(line)


Step = tuple[int, int | None, int | None]


def _overlaps(rows: list[CalibrationRow]) -> list[Step]:
    from helioscope.catalog.validity import changes

    return [(row.version, row.start_ns, stop_ns) for row, stop_ns in changes(rows)]


def _step(
    rows: list[CalibrationRow], where: str, version: int, start: str | None, stop: str | None
) -> Step:
    from helioscope.errors import UsageError

    for row in rows:
        if row.version == version:
            return (
                version,
                row.start_ns if start is None else _time(start),
                row.stop_ns if stop is None else _time(stop),
            )
    raise UsageError(
        where=where,
        found=f"version {version} does not hold",
        expected="one of " + ", ".join(f"v{row.version} {row.validity}" for row in rows),
    )


def _time(text: str) -> int | None:
    from helioscope.errors import UsageError
    from helioscope.model.time import parse_iso

    if text == NONE:
        return None
    try:
        return parse_iso(text)
    except ValueError as error:
        raise UsageError(where=text, found=str(error), expected="ISO 8601 with offset") from None
