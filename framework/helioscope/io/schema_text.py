"""A schema as plain values and back, for the metadata of files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helioscope.model.schema import Axis, Column, Schema


def as_plain(schema: Schema) -> dict[str, Any]:
    """Give a schema as plain values that JSON can hold."""
    return {
        "name": schema.name,
        "version": schema.version,
        "columns": [
            {
                "name": column.name,
                "dtype": column.dtype,
                "unit": column.unit,
                "meaning": column.meaning,
                "axes": list(column.axes),
                "minimum": column.minimum,
            }
            for column in schema.columns
        ],
    }


def from_plain(plain: Mapping[str, Any]) -> Schema:
    """Build the schema that `as_plain` gave.

    Raises
    ------
    ValueError, KeyError, TypeError
        Where the values do not describe a schema.
    """
    columns = tuple(_column(entry) for entry in plain["columns"])
    return Schema(str(plain["name"]), int(plain["version"]), columns)


def _column(entry: Mapping[str, Any]) -> Column:
    minimum = entry["minimum"]
    return Column(
        str(entry["name"]),
        str(entry["dtype"]),
        str(entry["unit"]),
        str(entry["meaning"]),
        tuple(_axis(axis) for axis in entry["axes"]),
        None if minimum is None else float(minimum),
    )


def _axis(axis: Any) -> Axis:
    if axis == "var":
        return "var"
    if not isinstance(axis, int) or not 0 <= axis < 2**31:
        raise ValueError(f"{axis!r} is no axis")
    return axis
