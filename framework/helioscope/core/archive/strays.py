"""What lies in an archive that its catalogue does not know, and taking away what nobody needs.

Only names that helioscope gives are taken away, and only where it gives them: the folder of the
products may hold other things, or be somebody's home.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from helioscope.catalog.rows import JobRow, ProductRow
from helioscope.catalog.store import Catalog
from helioscope.core.archive.findings import Finding, stands
from helioscope.core.archive.job_history import elsewhere, running_jobs, works
from helioscope.core.calibrations.stored_calibrations import TABLE
from helioscope.core.runs.placing import ASIDE
from helioscope.errors import InputError
from helioscope.execution.liveness import alive
from helioscope.io.run_records import RECORD, read_record

#: Files that are being written; some names tell by which process.
_FILE = re.compile(r"\..+\.[0-9a-f]{12}\.part|\.(?:[0-9a-f]{16}\.toml|archive-id)\.(\d+)\.part")
_CALIBRATION = re.compile(r"\.calibration-\w+")
#: They stand beside the folder of a run's products, whose name they carry.
_PARTIAL = re.compile(r"\.[\w.+-]+-partial-(\d+)-\w+")
_PIECES = re.compile(r"\.[\w.+-]+-pieces")
_ASIDE = re.compile(rf"\.([\w.+-]+){ASIDE}")
_PIECE = re.compile(r"\.?\d{6,}\.\w+\.parquet(\.[0-9a-f]{12}\.part)?")
#: Folders below the root that are no run's.
_ROOMS = frozenset(("calibrations", "jobs", "tags", "training"))


def strays(catalog: Catalog, known: Sequence[ProductRow], clean: bool) -> Iterator[Finding]:
    """Look for what lies there besides the known products, and for what a killed process left."""
    archive = _Archive(
        catalog.root,
        products={row.path for row in known},
        versions={row.path for row in catalog.calibration_versions()},
        runs=_ROOMS | set(catalog.run_names()),
        jobs=running_jobs(catalog.jobs()),
    )
    for finding in archive.findings():
        yield finding if not clean else archive.removed(finding)


def told_and_missing(
    folder: Path, told: Mapping[str, Any], known: Collection[str] = ()
) -> Iterator[Finding]:
    """Find the products of which a record tells and that are gone, but for those with a row."""
    for kind, entry in told.items():
        path = folder / f"{entry.get('file', '')}"
        if kind not in known and path.parent == folder and not stands(path):
            detail = f"{kind}: its record tells of it; to make it, run its job again with --replace"
            yield Finding("missing", "product", path, detail)


@dataclass
class _Archive:
    """The folder of an archive, with what is known of it.

    Attributes
    ----------
    runs
        Names of folders below the root in which helioscope writes.
    jobs
        Those that still run, or may.
    """

    root: Path
    products: set[Path]
    versions: set[Path]
    runs: Collection[str]
    jobs: list[JobRow]
    _unread: list[OSError] = field(default_factory=list)

    def findings(self) -> Iterator[Finding]:
        told = {path.parent for path in self.products}
        for folder, folders, files in os.walk(self.root, onerror=self._unread.append):
            here = Path(folder)
            names = sorted(folders)
            folders[:] = [n for n in names if n[0] != "." and not self._is_version(here / n)]
            for name in names:
                yield from self._folder(here / name)
            for name in sorted(files):
                yield from self._file(here / name, RECORD in files)
            if RECORD in files and here not in told:
                yield from _record(here)
        for error in self._unread:
            if self._is_ours(Path(error.filename)):
                detail = f"cannot be looked at: {error.strerror}"
                yield Finding("unknown", "file", Path(error.filename), detail)

    def removed(self, finding: Finding) -> Finding:
        """Take away what was left over, where no job may work on it."""
        half = finding.what == "calibration" and finding.detail == _HALF
        if half and self.jobs:
            return replace(finding, detail=f"{finding.detail}; it stays: {works(self.jobs[0])}")
        if self._others or not (half or finding.verdict == "left over"):
            return finding
        try:
            if finding.path.is_dir():
                shutil.rmtree(finding.path)
            else:
                finding.path.unlink(missing_ok=True)
        except OSError as error:
            return replace(finding, detail=f"{finding.detail}; it stays: {error.strerror}")
        return replace(finding, cleaned=True)

    def _folder(self, path: Path) -> Iterator[Finding]:
        if self._is_version(path):
            if path not in self.versions:
                yield Finding("unknown", "calibration", path, _WHOLE if _is_whole(path) else _HALF)
        elif path.parent == self.root:
            if _CALIBRATION.fullmatch(path.name):
                yield from self._left_over(path)
        elif self._holds_runs(path.parent.parent):
            match = _PARTIAL.fullmatch(path.name)
            if match or _are_pieces(path) or _is_aside(path):
                yield from self._left_over(path, match[1] if match else None)

    def _file(self, path: Path, with_record: bool) -> Iterator[Finding]:
        match = _FILE.fullmatch(path.name)
        if match and self._is_ours(path.parent):
            yield from self._left_over(path, match[1])
        elif path.suffix == ".parquet" and with_record and path not in self.products:
            detail = "not in the catalogue: run its job again to enter it"
            yield Finding("unknown", "product", path, detail)

    def _left_over(self, path: Path, pid: str | None = None) -> Iterator[Finding]:
        """Find something left over, unless a process of this machine works on it."""
        if alive(int(pid)) if pid else any(not elsewhere(job) for job in self.jobs):
            return
        detail = works(self._others[0]) if self._others else "began and never ended"
        yield Finding("left over", "file", path, detail)

    @property
    def _others(self) -> list[JobRow]:
        return [job for job in self.jobs if elsewhere(job)]

    def _is_version(self, path: Path) -> bool:
        if path in self.versions:
            return True
        parts = path.relative_to(self.root).parts
        return len(parts) == 4 and parts[0] == "calibrations" and bool(_VERSION.fullmatch(parts[3]))

    def _holds_runs(self, folder: Path) -> bool:
        """Say whether the folders below one are those of runs."""
        return folder == self.root or folder.parent == self.root / "tags"

    def _is_ours(self, folder: Path) -> bool:
        return folder == self.root or folder.relative_to(self.root).parts[0] in self.runs


_VERSION = re.compile(r"v\d{4,}")
_WHOLE = "whole, but no row tells of it: take it away by hand where nothing needs it"
_HALF = "it was never finished"


def _is_whole(folder: Path) -> bool:
    """Say whether a calibration was finished: its record is written last."""
    return stands(folder / TABLE) and stands(folder / RECORD)


def _are_pieces(folder: Path) -> bool:
    if not _PIECES.fullmatch(folder.name):
        return False
    try:
        return all(_PIECE.fullmatch(path.name) for path in folder.iterdir())
    except OSError:
        return False


def _is_aside(folder: Path) -> bool:
    match = _ASIDE.fullmatch(folder.name)
    return bool(match) and any(
        stands(place / RECORD) for place in (folder, folder.with_name(match[1] if match else ""))
    )


def _record(folder: Path) -> Iterator[Finding]:
    try:
        told = read_record(folder)["products"]
    except InputError:
        return  # no record of products
    yield from told_and_missing(folder, told)
