"""Opening a catalogue."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from helioscope.catalog.belonging import holds_products, require_belonging
from helioscope.catalog.calibrations import Calibrations
from helioscope.catalog.connect import open_server, open_sqlite
from helioscope.catalog.files import Files
from helioscope.catalog.jobs import Jobs
from helioscope.catalog.products import Products
from helioscope.catalog.runs import Runs
from helioscope.catalog.tags import Tags
from helioscope.errors import OutputError, UsageError
from helioscope.files import plain_path


class Catalog(Files, Runs, Calibrations, Tags, Products, Jobs):
    """What was done; each base class holds the methods of one subject.

    Open it with `open_catalog` and close it, or use it in a ``with``.
    """

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()

    def __enter__(self) -> Catalog:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_catalog(location: str | Path, root: Path | None = None, *, make: bool = True) -> Catalog:
    """Open a catalogue, and make it where it is not there.

    Parameters
    ----------
    location
        The path of a SQLite file, or the URL of a PostgreSQL database.
    root
        The folder below which products and calibrations lie; the SQLite file's own folder,
        or for a server the working directory, where None.
    make
        False to refuse a SQLite file that is not there.

    Raises
    ------
    OutputError
        Where it is damaged, emptied, read-only, from a newer version, or on a network file
        system; it is left as it is.
    UsageError
        Where the location cannot be one, or the root is the folder of another catalogue.
    """
    if "://" in str(location):
        root = plain_path(root or Path.cwd())
        database = open_server(str(location))
    else:
        path = Path(location).absolute()
        root = plain_path(root or path.parent)
        if not make and not path.exists():
            raise UsageError(
                where=str(location),
                found="no catalogue",
                remedy="make one with 'helioscope run', 'calibrate' or 'catalog add'",
            )
        _refuse_emptied(path, root)
        database = open_sqlite(path)
    try:
        database.prepare()
        require_belonging(database, root)
    except BaseException:
        database.close()
        raise
    return Catalog(database, root)


def _refuse_emptied(path: Path, root: Path) -> None:
    """Refuse a file that lost its content: as a new catalogue it would know nothing of the rest."""
    if path.is_file() and not path.stat().st_size and holds_products(root):
        raise OutputError(
            where=str(path),
            found=f"an empty file, where products or calibrations lie below {root}",
            expected="the catalogue that knows them",
            remedy="restore it from a copy; without one, take the empty file away and run the "
            "jobs again, which enters the products that are there",
        )
