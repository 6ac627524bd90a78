"""A small file system in memory, to be filled."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def mounted(place: Path, size: str, *, lazily: bool = False) -> Iterator[Path]:
    """Mount a file system of this size where the machine allows it; else skip the test.

    Taken away lazily it may have a file open, as a fault leaves one.
    """
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("this machine does not allow a file system in memory to be mounted")
    try:
        yield place
    finally:
        subprocess.run(["umount", *["--lazy"] * lazily, place], check=True)
