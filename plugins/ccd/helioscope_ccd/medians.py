"""The exact median of a row: a search by counting, whose loops vectorise.

Counting how many values lie below a level takes 10 ns for 64 of them. A few levels, chosen
by the density of a Gaussian, end at one with exactly half of the values below it; the median
is then the mean of the two values next to that level. Where equal values leave no such level
each value's rank is counted.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from helioscope_ccd.compiled import kernel

#: Levels tried before ranks are counted; half the rows need three, one in a thousand twelve.
TRIES = 16

#: Values further than so many times the spread from the mean are left out of both, again and
#: again for so many rounds.
FAR, ROUNDS = 3.0, 5


@kernel
def median(values: NDArray[np.float32], count: int) -> np.float32:
    """Give the median of the first ``count`` values, as numpy does for an even number too."""
    if count == 0:
        return np.float32(0.0)
    lower, upper = (count - 1) // 2, count // 2
    level, spread = _centre(values, count)
    # At its centre a Gaussian has 0.4 count / sigma values a unit.
    step = np.float32(2.5) * spread / count
    low, high = np.float32(-np.inf), np.float32(np.inf)
    for _ in range(TRIES):
        below = _below(values, count, level)
        if below == lower + 1:
            first, second = _next_to(values, count, level)
            return np.float32(0.5 * (first + (first if lower == upper else second)))
        if below <= lower:
            low = level
        else:
            high = level
        level = np.float32(level + step * np.float32(lower + 1 - below))
        if not low < level < high:
            level = np.float32(0.5) * (low + high)
        if not low < level < high:
            break
    return np.float32(0.5 * (_ranked(values, count, lower) + _ranked(values, count, upper)))


@kernel
def _centre(values: NDArray[np.float32], count: int) -> tuple[np.float32, np.float32]:
    """Give mean and spread of most values, without those that stand far off.

    One pixel with a photon's charge makes the spread thirty times that of the noise, and a
    search that steps by it runs out of tries.
    """
    level, spread, left = np.float32(0.0), np.float32(1e30), count
    for _ in range(ROUNDS):
        number, total, squares = _moments(values, count, level, np.float32(FAR) * spread)
        if number == left and spread < np.float32(1e30):
            break
        left = number
        off = total / number
        level = level + off
        spread = np.sqrt(max(squares / number - off * off, np.float32(0.0)))
        if spread == np.float32(0.0):
            break
    return level, spread


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"reassoc", "nsz", "contract"})
def _moments(
    values: NDArray[np.float32], count: int, centre: np.float32, reach: np.float32
) -> tuple[np.float32, np.float32, np.float32]:
    """Give number, sum and sum of squares of the values near a centre, as seen from there.

    They only choose the first level.
    """
    number = total = squares = np.float32(0.0)
    for index in range(np.uint64(count)):
        off = values[index] - centre
        near = np.float32(1.0) if abs(off) <= reach else np.float32(0.0)
        number += near
        total += near * off
        squares += near * off * off
    return number, total, squares


@kernel
def _below(values: NDArray[np.float32], count: int, level: np.float32) -> np.int32:
    """Count the values below a level; the sums stay int32, or the loop would not vectorise."""
    number = np.int32(0)
    for index in range(count):
        number = np.int32(number + np.int32(values[index] < level))
    return number


@kernel
def _next_to(
    values: NDArray[np.float32], count: int, level: np.float32
) -> tuple[np.float32, np.float32]:
    """Give the largest value below a level and the smallest that is not.

    They are compared by their bits: only whole numbers' largest and smallest vectorise.
    """
    first, second = np.int32(-2147483648), np.int32(2147483647)
    for index in range(np.uint64(count)):
        value = values[index]
        key = _ordered(np.float32(value).view(np.int32))
        below = key if value < level else np.int32(-2147483648)
        above = np.int32(2147483647) if value < level else key
        first = below if below > first else first
        second = above if above < second else second
    low, high = _ordered(first), _ordered(second)
    return np.int32(low).view(np.float32), np.int32(high).view(np.float32)


@kernel
def _ordered(bits: np.int32) -> np.int32:
    """Turn the bits of a float into a whole number of the same order, and back."""
    return np.int32(bits ^ np.int32(np.int32(bits >> np.int32(31)) & np.int32(2147483647)))


@kernel
def _ranked(values: NDArray[np.float32], count: int, rank: int) -> np.float32:
    """Give the value of a rank: the largest that has at most ``rank`` values below it."""
    found = np.float32(-np.inf)
    for index in range(count):
        if values[index] > found and _below(values, count, values[index]) <= rank:
            found = values[index]
    return found
