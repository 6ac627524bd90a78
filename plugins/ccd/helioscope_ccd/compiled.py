"""How the CCD's kernels are compiled, and which compiled ones still hold."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from numba import njit

#: Without the Python lock, kept on disk, and without counting references: the kernels make no
#: arrays, and counting those that they are passed took half of the time at 20 clusters a frame.
#: Divisions are by numbers of pixels, which are not zero.
kernel = njit(nogil=True, cache=True, _nrt=False, error_model="numpy")


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


# A folder that cannot be written to holds no index either.
with suppress(OSError):
    drop_outdated(Path(__file__).parent)
