"""Rows, columns and bits of the tables of strips and of what is seen of an event."""

from __future__ import annotations

#: Rows of an axis table, one column a strip.
POSITION, PEDESTAL, THRESHOLD, GAIN, DEAD, RANK = range(6)

#: Columns of `strips.Observed.axes` (x then y).
TOTAL, MEAN, CENTRE, SIGMA, SKEW, KURTOSIS, FRACTION = range(7)

#: Columns of `strips.Observed.times`.
TIME_MEAN, TIME_SIGMA, TIME_SKEW, TIME_KURTOSIS = range(4)

#: Bits of `strips.Observed.bits`.
NOT_FINITE, SATURATED, NEGATIVE, EDGE, BAD_NEIGHBOUR, AMBIGUOUS, UNMAPPED, MISMATCHED, REPEATED = (
    1 << bit for bit in range(9)
)
