"""What a file or a folder is, and what it holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np

from helioscope.catalog.overview import MAGIC as CATALOG_MAGIC
from helioscope.catalog.overview import overview
from helioscope.core.events.raw import all_sources
from helioscope.core.jobs.opening import CATALOG
from helioscope.errors import InputError, UsageError
from helioscope.files import sha256_of
from helioscope.io.foreign_parquet import ForeignTable, is_product, read_foreign
from helioscope.io.parquet import read_header, read_plain, read_product
from helioscope.io.run_folders import run_names
from helioscope.io.run_records import RECORD, read_record
from helioscope.model.schema import Schema
from helioscope.plugin import Simulator
from helioscope.registry import Registry

#: Larger products are described by their header alone.
SUMMARISED_BYTES = 256 * 2**20


def inspected(path: Path, registry: Registry) -> dict[str, Any]:
    """Describe a product, a run's folder, a simulation's truth, a catalogue or a raw file.

    Raises
    ------
    UsageError
        Where there is nothing at the path.
    InputError
        Where it is damaged, or of a kind that nothing here knows.
    """
    if path.is_dir():
        return _folder(path)
    if not path.is_file():
        found = "no regular file" if path.exists() else "no such file"
        raise UsageError(where=str(path), found=found, expected="a file or a folder")
    with path.open("rb") as file:
        begins = file.read(len(CATALOG_MAGIC))
    if begins[:4] == b"PAR1":
        return _product(path) if is_product(path) else _foreign(path, registry)
    if begins == CATALOG_MAGIC:
        return {"file": str(path), "is": "a catalogue", **overview(path)}
    names = [name for name, source in all_sources(registry).items() if source.recognises(path)]
    if not names:
        raise InputError(
            where=str(path),
            found="a format that no source recognises",
            expected="a product, a catalogue, Parquet, or a raw file of format "
            + ", ".join(sorted(all_sources(registry))),
        )
    return {
        "file": str(path),
        "is": f"a raw file of format {', '.join(names)}",
        "bytes": path.stat().st_size,
        "sha256": sha256_of(path),
    }


def _folder(path: Path) -> dict[str, Any]:
    record = path / RECORD
    if not record.is_file():
        if (path / CATALOG).is_file():
            return {"folder": str(path), "is": "an --out folder", **overview(path / CATALOG)}
        inside = sorted(child.parent.name for child in path.glob(f"*/{RECORD}"))
        raise InputError(
            where=str(path),
            found="a folder without a record",
            expected=f"the folder of a run's products, with {RECORD}",
            remedy=f"name one of those in it: {', '.join(inside)}" if inside else "",
        )
    run_names(path)
    values = read_record(path)
    return {"folder": str(path), "is": "the products of a run", **values}


def _product(path: Path) -> dict[str, Any]:
    header = read_header(path)
    found: dict[str, Any] = {
        "file": str(path),
        "is": f"a product: {header.schema.name}, version {header.schema.version}",
        "rows": header.rows,
        "sha256": sha256_of(path),
        "lineage": dict(header.metadata.get("lineage", {})),
    }
    rows = read_product(path) if header.uncompressed_bytes < SUMMARISED_BYTES else None
    return found | {"columns": _columns(header.schema, rows)}


def _foreign(path: Path, registry: Registry) -> dict[str, Any]:
    """Describe a Parquet file that is no product: a simulation's truth, or any other table."""
    table = read_foreign(path)
    small = table.uncompressed_bytes < SUMMARISED_BYTES
    for simulator in registry.of(Simulator).values():
        if set(simulator.truth.names) == set(table.columns):
            what = f"the truth that simulator '{simulator.name}' writes beside its raw files"
            rows = read_plain(path, simulator.truth) if small else None
            return _table(path, what, table) | {"columns": _columns(simulator.truth, rows)}
    columns = [{"column": name, "type": kind} for name, kind in table.columns.items()]
    return _table(path, "a Parquet file of another program", table) | {"columns": columns}


def _table(path: Path, what: str, table: ForeignTable) -> dict[str, Any]:
    return {"file": str(path), "is": what, "rows": table.rows, "sha256": sha256_of(path)}


def _columns(schema: Schema, rows: ak.Array | None) -> list[dict[str, Any]]:
    return [
        {
            "column": column.name,
            "type": column.type_name,
            "unit": column.unit,
            **({} if rows is None else _range(rows[column.name])),
            "meaning": column.meaning,
        }
        for column in schema.columns
    ]


def _range(values: ak.Array) -> dict[str, Any]:
    """Give the smallest, the mean and the largest of a numeric column."""
    flat = ak.flatten(values, axis=None) if values.ndim > 1 else values
    if not len(flat) or values.layout.parameter("__array__") == "string":
        return {"min": "", "mean": "", "max": ""}
    numbers = np.asarray(flat)
    if numbers.dtype.kind not in "iuf":
        return {"min": "", "mean": "", "max": ""}
    finite = numbers[np.isfinite(numbers)]
    if not finite.size:
        return {"min": "", "mean": "", "max": ""}
    return {"min": finite.min().item(), "mean": float(finite.mean()), "max": finite.max().item()}
