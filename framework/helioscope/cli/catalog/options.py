"""The options by which every command on the archive finds the catalogue."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from helioscope.catalog.store import Catalog


@dataclass(frozen=True)
class Archive:
    """Where products and catalogue are.

    Attributes
    ----------
    root
        Folder of the products.
    location
        Path of the catalogue's SQLite file, or URL of its server.
    """

    root: Path
    location: str

    def opened(self, make: bool = False) -> Catalog:
        """Open the catalogue; it is refused where it is not there, unless it may be made.

        Raises
        ------
        UsageError, OutputError
            Where there is none, or it cannot be used.
        """
        from helioscope.catalog.store import open_catalog
        from helioscope.errors import OutputError

        if make:
            try:
                self.root.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise OutputError(
                    where=str(self.root), found=error.strerror or str(error), expected="a folder"
                ) from error
        return open_catalog(self.location, self.root, make=make)


def archive_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``--out`` and ``--catalog``, as one argument ``archive``."""

    @click.option(
        "--out",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder of the products; by default 'out' where it holds a catalogue, else this one.",
    )
    @click.option(
        "--catalog",
        envvar="HELIOSCOPE_CATALOG",
        help="Catalogue: a SQLite file or the URL of a server; 'catalog.sqlite' in --out.",
    )
    @functools.wraps(command)
    def wrapped(out: Path | None, catalog: str | None, **others: Any) -> Any:
        from helioscope.files import plain_path

        there = Path("out") / "catalog.sqlite"
        root = plain_path(out or (Path("out") if there.exists() else Path()))
        location = catalog or str(root / "catalog.sqlite")
        return command(archive=Archive(root, location), **others)

    return wrapped
