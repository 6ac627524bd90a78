"""Bytes of a file from front to back, plain or gzip, of which nobody takes more than asked for."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from helioscope.errors import InputError, LimitError
from helioscope.files import snapshot, unreadable

GZIP_MAGIC = b"\x1f\x8b"

#: A gzip file whose content is declared larger than this many times its own size is refused:
#: deflate reaches 1032, frames of a detector stay below 10.
EXPANSION_LIMIT = 200
#: Contents up to this size are unpacked whatever the ratio.
EXPANSION_ALLOWED_BYTES = 64 * 2**20

_PIECE_BYTES = 2**20


class ByteStream:
    """Reads a file forwards; a gzip file is unpacked on the way, its CRC checked at the end.

    Raises
    ------
    InputError
        Naming the file, where it ends early or the gzip stream is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file_bytes = snapshot(path).size
        self.position = 0
        self._file: BinaryIO
        try:
            # S202 and SIM115 do not apply: the stream is the context manager
            raw = path.open("rb", buffering=0)
            magic = raw.read(2)
            raw.seek(0)
        except OSError as error:
            raise unreadable(path, error) from error
        self.packed = magic == GZIP_MAGIC
        self._raw = raw
        self._file = gzip.GzipFile(fileobj=raw, mode="rb") if self.packed else raw  # type: ignore[assignment]

    @property
    def size(self) -> int | None:
        """Bytes of the content; None for gzip, which does not tell it reliably."""
        return None if self.packed else self.file_bytes

    def demand(self, number: int, what: str) -> None:
        """Refuse to go on where the next ``number`` bytes, as declared, cannot be there.

        Raises
        ------
        InputError
            Where a plain file is too short.
        LimitError
            Where a gzip file would have to unfold beyond belief.
        """
        end = self.position + number
        if not self.packed:
            if end > self.file_bytes:
                raise self.truncated(f"{what} reaches to byte {end}")
        elif end > max(EXPANSION_ALLOWED_BYTES, EXPANSION_LIMIT * self.file_bytes):
            raise LimitError(
                where=str(self.path),
                found=f"{what} would unpack {self.file_bytes} bytes to {end}",
                expected=f"at most {EXPANSION_LIMIT} times the packed size",
                remedy="unpack it by hand if it is to be trusted",
            )

    def truncated(self, what: str) -> InputError:
        """Say that the file ends before what it declares."""
        return InputError(
            where=str(self.path),
            found=f"truncated: {what}, the file has {self.file_bytes} bytes",
            expected="a complete file",
            remedy="copy it again from where it was taken",
        )

    def read_into(self, buffer: Any) -> int:
        """Fill a buffer as far as the content goes; gives the number of bytes."""
        view = memoryview(buffer).cast("B")
        filled = 0
        try:
            while filled < len(view):
                number = self._file.readinto(view[filled:])  # type: ignore[attr-defined]
                if not number:
                    break
                filled += number
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise self._damaged(error) from error
        except OSError as error:
            raise unreadable(self.path, error) from error
        self.position += filled
        return filled

    def fill(self, buffer: Any, what: str) -> None:
        """Fill a whole buffer.

        Raises
        ------
        InputError
            Where the content ends before.
        """
        if self.read_into(buffer) != memoryview(buffer).nbytes:
            raise self.truncated(what)

    def read(self, number: int) -> bytes:
        """Read up to ``number`` bytes."""
        buffer = bytearray(number)
        return bytes(buffer[: self.read_into(buffer)])

    def skip(self, number: int, what: str) -> None:
        """Go on by ``number`` bytes, which must be there."""
        self.demand(number, what)
        if not self.packed:
            self._file.seek(number, 1)
            self.position += number
            return
        while number:
            piece = bytearray(min(number, _PIECE_BYTES))
            self.fill(piece, what)
            number -= len(piece)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        self._raw.close()

    def __enter__(self) -> ByteStream:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _damaged(self, error: Exception) -> InputError:
        return InputError(
            where=str(self.path),
            found=f"the gzip stream is truncated or damaged: {error}",
            expected="a complete gzip file",
            remedy="copy it again from where it was taken",
        )
