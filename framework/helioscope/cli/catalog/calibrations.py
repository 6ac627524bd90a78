"""``helioscope catalog calibrations``: which calibration holds when."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from helioscope.cli.catalog.options import Archive, archive_options
from helioscope.cli.output import json_option, message, print_json
from helioscope.terminal import plain

if TYPE_CHECKING:
    from helioscope.catalog.rows import CalibrationRow


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
    """Show on a time line which version of each calibration holds, its gaps and its overlaps."""
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
    if picture:
        _draw(rows, picture, tag)
    if as_json:
        print_json([_row(row) for row in rows])
        return
    if not rows:
        message("no calibration")
    for (of, calibration), group in by_calibration(rows):
        click.echo(plain(f"{calibration} of {of}"))
        lines = [_described(row) for row in group] if every else time_line(group)
        for line in lines:
            click.echo(plain(f"  {line}"))


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
