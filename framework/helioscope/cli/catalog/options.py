"""The options by which every command on the archive finds the catalogue."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from helioscope.cli.catalog_option import catalog_option

if TYPE_CHECKING:
    from helioscope.catalog.store import Catalog

_CATALOG = "catalog.sqlite"


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
        help="Folder of the products; by default the catalogue's own, 'out' or this one.",
    )
    @catalog_option
    @functools.wraps(command)
    def wrapped(out: Path | None, catalog: str | None, **others: Any) -> Any:
        from helioscope.files import plain_path

        root = plain_path(out or _root(catalog))
        return command(archive=Archive(root, catalog or str(root / _CATALOG)), **others)

    return wrapped


def _root(catalog: str | None) -> Path:
    """Find the folder of the products: the first that is an archive, else the nearest.

    That is the one in which the file of the catalogue lies, ``out``, or the working directory.
    """
    of_file = [Path(catalog).parent] if catalog and "://" not in catalog else []
    places = [*of_file, Path("out"), Path()]
    marks = ("archive-id",) if catalog else ("archive-id", _CATALOG)
    for place in places:
        if any((place / mark).is_file() for mark in marks):
            return place
    return of_file[0] if of_file else Path()
