"""The columns of a batch as awkward lays them out in memory."""

from __future__ import annotations

from collections.abc import Sequence

import awkward as ak
import numpy as np


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
