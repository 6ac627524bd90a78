"""``helioscope catalog tag``: freeze which version of each calibration holds when."""

from __future__ import annotations

import re

import click

from helioscope.cli.catalog.options import Archive, archive_options
from helioscope.cli.output import json_option, message, print_json, print_table


@click.command("tag")
@click.argument("name")
@click.option("--set", "chosen", multiple=True, metavar="DETECTOR/CALIBRATION=VERSION",
              help="Take this version instead of those that hold now.")  # fmt: skip
@click.option("--comment", default="", show_default=False, help="What the tag is for.")
@archive_options
@json_option
def command(
    archive: Archive, name: str, chosen: tuple[str, ...], comment: str, as_json: bool
) -> None:
    """Freeze the calibrations that hold now under NAME; a tag never changes."""
    with archive.opened() as catalog:
        rows = catalog.tag_calibrations(name, dict(_version(text) for text in chosen), comment)
    if as_json:
        print_json([{"detector": r.detector, "name": r.name, "version": r.version} for r in rows])
    else:
        message(f"tag {name} freezes {len(rows)} versions of calibrations")


@click.command("tags")
@archive_options
@json_option
def listing(archive: Archive, as_json: bool) -> None:
    """List the tags with the number of versions that each freezes."""
    with archive.opened() as catalog:
        tags = catalog.tags()
        rows = [(tag, len(catalog.live_calibrations(tag)), text) for tag, text in tags.items()]
    if as_json:
        print_json([{"tag": tag, "versions": n, "comment": text} for tag, n, text in rows])
    else:
        print_table("", ("tag", "versions", "comment"), rows)


def _version(text: str) -> tuple[tuple[str, str], int]:
    from helioscope.errors import UsageError

    place, _, version = text.partition("=")
    detector, slash, name = place.partition("/")
    if not slash or not re.fullmatch(r"[0-9]{1,9}", version):
        raise UsageError(
            where=f"--set {text}", found="no version", expected="DETECTOR/CALIBRATION=VERSION"
        )
    return (detector, name), int(version)
