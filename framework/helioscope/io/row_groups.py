"""How many rows a Parquet row group holds."""

from __future__ import annotations

import numpy as np

from helioscope.model.schema import Schema

#: A row group holds about this many bytes, at most so many rows; both fixed, so that the bytes
#: of a file depend on its rows alone and not on how they came.
GROUP_BYTES = 16 * 2**20
GROUP_ROWS = 65536

#: Values that an axis without fixed length is taken to have when the group's rows are chosen.
_VAR_GUESS = 32


def group_rows(schema: Schema) -> int:
    """Give the rows of a full row group, which follow from the schema alone."""
    row_bytes = 0
    for column in schema.columns:
        size = 16 if column.dtype == "string" else np.dtype(column.dtype).itemsize
        for axis in column.axes:
            size *= _VAR_GUESS if axis == "var" else max(int(axis), 1)
        row_bytes += size
    return max(1, min(GROUP_ROWS, GROUP_BYTES // max(row_bytes, 1)))
