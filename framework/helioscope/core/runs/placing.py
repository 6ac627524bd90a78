"""Where the folder of a run's products stands: beside, in its place, or aside for new ones."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from helioscope.errors import OutputError
from helioscope.execution.liveness import alive
from helioscope.files import sync_folder
from helioscope.io.atomic import unwritable

#: The end of the name under which products stand aside while others take their place.
ASIDE = "-old"


def put_in_place(staged: Path, folder: Path) -> None:
    """Rename the folder to its place; what stood there is taken away only after that."""
    aside = _aside(folder)
    if folder.exists():
        shutil.rmtree(aside, ignore_errors=True)
        folder.rename(aside)
    try:
        staged.rename(folder)
    except OSError:
        if aside.exists():
            aside.rename(folder)
        raise
    sync_folder(folder.parent)
    shutil.rmtree(aside, ignore_errors=True)


def link(path: Path, place: Path) -> None:
    """Put a file at a second place, without copying it where the file system allows that."""
    try:
        os.link(path, place)
    except OSError:  # another file system, or one without links
        shutil.copy2(path, place)


def partial_prefix(folder: Path) -> str:
    """Name the temporary folders of a product folder; they carry the process that writes."""
    return f".{folder.name}-partial-{os.getpid()}-"


def _aside(folder: Path) -> Path:
    """Name the place of products while others take theirs."""
    return folder.with_name(f".{folder.name}{ASIDE}")


def restore(folder: Path) -> bool:
    """Put back the products that a kill left aside with nothing in their place.

    Raises
    ------
    OutputError
        Where the system refuses.
    """
    if folder.exists() or not _aside(folder).is_dir():
        return False
    try:
        _aside(folder).rename(folder)
        sync_folder(folder.parent)
    except OSError as error:
        raise unwritable(folder, error) from error
    return True


def clear_left_over(folder: Path) -> None:
    """Take away what a killed process of this machine left."""
    for path in folder.parent.glob(f".{folder.name}-partial-*"):
        pid = path.name.removeprefix(f".{folder.name}-partial-").split("-")[0]
        if pid.isdigit() and not alive(int(pid)):
            shutil.rmtree(path, ignore_errors=True)
    if folder.exists():
        shutil.rmtree(_aside(folder), ignore_errors=True)


def require_real(folder: Path) -> None:
    """Refuse to write through a symbolic link.

    Raises
    ------
    OutputError
        Where the folder or the one that it is in is one.
    """
    for path in (folder, folder.parent):
        if path.is_symlink():
            raise OutputError(
                where=str(path),
                found="a symbolic link",
                expected="a folder of its own",
                remedy="give the place that it points to",
            )
