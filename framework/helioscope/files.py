"""Files on disk: plain paths, digests, unchanged while read, folders synced."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from helioscope.errors import InputError


def plain_path(path: Path) -> Path:
    """Give an absolute path without ``..``, which leads where the system would go."""
    return path.resolve() if ".." in path.parts else path.absolute()


def sha256_of(path: Path) -> str:
    """Compute the sha256 of a file's content in hexadecimal, in bounded memory.

    Raises
    ------
    InputError
        Where the file cannot be read.
    """
    try:
        with path.open("rb", buffering=0) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise unreadable(path, error) from error


def first_bytes(path: Path, number: int) -> bytes:
    """Read how a file begins.

    Raises
    ------
    InputError
        Where the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(number)
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError | ValueError) -> InputError:
    """Say that the system could not read a file."""
    return InputError(
        where=str(path),
        found=getattr(error, "strerror", None) or str(error),
        expected="a readable file",
        remedy="check the path, its permissions and the disk",
    )


def require_readable(path: Path) -> None:
    """Refuse a file that cannot be opened, before a source takes it for one of another format.

    Raises
    ------
    InputError
        With what the system says.
    """
    try:
        path.open("rb", buffering=0).close()
    except OSError as error:
        raise unreadable(path, error) from error


def is_gone(path: Path) -> bool:
    """Say whether there is nothing at a path; what the system will not say is no such thing."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


@dataclass(frozen=True)
class Snapshot:
    """What a file looked like when its reading began."""

    size: int
    mtime_ns: int
    inode: int


def snapshot(path: Path) -> Snapshot:
    """Look at a file now.

    Raises
    ------
    InputError
        Where there is no such regular file.
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as error:  # the latter for a name that holds a NUL
        raise unreadable(path, error) from error
    if not stat.S_ISREG(status.st_mode):
        raise InputError(where=str(path), found="no regular file", expected="a file")
    return Snapshot(status.st_size, status.st_mtime_ns, status.st_ino)


def marks_of_change(path: Path) -> list[int]:
    """Give what tells that a file was touched at all, be it put back as it was since.

    Raises
    ------
    InputError
        Where there is no such regular file.
    """
    seen = snapshot(path)
    return [seen.size, seen.mtime_ns, seen.inode, path.stat().st_ctime_ns]


def require_unchanged(path: Path, before: Snapshot) -> None:
    """Look at a file again, after it was read.

    Raises
    ------
    InputError
        Where it was modified, replaced or removed meanwhile.
    """
    now = snapshot(path)
    if now != before:
        raise InputError(
            where=str(path),
            found=f"modified while it was read: {before.size} bytes became {now.size}",
            expected="a file that nobody writes to",
            remedy="run again when the file is complete",
        )


def put_whole(path: Path, content: bytes) -> None:
    """Write a small file beside, under a hidden name with this process's number, and rename it.

    Raises
    ------
    OSError
        Where the system refuses.
    """
    written = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        written.write_bytes(content)
        written.replace(path)
    finally:
        written.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Bring the entries of a folder to the disk.

    Raises
    ------
    OSError
        Where the system refuses.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
