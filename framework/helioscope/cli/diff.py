"""``helioscope diff``: why two products differ, in words."""

from __future__ import annotations

from dataclasses import asdict

import click

from helioscope.cli.catalog.options import Archive, archive_options
from helioscope.cli.output import json_option, print_json
from helioscope.terminal import plain


@click.command("diff")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@archive_options
@json_option
def command(archive: Archive, first: str, second: str, as_json: bool) -> None:
    """Say why products A and B differ.

    A and B are product files, folders of products (OUT/RUN/DETECTOR), or the beginnings of two
    lineages' digests.
    """
    from pathlib import Path

    from helioscope.core.archive.comparison import compared

    if Path(first).exists() and Path(second).exists():
        found = compared(first, second, None)
    else:
        with archive.opened() as catalog:
            found = compared(first, second, catalog)
    if as_json:
        print_json([asdict(comparison) for comparison in found])
        return
    for comparison in found:
        if not comparison.reasons:
            same = " to the last byte" if comparison.same_bytes else ""
            click.echo(f"{comparison.kind}: the same{same}")
            continue
        click.echo(f"{comparison.kind}:")
        for reason in comparison.reasons:
            click.echo(f"  {plain(reason)}")
