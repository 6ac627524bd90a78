"""Named cuts: which of them each row fails, as bits, and how many rows each removes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Bits of a word; one is left for what the framework cuts itself.
MOST_CUTS = 63

Bits = NDArray[np.uint64]


def failed_cuts(passed: Sequence[NDArray[np.bool_]], rows: int) -> Bits:
    """Set bit i of a row where it does not pass cut i.

    Parameters
    ----------
    passed
        For each cut, in order, bool [rows].

    Returns
    -------
    uint64 [rows]

    Raises
    ------
    ValueError
        With more than `MOST_CUTS` cuts.
    """
    if len(passed) > MOST_CUTS:
        raise ValueError(f"{len(passed)} cuts, where {MOST_CUTS} is the most")
    failed = np.zeros(rows, np.uint64)
    for bit, chosen in enumerate(passed):
        failed |= (~np.asarray(chosen, bool)).astype(np.uint64) << np.uint64(bit)
    return failed


class CutFlow:
    """Counts what each of some named cuts removes, batch by batch.

    Parameters
    ----------
    names
        In the order in which the cuts are applied.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.rows = 0
        self.alone, self.first, self.only = (np.zeros(len(self.names), np.int64) for _ in range(3))

    def add(self, failed: Bits) -> None:
        """Count rows by the bits of the cuts that they fail, see `failed_cuts`."""
        self.rows += len(failed)
        for bit in range(len(self.names)):
            mask = np.uint64(1 << bit)
            mine = failed[(failed & mask) != 0]
            self.alone[bit] += len(mine)
            self.first[bit] += int(((mine & (mask - np.uint64(1))) == 0).sum())
            self.only[bit] += int((mine == mask).sum())

    def table(self) -> list[dict[str, Any]]:
        """Give one row a cut, the first for all rows: what it removes and what is left behind it.

        ``removed_alone`` counts the rows that fail the cut, ``removed_in_sequence`` those of
        them that no earlier cut removed, ``removed_by_no_other`` those that pass all others.
        """
        left = self.rows - np.cumsum(self.first)
        whole = ("all rows", 0, 0, 0, self.rows)
        counted = zip(self.names, self.alone, self.first, self.only, left, strict=True)
        keys = ("cut", "removed_alone", "removed_in_sequence", "removed_by_no_other", "left")
        return [
            dict(zip(keys, (name, *map(int, numbers)), strict=True))
            for name, *numbers in (whole, *counted)
        ]
