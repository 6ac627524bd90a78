"""Patterns of split events as XMM-Newton's EPIC-pn numbers them (SAS ``epevents``, 0 to 12).

0 single; 1 to 4 doubles; 5 to 8 triples with the main pixel at the corner of the L; 9 to 12
quadruples of 2 x 2 with the main pixel diagonal to the smallest; INVALID for all others,
which do not come from one photon. Doubles count from the partner above the main pixel
(higher row) clockwise; triples and quadruples from the partners above and right, clockwise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from helioscope_ccd.compiled import kernel

SINGLE = 0
INVALID = 13
#: Largest pattern of each number of pixels.
LAST_SINGLE, LAST_DOUBLE, LAST_TRIPLE, LAST_QUADRUPLE = 0, 4, 8, 12


@kernel
def _partners(
    pixels: NDArray[np.int32], count: int, columns: int, main: int
) -> tuple[int, int, int, int, int]:
    """Give the pixels above, right of, below and left of the main one, and any other; or -1."""
    up = right = down = left = corner = -1
    for index in range(count):
        pixel = pixels[index]
        row = pixel // columns - main // columns
        column = pixel % columns - main % columns
        if row == 1 and column == 0:
            up = pixel
        elif row == 0 and column == 1:
            right = pixel
        elif row == -1 and column == 0:
            down = pixel
        elif row == 0 and column == -1:
            left = pixel
        elif pixel != main:
            corner = pixel
    return up, right, down, left, corner


@kernel
def classify(
    pixels: NDArray[np.int32], count: int, columns: int, signal: NDArray[np.float32], main: int
) -> int:
    """Give the pattern of one cluster.

    Parameters
    ----------
    pixels
        Flat indices (row x columns + column); the first ``count`` belong to the cluster.
    signal
        Flat signal of the frame, float32.
    main
        Flat index of the pixel with the largest signal.
    """
    if count == 1:
        return SINGLE
    if count > 4:
        return INVALID
    up, right, down, left, corner = _partners(pixels, count, columns, main)
    sides = (up >= 0) + (right >= 0) + (down >= 0) + (left >= 0)
    if count == 2 and sides == 1:
        return 1 if up >= 0 else 2 if right >= 0 else 3 if down >= 0 else 4
    if sides != 2 or (up >= 0 and down >= 0) or (left >= 0 and right >= 0):
        return INVALID
    vertical = max(up, down)
    beside = max(left, right)
    turn = (0 if right >= 0 else 3) if up >= 0 else (1 if right >= 0 else 2)
    if count == 3:
        return 5 + turn
    diagonal = (vertical // columns) * columns + beside % columns
    if corner != diagonal or signal[corner] > min(signal[vertical], signal[beside]):
        return INVALID
    return 9 + turn
