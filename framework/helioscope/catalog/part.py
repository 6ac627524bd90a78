"""What the parts of a catalogue share: the database, and where paths are counted from."""

from __future__ import annotations

from pathlib import Path

from helioscope.catalog.database import Database
from helioscope.files import plain_path


class Part:
    """A part of a catalogue.

    Attributes
    ----------
    root
        The folder below which products and calibrations lie. Paths below it are stored
        relative to it, so that the folder can move as a whole; others are stored absolute.
    """

    def __init__(self, database: Database, root: Path) -> None:
        self.database = database
        self.root = plain_path(root)


def stored_path(path: Path, root: Path) -> str:
    """Give a path as it is stored."""
    absolute = plain_path(path)
    if absolute.is_relative_to(root):
        return absolute.relative_to(root).as_posix()
    return absolute.as_posix()
