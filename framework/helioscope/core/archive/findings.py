"""What a look at an archive can find, and the comparison of a file with its digest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from helioscope.errors import InputError
from helioscope.files import sha256_of

#: ``changed`` and ``missing`` are damage; ``unknown`` lies there without a row; ``left over`` is
#: what a process that is gone began and never finished.
Verdict = Literal["changed", "missing", "unknown", "left over"]


@dataclass(frozen=True)
class Finding:
    """Something that is not as it should be.

    Attributes
    ----------
    what
        ``product``, ``calibration``, ``job file``, ``claim``, ``input`` or ``file``.
    cleaned
        Taken away, or its row dropped.
    """

    verdict: Verdict
    what: str
    path: Path
    detail: str
    cleaned: bool = False


def stands(path: Path) -> bool:
    """Say whether a file is there; one that may not be looked at is, and its reading says why."""
    try:
        return path.is_file()
    except OSError:
        return True


def compared(
    what: str,
    path: Path,
    digest: str,
    detail: str,
    read: Callable[[Path], str] = sha256_of,
) -> Iterator[Finding]:
    """Read a file and say whether it has another content than this digest's.

    Parameters
    ----------
    read
        Gives the digest of a file's content.
    """
    try:
        found = read(path)
    except InputError as fault:
        yield Finding("changed", what, path, f"{detail}: {fault.found}")
        return
    if found != digest:
        words = f"{detail}: sha256 {found[:12]} instead of {digest[:12]}"
        yield Finding("changed", what, path, words)
