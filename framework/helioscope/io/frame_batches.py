"""Raw batches of CCD frames from rows as they stand in a FITS file."""

from __future__ import annotations

from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.errors import UsageError
from helioscope.io.fits_layouts import FrameLayout
from helioscope.model.schema import Column, Schema
from helioscope.plugin import SourceRequest


def frame_column(request: SourceRequest) -> Column:
    """Give the column of the raw schema that takes the frames: the one with two fixed axes.

    Raises
    ------
    UsageError
        Where the schema has none, or columns that a FITS file cannot fill.
    """
    own = _own_columns(request.schema)
    if len(own) != 1 or len(own[0].axes) != 2 or "var" in own[0].axes:
        raise UsageError(
            where=str(request.path),
            found=f"a FITS file for a detector with the columns {', '.join(c.name for c in own)}"
            f" ({request.schema.name})",
            expected="a detector whose events are frames: one column (rows, columns)",
            remedy="check 'detector' and 'files' of the run",
        )
    return own[0]


def _own_columns(schema: Schema) -> list[Column]:
    return [c for c in schema.columns if c.name not in ("event_id", "time_ns")]


def frame_batch(
    stored: NDArray[Any],
    time_ns: NDArray[np.int64],
    layout: FrameLayout,
    request: SourceRequest,
    first: int,
) -> ak.Array:
    """Make a raw batch of frames as they are stored.

    Parameters
    ----------
    stored
        Frames x rows x columns, in the machine's order; becomes part of the batch.
    first
        Number of the first frame in the file.
    """
    column = frame_column(request)
    frames = physical_frames(stored, layout, np.dtype(column.dtype))
    event_id = request.first_event_id + first + np.arange(len(stored), dtype=np.int64)
    return assembled(request.schema, event_id, time_ns, frames)


def physical_frames(
    stored: NDArray[Any], layout: FrameLayout, dtype: np.dtype[Any]
) -> NDArray[Any]:
    """Turn stored values into counts, in place where the type stays the same."""
    if layout.zero:
        # adding half the range of an unsigned type is turning its highest bit
        stored = stored.view(layout.stored)
        stored ^= layout.stored.type(layout.zero)
    return stored.astype(dtype, copy=False)


def assembled(
    schema: Schema,
    event_id: NDArray[np.int64],
    time_ns: NDArray[np.int64],
    frames: NDArray[Any],
) -> ak.Array:
    """Put the columns together in the order of the schema."""
    flat = ak.contents.NumpyArray(frames.reshape(-1))
    length = len(frames)
    inner = ak.contents.RegularArray(flat, frames.shape[2], length * frames.shape[1])
    columns = {
        "event_id": ak.contents.NumpyArray(event_id),
        "time_ns": ak.contents.NumpyArray(time_ns),
        _own_columns(schema)[0].name: ak.contents.RegularArray(inner, frames.shape[1], length),
    }
    contents = [columns[name] for name in schema.names]
    return ak.Array(ak.contents.RecordArray(contents, list(schema.names), length=length))
