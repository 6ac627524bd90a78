"""How much a stretch of a tree will unfold to, from the file's own book-keeping, before reading."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any

import numpy as np

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
            raise _over_limit(self._path, start, stop, total, self._max_bytes // _COPIES)

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


class ClusterSizes:
    """Unpacked bytes of the clusters of an RNTuple, at most 8 bytes a value."""

    def __init__(self, path: Path, ntuple: Any, max_bytes: int) -> None:
        self._path = path
        self._max_bytes = max_bytes
        envelopes = ntuple.page_list_envelopes
        starts = [c.num_first_entry for e in envelopes for c in e.cluster_summaries]
        self._starts = np.array(starts, np.int64)
        self._bytes = [
            sum(page.num_elements for column in columns for page in column.pages) * 8
            for envelope in envelopes
            for columns in envelope.pagelinklist
        ]

    def close(self) -> None:
        """Nothing is held open."""

    def require(self, start: int, stop: int) -> None:
        """Refuse a stretch of entries that would unfold to more than the limit.

        Raises
        ------
        LimitError
            Before any memory is taken.
        """
        first = max(int(np.searchsorted(self._starts, start, "right")) - 1, 0)
        last = int(np.searchsorted(self._starts, stop, "left"))
        total = sum(self._bytes[first:last])
        if total > self._max_bytes:
            raise _over_limit(self._path, start, stop, total, self._max_bytes)


def _over_limit(path: Path, start: int, stop: int, total: int, allowed: int) -> LimitError:
    return LimitError(
        where=f"{path}, events {start} to {stop - 1}",
        found=f"baskets or clusters that unpack to {total} bytes",
        expected=f"at most {allowed}",
        remedy="raise the memory limit if the file is to be trusted",
    )
