"""Names of files that stay in their folder, and records written whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from helioscope.errors import UsageError
from helioscope.io.atomic import replacing

#: What makes a pattern of a name.
WILDCARDS = re.compile(r"[*?[]")


def expand_patterns(patterns: Iterable[str], folder: Path, may_be_gone: bool = False) -> list[Path]:
    """List the files that glob patterns relative to a folder match, sorted, each once.

    ``**`` matches any depth. A pattern without wildcards must name a file that exists.

    Parameters
    ----------
    may_be_gone
        A pattern that matches nothing stands for itself: whoever opens it finds no such file.

    Raises
    ------
    UsageError
        Where a pattern is absolute or climbs out of the folder, or one matches nothing.
    """
    found: dict[Path, None] = {}
    for pattern in patterns:
        matched = sorted(_matches(pattern, folder))
        if not matched and not may_be_gone:
            raise _nothing_matches(pattern, folder)
        found.update(dict.fromkeys(matched or [folder / pattern]))
    return list(found)


def _nothing_matches(pattern: str, folder: Path) -> UsageError:
    """Say that a pattern matches nothing, and where it would."""
    # Not where "**" would search the whole disk.
    near = () if "**" in pattern else (Path.cwd(), folder.parent, folder.parent.parent)
    there = next((place for place in near if any(_matches(pattern, place))), None)
    return UsageError(
        where=f"files {pattern!r}",
        found=f"no file below {folder} matches" if folder.is_dir() else f"no folder {folder}",
        expected="at least one file",
        remedy=f"give --data {there}" if there else "check the pattern and --data",
    )


def _matches(pattern: str, folder: Path) -> Iterator[Path]:
    parts = PurePosixPath(pattern)
    if not pattern or parts.is_absolute() or ".." in parts.parts or "\0" in pattern:
        raise UsageError(
            where=f"files {pattern!r}",
            found="it leaves the data folder" if pattern else "it is empty",
            expected="a pattern relative to the data folder",
            remedy="name the folder above with --data",
        )
    # a plain name is not searched for: a job may name thousands of files
    matched = folder.glob(pattern) if WILDCARDS.search(pattern) else (folder / pattern,)
    yield from (path for path in matched if path.is_file())


def write_json(path: Path, value: Any) -> None:
    """Write plain values as readable JSON, atomically; keys in their order.

    Raises
    ------
    OutputError
        Where the system refuses.
    ValueError
        Where the values hold NaN or infinities, which JSON cannot.
    """
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text as UTF-8, atomically.

    Raises
    ------
    OutputError
        Where the system refuses.
    """
    with replacing(path) as file:
        file.write(text.encode())
