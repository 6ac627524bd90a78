"""Charges on strips to clusters, matched pairs and shapes: one compiled pass over flat columns."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from helioscope_micromegas import shapes
from helioscope_micromegas.shapes import (
    AMBIGUOUS,
    DEAD,
    GAIN,
    MISMATCHED,
    NEGATIVE,
    NOT_FINITE,
    PEDESTAL,
    POSITION,
    RANK,
    SATURATED,
    THRESHOLD,
    UNMAPPED,
)

_MOST_HITS = 1024
_MOST_CLUSTERS = 128
_compiled = numba.njit(cache=True, nogil=True, error_model="numpy")


class AxisHits(NamedTuple):
    """Hits of one axis as jagged columns laid flat.

    ``offsets`` int64 [events + 1]; ``strip`` int32, ``charge_adu`` float32, ``time_ns`` float32
    per hit. ``time_ns`` may be empty where strips have no time.
    """

    offsets: NDArray[np.int64]
    strip: NDArray[np.int32]
    charge_adu: NDArray[np.float32]
    time_ns: NDArray[np.float32]


class Matching(NamedTuple):
    """What joins hits to clusters and clusters to pairs."""

    gap_strips: int
    balance: float
    time_ns: float
    saturation_adu: float


class Observed(NamedTuple):
    """What the pass gives, one row an event.

    Attributes
    ----------
    axes
        float32 [events, 2, 7]: `shapes.TOTAL` to `FRACTION` of x and y. Shapes are of the main
        cluster, `TOTAL` and `MEAN` of all strips over threshold.
    counts
        int32 [events, 2, 2]: strips of the main cluster, and clusters.
    times
        float32 [events, 4], over the strips of both axes; NaN without times.
    hits
        int32 [events]: strips over threshold.
    bits
        uint32 [events]: the bits of `shapes`.
    """

    axes: NDArray[np.float32]
    counts: NDArray[np.int32]
    times: NDArray[np.float32]
    hits: NDArray[np.int32]
    bits: NDArray[np.uint32]


def axis_table(
    position_mm: NDArray[np.float64],
    pedestal_adu: NDArray[np.float64],
    threshold_adu: NDArray[np.float64],
    gain: NDArray[np.float64],
    dead: NDArray[np.bool_],
    plane: NDArray[np.int64] | None = None,
) -> NDArray[np.float64]:
    """Lay what is known of an axis' strips into one table, float64 [6, strips].

    Strips are in the order of their plane and position. The rank counts live strips, so that a
    dead strip leaves no gap, and jumps between planes, so that no cluster reaches across.
    """
    table = np.empty((6, position_mm.size))
    table[POSITION], table[PEDESTAL], table[THRESHOLD] = position_mm, pedestal_adu, threshold_adu
    table[GAIN], table[DEAD] = gain, dead
    table[RANK] = np.cumsum(~dead)
    if plane is not None:
        table[RANK] += 1_000_000.0 * plane
    return table


def observe(
    x: AxisHits,
    y: AxisHits,
    x_table: NDArray[np.float64],
    y_table: NDArray[np.float64],
    matching: Matching,
) -> Observed:
    """Take the hits of events to clusters, the matched pair and its shape.

    Hits of a strip that is dead, unknown or below its threshold are left out. Clusters of an
    axis are runs of strips with at most ``gap_strips`` live strips between two neighbours. Of
    all pairs of an x and a y cluster that agree in charge, ``|x - y| / (x + y) <= balance``, and
    in mean time, the one with most charge is the main one.
    """
    events = x.offsets.size - 1
    observed = Observed(
        np.zeros((events, 2, 7), np.float32), np.zeros((events, 2, 2), np.int32),
        np.zeros((events, 4), np.float32), np.zeros(events, np.int32), np.zeros(events, np.uint32),
    )  # fmt: skip
    timed = x.time_ns.size == x.strip.size and y.time_ns.size == y.strip.size
    timed = timed and x.strip.size + y.strip.size > 0
    _observe(x, y, x_table, y_table, matching, timed, *observed)
    return observed


@_compiled
def _observe(x, y, x_table, y_table, matching, timed, axes, counts, times, hits, bits):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    strip = np.empty((2, _MOST_HITS), np.int32)
    charge = np.empty((2, _MOST_HITS))
    time = np.zeros((2, _MOST_HITS))
    first = np.empty((2, _MOST_CLUSTERS + 1), np.int64)
    sums = np.empty((2, _MOST_CLUSTERS, 2))
    for event in range(hits.size):
        nx, bad = _collect(event, x, x_table, matching, timed, strip[0], charge[0], time[0])
        ny, worse = _collect(event, y, y_table, matching, timed, strip[1], charge[1], time[1])
        bad |= worse
        hits[event] = nx + ny
        mx = _cluster(nx, strip[0], charge[0], time[0], x_table, matching, first[0], sums[0])
        my = _cluster(ny, strip[1], charge[1], time[1], y_table, matching, first[1], sums[1])
        main_x, main_y, more = _match(mx, my, sums, matching, timed)
        bad |= more
        if mx:
            lo, hi = first[0, main_x], first[0, main_x + 1]
            counts[event, 0, 0], counts[event, 0, 1] = hi - lo, mx
            shapes.shape(strip[0], charge[0], nx, lo, hi, x_table, axes[event, 0])
            bad |= shapes.surroundings(strip[0, lo], strip[0, hi - 1], x_table)
        if my:
            lo, hi = first[1, main_y], first[1, main_y + 1]
            counts[event, 1, 0], counts[event, 1, 1] = hi - lo, my
            shapes.shape(strip[1], charge[1], ny, lo, hi, y_table, axes[event, 1])
            bad |= shapes.surroundings(strip[1, lo], strip[1, hi - 1], y_table)
        if timed:
            shapes.time_shape(nx, ny, charge, time, times[event])
        else:
            times[event, :] = np.nan
        bits[event] = bad


@_compiled
def _collect(event, axis, table, matching, timed, strip, charge, time):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Copy an event's strips over threshold, sorted by strip; give how many, and the bits."""
    kept, bad = 0, np.uint32(0)
    strips = table.shape[1]
    for i in range(axis.offsets[event], axis.offsets[event + 1]):
        number, raw = axis.strip[i], axis.charge_adu[i]
        if number < 0 or number >= strips:
            bad |= np.uint32(UNMAPPED)
            continue
        if not np.isfinite(raw):
            bad |= np.uint32(NOT_FINITE)
            continue
        if raw >= matching.saturation_adu:
            bad |= np.uint32(SATURATED)
        net = raw - table[PEDESTAL, number]
        if net < -2.0 * table[THRESHOLD, number]:
            bad |= np.uint32(NEGATIVE)
        if net <= table[THRESHOLD, number] or table[DEAD, number] != 0 or kept == _MOST_HITS:
            continue
        place = kept
        while place > 0 and strip[place - 1] > number:
            strip[place], charge[place] = strip[place - 1], charge[place - 1]
            time[place] = time[place - 1]
            place -= 1
        strip[place], charge[place] = number, net / table[GAIN, number]
        if timed:
            time[place] = axis.time_ns[i]
        kept += 1
    return kept, bad


