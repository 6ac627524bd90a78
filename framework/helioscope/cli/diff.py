"""``helioscope diff``: why two products differ, in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from helioscope.cli.catalog.options import Archive, archive_options
from helioscope.cli.output import json_option, message, print_json
from helioscope.terminal import plain

if TYPE_CHECKING:
    from helioscope.catalog.store import Catalog


@click.command("diff")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@archive_options
@json_option
def command(archive: Archive, first: str, second: str, as_json: bool) -> None:
    """Say why products A and B differ.

    A and B are product files, folders of products (OUT/RUN/DETECTOR), or the beginnings of two
    lineages' digests. Where the catalogue has the calibrations that differ, it says why.
    """
    from helioscope.core.archive.comparison import compared

    with _catalog(archive, needed=not (Path(first).exists() and Path(second).exists())) as catalog:
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


@contextmanager
def _catalog(archive: Archive, *, needed: bool) -> Iterator[Catalog | None]:
    """Open the catalogue; None where products tell enough and it cannot be had."""
    from helioscope.errors import OutputError, UsageError

    with ExitStack() as stack:
        catalog: Catalog | None = None
        try:
            catalog = stack.enter_context(archive.opened())
        except UsageError:  # there is none
            if needed:
                raise
        except OutputError as fault:
            if needed:
                raise
            message(f"nothing is told of the calibrations themselves: {fault.where}: {fault.found}")
        yield catalog
