"""Charges on strips to clusters, matched pairs and shapes: one compiled pass over flat columns."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope_micromegas.strip_columns import DEAD, GAIN, PEDESTAL, POSITION, RANK, THRESHOLD


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
        float32 [events, 2, 7]: `strip_columns.TOTAL` to `FRACTION` of x and y. Shapes are of the
        main cluster, `TOTAL` and `MEAN` of all strips over threshold.
    counts
        int32 [events, 2, 2]: strips of the main cluster, and clusters.
    times
        float32 [events, 4], over the strips of both axes; NaN without times.
    hits
        int32 [events]: strips over threshold.
    bits
        uint32 [events]: the bits of `strip_columns`.
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
    dead strip leaves no gap, and jumps between planes, so that no cluster reaches across. The
    gain is stored as its inverse, a factor on the charge.
    """
    table = np.empty((6, position_mm.size))
    table[POSITION], table[PEDESTAL], table[THRESHOLD] = position_mm, pedestal_adu, threshold_adu
    table[GAIN], table[DEAD] = 1.0 / gain, dead
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
    from helioscope_micromegas import strip_kernels

    events = x.offsets.size - 1
    observed = Observed(
        np.zeros((events, 2, 7), np.float32), np.zeros((events, 2, 2), np.int32),
        np.zeros((events, 4), np.float32), np.zeros(events, np.int32), np.zeros(events, np.uint32),
    )  # fmt: skip
    timed = x.time_ns.size == x.strip.size and y.time_ns.size == y.strip.size
    timed = timed and x.strip.size + y.strip.size > 0
    strip_kernels.observe(*x, *y, x_table, y_table, *matching, timed, *observed)
    return observed
