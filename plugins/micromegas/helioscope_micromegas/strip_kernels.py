"""The compiled pass under `strips.observe`: collect, cluster, match, measure."""

from __future__ import annotations

import numpy as np

from helioscope_micromegas import shapes
from helioscope_micromegas.compiled import kernel
from helioscope_micromegas.strip_columns import (
    AMBIGUOUS,
    CENTRE,
    DEAD,
    FRACTION,
    GAIN,
    KURTOSIS,
    MEAN,
    MISMATCHED,
    NEGATIVE,
    NOT_FINITE,
    PEDESTAL,
    POSITION,
    RANK,
    REPEATED,
    SATURATED,
    SIGMA,
    SKEW,
    THRESHOLD,
    TOTAL,
    UNMAPPED,
)


@kernel
def observe(  # type: ignore[no-untyped-def]  # noqa: ANN201
    x_offsets, x_strips, x_charges, x_times, y_offsets, y_strips, y_charges, y_times,  # noqa: ANN001
    x_table, y_table, gap, balance, window_ns, saturation, timed,  # noqa: ANN001
    axes, counts, times, hits, bits,  # noqa: ANN001
):  # fmt: skip
    """Fill the columns of `strips.Observed` for every event; see `strips.observe`."""
    # flat scratch, one array each: a slice made for every event would cost more than its use
    x_strip, x_charge, x_time, x_first, x_sums = _scratch(x_table.shape[1])
    y_strip, y_charge, y_time, y_first, y_sums = _scratch(y_table.shape[1])
    for event in range(hits.size):
        nx, bad = _collect(
            x_offsets[event], x_offsets[event + 1], x_strips, x_charges, x_times, x_table,
            saturation, timed, x_strip, x_charge, x_time,
        )  # fmt: skip
        ny, worse = _collect(
            y_offsets[event], y_offsets[event + 1], y_strips, y_charges, y_times, y_table,
            saturation, timed, y_strip, y_charge, y_time,
        )  # fmt: skip
        bad |= worse
        hits[event] = nx + ny
        mx = _cluster(nx, x_strip, x_charge, x_time, x_table, gap, timed, x_first, x_sums)
        my = _cluster(ny, y_strip, y_charge, y_time, y_table, gap, timed, y_first, y_sums)
        main_x, main_y, more = _match(mx, my, x_sums, y_sums, balance, window_ns, timed)
        bad |= more
        if mx:
            bad |= _put(event, 0, mx, main_x, x_first, x_strip, x_sums, x_table, axes, counts)
        if my:
            bad |= _put(event, 1, my, main_y, y_first, y_strip, y_sums, y_table, axes, counts)
        if timed:
            shapes.time_shape(event, nx, ny, x_charge, y_charge, x_time, y_time, times)
        else:
            times[event, 0] = times[event, 1] = times[event, 2] = times[event, 3] = np.nan
        bits[event] = bad


@kernel
def _scratch(strips):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Make the scratch of one axis: strips, charges, times, first hits and sums of clusters.

    No event fills it: a strip counts once, and a cluster has one strip at least.
    """
    return (
        np.empty(strips, np.int32), np.empty(strips), np.zeros(strips),
        np.empty(strips + 1, np.int64), np.empty((strips, 6)),
    )  # fmt: skip


@kernel
def _collect(  # type: ignore[no-untyped-def]  # noqa: ANN202, C901
    start, stop, numbers, charges, times, table, saturation, timed, strip, charge, time,  # noqa: ANN001
):  # fmt: skip
    """Copy an event's strips over threshold, sorted by strip; give how many, and the bits."""
    kept, bad = 0, np.uint32(0)
    strips = table.shape[1]
    for i in range(start, stop):
        number = numbers[i]
        if number < 0 or number >= strips:
            bad |= np.uint32(UNMAPPED)
            continue
        net = charges[i] - table[PEDESTAL, number]
        threshold = table[THRESHOLD, number]
        if not net > threshold or charges[i] >= saturation:
            fault = _fault(charges[i], net, threshold, saturation)
            bad |= fault
            if fault != np.uint32(SATURATED):
                continue
        if table[DEAD, number] != 0:
            continue
        place = kept
        # a function for this would cost a third of the pass: it counts references to the arrays
        if kept > 0 and strip[kept - 1] >= number:  # seldom: most files hold them in order
            while place > 0 and strip[place - 1] > number:
                place -= 1
            if place > 0 and strip[place - 1] == number:
                bad |= np.uint32(REPEATED)
                continue
            for j in range(kept, place, -1):
                strip[j], charge[j], time[j] = strip[j - 1], charge[j - 1], time[j - 1]
        strip[place], charge[place] = number, net * table[GAIN, number]
        if timed:
            time[place] = times[i]
        kept += 1
    return kept, bad


