"""``helioscope catalog close``: give a calibration another validity, as an explicit step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from helioscope.cli.catalog.options import Archive, archive_options
from helioscope.cli.output import message

if TYPE_CHECKING:
    from helioscope.catalog.store import Catalog
    from helioscope.errors import UsageError

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
    it, the version gets the --start and --stop given. Either way a new version of the same
    content is entered; the old one stays as it is for the tags that froze it.
    """
    from helioscope.errors import UsageError

    if version is None and (start or stop):
        raise UsageError(where="catalog close", found="--start or --stop without --version")
    if version is not None and not (start or stop):
        raise UsageError(where="--version", found="neither --start nor --stop", expected="one")
    with archive.opened() as catalog:
        steps = (
            _overlaps(catalog, detector, name)
            if version is None
            else [_step(catalog, detector, name, version, start, stop)]
        )
        for old, start_ns, stop_ns in steps:
            new = catalog.close_calibration(detector, name, old, start_ns, stop_ns, reason)
            message(f"v{old} holds as v{new.version} over {new.validity}")
        if not steps:
            message(f"no version of {name} of {detector} reaches into the next")


Step = tuple[int, int | None, int | None]


def _overlaps(catalog: Catalog, detector: str, name: str) -> list[Step]:
    from helioscope.catalog.validity import changes

    rows = catalog.live_calibrations(None, detector, name)
    if not rows:
        raise _unknown(catalog, detector, name)
    return [(row.version, row.start_ns, stop_ns) for row, stop_ns in changes(rows)]


def _step(
    catalog: Catalog, detector: str, name: str, version: int, start: str | None, stop: str | None
) -> Step:
    from helioscope.errors import UsageError

    rows = catalog.live_calibrations(None, detector, name)
    if not rows:
        raise _unknown(catalog, detector, name)
    for row in rows:
        if row.version == version:
            return (
                version,
                row.start_ns if start is None else _time(start),
                row.stop_ns if stop is None else _time(stop),
            )
    raise UsageError(
        where=f"calibration {name} of {detector}",
        found=f"version {version} does not hold",
        expected="one of " + ", ".join(f"v{row.version} {row.validity}" for row in rows),
    )


def _unknown(catalog: Catalog, detector: str, name: str) -> UsageError:
    from helioscope.errors import UsageError, nearest

    known = {f"{row.name} of {row.detector}" for row in catalog.calibration_versions()}
    wanted = f"{name} of {detector}"
    return UsageError(
        where=f"calibration {wanted}",
        found="the catalogue does not have it",
        expected=nearest(wanted, sorted(known)),
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
