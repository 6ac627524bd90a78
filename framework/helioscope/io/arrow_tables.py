"""Batches as Arrow tables and back, column by column as the schema says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import awkward as ak
import numpy as np
import pyarrow as pa

from helioscope.io.schema_text import as_plain
from helioscope.model.layouts import column_layouts
from helioscope.model.schema import Column, Schema

_FLOATS = {"float32": pa.float32(), "float64": pa.float64()}


def arrow_schema(schema: Schema) -> pa.Schema:
    """Build the Arrow schema: unit and meaning beside each field, the rest in its metadata."""
    fields = [
        pa.field(
            column.name,
            _arrow_type(column),
            nullable=False,
            metadata={"unit": column.unit, "meaning": column.meaning},
        )
        for column in schema.columns
    ]
    text = json.dumps(as_plain(schema), ensure_ascii=False, sort_keys=True)
    return pa.schema(fields, metadata={"helioscope.schema": text})


def metadata_texts(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Spell plain values as the file's metadata holds them."""
    return {"helioscope.metadata": json.dumps(dict(metadata), ensure_ascii=False, sort_keys=True)}


def _arrow_type(column: Column) -> pa.DataType:
    if column.dtype == "string":
        kind = pa.large_string()
    elif column.dtype == "bool":
        kind = pa.bool_()
    else:
        kind = _FLOATS.get(column.dtype) or pa.type_for_alias(column.dtype)
    for axis in reversed(column.axes):
        item = pa.field("element", kind, nullable=False)
        kind = pa.large_list(item) if axis == "var" else pa.list_(item, int(axis))
    return kind


def to_arrow(batch: ak.Array, columns: Schema, schema: pa.Schema) -> pa.Table:
    """Give a batch as an Arrow table; the batch must keep its schema.

    Parameters
    ----------
    columns
        What the batch holds.
    schema
        The same as `arrow_schema` gave it.
    """
    layouts = column_layouts(batch)
    arrays = [
        _to_arrow(layouts[column.name], field.type)
        for column, field in zip(columns.columns, schema, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _to_arrow(layout: ak.contents.Content, kind: pa.DataType) -> pa.Array:
    if layout.is_indexed:
        layout = layout.project()
    if layout.parameter("__array__") == "string":
        listed = layout.to_ListOffsetArray64(True)
        offsets = pa.py_buffer(np.asarray(listed.offsets))
        characters = pa.py_buffer(np.ascontiguousarray(listed.content.data))
        return pa.LargeStringArray.from_buffers(len(listed), offsets, characters)
    if layout.is_numpy and layout.data.ndim > 1:
        layout = layout.to_RegularArray()
    if layout.is_numpy:
        return pa.array(np.ascontiguousarray(layout.data), type=kind)
    if pa.types.is_fixed_size_list(kind):
        inner = layout.content[: len(layout) * layout.size]
        return pa.FixedSizeListArray.from_arrays(_to_arrow(inner, kind.value_type), type=kind)
    listed = layout.to_ListOffsetArray64(True)
    inner = listed.content[: int(listed.offsets[-1])]
    offsets = pa.array(np.asarray(listed.offsets), pa.int64())
    return pa.LargeListArray.from_arrays(offsets, _to_arrow(inner, kind.value_type), type=kind)


def from_arrow(table: pa.Table, columns: Schema) -> ak.Array:
    """Give an Arrow table as a batch in the schema.

    Raises
    ------
    ValueError
        Where a column of the table is of another type than the schema says, or holds nulls.
    """
    contents = []
    for column in columns.columns:
        chunked = table.column(column.name)
        wanted = _arrow_type(column)
        array = chunked.chunk(0) if chunked.num_chunks == 1 else chunked.combine_chunks()
        if isinstance(array, pa.ChunkedArray):
            array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], wanted)
        if not array.type.equals(wanted):
            raise ValueError(f"column {column.name} holds {array.type}, its schema says {wanted}")
        contents.append(_from_arrow(array, column.name))
    record = ak.contents.RecordArray(contents, list(columns.names), length=table.num_rows)
    return ak.Array(record)


def _from_arrow(array: pa.Array, name: str) -> ak.contents.Content:
    if array.null_count:
        raise ValueError(f"column {name} holds {array.null_count} nulls")
    kind = array.type
    if pa.types.is_large_string(kind):
        offsets = _offsets(array)
        buffer = array.buffers()[2]
        characters = np.frombuffer(buffer, np.uint8) if buffer else np.empty(0, np.uint8)
        content = ak.contents.NumpyArray(characters, parameters={"__array__": "char"})
        return ak.contents.ListOffsetArray(
            ak.index.Index64(offsets), content, parameters={"__array__": "string"}
        )
    if pa.types.is_fixed_size_list(kind):
        return ak.contents.RegularArray(
            _from_arrow(array.flatten(), name), kind.list_size, zeros_length=len(array)
        )
    if pa.types.is_large_list(kind):
        offsets = _offsets(array)
        inner = array.values.slice(int(offsets[0]), int(offsets[-1] - offsets[0]))
        return ak.contents.ListOffsetArray(
            ak.index.Index64(offsets - offsets[0]), _from_arrow(inner, name)
        )
    return ak.contents.NumpyArray(array.to_numpy(zero_copy_only=False))


def _offsets(array: pa.Array) -> Any:
    if not len(array):
        return np.zeros(1, np.int64)
    buffer = array.buffers()[1]
    return np.frombuffer(buffer, np.int64)[array.offset : array.offset + len(array) + 1]
