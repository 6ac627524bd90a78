"""Products as CSV, with schema and lineage as JSON beside."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv

from helioscope.io.arrow_tables import arrow_schema, to_arrow
from helioscope.io.atomic import replacing
from helioscope.io.files import write_json
from helioscope.io.parquet import iterate_product, read_header
from helioscope.io.schema_text import as_plain

_STEP = 65536
#: A spreadsheet would take a text that begins so as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(path: Path, product: Path) -> int:
    """Write a product as CSV with a header line. Gives the rows.

    Lists become JSON text, with null for what is no finite number.

    Raises
    ------
    InputError
        Where the product is damaged.
    OutputError
        Where the system refuses.
    """
    header = read_header(product)
    schema = arrow_schema(header.schema)
    plain = pa.schema([pa.field(field.name, _flat(field.type)) for field in schema])
    with replacing(path) as file, pa_csv.CSVWriter(file, plain) as writer:
        for batch in iterate_product(product, _STEP):
            table = to_arrow(batch, header.schema, schema)
            columns = [_column(table.column(name)) for name in header.schema.names]
            writer.write_table(pa.Table.from_arrays(columns, schema=plain))
    about = {"schema": as_plain(header.schema), "rows": header.rows, **header.metadata}
    write_json(path.with_name(path.name + ".json"), about)
    return header.rows


def _flat(kind: pa.DataType) -> pa.DataType:
    return pa.large_string() if _is_text(kind) else kind


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_large_list(kind)
        or pa.types.is_fixed_size_list(kind)
        or pa.types.is_large_string(kind)
    )


def _column(values: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_large_string(values.type):
        texts = [_harmless(text) for text in values.to_pylist()]
        return pa.chunked_array([texts], pa.large_string())
    if _is_text(values.type):
        texts = [json.dumps(_finite(entry), allow_nan=False) for entry in values.to_pylist()]
        return pa.chunked_array([texts], pa.large_string())
    return values


def _finite(entry: Any) -> Any:
    """Put null where JSON knows no number: NaN and infinity."""
    if isinstance(entry, list):
        return [_finite(part) for part in entry]
    return None if isinstance(entry, float) and not math.isfinite(entry) else entry


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