@kernel
def _fault(raw, net, threshold, saturation):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Say what keeps a charge from counting; 0 where it merely lies below the threshold."""
    if not np.isfinite(raw):
        return np.uint32(NOT_FINITE)
    if raw >= saturation:
        return np.uint32(SATURATED)
    return np.uint32(NEGATIVE) if net < -2.0 * threshold else np.uint32(0)


@kernel
def _cluster(hits, strip, charge, time, table, gap, timed, first, sums):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Cut sorted hits into clusters; give how many.

    ``sums`` holds the charge, its moments of order 1 to 4 about the first strip, and the mean
    time of each cluster.
    """
    found, last, origin = 0, 0.0, 0.0
    q, q1, q2, q3, q4, qt = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(hits):
        rank = table[RANK, strip[i]]
        if i == 0 or rank - last > gap + 1:
            if found:
                _close(sums, found - 1, q, q1, q2, q3, q4, qt)
            first[found] = i
            found += 1
            origin = table[POSITION, strip[i]]
            q, q1, q2, q3, q4, qt = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        last = rank
        off = table[POSITION, strip[i]] - origin
        weighted = charge[i] * off
        q += charge[i]
        q1 += weighted
        q2 += weighted * off
        q3 += weighted * off * off
        q4 += weighted * off * off * off
        if timed:
            qt += charge[i] * time[i]
    if found:
        _close(sums, found - 1, q, q1, q2, q3, q4, qt)
    first[found] = hits
    return found


@kernel
def _close(sums, cluster, q, q1, q2, q3, q4, qt):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    scale = 1.0 / q
    sums[cluster, 0], sums[cluster, 1], sums[cluster, 2] = q, q1 * scale, q2 * scale
    sums[cluster, 3], sums[cluster, 4], sums[cluster, 5] = q3 * scale, q4 * scale, qt * scale


@kernel
def _put(event, axis, clusters, main, first, strip, sums, table, axes, counts):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Write one axis of an event; give the bits of the main cluster's surroundings."""
    total, moment = 0.0, 0.0
    for i in range(clusters):
        total += sums[i, 0]
        moment += sums[i, 0] * (table[POSITION, strip[first[i]]] + sums[i, 1])
    low, high = strip[first[main]], strip[first[main + 1] - 1]
    mean = sums[main, 1]
    m2, m3, m4 = shapes.central(mean, sums[main, 2], sums[main, 3], sums[main, 4])
    sigma, skew, kurtosis = shapes.standard(m2, m3, m4)
    axes[event, axis, TOTAL], axes[event, axis, MEAN] = total, moment / total
    axes[event, axis, CENTRE] = table[POSITION, low] + mean
    axes[event, axis, SIGMA], axes[event, axis, SKEW] = sigma, skew
    axes[event, axis, KURTOSIS], axes[event, axis, FRACTION] = kurtosis, sums[main, 0] / total
    counts[event, axis, 0] = first[main + 1] - first[main]
    counts[event, axis, 1] = clusters
    return shapes.surroundings(low, high, table)


@kernel
def _match(mx, my, x_sums, y_sums, balance, window_ns, timed):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Choose the main pair; give both clusters and the bits."""
    best_x, best_y = _largest(mx, x_sums), _largest(my, y_sums)
    if mx == 0 or my == 0:
        return best_x, best_y, np.uint32(0)
    best, agreeing = -1.0, 0
    for i in range(mx):
        for j in range(my):
            total = x_sums[i, 0] + y_sums[j, 0]
            if abs(x_sums[i, 0] - y_sums[j, 0]) > balance * total:
                continue
            if timed and abs(x_sums[i, 5] - y_sums[j, 5]) > window_ns:
                continue
            agreeing += 1
            if total > best:
                best, best_x, best_y = total, i, j
    if agreeing == 0:
        return best_x, best_y, np.uint32(MISMATCHED)
    if _rival(mx, x_sums, best_x) or _rival(my, y_sums, best_y):
        return best_x, best_y, np.uint32(AMBIGUOUS)
    return best_x, best_y, np.uint32(0)


@kernel
def _rival(clusters, sums, best):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Say whether another cluster of nearly the same charge could have been matched."""
    for i in range(clusters):
        if i != best and abs(sums[i, 0] - sums[best, 0]) < 0.1 * sums[best, 0]:
            return True
    return False


@kernel
def _largest(clusters, sums):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    best = 0
    for i in range(1, clusters):
        if sums[i, 0] > sums[best, 0]:
            best = i
    return best
