"""What imported runs are called: after their places, by names that differ where places do."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from helioscope.catalog.rows import FileRow
from helioscope.catalog.store import Catalog
from helioscope.catalog.tables import runs as _RUNS  # noqa: N812
from helioscope.files import is_gone


def chosen_names(
    catalog: Catalog, detector: str, folder: Path, found: Mapping[Path, Sequence[FileRow]]
) -> dict[Path, str]:
    """Choose the name of each place's run.

    A name that stands for files of another place is not taken a second time, unless these were
    moved here.

    Parameters
    ----------
    folder
        The tree that is imported.
    found
        The files of each place.
    """
    wanted = {place: run_name(place, folder) for place in sorted(found)}
    named = _RUNS.c.name.in_(sorted(set(wanted.values())))
    taken = {run.name: run.files for run in catalog.runs(named, detector=detector)}
    names: dict[Path, str] = {}
    given: set[str] = set()
    for place, name in wanted.items():
        others = (
            file for file in taken.get(name, ()) if place not in (file.path, file.path.parent)
        )
        here = {file.sha256 for file in found[place]}
        clash = name in given or any(not was_moved(file, here) for file in others)
        names[place] = _marked(name, str(place)) if clash else name
        given.add(names[place])
    return names


def was_moved(file: FileRow, digests: set[str]) -> bool:
    """Say whether a file is not at its place any more and its content is among these.

    One whose disk is not there just now is gone as well: only the content tells that another
    file is not merely of its name.
    """
    return file.sha256 in digests and is_gone(file.path)


def run_name(path: Path, folder: Path) -> str:
    """Name a run after its place in the tree: safe as a folder."""
    place = path.relative_to(folder).as_posix() if path != folder else folder.name
    bare = re.sub(r"(\.[A-Za-z][A-Za-z0-9]*)?(\.(gz|fz|bz2|xz|zst|Z))?$", "", place) or place
    safe = re.sub(r"[^A-Za-z0-9._+-]+|\.\.+", "_", bare).lstrip("._+-").rstrip(".")[:80]
    # what had to be changed could now be the name of another place
    return safe if safe == bare else _marked(safe, place)


def _marked(name: str, place: str) -> str:
    mark = hashlib.sha256(place.encode(errors="surrogateescape")).hexdigest()[:8]
    return f"{name[:80]}-{mark}" if name else mark
