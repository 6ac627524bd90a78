"""Comparing what the catalogue knows with what lies on the disk, and tidying up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from helioscope.catalog.jobs import is_as_kept
from helioscope.catalog.rows import CalibrationRow, ProductRow
from helioscope.catalog.store import Catalog
from helioscope.core.archive.claims import CLAIMS, read_claim
from helioscope.core.archive.findings import Finding, Verdict, compared, stands
from helioscope.core.archive.input_findings import Pointing, input_findings
from helioscope.core.archive.job_history import running_jobs, works
from helioscope.core.archive.strays import strays, told_and_missing
from helioscope.core.calibrations.stored_calibrations import TABLE, content_digest, record
from helioscope.core.runs.placing import restore
from helioscope.errors import ExitCode, HelioscopeError, InputError
from helioscope.io.run_records import RECORD, read_record


def verified(catalog: Catalog, *, inputs: bool = True, clean: bool = False) -> Iterator[Finding]:
    """Check what the catalogue knows, and look for what it does not know.

    Parameters
    ----------
    inputs
        Read the raw files and pointing logs as well as products, calibrations and kept job files.
    clean
        Put back products that a kill left aside, and take away what no product needs: what was
        left over, calibrations that were never finished, and the rows of products whose file is
        gone.
    """
    products = catalog.products()
    pointing: Pointing = {}
    yield from _products(catalog, products, clean, pointing)
    yield from _calibrations(catalog)
    yield from _job_files(catalog)
    yield from _claims(catalog.root)
    if inputs:
        yield from input_findings(catalog, pointing)
    yield from strays(catalog, products, clean)


def exit_code(findings: list[Finding]) -> ExitCode:
    """Give the exit code that findings ask for: damage is bad input, disorder a recorded skip."""
    open_ones = [finding for finding in findings if not finding.cleaned]
    if any(finding.verdict in ("changed", "missing") for finding in open_ones):
        return ExitCode.INPUT
    return ExitCode.DONE_WITH_SKIPS if open_ones else ExitCode.DONE


def _products(
    catalog: Catalog, known: Sequence[ProductRow], clean: bool, pointing: Pointing
) -> Iterator[Finding]:
    """Look at products and their records; take down what these tell of the pointing."""
    working = running_jobs(catalog.jobs()) if clean else []
    mending = clean and not working
    folders: dict[Path, list[ProductRow]] = {}
    for row in known:
        folders.setdefault(row.path.parent, []).append(row)
    for folder, rows in folders.items():
        if mending:
            yield from _restored(folder)
        told = _told(folder)
        gone = [row for row in rows if not stands(row.path)]
        for row in gone:
            finding = _gone(catalog, row, told, mending)
            why = f"; its row stays: {works(working[0])}" if working else ""
            yield replace(finding, detail=finding.detail + why)
        there = [row for row in rows if row not in gone]
        for row in there:
            yield from compared("product", row.path, row.digest, _named(row))
        yield from _record(folder, rows, there, told)
        if there and isinstance(told, dict):
            pointing[folder] = there[-1], told.get("pointing")


def _restored(folder: Path) -> Iterator[Finding]:
    try:
        restore(folder)
    except (HelioscopeError, OSError) as fault:
        yield Finding("changed", "product", folder, f"it cannot be put back: {fault}")


def _told(folder: Path) -> dict[str, Any] | InputError:
    """Read the record beside products."""
    try:
        return read_record(folder)
    except InputError as fault:
        return fault


def _gone(catalog: Catalog, row: ProductRow, told: object, clean: bool) -> Finding:
    """Find a product missing; where its record tells of it, it stays so without its row."""
    if clean:
        catalog.forget_product(row.path)
    if not clean or not isinstance(told, dict):
        return Finding("missing", "product", row.path, _named(row), cleaned=clean)
    detail = f"{_named(row)}: its row was dropped, its record still tells of it"
    return Finding("missing", "product", row.path, detail)


def _record(
    folder: Path, rows: Sequence[ProductRow], there: Sequence[ProductRow], told: Any
) -> Iterator[Finding]:
    """Look at the record beside products: whether it is one, and tells of what is there."""
    path = folder / RECORD
    of = f"record of run {rows[0].run}, {rows[0].detector}"
    if isinstance(told, InputError):
        verdict: Verdict = "changed" if stands(path) else "missing"
        if there:
            yield Finding(verdict, "product", path, f"{of}: {told.found}")
        return
    for row in there:
        entry = told["products"][row.kind]
        if entry["sha256"] != row.digest:
            yield Finding("changed", "product", path, f"{of}: it tells of other {row.kind}")
        elif entry["lineage"] != row.lineage:
            detail = f"{of}: it tells of {row.kind} that were made in another way"
            yield Finding("changed", "product", path, detail)
    yield from told_and_missing(folder, told["products"], [row.kind for row in rows])


def _named(row: ProductRow) -> str:
    return f"{row.kind} of run {row.run}, {row.detector}"


def _calibrations(catalog: Catalog) -> Iterator[Finding]:
    seen: set[Path] = set()
    for row in catalog.calibration_versions():
        if row.path in seen:
            continue  # another validity of the same content
        seen.add(row.path)
        what = f"{row.name} of {row.detector}, v{row.version}"
        if not stands(row.path / TABLE):
            yield Finding("missing", "calibration", row.path, what)
            continue
        try:
            found = content_digest(row.path)
        except (InputError, OSError) as fault:
            why = fault.found if isinstance(fault, InputError) else fault.strerror
            yield Finding("changed", "calibration", row.path, f"{what}: {why}")
            continue
        if found != row.digest:
            detail = f"{what}: sha256 {found[:12]} instead of {row.digest[:12]}"
            yield Finding("changed", "calibration", row.path, detail)
        else:
            yield from _calibration_record(row, what)


def _calibration_record(row: CalibrationRow, what: str) -> Iterator[Finding]:
    try:
        record(row)
    except InputError as fault:
        verdict: Verdict = "changed" if stands(row.path / RECORD) else "missing"
        yield Finding(verdict, "calibration", row.path / RECORD, f"{what}: {fault.found}")


def _job_files(catalog: Catalog) -> Iterator[Finding]:
    for path in dict.fromkeys(job.job_file for job in catalog.jobs()):
        if path is not None and not is_as_kept(path):
            verdict: Verdict = "changed" if stands(path) else "missing"
            yield Finding(verdict, "job file", path, "the copy by which runs are processed again")


def _claims(root: Path) -> Iterator[Finding]:
    for path in sorted((root / "tags").glob(f"*/{CLAIMS}/*.json")):
        try:
            read_claim(path)
        except InputError as fault:
            detail = f"how its tag is made: {fault.found}; {fault.remedy}"
            yield Finding("changed", "claim", path, detail)
