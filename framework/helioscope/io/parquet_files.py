"""Parquet files opened with care: complete, products of helioscope, and no bombs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import awkward as ak
import pyarrow as pa
import pyarrow.parquet as pq

from helioscope.errors import InputError, LimitError
from helioscope.files import unreadable
from helioscope.io.arrow_tables import from_arrow
from helioscope.io.schema_text import from_plain
from helioscope.model.schema import Schema

_FOOTER_LIMIT_BYTES = 64 * 2**20


@dataclass(frozen=True)
class ProductHeader:
    """What a product file says of itself, read without its rows."""

    schema: Schema
    rows: int
    metadata: Mapping[str, Any]
    uncompressed_bytes: int


def require_complete(path: Path) -> None:
    """Refuse a file that does not end as a Parquet file does, at a look.

    Raises
    ------
    InputError
        Where it is truncated, no Parquet, or cannot be read.
    """
    try:
        with path.open("rb") as raw:
            size = raw.seek(0, 2)
            raw.seek(max(size - 8, 0))
            tail = raw.read(8)
    except OSError as error:
        raise unreadable(path, error) from error
    footer = int.from_bytes(tail[:4], "little")
    if tail[4:] != b"PAR1" or footer + 12 > size:
        raise InputError(
            where=str(path),
            found=f"{size} bytes that do not end as a Parquet file does",
            expected="a complete Parquet file",
            remedy="it was cut short or is of another kind: make it again",
        )
    if footer > _FOOTER_LIMIT_BYTES:
        raise LimitError(where=str(path), found=f"a footer of {footer} bytes")


def opened(path: Path) -> pq.ParquetFile:
    """Open a file whose end says that it is whole; pages will be read with their checksums.

    Raises
    ------
    InputError
        Where it is truncated or no Parquet.
    """
    require_complete(path)
    try:
        return pq.ParquetFile(path, page_checksum_verification=True, memory_map=False)
    except OSError as error:
        raise unreadable(path, error) from error
    except pa.ArrowException as error:
        raise damaged(path, error) from error


def header_of(path: Path, file: pq.ParquetFile) -> ProductHeader:
    """Give what an open product says of itself.

    Raises
    ------
    InputError
        Where it is no product of helioscope.
    """
    texts = file.metadata.metadata or {}
    try:
        schema = from_plain(json.loads(texts[b"helioscope.schema"]))
        metadata = json.loads(texts[b"helioscope.metadata"])
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(
            where=str(path),
            found="a Parquet file without the schema that helioscope writes into its products",
            expected="a product of helioscope",
        ) from error
    groups = (file.metadata.row_group(i) for i in range(file.metadata.num_row_groups))
    total = sum(group.total_byte_size for group in groups)
    return ProductHeader(schema, file.metadata.num_rows, metadata, total)


def refuse_other_schema(path: Path, found: Schema, wanted: Schema | None) -> None:
    """Refuse a product of another schema or version than the one wanted."""
    if wanted is None or found == wanted:
        return
    columns = dict.fromkeys((*wanted.columns, *found.columns))
    differing = dict.fromkeys(
        c.name for c in columns if c not in found.columns or c not in wanted.columns
    )
    others = f", other columns: {', '.join(differing)}" if differing else ""
    if not differing and found.columns != wanted.columns:
        others = ", its columns in another order"
    raise InputError(
        where=str(path),
        found=f"schema {found.name} version {found.version}{others}",
        expected=f"schema {wanted.name} version {wanted.version}",
        remedy="reprocess it, or read it with the version of the software that wrote it",
    )


def refuse_bomb(path: Path, metadata: pq.FileMetaData, max_bytes: int, *, whole: bool) -> None:
    """Refuse a file of which the whole, or one row group, would unfold beyond the limit.

    Raises
    ------
    LimitError
        Before memory is taken.
    """
    total = 0
    for index in range(metadata.num_row_groups):
        group = metadata.row_group(index)
        columns = [group.column(i) for i in range(group.num_columns)]
        # a run-length encoded column may unfold to 8 bytes a value from next to nothing
        unfolded = sum(max(c.total_uncompressed_size, 8 * c.num_values) for c in columns)
        total = total + unfolded if whole else max(total, unfolded)
    if total > max_bytes:
        raise LimitError(
            where=str(path),
            found=f"up to {total} bytes when unpacked",
            expected=f"at most {max_bytes}",
            remedy="read it in steps, or raise the memory limit",
        )


def damaged(path: Path, error: Exception) -> InputError:
    """Say that a file is damaged."""
    return InputError(
        where=str(path),
        found=f"damaged: {error}",
        expected="an undamaged Parquet file",
        remedy="make it again, or take it from a backup",
    )


def read_table(path: Path, file: pq.ParquetFile) -> pa.Table:
    """Read all rows."""
    try:
        return file.read(use_threads=False)
    except (OSError, pa.ArrowException) as error:
        raise damaged(path, error) from error


def next_piece(path: Path, stream: Iterator[pa.RecordBatch]) -> pa.RecordBatch | None:
    """Give the next rows of a stream; None at its end."""
    try:
        return next(stream, None)
    except (OSError, pa.ArrowException) as error:
        raise damaged(path, error) from error


def as_batch(path: Path, schema: Schema, table: pa.Table) -> ak.Array:
    """Give rows as a batch in the schema.

    Raises
    ------
    InputError
        Where a column is of another type or holds nulls.
    """
    try:
        batch = from_arrow(table, schema)
    except (ValueError, KeyError) as error:
        raise InputError(where=str(path), found=str(error)) from error
    return batch
