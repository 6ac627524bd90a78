"""Parquet files of other programs: what they hold, told without reading their rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from helioscope.io.parquet_files import opened


@dataclass(frozen=True)
class ForeignTable:
    """A Parquet file's shape: the Arrow type of each column by name, and the rows."""

    columns: dict[str, str]
    rows: int
    uncompressed_bytes: int


def is_product(path: Path) -> bool:
    """Tell whether a Parquet file says that helioscope wrote it as a product.

    Raises
    ------
    InputError
        Where it is truncated or no Parquet.
    """
    with opened(path) as file:
        return b"helioscope.schema" in (file.metadata.metadata or {})


def read_foreign(path: Path) -> ForeignTable:
    """Read the columns of any Parquet file.

    Raises
    ------
    InputError
        Where it is truncated or no Parquet.
    """
    with opened(path) as file:
        columns = {field.name: str(field.type) for field in file.schema_arrow}
        groups = (file.metadata.row_group(i) for i in range(file.metadata.num_row_groups))
        total = sum(group.total_byte_size for group in groups)
        return ForeignTable(columns, file.metadata.num_rows, total)
