"""The source ``fits``: CCD frames from FITS files.

The native form, which the simulators write and which reads fastest, is a binary table with one
frame a row, in the first extension:

======  =======================  =====================================================
TTYPE   TFORM                    meaning
======  =======================  =====================================================
TIME    1K, TUNIT 'ns'           Start of the frame: integer ns since 1970-01-01 UTC,
                                 POSIX style. TIMESYS = 'UTC'.
FRAME   nI (or nJ), TUNIT 'adu'  The frame; n = rows x columns, TDIM '(columns,rows)'.
                                 uint16 by TZERO = 32768.
======  =======================  =====================================================

with EXTNAME 'FRAMES' and CHECKSUM and DATASUM in the header. A TIME column of floating-point
numbers is read too, where MJDREF (or MJDREFI and MJDREFF) says from where it counts; TIMESYS may
be UTC, TT or TAI. The two other forms are one image a file and a cube of images; each may be
plain, gzip or Rice-compressed. Frames are numbered in the order of the file.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.errors import InputError, LimitError
from helioscope.io import fits_checksums
from helioscope.io.byte_streams import ByteStream
from helioscope.io.fits_headers import Hdu, iterate_hdus
from helioscope.io.fits_layouts import FrameLayout, image_layout, table_columns, table_layout
from helioscope.io.fits_options import FitsOptions
from helioscope.io.fits_tiles import check_tiles, image_of, is_tiled, iterate_tiles, tile_shape
from helioscope.io.frame_batches import frame_batch, frame_column
from helioscope.io.options import parse_options
from helioscope.plugin import Mark, Source, SourceRequest, even_marks

logger = logging.getLogger(__name__)

#: Frames as they are stored but for the order of bytes, and their times.
Frames = tuple[NDArray[Any], NDArray[np.int64]]

_BUFFER_BYTES = 2**20


def recognises(path: Path) -> bool:
    """Say whether a file, unpacked where it is gzip, begins as FITS does."""
    try:
        with ByteStream(path) as stream:
            return stream.read(9) == b"SIMPLE  ="
    except InputError:
        return False


def count(request: SourceRequest) -> int | None:
    """Give the number of frames that the header declares."""
    options = parse_options(FitsOptions, request.options, "fits")
    with ByteStream(request.path) as stream:
        if not stream.file_bytes:
            return 0
        return frame_layout(_unit(stream, options), options).frames


def marks(request: SourceRequest, apart_bytes: int) -> list[Mark]:
    """Give borders of batches; of a packed or tiled file only the first and the last."""
    options = parse_options(FitsOptions, request.options, "fits")
    with ByteStream(request.path) as stream:
        if not stream.file_bytes:
            return [Mark()]
        hdu = _unit(stream, options)
        layout = frame_layout(hdu, options)
        step = _rows_at_once(hdu, layout, request)
        if is_tiled(hdu):
            step = _whole_tiles(hdu, step)
        seekable = not (stream.packed or is_tiled(hdu))
        apart = apart_bytes // (step * layout.row.itemsize) if seekable else layout.frames
        return even_marks(layout.frames, step, apart)


def _unit(stream: ByteStream, options: FitsOptions) -> Hdu:
    for hdu in iterate_hdus(stream):
        if _holds_frames(hdu, options):
            return hdu
    raise _no_frames(stream.path, options)


def read(request: SourceRequest) -> Iterator[ak.Array]:
    """Yield the frames of a file in batches.

    Raises
    ------
    InputError
        Where the file is truncated, damaged, of another form, or of frames that do not fit.
    LimitError
        Where one frame exceeds the memory limit, or a packed file unfolds beyond belief.
    UsageError
        Where the options are wrong.
    """
    options = parse_options(FitsOptions, request.options, "fits")
    with ByteStream(request.path) as stream:
        if not stream.file_bytes:
            logger.warning("%s: the file is empty, it holds no frame", request.path)
            return
        found = False
        for hdu in iterate_hdus(stream):
            if not found and _holds_frames(hdu, options):
                found = True
                yield from _frames(stream, hdu, request, options)
            elif not hdu.data_bytes and fits_checksums.declared(hdu):
                fits_checksums.verify(hdu, fits_checksums.Checksum())
    if not found:
        raise _no_frames(request.path, options)


def frame_layout(hdu: Hdu, options: FitsOptions) -> FrameLayout:
    """Lay out the frames of a unit: a table, an image, or a table that holds an image."""
    if is_tiled(hdu):
        return image_layout(image_of(hdu), options)
    return table_layout(hdu, options) if hdu.kind == "BINTABLE" else image_layout(hdu, options)


def _holds_frames(hdu: Hdu, options: FitsOptions) -> bool:
    if options.hdu is not None:
        return options.hdu in (hdu.index, hdu.text("EXTNAME").strip() or None)
    if is_tiled(hdu):
        return True
    if hdu.kind == "BINTABLE":
        return options.frame_column in table_columns(hdu)
    return hdu.kind in ("PRIMARY", "IMAGE") and hdu.integer("NAXIS") > 0


def _frames(
    stream: ByteStream, hdu: Hdu, request: SourceRequest, options: FitsOptions
) -> Iterator[ak.Array]:
    layout = frame_layout(hdu, options)
    step = _rows_at_once(hdu, layout, request)
    pieces = (
        _tiled(stream, hdu, layout, request, step)
        if is_tiled(hdu)
        else _plain(stream, hdu, layout, step, request.start.event)
    )
    first = request.start.event
    for frames, time_ns in pieces:
        yield frame_batch(frames, time_ns, layout, request, first)
        first += len(frames)


def _plain(
    stream: ByteStream, hdu: Hdu, layout: FrameLayout, step: int, start: int
) -> Iterator[Frames]:
    """Yield frames that stand in the file one behind the other.

    They are read through a buffer that stays in the processor's cache while its bytes are summed
    up and turned into the machine's order. Who starts within the unit and comes to its end sums
    it up in a pass of its own.
    """
    declared = fits_checksums.declared(hdu)
    checksum = fits_checksums.Checksum() if declared and not start else None
    row_bytes = layout.row.itemsize
    stream.skip(start * row_bytes, f"frame {start} of {layout.frames}")
    at_once = max(1, min(_BUFFER_BYTES // max(row_bytes, 1), step))
    buffer = np.empty(at_once * row_bytes, np.uint8)
    for first in range(start, layout.frames, step):
        number = min(step, layout.frames - first)
        frames = np.empty((number, *layout.shape), layout.row["frame"].base.newbyteorder("="))
        stored_times = np.empty(number, layout.row["time"]) if layout.timed else frames
        for start in range(0, number, at_once):
            rows = slice(start, min(start + at_once, number))
            filled = buffer[: (rows.stop - rows.start) * row_bytes]
            stream.fill(filled, f"frame {first + start} of {layout.frames}")
            if checksum:
                checksum.add(filled)
            block = filled.view(layout.row)
            frames[rows] = block["frame"]
            if layout.timed:
                stored_times[rows] = block["time"]
        yield frames, layout.times(stored_times, first)
    if checksum:
        fits_checksums.add_rest(stream, hdu, checksum)
        fits_checksums.verify(hdu, checksum)
    elif declared:
        fits_checksums.verify(hdu, fits_checksums.of_unit(stream.path, hdu))


def _tiled(
    stream: ByteStream, hdu: Hdu, layout: FrameLayout, request: SourceRequest, step: int
) -> Iterator[Frames]:
    """Yield the frames of a tile-compressed image or cube."""
    image = image_of(hdu)
    check_tiles(stream, hdu, image, request.max_bytes)
    first = 0
    for frames in iterate_tiles(hdu, request.path, layout.frames, _whole_tiles(hdu, step)):
        yield frames, layout.times(frames, first)
        first += len(frames)


def _whole_tiles(hdu: Hdu, step: int) -> int:
    """Give a number of frames near ``step`` so that a tile over several is unpacked once."""
    image = image_of(hdu)
    depth = tile_shape(hdu, image)[2] if len(image.axes) == 3 else 1
    return max(step // depth * depth, 1)


def _rows_at_once(hdu: Hdu, layout: FrameLayout, request: SourceRequest) -> int:
    """Choose how many frames are read at once, before any memory is taken."""
    column = frame_column(request)
    dtype = np.dtype(column.dtype)
    needed = layout.row.itemsize + layout.shape[0] * layout.shape[1] * dtype.itemsize
    if needed > request.max_bytes:
        raise LimitError(
            where=f"{request.path}, HDU {hdu.index}",
            found=f"a frame that takes {needed} bytes",
            expected=f"at most {request.max_bytes}",
            remedy="raise the memory limit if the file is to be trusted",
        )
    if layout.shape != column.axes or not np.can_cast(layout.stored, dtype, "safe"):
        raise InputError(
            where=f"{request.path}, HDU {hdu.index}",
            found=f"frames of {layout.shape[0]} x {layout.shape[1]} {layout.stored}",
            expected=f"{' x '.join(map(str, column.axes))} {dtype}",
            remedy="check the detector's geometry and type in the job's settings",
        )
    return max(1, min(request.batch_events, request.max_bytes // needed))


def _no_frames(path: Path, options: FitsOptions) -> InputError:
    wanted = f"HDU {options.hdu!r}" if options.hdu is not None else "a table or image with frames"
    return InputError(
        where=str(path),
        found="no unit with frames",
        expected=wanted,
        remedy="name it with hdu, frame_column in the run's [runs.source] table",
    )


SOURCE = Source(
    "fits",
    recognises,
    read,
    count,
    "CCD frames: a table with a frame a row, images, cubes; plain, gzip or Rice.",
    marks,
)
