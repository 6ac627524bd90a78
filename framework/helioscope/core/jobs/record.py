"""The readable record beside every product: what made it, from what, when, and what came out."""

from __future__ import annotations

import functools
import getpass
import json
import math
import os
import platform
import socket
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import helioscope

#: The distributions whose versions may change a result.
LIBRARIES = ("numpy", "awkward", "uproot", "numba", "astropy", "pyarrow", "scikit-learn", "scipy")


def surroundings() -> dict[str, Any]:
    """Say who made a product, where and with which versions; none of it enters a lineage."""
    return {
        "helioscope": helioscope.__version__,
        "python": platform.python_version(),
        "libraries": {name: _version(name) for name in LIBRARIES},
        "host": socket.gethostname(),
        "platform": platform.platform(),
        "user": _user(),
    }


def write_record(path: Path, record: dict[str, Any]) -> None:
    """Write a record as JSON and sync it; what is not finite becomes null."""
    with path.open("w", encoding="utf-8") as file:
        json.dump(_plain(record), file, indent=2, ensure_ascii=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())


@functools.cache  # looking a distribution up takes 2 ms
def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
