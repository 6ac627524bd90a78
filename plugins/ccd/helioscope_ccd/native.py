"""The native raw format: a FITS binary table with one frame a row."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from astropy.io.fits import Header

BLOCK = 2880


class FrameWriter:
    """Writes frames to a FITS file as they come, in bounded memory.

    The table FRAMES has the columns TIME (int64, ns) and FRAME (16 bit, big-endian). The data
    are summed on the way; DATASUM and CHECKSUM are set in the header at the end.

    Parameters
    ----------
    frames
        How many there will be; fewer or more is an error at the end.
    unsigned
        Whether pixels are uint16 (stored with TZERO) instead of int16.
    cards
        Further header cards of the table.
    """

    def __init__(
        self, path: Path, frames: int, rows: int, columns: int, *, unsigned: bool = False,
        cards: dict[str, str | int | float] | None = None,
    ) -> None:  # fmt: skip
        self.path, self.frames, self.unsigned = path, frames, unsigned
        self.row = np.dtype([("time", ">i8"), ("frame", ">i2", (rows, columns))])
        self.header = _table_header(frames, rows, columns, unsigned, cards or {})
        self.written, self.sum = 0, 0
        self.file: BinaryIO = path.open("wb")
        self.file.write(_primary())
        self.header_at = self.file.tell()
        self.file.write(_block(self.header.tostring()))

    def write(self, time_ns: NDArray[np.int64], frames: NDArray[np.generic]) -> None:
        """Append frames of shape (n, rows, columns) with their start times."""
        table = np.empty(len(frames), self.row)
        table["time"] = time_ns
        table["frame"] = (
            (np.asarray(frames, np.int32) - 32768).astype(np.int16) if self.unsigned else frames
        )
        data = table.tobytes()
        self.sum = _add(self.sum, data, self.written * self.row.itemsize)
        self.file.write(data)
        self.written += len(frames)

    def close(self) -> None:
        """Pad the last block and write the checksums."""
        if self.written != self.frames:
            self.file.close()
            raise ValueError(f"{self.path}: {self.written} frames written of {self.frames}")
        self.file.write(b"\0" * (-self.file.tell() % BLOCK))
        self.header["DATASUM"] = str(self.sum)
        whole = _add(self.sum, _block(self.header.tostring()), 0)
        self.header["CHECKSUM"] = encoded(whole ^ 0xFFFFFFFF)
        self.file.seek(self.header_at)
        self.file.write(_block(self.header.tostring()))
        self.file.close()

    def __enter__(self) -> FrameWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.file.close()


def _primary() -> bytes:
    from astropy.io import fits

    unit = fits.PrimaryHDU()
    unit.add_checksum(when="of an empty unit")
    header: bytes = unit.header.tostring().encode("ascii")
    return header


def _table_header(
    frames: int, rows: int, columns: int, unsigned: bool, cards: dict[str, str | int | float]
) -> Header:
    from astropy.io import fits

    header = fits.Header()
    for key, value, comment in (
        ("XTENSION", "BINTABLE", "binary table"),
        ("BITPIX", 8, "bytes"),
        ("NAXIS", 2, ""),
        ("NAXIS1", 8 + 2 * rows * columns, "bytes of a row"),
        ("NAXIS2", frames, "frames"),
        ("PCOUNT", 0, ""),
        ("GCOUNT", 1, ""),
        ("TFIELDS", 2, ""),
        ("EXTNAME", "FRAMES", ""),
        ("TTYPE1", "TIME", "start of the frame since 1970-01-01 UTC"),
        ("TFORM1", "1K", ""),
        ("TUNIT1", "ns", ""),
        ("TTYPE2", "FRAME", "pixel values as read"),
        ("TFORM2", f"{rows * columns}I", ""),
        ("TDIM2", f"({columns},{rows})", ""),
        ("TUNIT2", "adu", ""),
        *([("TZERO2", 32768, "unsigned")] if unsigned else []),
        *[(key, value, "") for key, value in cards.items()],
        ("DATASUM", "0".rjust(10), "checksum of the data"),
        ("CHECKSUM", "0" * 16, "checksum of header and data"),
    ):
        header[key] = (value, comment)
    return header


def _block(text: str) -> bytes:
    return text.encode("ascii")


def _add(so_far: int, data: bytes, position: int) -> int:
    """Add data to a ones' complement sum of big-endian 32-bit words (FITS 4.0, appendix J)."""
    lead = position % 4
    padded = b"\0" * lead + data + b"\0" * (-(lead + len(data)) % 4)
    total = so_far + int(np.frombuffer(padded, ">u4").sum(dtype=np.uint64))
    while total >> 32:
        total = (total & 0xFFFFFFFF) + (total >> 32)
    return total


def encoded(value: int) -> str:
    """Write 32 bits as 16 letters and digits that add up to them (FITS 4.0, appendix J).

    Four letters carry one byte; a sign among them is replaced by moving one from its partner.
    """
    letters = bytearray(16)
    for place, byte in enumerate(value.to_bytes(4, "big")):
        four = [byte // 4 + ord("0") + (byte % 4 if part == 0 else 0) for part in range(4)]
        for first, second in ((0, 1), (2, 3)):
            while not (chr(four[first]) + chr(four[second])).isalnum():
                four[first] += 1
                four[second] -= 1
        letters[place::4] = bytes(four)
    return (letters[-1:] + letters[:-1]).decode("ascii")


def write_frames(path: Path, time_ns: NDArray[np.int64], frames: NDArray[np.generic]) -> None:
    """Write frames that are in memory as one native file."""
    unsigned = frames.dtype.kind == "u"
    with FrameWriter(path, len(frames), *frames.shape[1:], unsigned=unsigned) as writer:
        writer.write(time_ns, frames)
