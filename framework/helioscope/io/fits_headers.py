"""FITS headers, parsed and checked by the standard before any memory is taken for the data.

FITS standard 4.0 (Pence et al. 2010 and the IAU FITS Working Group, 2018), sections 3, 4 and 7.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from helioscope.errors import InputError
from helioscope.io.byte_streams import ByteStream

BLOCK_BYTES = 2880
CARD_BYTES = 80
BITPIX = (8, 16, 32, 64, -32, -64)

#: A header longer than this (36 000 cards) is none.
HEADER_LIMIT_BLOCKS = 1000
AXES_LIMIT = 9

Value = str | int | float | bool | None

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([ED][+-]?\d+)?$", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Hdu:
    """One header-data unit: its cards, and where its data are.

    Attributes
    ----------
    header_offset, data_offset
        Byte in the (unpacked) file.
    header
        The header as it stands in the file, for its checksum.
    """

    index: int
    where: str
    cards: dict[str, Value]
    header: bytes
    header_offset: int
    data_offset: int

    def integer(self, key: str, default: int | None = None) -> int:
        """Give an integer card.

        Raises
        ------
        InputError
            Where it is missing without default, or no integer.
        """
        value = self.cards.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.fault(f"{key} = {value!r}", "an integer")
        return value

    def number(self, key: str, default: float) -> float:
        """Give a card with a number."""
        value = self.cards.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.fault(f"{key} = {value!r}", "a number")
        return value

    def text(self, key: str, default: str = "") -> str:
        """Give a card with text."""
        value = self.cards.get(key, default)
        if not isinstance(value, str):
            raise self.fault(f"{key} = {value!r}", "text")
        return value

    @property
    def kind(self) -> str:
        """PRIMARY, IMAGE, BINTABLE or TABLE."""
        return "PRIMARY" if self.index == 0 else self.text("XTENSION").strip()

    @property
    def axes(self) -> tuple[int, ...]:
        """NAXIS1, NAXIS2, …: the fastest first."""
        return tuple(self.integer(f"NAXIS{i + 1}") for i in range(self.integer("NAXIS")))

    @property
    def data_bytes(self) -> int:
        """Bytes of the data without the padding (standard 4.0, equations 1 and 2)."""
        values = prod(self.axes) if self.axes else 0
        if self.index:
            values = self.integer("GCOUNT", 1) * (self.integer("PCOUNT", 0) + values)
        return abs(self.integer("BITPIX")) // 8 * values

    @property
    def padded_bytes(self) -> int:
        """Bytes of the data with the padding to whole blocks."""
        return -(-self.data_bytes // BLOCK_BYTES) * BLOCK_BYTES

    def fault(self, found: str, expected: str) -> InputError:
        """Say what is wrong in this unit."""
        return InputError(
            where=f"{self.where}, HDU {self.index}",
            found=found,
            expected=expected,
            remedy="the header is damaged or not FITS: take the file from its origin again",
        )


def iterate_hdus(stream: ByteStream) -> Iterator[Hdu]:
    """Read header after header; what the caller has not read of the data is skipped.

    Raises
    ------
    InputError
        Where a header breaks the standard, or the file ends before its declared data do.
    LimitError
        Where a packed file declares more data than it can honestly hold.
    """
    index = 0
    while True:
        offset = stream.position
        block = stream.read(BLOCK_BYTES)
        if index and not block:
            return
        hdu = _read_hdu(stream, block, offset, index)
        stream.demand(hdu.padded_bytes, f"the data of HDU {index}")
        yield hdu
        stream.skip(hdu.data_offset + hdu.padded_bytes - stream.position, f"HDU {index}")
        index += 1


def _read_hdu(stream: ByteStream, block: bytes, offset: int, index: int) -> Hdu:
    first = b"XTENSION=" if index else b"SIMPLE  ="
    if not block.startswith(first):
        raise InputError(
            where=f"{stream.path}, byte {offset}",
            found=f"{block[:9]!r}",
            expected=f"a FITS header, which begins with {first.decode()!r}",
            remedy="the file is damaged, or no FITS file",
        )
    blocks = [block]
    while True:
        if len(blocks[-1]) < BLOCK_BYTES:
            raise stream.truncated(f"it ends in the header of HDU {index}")
        if _ends(blocks[-1]):
            break
        if len(blocks) == HEADER_LIMIT_BLOCKS:
            raise InputError(
                where=str(stream.path), found=f"a header without END in {len(blocks)} blocks"
            )
        blocks.append(stream.read(BLOCK_BYTES))
    header = b"".join(blocks)
    hdu = Hdu(index, str(stream.path), _cards(header), header, offset, stream.position)
    check_mandatory(hdu)
    return hdu


def _ends(block: bytes) -> bool:
    starts = range(0, BLOCK_BYTES, CARD_BYTES)
    return any(block[i : i + CARD_BYTES].rstrip() == b"END" for i in starts)


def check_mandatory(hdu: Hdu) -> None:
    """Refuse BITPIX, NAXIS, PCOUNT and GCOUNT out of their range.

    Raises
    ------
    InputError
        At the first that is.
    """
    if hdu.integer("BITPIX") not in BITPIX:
        raise hdu.fault(f"BITPIX = {hdu.cards['BITPIX']}", f"one of {BITPIX}")
    if not 0 <= hdu.integer("NAXIS") <= AXES_LIMIT:
        raise hdu.fault(f"NAXIS = {hdu.cards['NAXIS']}", f"0 to {AXES_LIMIT}")
    for name, size in zip("123456789", hdu.axes, strict=False):
        if size < 0:
            raise hdu.fault(f"NAXIS{name} = {size}", "0 or more")
    if hdu.index and (hdu.integer("PCOUNT", 0) < 0 or hdu.integer("GCOUNT", 1) != 1):
        raise hdu.fault("PCOUNT or GCOUNT out of range", "PCOUNT >= 0 and GCOUNT = 1")


def _cards(header: bytes) -> dict[str, Value]:
    cards: dict[str, Value] = {}
    for start in range(0, len(header), CARD_BYTES):
        card = header[start : start + CARD_BYTES].decode("ascii", "replace")
        if card.rstrip() == "END":
            break
        if card[8:10] == "= ":
            cards.setdefault(card[:8].rstrip(), _value(card[10:].strip()))
    return cards


def _value(text: str) -> Value:
    if text.startswith("'"):
        quoted = re.match(r"'((?:[^']|'')*)'", text)
        return quoted[1].replace("''", "'").rstrip() if quoted else None
    text = text.partition("/")[0].strip()
    if text in ("T", "F"):
        return text == "T"
    if not _NUMBER.match(text):
        return None
    try:
        return int(text)
    except ValueError:
        return float(text.upper().replace("D", "E"))
