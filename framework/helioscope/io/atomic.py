"""Files that appear whole or not at all: written beside, synced, renamed."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from helioscope.errors import OutputError
from helioscope.files import sync_folder

#: Ends the name of a file that is being written; one that a killed process left may be removed.
TEMPORARY_SUFFIX = ".part"


class AtomicFile:
    """A file that appears at its final path whole, synced, or not at all.

    It is written beside, under a hidden temporary name, and renamed by `commit`.

    Attributes
    ----------
    file
        Binary file open for reading and writing.

    Raises
    ------
    OutputError
        Where the path is a symbolic link or a folder, or the system refuses.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}{TEMPORARY_SUFFIX}")
        if path.is_symlink() or path.is_dir():
            kind = "a symbolic link" if path.is_symlink() else "a folder"
            raise OutputError(where=str(path), found=kind, expected="a free path or a plain file")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            self.file: BinaryIO = os.fdopen(os.open(self.temporary, flags, 0o666), "w+b")
        except OSError as error:
            raise unwritable(path, error) from error

    def sync(self) -> None:
        """Bring the content to the disk; nothing more can be written."""
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()

    def commit(self) -> None:
        """Sync the content, rename it to the final path and sync the folder."""
        try:
            self.sync()
            if self.path.is_symlink():
                raise OutputError(where=str(self.path), found="a symbolic link")
            self.temporary.replace(self.path)
            sync_folder(self.path.parent)
        except OSError as error:
            self.abort()
            raise unwritable(self.path, error) from error
        except BaseException:
            self.abort()
            raise

    def abort(self) -> None:
        """Remove what was written so far."""
        with contextlib.suppress(OSError):
            self.file.close()
        with contextlib.suppress(OSError):
            self.temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Write a file atomically: the body gets a binary file; a fault leaves the path as it was.

    Raises
    ------
    OutputError
        Where the system refuses, a full disk included.
    """
    atomic = AtomicFile(path)
    try:
        yield atomic.file
    except OSError as error:
        atomic.abort()
        raise unwritable(path, error) from error
    except BaseException:
        atomic.abort()
        raise
    atomic.commit()


def made_new(path: Path, content: bytes) -> bool:
    """Make a file that is not there yet; of several processes that try, one makes it.

    Returns
    -------
    bool
        False where the file is there already; it stays as it is.

    Raises
    ------
    OutputError
        Where the system refuses, a full disk included.
    """
    atomic = AtomicFile(path)
    try:
        atomic.file.write(content)
        atomic.sync()
        _place_new(atomic.temporary, path)
        sync_folder(path.parent)
    except FileExistsError:
        return False
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        atomic.abort()
    return True


def _place_new(temporary: Path, path: Path) -> None:
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if path.exists():
            raise FileExistsError from None
        temporary.rename(path)


def unwritable(path: Path, error: OSError) -> OutputError:
    """Say that the system could not write a file or a folder."""
    return OutputError(
        where=str(path),
        found=error.strerror or str(error),
        expected="a folder with room that may be written to",
        remedy="make room or choose another --out; nothing half-written was left",
    )
