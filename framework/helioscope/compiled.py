"""How kernels are compiled, and which compiled ones still hold."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

#: Beside the compiled kernels of a folder: the digest of the source that they were made from.
STAMP = "kernels.sha256"


def kernel_compiler(folder: Path, **options: Any) -> Any:
    """Give the decorator with which numba compiles the kernels of a folder.

    They run without the Python lock and are kept on disk. References are not counted: a kernel
    makes no arrays, and counting those that it is passed costs more than its short loops.
    Divisions are not checked: numbers of pixels or samples are not zero where they divide.

    Parameters
    ----------
    folder
        Where the kernels are and all that they call; once any of it changed, all are compiled
        again.
    options
        Those of numba's ``njit``, over these; ``_nrt=True`` for kernels that make arrays.
    """
    from numba import njit

    # A folder that cannot be written to holds no kernels either.
    with suppress(OSError):
        drop_outdated(folder)
    chosen = {"nogil": True, "cache": True, "_nrt": False, "error_model": "numpy"} | options
    return njit(**chosen)


def drop_outdated(folder: Path) -> list[Path]:
    """Remove the compiled kernels of a folder whose source is not what they were made from.

    numba looks at the time and size of a kernel's own file, and not at the kernels that it
    calls. After an edit of one of them, or an update that gives every file the same time, the
    old code would run on, in silence.

    Returns
    -------
    list of Path
        What was removed.
    """
    cache = folder / "__pycache__"
    digest, stamp = _source_digest(folder), cache / STAMP
    if stamp.exists() and stamp.read_text(encoding="ascii") == digest:
        return []
    outdated = sorted(cache.glob("*.nb[ci]"))
    for path in outdated:
        path.unlink(missing_ok=True)
    cache.mkdir(exist_ok=True)
    written = cache / f".{STAMP}-{os.getpid()}"
    written.write_text(digest, encoding="ascii")
    written.replace(stamp)
    return outdated


def _source_digest(folder: Path) -> str:
    sha = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        content = path.read_bytes()
        sha.update(f"{path.name}:{len(content)}:".encode() + content)
    return sha.hexdigest()
