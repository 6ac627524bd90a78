"""Writing a FITS binary table row by row: its length and checksums are set when they are known.

FITS standard 4.0, section 7.3 and appendix J.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from helioscope.io.fits_checksums import Checksum

BLOCK = 2880
_ALL_ONES = 0xFFFFFFFF


def write_table(file: BinaryIO, header: Any, batches: Iterable[NDArray[np.void]]) -> int:
    """Write a binary table where the file stands, and leave the file behind it.

    Parameters
    ----------
    header
        Of astropy, for a table of the same columns without rows.
    batches
        Structured arrays in the file's own layout, big-endian.

    Returns
    -------
    int
        The number of rows.
    """
    for key, comment in (("CHECKSUM", "HDU checksum"), ("DATASUM", "data unit checksum")):
        header[key] = ("0" * 16, comment)
    begin, data, rows = file.tell(), Checksum(), 0
    file.write(_text(header))
    for batch in batches:
        content = np.ascontiguousarray(batch).view(np.uint8).data
        data.add(content)
        file.write(content)
        rows += len(batch)
    file.write(b"\0" * (-(rows * header["NAXIS1"]) % BLOCK))
    end = file.tell()
    header["NAXIS2"] = rows
    header["DATASUM"] = str(data.value)
    whole = Checksum()
    whole.add(_text(header))
    whole.add(data.value.to_bytes(4, "big"))
    header["CHECKSUM"] = encoded(whole.value ^ _ALL_ONES)
    file.seek(begin)
    file.write(_text(header))
    file.seek(end)
    return rows


def encoded(value: int) -> str:
    """Write 32 bits as 16 letters and digits that add up to them (appendix J.2).

    Each byte is shared among four characters; two of them that share a sign between digits and
    letters are moved apart until neither is one.
    """
    shares = np.empty((4, 4), np.int64)
    for place, byte in enumerate(value.to_bytes(4, "big")):
        shares[:, place] = ord("0") + byte // 4
        shares[0, place] += byte % 4
    for first, second in ((0, 1), (2, 3)):
        while (signs := ~(_alphanumeric(shares[first]) & _alphanumeric(shares[second]))).any():
            shares[first] += signs
            shares[second] -= signs
    return bytes(np.roll(shares.reshape(-1), 1).astype(np.uint8)).decode("ascii")


def _alphanumeric(codes: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.array([chr(code).isalnum() for code in codes.tolist()])


def _text(header: Any) -> bytes:
    text: bytes = header.tostring().encode("ascii")
    return text
