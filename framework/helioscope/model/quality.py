"""Quality bits: what may be wrong with an event, by name and meaning."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: The first bit that a detector may number itself, to 31.
OWN_BITS = 16


@dataclass(frozen=True)
class QualityBit:
    """One bit of the ``quality`` column.

    Bits 0 to 15 belong to the framework and mean the same for every detector; a detector
    numbers its own from 16 to 31.
    """

    bit: int
    name: str
    meaning: str
    excludes: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.bit <= 31:
            raise ValueError(f"quality bit '{self.name}': number {self.bit} is not one of 0 to 31")

    @property
    def mask(self) -> int:
        """The bit as an integer."""
        return 1 << self.bit


NOT_FINITE = QualityBit(0, "not_finite", "A raw value was NaN or infinite.", excludes=True)
SATURATED = QualityBit(1, "saturated", "A raw value stood at the end of its range.", excludes=True)
NEGATIVE = QualityBit(
    2, "negative", "A raw value was below anything the detector gives.", excludes=True
)
TIME_BACKWARDS = QualityBit(
    3, "time_backwards", "The clock stood earlier than at the event before."
)
TIME_REPEATED = QualityBit(4, "time_repeated", "The clock stood still since the event before.")
TIME_JUMP = QualityBit(5, "time_jump", "The clock jumped since the event before.")
PILE_UP = QualityBit(6, "pile_up", "More than one photon is likely in it.")
EDGE = QualityBit(7, "edge", "It touches the edge of the detector; charge may be lost.")
BAD_NEIGHBOUR = QualityBit(8, "bad_neighbour", "It touches a dead, hot or noisy channel.")
COINCIDENCE = QualityBit(9, "coincidence", "A veto counter fired with it.")
AMBIGUOUS = QualityBit(10, "ambiguous", "Its parts could be matched in another way.")
UNCALIBRATED = QualityBit(11, "uncalibrated", "No calibration held for a channel of it.")
TRUNCATED = QualityBit(12, "truncated", "Part of the event was not recorded.")

COMMON = (
    NOT_FINITE, SATURATED, NEGATIVE, TIME_BACKWARDS, TIME_REPEATED, TIME_JUMP, PILE_UP, EDGE,
    BAD_NEIGHBOUR, COINCIDENCE, AMBIGUOUS, UNCALIBRATED, TRUNCATED,
)  # fmt: skip


def names(quality: int, bits: Iterable[QualityBit] = COMMON) -> list[str]:
    """Name the bits that are set in one value."""
    return [bit.name for bit in bits if quality & bit.mask]


def counts(quality: NDArray[np.uint32], bits: Iterable[QualityBit] = COMMON) -> dict[str, int]:
    """Count how often each bit is set in a column; bits never set are left out."""
    found = {bit.name: int(np.count_nonzero(quality & np.uint32(bit.mask))) for bit in bits}
    return {name: number for name, number in found.items() if number}


def excluding_mask(bits: Iterable[QualityBit] = COMMON) -> int:
    """Join the bits that rule a row out as a candidate."""
    mask = 0
    for bit in bits:
        if bit.excludes:
            mask |= bit.mask
    return mask
