"""Known raw files that an import does not find as such: gone, or no raw files any more."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from helioscope.catalog import tables
from helioscope.catalog.files import require_known
from helioscope.catalog.imported_runs import Examined, Import
from helioscope.catalog.part import stored_path
from helioscope.catalog.rows import FileRow
from helioscope.catalog.store import Catalog
from helioscope.files import is_gone, require_unchanged, sha256_of, snapshot


def with_lost(catalog: Catalog, asked: Import, found: Sequence[Examined]) -> list[Examined]:
    """Take known files that no source recognises any more for what they are.

    Such a file is bad where its content may be replaced.

    Raises
    ------
    InputError
        Where the catalogue knows one with another content, and it may not be replaced.
    """
    strange = [one.path for one in found if one.file is None and not one.reason]
    known = catalog.known_files(strange) if strange else {}
    owners = catalog.owners(known) if known else {}
    mine = {path for path in known if asked.detector in {name for name, *_ in owners.get(path, ())}}
    return [
        _lost(known[one.path], one.path, asked.replace, one.path in mine)
        if one.path in known
        else one
        for one in found
    ]


def _lost(known: FileRow, path: Path, replace: bool, mine: bool) -> Examined:
    before, digest = snapshot(path), sha256_of(path)
    require_unchanged(path, before)
    if digest == known.sha256:
        return Examined(path, None)  # a job named its format
    if not replace:
        require_known(known, path, digest)
    if not mine:
        return Examined(path, None, reason="no raw file any more, known of another detector")
    reason = "no source recognises it any more"
    row = FileRow(path, before.size, before.mtime_ns, digest, "bad", reason)
    return Examined(path, row)


def gone_files(catalog: Catalog, detector: str, folder: Path) -> list[tuple[Path, str]]:
    """List the files of a detector's runs below a folder that are there no more, with their runs.

    One whose content lies elsewhere by now was moved.
    """
    with catalog.database.reading() as connection:
        rows = connection.execute(_files_below(detector, folder, catalog.root)).all()
    gone = [(path, row) for row in rows if is_gone(path := catalog.root / row.path)]
    contents = catalog.files_with({row.sha256 for _, row in gone}, detector) if gone else []
    moved = {file.sha256 for file, _ in contents if not is_gone(file.path)}
    return [(path, f"of run {row.name}") for path, row in gone if row.sha256 not in moved]


def _files_below(detector: str, folder: Path, root: Path) -> sa.Select[Any]:
    files, order, runs = tables.files, tables.run_files, tables.runs
    below = files.c.path.startswith(stored_path(folder, root).rstrip("/") + "/", autoescape=True)
    if root.is_relative_to(folder):
        below |= sa.not_(files.c.path.startswith("/"))
    return (
        sa.select(files.c.path, files.c.sha256, runs.c.name)
        .join(order, order.c.file_id == files.c.id)
        .join(runs, runs.c.id == order.c.run_id)
        .where(runs.c.detector == detector, below)
        .order_by(files.c.path)
    )
