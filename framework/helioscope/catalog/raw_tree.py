"""The walk through a directory tree of raw files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def plain_files(top: Path, left_out: list[tuple[Path, str]]) -> Iterator[Path]:
    """Give the plain files of a tree in a fixed order; note what is not to be looked at."""

    def unreadable(error: OSError) -> None:
        left_out.append((Path(error.filename), error.strerror or str(error)))

    for folder, folders, names in os.walk(top, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted([*names, *folders]):
            path = Path(folder) / name
            if name.startswith("."):
                continue
            if reason := _reason_against(path, top):
                left_out.append((path, reason))
                folders[:] = [other for other in folders if other != name]
            elif path.is_file() and not path.is_symlink():
                yield path


def _reason_against(path: Path, top: Path) -> str:
    """Say why a file or folder is left out that might have been meant; nothing where none is."""
    if path.is_symlink():
        within = path.exists() and path.resolve().is_relative_to(top.resolve())
        return "" if within else f"a symbolic link to {path.readlink()}"
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return "a name that is not UTF-8"
    return ""
