"""DATASUM and CHECKSUM of a FITS unit, summed up while the data pass by.

FITS standard 4.0, appendix J: the ones' complement sum of big-endian 32-bit words.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helioscope.errors import InputError
from helioscope.io.byte_streams import ByteStream
from helioscope.io.fits_headers import Hdu

_ALL_ONES = 0xFFFFFFFF
_PIECE_BYTES = 2**18


class Checksum:
    """Sums the bytes of one unit in pieces of any length."""

    def __init__(self) -> None:
        self._total = 0
        self._rest = b""

    def add(self, data: Any) -> None:
        """Take in the next bytes."""
        view = memoryview(data).cast("B")
        if self._rest:
            missing = min(4 - len(self._rest), len(view))
            self._rest += bytes(view[:missing])
            view = view[missing:]
            if len(self._rest) < 4:
                return
            self._total += int.from_bytes(self._rest, "big")
            self._rest = b""
        whole = len(view) // 4 * 4
        self._total += word_sum(np.frombuffer(view[:whole], np.uint8))
        self._rest = bytes(view[whole:])

    @property
    def value(self) -> int:
        """The ones' complement sum so far, as if padded with zeros."""
        total = self._total + int.from_bytes(self._rest.ljust(4, b"\0"), "big")
        while total > _ALL_ONES:
            total = (total & _ALL_ONES) + (total >> 32)
        return total


def word_sum(data: NDArray[np.uint8]) -> int:
    """Add up big-endian 32-bit words exactly.

    Two words are added at a time as one of 64 bits, piece by piece, so that all stays in the
    processor's cache. Their sum runs over; the sum of the upper halves alone tells by how much.

    Parameters
    ----------
    data
        uint8, a multiple of four long.
    """
    pairs = data[: data.size // 8 * 8].view(">u4")
    native = np.empty(min(pairs.size, _PIECE_BYTES // 4), np.uint32)
    upper = np.empty(native.size // 2, np.uint64)
    total = 0
    for start in range(0, pairs.size, _PIECE_BYTES // 4):
        piece = pairs[start : start + _PIECE_BYTES // 4]
        swapped = native[: piece.size]
        swapped[:] = piece
        both = swapped.view(np.uint64)
        halves = np.right_shift(both, np.uint64(32), out=upper[: both.size])
        above = int(halves.sum())
        total += above + (int(both.sum()) - (above << 32)) % 2**64
    return total + int.from_bytes(data[pairs.size * 4 :].tobytes(), "big")


def declared(hdu: Hdu) -> bool:
    """Say whether a unit carries a checksum."""
    return "DATASUM" in hdu.cards or "CHECKSUM" in hdu.cards


def add_rest(stream: ByteStream, hdu: Hdu, checksum: Checksum) -> None:
    """Take in what is left of a unit's data, the padding included."""
    end = hdu.data_offset + hdu.padded_bytes
    while stream.position < end:
        rest = bytearray(min(end - stream.position, _PIECE_BYTES))
        stream.fill(rest, f"the data of HDU {hdu.index}")
        checksum.add(rest)


def of_unit(path: Path, hdu: Hdu) -> Checksum:
    """Sum up the data of a unit in a pass of their own."""
    checksum = Checksum()
    with ByteStream(path) as stream:
        stream.skip(hdu.data_offset, f"the header of HDU {hdu.index}")
        add_rest(stream, hdu, checksum)
    return checksum


def verify(hdu: Hdu, data: Checksum) -> None:
    """Compare what was read with what the header declares.

    Raises
    ------
    InputError
        Where a sum differs or cannot be read.
    """
    # Some writers set the number flush right in the string.
    datasum = hdu.text("DATASUM").strip()
    if datasum and (not datasum.isdigit() or int(datasum) != data.value):
        raise _wrong(hdu, f"DATASUM {datasum!r}", str(data.value))
    if hdu.text("CHECKSUM").strip("0 "):
        whole = Checksum()
        whole.add(hdu.header)
        whole.add(data.value.to_bytes(4, "big"))
        if whole.value not in (0, _ALL_ONES):
            raise _wrong(hdu, "CHECKSUM", f"sum {whole.value:#010x} instead of 0xffffffff")


def _wrong(hdu: Hdu, declared: str, computed: str) -> InputError:
    return InputError(
        where=f"{hdu.where}, HDU {hdu.index}",
        found=f"the checksum is wrong: {declared} in the header, {computed} from the content",
        expected="an undamaged file",
        remedy="copy it again from where it was taken",
    )
