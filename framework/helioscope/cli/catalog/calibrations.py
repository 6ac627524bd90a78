"""``helioscope catalog calibrations``: which calibration holds when."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from helioscope.cli.catalog.options import Archive, archive_options
from helioscope.cli.output import json_option, message, print_json
from helioscope.terminal import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helioscope.catalog.rows import CalibrationRow
    from helioscope.catalog.store import Catalog
    from helioscope.errors import UsageError


@click.command("calibrations")
@click.option("--detector", help="Only those of this detector.")
@click.option("--name", help="Only this calibration.")
@click.option("--tag", help="Those that this tag froze.")
@click.option("--all", "every", is_flag=True, help="Every version that there ever was.")
@click.option("--picture", type=click.Path(path_type=Path), help="Write the time line as SVG.")
@archive_options
@json_option
def command(
    archive: Archive, detector: str | None, name: str | None, tag: str | None, every: bool,
    picture: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Show on a time line which version of each calibration holds, its gaps and its overlaps.

    With --json: a list of versions. Without --all each tells the versions of its calibration that
    it overlaps, and the gap that follows it.
    """
    from helioscope.catalog.calibration_rows import by_calibration
    from helioscope.catalog.validity import time_line
    from helioscope.errors import UsageError

    if every and tag:
        raise UsageError(where="--all", found="--tag beside it", expected="one of them")
    with archive.opened() as catalog:
        rows = (
            catalog.calibration_versions(detector, name)
            if every
            else catalog.live_calibrations(tag, detector, name)
        )
        if not rows and (detector or name):
            raise unknown(catalog, detector, name)
    if picture:
        _draw(rows, picture, tag)
    groups = by_calibration(rows)
    if as_json:
        told = [_row(row) | ({} if every else _beside(row, of)) for _, of in groups for row in of]
        print_json(told)
        return
    if not rows:
        message("no calibration")
    for (of, calibration), group in groups:
        click.echo(plain(f"{calibration} of {of}"))
        lines = [_described(row) for row in group] if every else time_line(group)
        for line in lines:
            click.echo(plain(f"  {line}"))


def unknown(catalog: Catalog, detector: str | None, name: str | None) -> UsageError:
    """Say that there is no such calibration, with the nearest that there is."""
    from helioscope.errors import UsageError, nearest

    def told(name: str | None, detector: str | None) -> str:
        return " of ".join(part for part in (name, detector) if part)

    known = {
        told(name and row.name, detector and row.detector) for row in catalog.calibration_versions()
    }
    wanted = told(name, detector)
    return UsageError(
        where=f"calibration {wanted}" if name else f"calibrations of {wanted}",
        found="the catalogue does not have it",
        expected=nearest(wanted, sorted(known)),
    )


def _beside(row: CalibrationRow, group: Sequence[CalibrationRow]) -> dict[str, Any]:
    """Tell what is wrong beside a version among those of its calibration."""
    from helioscope.catalog.validity import gaps, overlaps, start_of, stop_of
    from helioscope.model.time import iso

    ends = min(map(start_of, group)), max(map(stop_of, group))
    following = [gap for gap in gaps(group, *ends) if gap[0] == stop_of(row)]
    return {
        "overlaps": [
            other.version
            for pair in overlaps(group)
            if row in pair
            for other in pair
            if other is not row
        ],
        "gap_after": [iso(end) for end in following[0]] if following else None,
    }


def _draw(rows: list[CalibrationRow], picture: Path, tag: str | None) -> None:
    from helioscope.io.atomic import replacing
    from helioscope.report.validity_picture import drawn

    with replacing(picture) as file:
        file.write(drawn(rows, f"Calibrations of tag {tag}" if tag else "Calibrations"))
    message(f"wrote {picture}")


def _described(row: CalibrationRow) -> str:
    step = f", v{row.supersedes} closed: {row.reason}" if row.supersedes else ""
    return f"{row.validity}  v{row.version} by {row.made_by}, {row.digest[:12]}{step}"


def _row(row: CalibrationRow) -> dict[str, Any]:
    from helioscope.model.time import iso

    return {
        "detector": row.detector,
        "name": row.name,
        "version": row.version,
        "start": iso(row.start_ns) if row.start_ns is not None else None,
        "stop": iso(row.stop_ns) if row.stop_ns is not None else None,
        "digest": row.digest,
        "made_by": row.made_by,
        "inputs": list(row.inputs),
        "path": str(row.path),
        "supersedes": row.supersedes,
        "reason": row.reason,
    }
