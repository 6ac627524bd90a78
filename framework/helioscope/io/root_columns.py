"""Branches as columns of a schema: of the right type and shape, with counts that agree."""

from __future__ import annotations

import operator
from functools import reduce
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.errors import InputError
from helioscope.model.schema import Column


class BranchFaultError(ValueError):
    """A branch cannot become its column; says what was found, nothing where its type says it."""


def branch_values(piece: ak.Array, branch: str) -> ak.Array:
    """Give a branch of what was read; a field of an RNTuple's record stands within the record."""
    if branch in piece.fields:
        return piece[branch]
    return reduce(operator.getitem, branch.split("."), piece)


def fitted(values: ak.Array, column: Column, first: int) -> ak.contents.Content:
    """Turn what a branch holds into what the schema says, without loss.

    Integers may become wider, or narrower where every value fits; float64 is rounded to
    float32; counts may become floating-point numbers that hold them exactly.

    Parameters
    ----------
    first
        Entry of the first event, for messages.

    Raises
    ------
    BranchFaultError
        Where type, shape or a value does not fit.
    """
    try:
        return _fitted(ak.to_layout(values), column, column.axes, first)
    except BranchFaultError as fault:
        if fault.args:
            raise
        raise BranchFaultError(str(values.type.content)) from None


def _fitted(
    layout: ak.contents.Content, column: Column, axes: tuple[Any, ...], first: int
) -> ak.contents.Content:
    if layout.is_indexed and not layout.is_option:
        layout = layout.project()
    if column.dtype == "string" and not axes:
        if layout.parameter("__array__") != "string":
            raise BranchFaultError
        return layout.to_ListOffsetArray64(True)
    if layout.is_numpy and layout.data.ndim > 1:
        layout = layout.to_RegularArray()
    if not axes:
        if not layout.is_numpy:
            raise BranchFaultError
        return ak.contents.NumpyArray(_cast(layout.data, np.dtype(column.dtype), first))
    if not (layout.is_list or layout.is_regular) or layout.parameter("__array__") == "string":
        raise BranchFaultError
    if axes[0] == "var":
        listed = layout.to_ListOffsetArray64(True)
        inner = listed.content[: int(listed.offsets[-1])]
        if len(axes) > 1 and axes[1] != "var" and inner.is_numpy and inner.data.ndim == 1:
            listed, inner = _cut(listed, inner, int(axes[1]), first)
        return ak.contents.ListOffsetArray(listed.offsets, _fitted(inner, column, axes[1:], first))
    return _regular(layout, column, axes, first)


def _cut(
    listed: ak.contents.Content, flat: ak.contents.Content, size: int, first: int
) -> tuple[ak.contents.Content, ak.contents.Content]:
    """Cut the numbers of each event into pieces of a fixed length, as many as there are.

    Waveforms of one length are often written one after another: uproot cannot write a branch
    that is jagged and of fixed length below.
    """
    offsets = np.asarray(listed.offsets)
    rest = np.diff(offsets) % size
    if rest.any():
        event = int(np.argmax(rest != 0))
        number = int(np.diff(offsets)[event])
        raise BranchFaultError(
            f"{number} numbers in event {first + event}, which is no multiple of {size}"
        )
    pieces = ak.contents.RegularArray(flat, size, len(flat) // size)
    return ak.contents.ListOffsetArray(ak.index.Index64(offsets // size), pieces), pieces


def _regular(
    layout: ak.contents.Content, column: Column, axes: tuple[Any, ...], first: int
) -> ak.contents.Content:
    size = int(axes[0])
    length = len(layout)
    if layout.is_regular:
        if layout.size != size and length:
            raise BranchFaultError(f"lists of {layout.size} instead of {size}")
        inner = layout.content[: length * size]
    else:
        listed = layout.to_ListOffsetArray64(True)
        counts = np.diff(np.asarray(listed.offsets))
        if (counts != size).any():
            raise BranchFaultError(f"a list of {counts[counts != size][0]} instead of {size}")
        inner = listed.content[: length * size]
    return ak.contents.RegularArray(_fitted(inner, column, axes[1:], first), size, length)


def _cast(data: NDArray[Any], dtype: np.dtype[Any], first: int) -> NDArray[Any]:
    native = data.astype(data.dtype.newbyteorder("="), copy=False)
    if native.dtype == dtype:
        return np.ascontiguousarray(native)
    both_floats = native.dtype.kind == "f" and dtype.kind == "f"
    if np.can_cast(native.dtype, dtype, "safe") or both_floats:
        return native.astype(dtype)
    if native.dtype.kind not in "iu" or dtype.kind not in "iu":
        raise BranchFaultError
    limits = np.iinfo(dtype)
    if native.size and (int(native.min()) < limits.min or int(native.max()) > limits.max):
        raise BranchFaultError(
            f"{native.dtype.name} from {native.min()} to {native.max()} in the batch from event "
            f"{first}"
        )
    return native.astype(dtype)


def require_same_counts(
    contents: dict[str, ak.contents.Content],
    groups: list[list[str]],
    where: str,
    first: int,
) -> None:
    """Check that the jagged columns of each group have as many entries in every event.

    Raises
    ------
    InputError
        With the events in which they disagree.
    """
    for group in groups:
        reference = np.asarray(contents[group[0]].offsets)
        for name in group[1:]:
            offsets = np.asarray(contents[name].offsets)
            differing = np.flatnonzero(np.diff(offsets) != np.diff(reference))
            if differing.size:
                one, two = (int(np.diff(o)[differing[0]]) for o in (reference, offsets))
                raise InputError(
                    where=f"{where}, events {first + differing[0]} to {first + differing[-1]}",
                    found=f"{group[0]} has {one} entries where {name} has {two}, "
                    f"in {differing.size} events",
                    expected="as many of each in every event",
                    remedy="the file is damaged, or the branch map joins what does not belong "
                    "together",
                )


def count_groups(columns: tuple[Column, ...], extra: list[list[str]]) -> list[list[str]]:
    """List the jagged columns that belong together: by the word before the first underscore."""
    jagged = [column.name for column in columns if column.axes and column.axes[0] == "var"]
    words: dict[str, list[str]] = {}
    for name in jagged:
        words.setdefault(name.partition("_")[0], []).append(name)
    named = [[name for name in group if name in jagged] for group in extra]
    return [group for group in [*words.values(), *named] if len(group) > 1]
