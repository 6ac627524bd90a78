"""The columns of a batch as awkward lays them out in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray


def column_layouts(batch: ak.Array) -> dict[str, ak.contents.Content]:
    """Give the layout of each column of a record array, without a copy where there is no need.

    Anything that is not a record array has no columns.
    """
    layout = batch.layout
    if layout.is_indexed and not layout.is_option:
        layout = layout.project()
    if not layout.is_record:
        return {}
    return {name: layout.content(name) for name in layout.fields}


def text_layout(texts: Sequence[str]) -> ak.contents.Content:
    """Lay out texts as awkward keeps UTF-8 strings."""
    encoded = [text.encode() for text in texts]
    offsets = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum([len(text) for text in encoded], out=offsets[1:])
    characters = np.frombuffer(b"".join(encoded), np.uint8)
    return ak.contents.ListOffsetArray(
        ak.index.Index64(offsets),
        ak.contents.NumpyArray(characters, parameters={"__array__": "char"}),
        parameters={"__array__": "string"},
    )


def read_only(layout: ak.contents.Content) -> ak.contents.Content:
    """Lay out the same values over buffers that cannot be written; no value is copied."""
    parameters = layout.parameters
    if isinstance(layout, ak.contents.NumpyArray):
        return ak.contents.NumpyArray(_locked(layout.data), parameters=parameters)
    if isinstance(layout, ak.contents.ListOffsetArray):
        offsets = ak.index.Index(_locked(layout.offsets.data))
        return ak.contents.ListOffsetArray(
            offsets, read_only(layout.content), parameters=parameters
        )
    if isinstance(layout, ak.contents.RegularArray):
        return ak.contents.RegularArray(
            read_only(layout.content), layout.size, len(layout), parameters=parameters
        )
    if isinstance(layout, ak.contents.RecordArray):
        contents = [read_only(content) for content in layout.contents]
        fields = None if layout.is_tuple else layout.fields
        return ak.contents.RecordArray(contents, fields, len(layout), parameters=parameters)
    form, length, buffers = ak.to_buffers(layout)
    locked = {name: _locked(np.asarray(buffer)) for name, buffer in buffers.items()}
    return ak.from_buffers(form, length, locked, highlevel=False)


def _locked(values: NDArray[Any]) -> NDArray[Any]:
    view = values.view()
    view.flags.writeable = False
    return view
