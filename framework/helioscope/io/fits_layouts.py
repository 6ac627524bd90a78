"""Where the frames of a FITS unit lie: a table with a frame a row, an image, a cube of images."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helioscope.io.fits_headers import Hdu
from helioscope.io.fits_options import FitsOptions
from helioscope.io.fits_times import column_times, header_time, option_time

#: Bytes of one element by the letter of TFORM (standard 4.0, table 18).
_WIDTHS = {"L": 1, "B": 1, "I": 2, "J": 4, "K": 8, "A": 1, "E": 4, "D": 8, "C": 8, "M": 16,
           "P": 8, "Q": 16}  # fmt: skip
_NUMPY = {"B": "u1", "I": ">i2", "J": ">i4", "K": ">i8", "E": ">f4", "D": ">f8"}

#: Gives times from stored ones (for an image, anything as long) and the number of the first.
Times = Callable[[NDArray[Any], int], NDArray[np.int64]]


@dataclass(frozen=True)
class FrameLayout:
    """Frames of one shape, one behind the other.

    Attributes
    ----------
    row
        numpy type of one row, with the field ``frame`` and, of a table, ``time``; big-endian as
        in the file.
    zero
        What has to be added to a stored value: 0, or the half range of an unsigned type.
    stored, shape
        Type of the values with ``zero`` added, and (rows, columns) of a frame.
    """

    frames: int
    row: np.dtype[Any]
    zero: int
    stored: np.dtype[Any]
    shape: tuple[int, int]
    times: Times

    @property
    def timed(self) -> bool:
        """Whether each row holds its time."""
        return "time" in (self.row.names or ())


@dataclass(frozen=True)
class TableColumn:
    """One column of a binary table."""

    number: int
    repeat: int
    letter: str
    offset: int

    @property
    def bytes(self) -> int:
        """Bytes in a row."""
        if self.letter == "X":
            return -(-self.repeat // 8)
        return self.repeat * _WIDTHS[self.letter]


def table_columns(hdu: Hdu) -> dict[str, TableColumn]:
    """List the columns of a binary table, after a check against the length of its rows.

    Raises
    ------
    InputError
        Where the header contradicts itself.
    """
    if hdu.integer("NAXIS") != 2 or hdu.integer("BITPIX") != 8:
        raise hdu.fault("a binary table with other than NAXIS = 2, BITPIX = 8", "these")
    number = hdu.integer("TFIELDS")
    if not 0 <= number <= 999:
        raise hdu.fault(f"TFIELDS = {number}", "0 to 999")
    columns: dict[str, TableColumn] = {}
    offset = 0
    for index in range(1, number + 1):
        form = hdu.text(f"TFORM{index}")
        match = re.match(r"(\d{0,10})([LXBIJKAEDCMPQ])", form.strip(), re.ASCII)
        if not match:
            raise hdu.fault(f"TFORM{index} = {form!r}", "a format of a binary table")
        column = TableColumn(index, int(match[1] or 1), match[2], offset)
        columns[hdu.text(f"TTYPE{index}", f"col{index}").strip()] = column
        offset += column.bytes
    if offset != hdu.axes[0]:
        raise hdu.fault(f"columns of {offset} bytes in rows of {hdu.axes[0]}", "equal lengths")
    return columns


def table_layout(hdu: Hdu, options: FitsOptions) -> FrameLayout:
    """Lay out a table with one frame a row.

    Raises
    ------
    InputError
        Where a column is missing or of a type that holds no frames or times.
    """
    columns = table_columns(hdu)
    for name in (options.time_column, options.frame_column):
        if name not in columns:
            raise hdu.fault(f"columns {', '.join(columns) or 'none'}", f"a column {name}")
    time, frame = columns[options.time_column], columns[options.frame_column]
    if time.repeat != 1 or time.letter not in "IJKED":
        raise hdu.fault(f"times as {time.repeat}{time.letter}", "one number a row (1K in ns)")
    if frame.letter not in "BIJ":
        raise hdu.fault(f"frames as {frame.letter}", "integers (B, I or J)")
    shape = _table_shape(hdu, frame)
    zero = _zero(hdu, f"TZERO{frame.number}", f"TSCAL{frame.number}", frame.letter)
    row = np.dtype(
        {
            "names": ["time", "frame"],
            "formats": [_NUMPY[time.letter], (_NUMPY[frame.letter], shape)],
            "offsets": [time.offset, frame.offset],
            "itemsize": hdu.axes[0],
        }
    )
    if hdu.number(f"TZERO{time.number}", 0) != 0 or hdu.number(f"TSCAL{time.number}", 1) != 1:
        raise hdu.fault("a scaled time column", "TZERO = 0 and TSCAL = 1")
    unit = options.time_unit or hdu.text(f"TUNIT{time.number}") or hdu.text("TIMEUNIT")

    def times(stored: NDArray[Any], _first: int) -> NDArray[np.int64]:
        return column_times(stored.astype(stored.dtype.newbyteorder("=")), hdu, unit.strip())

    return FrameLayout(hdu.axes[1], row, zero, _stored(frame.letter, zero), shape, times)


def _table_shape(hdu: Hdu, frame: TableColumn) -> tuple[int, int]:
    text = hdu.text(f"TDIM{frame.number}")
    match = re.match(r"\(\s*(\d{1,9})\s*,\s*(\d{1,9})\s*\)$", text.strip(), re.ASCII)
    if not match:
        raise hdu.fault(f"TDIM{frame.number} = {text!r}", "'(columns,rows)' of a frame")
    columns, rows = int(match[1]), int(match[2])
    if columns * rows != frame.repeat:
        raise hdu.fault(f"TDIM {text} of {frame.repeat} values", "as many values as the frame has")
    return rows, columns


def image_layout(hdu: Hdu, options: FitsOptions) -> FrameLayout:
    """Lay out an image, or a cube whose last axis counts the frames.

    Raises
    ------
    InputError
        Where the values are no integers or nothing says when the frames were taken.
    """
    letter = {8: "B", 16: "I", 32: "J"}.get(hdu.integer("BITPIX"))
    if letter is None:
        raise hdu.fault(f"BITPIX = {hdu.integer('BITPIX')}", "8, 16 or 32 for raw frames")
    zero = _zero(hdu, "BZERO", "BSCALE", letter)
    return _laid_out(hdu, hdu.axes, letter, zero, options)


def _laid_out(
    hdu: Hdu, axes: tuple[int, ...], letter: str, zero: int, options: FitsOptions
) -> FrameLayout:
    if len(axes) not in (2, 3):
        raise hdu.fault(f"NAXIS = {len(axes)}", "2 (an image) or 3 (a cube)")
    shape, frames = (axes[1], axes[0]), (axes[2] if len(axes) == 3 else 1)
    row = np.dtype([("frame", _NUMPY[letter], shape)])
    times = image_times(hdu, options, frames)
    return FrameLayout(frames, row, zero, _stored(letter, zero), shape, times)


def image_times(hdu: Hdu, options: FitsOptions, frames: int) -> Times:
    """Say when the frames of an image or cube were taken: the start, and one period after another.

    Raises
    ------
    InputError
        Where neither header nor options say it.
    """
    key = options.time_keyword or "DATE-OBS"
    if options.start is not None:
        start = option_time(options.start)
    else:
        start = header_time(hdu, key, options.time_format)
    start += round(options.time_offset_s * 1e9)
    period_s = options.frame_period_s
    if period_s is None and frames > 1:
        raise hdu.fault(f"a cube of {frames} frames", "the option frame_period_s")
    period_ns = round((period_s or 0.0) * 1e9)

    def times(stored: NDArray[Any], first: int) -> NDArray[np.int64]:
        return start + period_ns * np.arange(first, first + len(stored), dtype=np.int64)

    return times


def _zero(hdu: Hdu, zero_key: str, scale_key: str, letter: str) -> int:
    """Read the offset of unsigned integers; any other scaling is no raw data."""
    zero, scale = hdu.number(zero_key, 0), hdu.number(scale_key, 1)
    half = {"I": 2**15, "J": 2**31}.get(letter)
    if scale != 1 or zero not in (0, half):
        raise hdu.fault(
            f"{zero_key} = {zero}, {scale_key} = {scale}", f"raw counts: 0 or {half}, and 1"
        )
    return int(zero)


def _stored(letter: str, zero: int) -> np.dtype[Any]:
    name = {"B": "uint8", "I": "uint16" if zero else "int16", "J": "uint32" if zero else "int32"}
    return np.dtype(name[letter])
