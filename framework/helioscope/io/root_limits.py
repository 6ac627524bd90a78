"""How much a stretch of a tree will unfold to, from the file's own book-keeping, before reading."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helioscope.errors import InputError, LimitError

#: Offsets and casting beside the unpacked bytes.
_COPIES = 2


class TreeSizes:
    """Unpacked bytes of the baskets of some branches, read from their keys as they are needed.

    Parameters
    ----------
    branches
        Of uproot, all of one TTree.
    """

    def __init__(self, path: Path, branches: list[Any], max_bytes: int) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._branches = branches
        self._file = path.open("rb", buffering=0)
        self._borders = [np.asarray(branch.entry_offsets, np.int64) for branch in branches]
        self._seeks = [np.asarray(branch.member("fBasketSeek"), np.int64) for branch in branches]

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def require(self, start: int, stop: int) -> None:
        """Refuse a stretch of entries that would unfold to more than the limit.

        Raises
        ------
        LimitError
            Before any memory is taken.
        """
        total = 0
        for index, borders in enumerate(self._borders):
            first = max(int(np.searchsorted(borders, start, "right")) - 1, 0)
            last = int(np.searchsorted(borders, stop, "left"))
            normal = self._branches[index]._num_normal_baskets
            seeks = self._seeks[index][first : min(last, normal)]
            total += sum(self._unpacked(int(seek)) for seek in seeks)
        if total * _COPIES > self._max_bytes:
            raise LimitError(
                where=f"{self._path}, events {start} to {stop - 1}",
                found=f"baskets that unpack to {total} bytes",
                expected=f"at most {self._max_bytes // _COPIES}",
                remedy="raise the memory limit if the file is to be trusted",
            )

    def _unpacked(self, seek: int) -> int:
        """Read fObjlen of the TKey at a position (ROOT's TKey: fNbytes, fVersion, fObjlen)."""
        head = os.pread(self._file.fileno(), 10, seek)
        if len(head) < 10:
            raise InputError(
                where=f"{self._path}, byte {seek}",
                found="a basket beyond the end of the file",
                expected="a complete file",
            )
        return int(struct.unpack(">ihi", head)[2])


def ntuple_bytes(ntuple: Any) -> NDArray[np.int64]:
    """Give the unpacked bytes of each cluster of an RNTuple, an upper bound of 8 bytes a value."""
    clusters = [
        sum(page.num_elements for column in columns for page in column.pages) * 8
        for envelope in ntuple.page_list_envelopes
        for columns in envelope.pagelinklist
    ]
    return np.array(clusters, np.int64)
