"""Comparing what products were made from with what they and the catalogue remember of it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from helioscope.catalog.rows import ProductRow
from helioscope.catalog.store import Catalog
from helioscope.core.archive.findings import Finding, compared, stands
from helioscope.core.calibrations.stored_calibrations import record
from helioscope.errors import InputError
from helioscope.files import sha256_of
from helioscope.io.run_records import RECORD

#: What the record in a folder tells of its pointing, with the row of a product in it.
Pointing = dict[Path, tuple[ProductRow, Any]]

#: A file, the digest that it should have, and what it is.
Input = tuple[Path, str, str]


def input_findings(catalog: Catalog, pointing: Pointing) -> Iterator[Finding]:
    """Read raw files of runs and of calibrations that hold, pointing logs and grids.

    Each file is read once, and compared with each content that is told of it.
    """
    told: set[tuple[Path, str]] = set()
    read = functools.cache(sha256_of)
    logs = _pointing_logs(catalog, pointing)
    for item in chain(_raw_files(catalog), _of_calibrations(catalog), logs):
        if isinstance(item, Finding):
            yield item
        elif item[:2] not in told:
            told.add(item[:2])
            yield from _input(*item, read)


def _raw_files(catalog: Catalog) -> Iterator[Input]:
    for run in catalog.runs():
        for file in run.files:
            yield file.path, file.sha256, f"run {run.name}, {run.detector}"


def _of_calibrations(catalog: Catalog) -> Iterator[Input]:
    """List the raw files of the versions that hold now; their records tell the places."""
    for row in catalog.live_calibrations():
        try:
            places = record(row)["inputs"]
        except (InputError, KeyError):
            continue  # whether records can be read is looked at with their calibrations
        for place, digest in zip(places, row.inputs, strict=False):
            of = f"input of {row.name} of {row.detector}, v{row.version}"
            yield catalog.root / place, digest, of


def _pointing_logs(catalog: Catalog, pointing: Pointing) -> Iterator[Input | Finding]:
    """List logs and grids; one that moved is where another record tells the same content."""
    told: list[Input] = []
    for folder, (row, about) in pointing.items():
        of = f"run {row.run}, {row.detector}"
        try:
            named = _named_logs(about)
        except (KeyError, TypeError, ValueError):
            detail = f"record of {of}: it does not tell its pointing logs"
            yield Finding("changed", "product", folder / RECORD, detail)
            continue
        told += [(catalog.root / path, digest, f"pointing log of {of}") for path, digest in named]
    there = {digest: path for path, digest in {log[:2] for log in told} if stands(path)}
    for path, digest, of in told:
        yield path if stands(path) else there.get(digest, path), digest, of


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


def _input(path: Path, digest: str, detail: str, read: Callable[[Path], str]) -> Iterator[Finding]:
    if not stands(path):
        yield Finding("missing", "input", path, detail)
    else:
        yield from compared("input", path, digest, detail, read)