@_compiled
def _cluster(hits, strip, charge, time, table, matching, first, sums):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Cut sorted hits into clusters; give how many. ``sums`` holds charge and mean time."""
    found = 0
    for i in range(hits):
        apart = 0.0
        if i:
            apart = table[RANK, strip[i]] - table[RANK, strip[i - 1]] - 1
        if i == 0 or (apart > matching.gap_strips and found < _MOST_CLUSTERS):
            first[found] = i
            sums[found, 0], sums[found, 1] = 0.0, 0.0
            found += 1
        sums[found - 1, 0] += charge[i]
        sums[found - 1, 1] += charge[i] * time[i]
    first[found] = hits
    for i in range(found):
        sums[i, 1] /= sums[i, 0]
    return found


@_compiled
def _match(mx, my, sums, matching, timed):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, C901
    """Choose the main pair; give both clusters and the bits."""
    best_x, best_y = _largest(mx, sums[0]), _largest(my, sums[1])
    if mx == 0 or my == 0:
        return best_x, best_y, np.uint32(0)
    best, agreeing = -1.0, 0
    for i in range(mx):
        for j in range(my):
            total = sums[0, i, 0] + sums[1, j, 0]
            if abs(sums[0, i, 0] - sums[1, j, 0]) > matching.balance * total:
                continue
            if timed and abs(sums[0, i, 1] - sums[1, j, 1]) > matching.time_ns:
                continue
            agreeing += 1
            if total > best:
                best, best_x, best_y = total, i, j
    if agreeing == 0:
        return best_x, best_y, np.uint32(MISMATCHED)
    for i in range(mx):  # another partner of nearly the same charge?
        near = abs(sums[0, i, 0] - sums[0, best_x, 0]) < 0.1 * sums[0, best_x, 0]
        if i != best_x and near:
            return best_x, best_y, np.uint32(AMBIGUOUS)
    for j in range(my):
        near = abs(sums[1, j, 0] - sums[1, best_y, 0]) < 0.1 * sums[1, best_y, 0]
        if j != best_y and near:
            return best_x, best_y, np.uint32(AMBIGUOUS)
    return best_x, best_y, np.uint32(0)


@_compiled
def _largest(clusters, sums):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    best = 0
    for i in range(1, clusters):
        if sums[i, 0] > sums[best, 0]:
            best = i
    return best
