"""How kernels are compiled, and which compiled ones still hold."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any


def kernel_compiler(folder: Path, **options: Any) -> Any:
    """Give the decorator with which numba compiles the kernels of a folder.

    They run without the Python lock and are kept on disk. References are not counted: a kernel
    makes no arrays, and counting those that it is passed costs more than its short loops.
    Divisions are not checked: numbers of pixels or samples are not zero where they divide.

    Parameters
    ----------
    folder
        Where the kernels are and all that they call; those of it that an edit has outdated are
        compiled again.
    options
        Further ones of numba's ``njit``.
    """
    from numba import njit

    # A folder that cannot be written to holds no index either.
    with suppress(OSError):
        drop_outdated(folder)
    return njit(nogil=True, cache=True, _nrt=False, error_model="numpy", **options)


def drop_outdated(folder: Path) -> list[Path]:
    """Remove the indices of compiled kernels that are older than any source file of a folder.

    numba looks at the file of a kernel alone, not at those of the kernels that it calls; after
    an edit or an update of one of them the old code would run on, in silence.

    Returns
    -------
    list of Path
        What was removed.
    """
    newest = max((path.stat().st_mtime_ns for path in folder.glob("*.py")), default=0)
    outdated = [
        path
        for path in sorted((folder / "__pycache__").glob("*.nbi"))
        if path.stat().st_mtime_ns < newest
    ]
    for path in outdated:
        path.unlink(missing_ok=True)
    return outdated
