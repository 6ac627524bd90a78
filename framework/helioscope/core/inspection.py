"""What a file or a folder is, and what it holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np

from helioscope.core.product_folder import RECORD
from helioscope.core.raw import all_sources
from helioscope.errors import InputError, UsageError
from helioscope.io.files import sha256_of
from helioscope.io.parquet import read_header, read_product
from helioscope.registry import Registry

#: Larger products are described by their header alone.
SUMMARISED_BYTES = 256 * 2**20


def inspected(path: Path, registry: Registry) -> dict[str, Any]:
    """Describe a product, the folder of a run, or a raw file, in plain values.

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
        raise UsageError(where=str(path), found="no such file", expected="a file or a folder")
    with path.open("rb") as file:
        magic = file.read(4)
    if magic == b"PAR1":
        return _product(path)
    names = [name for name, source in all_sources(registry).items() if source.recognises(path)]
    if not names:
        raise InputError(
            where=str(path),
            found="a format that no source recognises",
            expected=f"a product, or one of {', '.join(sorted(all_sources(registry)))}",
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
        raise InputError(
            where=str(path),
            found="a folder without a record",
            expected=f"the folder of a run's products, with {RECORD}",
        )
    values: dict[str, Any] = json.loads(record.read_text(encoding="utf-8"))
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
    found["columns"] = [
        {
            "column": column.name,
            "type": column.type_name,
            "unit": column.unit,
            **({} if rows is None else _range(rows[column.name])),
            "meaning": column.meaning,
        }
        for column in header.schema.columns
    ]
    return found


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
