"""Building batches from plain columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.model.layouts import text_layout
from helioscope.model.schema import Schema


def text_column(texts: Sequence[str], index: NDArray[np.integer]) -> ak.Array:
    """Make a text column that repeats a few texts.

    Parameters
    ----------
    texts
        The different texts.
    index
        For each row, which of them.
    """
    rows = ak.index.Index64(np.asarray(index, np.int64))
    return ak.Array(ak.contents.IndexedArray(rows, text_layout(texts)).project())


def batch_of(columns: Mapping[str, ak.Array | NDArray[np.generic]], schema: Schema) -> ak.Array:
    """Join columns of one length to a batch, in the order and the types of a schema.

    Flat numpy columns are cast to the schema's type; all others must have theirs already.
    """
    contents = []
    for column in schema.columns:
        values = columns[column.name]
        if isinstance(values, np.ndarray) and column.dtype != "string" and not column.axes:
            values = values.astype(column.dtype, copy=False)
        contents.append(ak.to_layout(values))
    return ak.Array(ak.contents.RecordArray(contents, list(schema.names)))


def with_columns(batch: ak.Array, columns: Mapping[str, NDArray[np.generic]]) -> ak.Array:
    """Give a batch with other values in some of its flat columns, which keep their types.

    Parameters
    ----------
    columns
        One value a row, by name; each is cast to the type of the column that it replaces.

    Raises
    ------
    ValueError
        Where the batch has no such column, it is not flat, or there is not one value a row.
    """
    layout = batch.layout if batch.layout.is_record else ak.to_packed(batch).layout
    unknown = [name for name in columns if name not in layout.fields]
    if unknown:
        raise ValueError(f"no column {', '.join(unknown)} among {', '.join(layout.fields)}")
    contents = []
    for name in layout.fields:
        values = layout.content(name)
        if name in columns:
            values = ak.contents.NumpyArray(_replaced(name, values, columns[name], len(batch)))
        contents.append(values)
    return ak.Array(ak.contents.RecordArray(contents, layout.fields, length=len(batch)))


def _replaced(
    name: str, old: ak.contents.Content, new: NDArray[np.generic], rows: int
) -> NDArray[np.generic]:
    old = old.project() if old.is_indexed and not old.is_option else old
    if not old.is_numpy or old.data.ndim != 1:
        raise ValueError(f"column {name} is not flat")
    flat = np.asarray(new)
    if flat.shape != (rows,):
        raise ValueError(f"column {name}: values of shape {flat.shape} for {rows} rows")
    return np.ascontiguousarray(flat, old.data.dtype)
