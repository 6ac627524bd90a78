"""Comparing what lies on the disk with what the catalogue says, and tidying up."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from helioscope.catalog.jobs import is_as_kept
from helioscope.catalog.rows import CalibrationRow, ProductRow
from helioscope.catalog.store import Catalog
from helioscope.core.archive.findings import Finding, Verdict, compared
from helioscope.core.archive.input_findings import input_findings
from helioscope.core.archive.job_history import running
from helioscope.core.calibrations.calibration_store import TABLE, content_digest, record
from helioscope.core.runs.placing import ASIDE, restore
from helioscope.core.runs.product_folder import RECORD
from helioscope.errors import ExitCode, InputError
from helioscope.execution.liveness import alive
from helioscope.io.run_folders import read_record

_PARTIAL = re.compile(r"\..+-partial-(?P<pid>\d+)-.+|\..+\.(?P<owner>\d+)\.part|\..+\.part")
#: Several processes write there, so that nobody knows whose they are.
_SHARED = re.compile(rf"\.calibration-.*|\..+-pieces|\..+{ASIDE}")


def verified(catalog: Catalog, *, inputs: bool = True, clean: bool = False) -> Iterator[Finding]:
    """Check what the catalogue knows, and look for what it does not know.

    Parameters
    ----------
    inputs
        Read the raw files and pointing logs as well as products, calibrations and kept job files.
    clean
        Put back products that a kill left aside, and take away what no product needs: what was
        left over, calibrations that never got their row, and the rows of products whose file is
        gone.
    """
    yield from _products(catalog, clean)
    yield from _calibrations(catalog)
    yield from _job_files(catalog)
    if inputs:
        yield from input_findings(catalog)
    yield from _strays(catalog, clean)


def exit_code(findings: list[Finding]) -> ExitCode:
    """Give the exit code that findings ask for: damage is bad input, disorder a recorded skip."""
    open_ones = [finding for finding in findings if not finding.cleaned]
    if any(finding.verdict in ("changed", "missing") for finding in open_ones):
        return ExitCode.INPUT
    return ExitCode.DONE_WITH_SKIPS if open_ones else ExitCode.DONE


def _products(catalog: Catalog, clean: bool) -> Iterator[Finding]:
    restoring = clean and not _somebody_works(catalog)
    folders: dict[Path, ProductRow] = {}
    for row in catalog.products():
        what = f"{row.kind} of run {row.run}, {row.detector}"
        if restoring:
            restore(row.path.parent)
        if not row.path.is_file():
            if clean:
                catalog.forget_product(row.path)
            yield Finding("missing", "product", row.path, what, cleaned=clean)
            continue
        folders[row.path.parent] = row
        yield from compared("product", row.path, row.digest, what)
    for folder, row in folders.items():
        yield from _product_record(folder, row)


def _product_record(folder: Path, row: ProductRow) -> Iterator[Finding]:
    """Look at the record beside products: whether it is one, and tells of a file that is there."""
    what = f"record of run {row.run}, {row.detector}"
    try:
        told = read_record(folder)["products"][row.kind]["sha256"]
    except InputError as fault:
        verdict: Verdict = "changed" if (folder / RECORD).is_file() else "missing"
        yield Finding(verdict, "product", folder / RECORD, f"{what}: {fault.found}")
    except (KeyError, TypeError):
        yield Finding("changed", "product", folder / RECORD, f"{what}: it tells of no {row.kind}")
    else:
        if told != row.digest:
            detail = f"{what}: it tells of other {row.kind}"
            yield Finding("changed", "product", folder / RECORD, detail)


def _calibrations(catalog: Catalog) -> Iterator[Finding]:
    seen: set[Path] = set()
    for row in catalog.calibration_versions():
        if row.path in seen:
            continue  # another validity of the same content
        seen.add(row.path)
        what = f"{row.name} of {row.detector}, v{row.version}"
        if not (row.path / TABLE).is_file():
            yield Finding("missing", "calibration", row.path, what)
        elif (found := content_digest(row.path)) != row.digest:
            detail = f"{what}: sha256 {found[:12]} instead of {row.digest[:12]}"
            yield Finding("changed", "calibration", row.path, detail)
        else:
            yield from _calibration_record(row, what)


def _calibration_record(row: CalibrationRow, what: str) -> Iterator[Finding]:
    try:
        record(row)
    except InputError as fault:
        verdict: Verdict = "changed" if (row.path / RECORD).is_file() else "missing"
        yield Finding(verdict, "calibration", row.path / RECORD, f"{what}: {fault.found}")


def _job_files(catalog: Catalog) -> Iterator[Finding]:
    for path in dict.fromkeys(job.job_file for job in catalog.jobs()):
        if path is not None and not is_as_kept(path):
            verdict: Verdict = "changed" if path.exists() else "missing"
            yield Finding(verdict, "job file", path, "the copy by which runs are processed again")


def _strays(catalog: Catalog, clean: bool) -> Iterator[Finding]:
    known = {row.path for row in catalog.products()}
    versions = {row.path for row in catalog.calibration_versions()}
    somebody = _somebody_works(catalog)
    for folder, folders, files in os.walk(catalog.root):
        here = Path(folder)
        for name in sorted(folders):
            path = here / name
            if _is_left_over(path, somebody):
                folders.remove(name)
                yield _removed(Finding("left over", "file", path, "began and never ended"), clean)
            elif _is_version(path, catalog.root) and path not in versions:
                folders.remove(name)
                finding = Finding("unknown", "calibration", path, "it never got its row")
                yield _removed(finding, clean and not somebody)
            elif path in versions or name.startswith("."):
                folders.remove(name)
        for name in sorted(files):
            path = here / name
            if _is_left_over(path, somebody):
                yield _removed(Finding("left over", "file", path, "began and never ended"), clean)
            elif path.suffix == ".parquet" and (here / RECORD).exists() and path not in known:
                detail = "not in the catalogue: run its job again to enter it"
                yield Finding("unknown", "product", path, detail)


def _is_version(path: Path, root: Path) -> bool:
    parts = path.relative_to(root).parts
    return len(parts) == 4 and parts[0] == "calibrations" and bool(re.match(r"v\d{4}", parts[3]))


def _is_left_over(path: Path, somebody: bool) -> bool:
    match = _PARTIAL.fullmatch(path.name)
    if match:
        pid = match["pid"] or match["owner"]
        return not (alive(int(pid)) if pid else somebody)
    return bool(_SHARED.fullmatch(path.name)) and not somebody


def _somebody_works(catalog: Catalog) -> bool:
    """Say whether a job of this machine still runs; on others nobody knows."""
    return any(running(job) for job in catalog.jobs())


def _removed(finding: Finding, clean: bool) -> Finding:
    if not clean:
        return finding
    if finding.path.is_dir():
        shutil.rmtree(finding.path, ignore_errors=True)
    else:
        finding.path.unlink(missing_ok=True)
    gone = not finding.path.exists()
    return Finding(finding.verdict, finding.what, finding.path, finding.detail, cleaned=gone)
