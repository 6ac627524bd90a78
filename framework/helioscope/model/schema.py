"""Columns and schemas as data, and the check of a batch against them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import awkward as ak
import numpy as np

from helioscope.model.layouts import column_layouts, text_layout

Axis = int | Literal["var"]

#: What a column may hold; ``string`` is UTF-8 text.
TYPES = (
    "bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64",
    "float32", "float64", "string",
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column of a product.

    Parameters
    ----------
    name
        Standard term of the field, with its unit at the end: ``energy_kev``.
    dtype
        A numpy type name, or ``string``.
    unit
        As it is printed; empty for a pure number.
    meaning
        One sentence.
    axes
        The axes below the row: a number for a fixed length, ``"var"`` for a jagged one.
    minimum
        Values below it (NaN included) are refused; None allows everything.
    """

    name: str
    dtype: str
    unit: str
    meaning: str
    axes: tuple[Axis, ...] = ()
    minimum: float | None = None

    def __post_init__(self) -> None:
        if self.dtype not in TYPES:
            raise ValueError(f"column {self.name}: type {self.dtype} is none of {', '.join(TYPES)}")

    @property
    def type_name(self) -> str:
        """The type with its axes as awkward writes it, for example ``var * 512 * int16``."""
        return " * ".join([str(axis) for axis in self.axes] + [self.dtype])


@dataclass(frozen=True)
class Schema:
    """The columns of a product, with a name and a version.

    The version changes whenever a column is added, dropped or given another type or meaning.
    """

    name: str
    version: int
    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"schema {self.name}: columns named twice: {', '.join(twice)}")

    @property
    def names(self) -> tuple[str, ...]:
        """The column names in order."""
        return tuple(column.name for column in self.columns)

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def __contains__(self, name: str) -> bool:
        return any(column.name == name for column in self.columns)

    def extended(self, name: str, version: int, columns: Iterable[Column]) -> Schema:
        """Give a new schema with further columns behind these."""
        return Schema(name, version, self.columns + tuple(columns))

    def lacks(self, base: Schema) -> list[str]:
        """Name the columns of another schema that are not here, or of another type or unit."""
        return [
            column.name
            for column in base.columns
            if column.name not in self
            or replace(self[column.name], meaning=column.meaning) != column
        ]

    def empty(self) -> ak.Array:
        """Make a batch without rows that keeps the schema."""
        return ak.Array(
            ak.contents.RecordArray(
                [_empty_content(column) for column in self.columns], list(self.names), length=0
            )
        )


@dataclass(frozen=True)
class Fault:
    """One way in which a batch breaks its schema."""

    column: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.column}: found {self.found}, expected {self.expected}"


def check(batch: ak.Array, schema: Schema) -> list[Fault]:
    """List every fault of a batch against a schema at once.

    Parameters
    ----------
    batch
        A record array, one record a row.
    schema
        What it has to be. Columns beyond the schema are faults too.

    Returns
    -------
    list of Fault
        Empty where the batch keeps the schema.
    """
    present = column_layouts(batch) if isinstance(batch, ak.Array) else {}
    if not present:
        if isinstance(batch, ak.Array) and not schema.columns:
            return []
        return [Fault("(batch)", type(batch).__name__, "an awkward record array")]
    faults = [
        Fault(name, "a column the schema does not have", f"one of {', '.join(schema.names)}")
        for name in present
        if name not in schema
    ]
    for column in schema.columns:
        if column.name in present:
            faults.extend(_check_column(present[column.name], column))
        else:
            faults.append(Fault(column.name, "no such column", column.type_name))
    return faults


def _check_column(layout: ak.contents.Content, column: Column) -> list[Fault]:
    found = _type_name(layout)
    if found != column.type_name:
        return [Fault(column.name, found, column.type_name)]
    if column.minimum is not None:
        flat = ak.to_numpy(ak.flatten(layout, axis=None) if column.axes else layout)
        below = ~(flat >= column.minimum)
        if below.any():
            first = flat[np.argmax(below)]
            many = f"{int(below.sum())} values below it or NaN, first {first}"
            return [Fault(column.name, many, f">= {column.minimum:g} {column.unit}".rstrip())]
    return []


def _type_name(layout: ak.contents.Content) -> str:
    """Spell a layout's type; an option or a union shows as such and so never fits a column."""
    axes: list[str] = []
    while True:
        if layout.is_indexed and not layout.is_option:
            layout = layout.project()
        if layout.parameter("__array__") == "string":
            return " * ".join([*axes, "string"])
        if layout.is_numpy:
            axes.extend(str(size) for size in layout.data.shape[1:])
            return " * ".join([*axes, layout.data.dtype.name])
        if layout.is_regular:
            axes.append(str(layout.size))
        elif layout.is_list:
            axes.append("var")
        else:
            return " * ".join([*axes, type(layout).__name__.removesuffix("Array").lower()])
        layout = layout.content


def _empty_content(column: Column) -> ak.contents.Content:
    content = (
        text_layout(())
        if column.dtype == "string"
        else ak.contents.NumpyArray(np.empty(0, np.dtype(column.dtype)))
    )
    for axis in reversed(column.axes):
        if axis == "var":
            offsets = ak.index.Index64(np.zeros(1, np.int64))
            content = ak.contents.ListOffsetArray(offsets, content)
        else:
            content = ak.contents.RegularArray(content, int(axis), zeros_length=0)
    return content


def with_axes(column: Column, axes: tuple[Axis, ...]) -> Column:
    """Give the same column over other axes, for detectors whose size is a setting."""
    return replace(column, axes=axes)
