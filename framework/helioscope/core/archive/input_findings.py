"""Comparing what products were made from with what they and the catalogue remember of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from helioscope.catalog.rows import ProductRow
from helioscope.catalog.store import Catalog
from helioscope.core.archive.findings import Finding, compared
from helioscope.core.runs.product_folder import RECORD

#: What the record in a folder tells of its pointing, with the row of a product in it.
Pointing = dict[Path, tuple[ProductRow, Any]]


def input_findings(catalog: Catalog, pointing: Pointing) -> Iterator[Finding]:
    """Read raw files, which the catalogue knows, and pointing logs and grids of the records."""
    yield from _raw_files(catalog)
    yield from _pointing_logs(pointing)


def _raw_files(catalog: Catalog) -> Iterator[Finding]:
    seen: set[Path] = set()
    for run in catalog.runs():
        for file in run.files:
            if file.path in seen:
                continue
            seen.add(file.path)
            yield from _input(file.path, file.sha256, f"run {run.name}, {run.detector}")


def _pointing_logs(pointing: Pointing) -> Iterator[Finding]:
    """Look at each log once for each content that records tell of it."""
    seen: set[tuple[Path, str]] = set()
    for folder, (row, told) in pointing.items():
        of = f"run {row.run}, {row.detector}"
        try:
            named = _named_logs(told)
        except (KeyError, TypeError, ValueError):
            detail = f"record of {of}: it does not tell its pointing logs"
            yield Finding("changed", "product", folder / RECORD, detail)
            continue
        for path, digest in named:
            if (path, digest) not in seen:
                seen.add((path, digest))
                yield from _input(path, digest, f"pointing log of {of}")


def _named_logs(pointing: Any) -> list[tuple[Path, str]]:
    """Give the logs, and the grid where there is one, with their digests.

    Records of older versions do not name the grid, whose digest stands last.
    """
    if not pointing:
        return []
    files, digests = pointing["files"], pointing["sha256"]
    if len(digests) < len(files) or not all(isinstance(digest, str) for digest in digests):
        raise ValueError("each log has a digest")
    return [(Path(file), digest) for file, digest in zip(files, digests, strict=False)]


def _input(path: Path, digest: str, detail: str) -> Iterator[Finding]:
    if not path.is_file():
        yield Finding("missing", "input", path, detail)
    else:
        yield from compared("input", path, digest, detail)
