"""Products as Parquet: written atomically with page checksums, the same rows as the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import awkward as ak
import pyarrow as pa
import pyarrow.parquet as pq

from helioscope.errors import InputError, OutputError
from helioscope.io.arrow_tables import arrow_schema, metadata_texts, to_arrow
from helioscope.io.atomic import AtomicFile, unwritable
from helioscope.io.parquet_files import (
    ProductHeader,
    as_batch,
    header_of,
    next_piece,
    opened,
    read_table,
    refuse_bomb,
    refuse_other_schema,
)
from helioscope.io.row_groups import group_rows
from helioscope.model.schema import Schema, check

#: More than this is not read at once unless the caller allows it.
READ_LIMIT_BYTES = 2 * 2**30


class ProductWriter:
    """Writes a product batch by batch; use it in a ``with`` statement.

    Leaving the statement commits: the file appears at its path whole and synced. An exception
    inside leaves the path as it was and no temporary file.

    Parameters
    ----------
    path
        Final path; missing folders are made.
    schema
        Every batch must keep it.
    metadata
        Plain values stored in the file, the lineage among them. Nothing that changes from
        call to call (dates, hosts) belongs here.

    Raises
    ------
    OutputError
        Where the system refuses, or a batch does not keep the schema.
    """

    def __init__(
        self, path: Path, schema: Schema, metadata: Mapping[str, Any] | None = None
    ) -> None:
        self.path = path
        self.schema = schema
        self.rows = 0
        self._arrow = arrow_schema(schema)
        self._metadata = metadata or {}
        self._group = group_rows(schema)
        self._waiting: list[pa.Table] = []
        self._waiting_rows = 0
        self._atomic = AtomicFile(path)
        try:
            self._writer = pq.ParquetWriter(
                self._atomic.file,
                self._arrow,
                compression="zstd",
                compression_level=3,
                write_page_checksum=True,
                version="2.6",
                data_page_version="1.0",
            )
        except BaseException:
            self._atomic.abort()
            raise

    def write(self, batch: ak.Array) -> None:
        """Append a batch; rows reach the disk a row group at a time."""
        faults = check(batch, self.schema)
        if faults:
            raise OutputError(
                where=str(self.path),
                found="; ".join(map(str, faults)),
                expected=f"schema {self.schema.name} version {self.schema.version}",
            )
        if not len(batch):
            return
        self._waiting.append(to_arrow(batch, self.schema, self._arrow))
        self._waiting_rows += len(batch)
        self.rows += len(batch)
        while self._waiting_rows >= self._group:
            self._flush(self._group)

    def _flush(self, rows: int) -> None:
        joined = pa.concat_tables(self._waiting)
        group, rest = joined.slice(0, rows), joined.slice(rows)
        self._waiting = [rest] if rest.num_rows else []
        self._waiting_rows = rest.num_rows
        try:
            self._writer.write_table(group.combine_chunks(), row_group_size=rows)
        except OSError as error:
            raise unwritable(self.path, error) from error

    def commit(self, metadata: Mapping[str, Any] | None = None) -> None:
        """Write the last row group and the footer, and give the file its name.

        Parameters
        ----------
        metadata
            Takes the place of the metadata given at the start, where it is known only now.
        """
        try:
            if self._waiting_rows:
                self._flush(self._waiting_rows)
            texts = metadata_texts(self._metadata if metadata is None else metadata)
            self._writer.add_key_value_metadata(texts)
            self._writer.close()
        except OSError as error:
            self.abort()
            raise unwritable(self.path, error) from error
        except BaseException:
            self.abort()
            raise
        self._atomic.commit()

    def abort(self) -> None:
        """Leave the path as it was."""
        self._waiting = []
        self._writer.is_open = False  # a footer would only fill a full disk again
        self._atomic.abort()

    def __enter__(self) -> ProductWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.commit()
        else:
            self.abort()


def read_header(path: Path) -> ProductHeader:
    """Read schema, number of rows and metadata of a product.

    Raises
    ------
    InputError
        Where the file is truncated, no Parquet, or no product of helioscope.
    """
    with opened(path) as file:
        return header_of(path, file)


def read_product(
    path: Path, schema: Schema | None = None, max_bytes: int = READ_LIMIT_BYTES
) -> ak.Array:
    """Read a whole product, every page checksum verified.

    Parameters
    ----------
    schema
        What the file must hold; None takes what it says of itself.
    max_bytes
        Memory that the rows may take.

    Raises
    ------
    InputError
        Where the file is damaged, or of another schema or version.
    LimitError
        Where it would take more memory than allowed, before it is taken.
    """
    batches = list(iterate_product(path, None, schema, max_bytes))
    return batches[0] if len(batches) == 1 else ak.concatenate(batches)


def read_plain(path: Path, schema: Schema) -> ak.Array:
    """Read a Parquet file that another program wrote, as a batch of a given schema.

    Raises
    ------
    InputError
        Where it is damaged, or a column is missing or of another type.
    """
    with opened(path) as file:
        refuse_bomb(path, file.metadata, READ_LIMIT_BYTES, whole=True)
        table = read_table(path, file)
    missing = [name for name in schema.names if name not in table.column_names]
    if missing:
        raise InputError(
            where=str(path),
            found=f"no column {', '.join(missing)}",
            expected=", ".join(schema.names),
        )
    try:
        table = table.select(list(schema.names)).cast(arrow_schema(schema))
    except pa.ArrowException as error:
        raise InputError(
            where=str(path), found=str(error), expected=f"schema {schema.name}"
        ) from error
    batch = as_batch(path, schema, table)
    faults = check(batch, schema)
    if faults:
        raise InputError(
            where=str(path), found="; ".join(map(str, faults)), expected=f"schema {schema.name}"
        )
    return batch


def iterate_product(
    path: Path,
    step: int | None,
    schema: Schema | None = None,
    max_bytes: int = READ_LIMIT_BYTES,
) -> Iterator[ak.Array]:
    """Read a product in batches of up to ``step`` rows; at least one, empty where it has no row.

    Raises
    ------
    InputError, LimitError
        As `read_product`; the limit holds for one row group.
    """
    with opened(path) as file:
        header = header_of(path, file)
        refuse_other_schema(path, header.schema, schema)
        refuse_bomb(path, file.metadata, max_bytes, whole=step is None)
        if not header.rows:
            yield header.schema.empty()
        elif step is None:
            yield as_batch(path, header.schema, read_table(path, file))
        else:
            stream = file.iter_batches(batch_size=step)
            while (batch := next_piece(path, stream)) is not None:
                yield as_batch(path, header.schema, pa.Table.from_batches([batch]))
