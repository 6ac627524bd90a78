"""The search for pulses: over all waveforms, in one of them, in one run over the limit."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope.waveforms.kernels.compiled import kernel
from helioscope.waveforms.kernels.levels import largest, window_moments
from helioscope.waveforms.kernels.runs import next_over, run_end, valley, varies
from helioscope.waveforms.kernels.shapes import area, first_largest, measure_edges


class Packed(NamedTuple):
    """The settings of a search as the compiled loops take them."""

    baseline_start: int
    baseline_stop: int
    search_start: int
    search_stop: int
    threshold_sigma: float
    threshold_adu: float
    minimum_points: int
    minimum_spread_sigma: float
    split_fraction: float
    margin_before: int
    margin_after: int
    fraction: float


class Stretch(NamedTuple):
    """One waveform: its place [lo, end) and what is searched [start, stop) in the flat samples."""

    number: int
    lo: int
    start: int
    stop: int
    end: int
    base: float
    noise: float
    over: float


@kernel
def search_pulses(
    samples: NDArray[np.int16],
    offsets: NDArray[np.int64],
    first: int,
    found: int,
    search: Any,
    measure: bool,
    mean: NDArray[np.float64],
    sigma: NDArray[np.float64],
    peak_adu: NDArray[np.float32],
    places: NDArray[np.int32],
    measures: NDArray[np.float32],
) -> tuple[int, int]:
    """Search waveforms from ``first`` on until done or the buffers might not take the next.

    Gives the waveform to go on with and the number of pulses found so far.
    """
    for number in range(first, offsets.size - 1):
        lo, end = offsets[number], offsets[number + 1]
        if measure:
            mean[number], sigma[number] = window_moments(
                samples, min(lo + search.baseline_start, end), min(lo + search.baseline_stop, end)
            )
        start = min(lo + search.search_start, end)
        stop = min(lo + search.search_stop, end) if search.search_stop > 0 else end
        if stop <= start:
            continue
        base = mean[number]
        over = max(search.threshold_sigma * sigma[number], search.threshold_adu)
        top = largest(samples, start, stop)
        peak_adu[number] = top - base
        if not top > base + over:
            continue
        # A run needs at least one sample and one gap, so this many pulses at the most.
        if found + (stop - start + 1) // 2 > places.shape[0]:
            return number, found
        stretch = Stretch(number, lo, start, stop, end, base, sigma[number], over)
        found = _search_one(samples, stretch, search, found, places, measures)
    return offsets.size - 1, found


@kernel
def _search_one(
    samples: NDArray[np.int16],
    stretch: Any,
    search: Any,
    found: int,
    places: NDArray[np.int32],
    measures: NDArray[np.float32],
) -> int:
    # An integer sample is over base + over exactly where it is over the floor of it.
    limit = np.int16(max(-32768.0, np.floor(stretch.base + stretch.over)))
    edge, stop = stretch.start, stretch.stop
    left = next_over(samples, edge, stop, limit)
    while left < stop:
        right = run_end(samples, left, stop, limit)
        following = next_over(samples, right, stop, limit)
        if right - left >= search.minimum_points and varies(
            samples, left, right, stretch.noise, search.minimum_spread_sigma
        ):
            before = max(left - search.margin_before, edge)
            after = min(right + search.margin_after, following)
            found = _measure_run(
                samples, stretch, search, before, left, right, after, found, places, measures
            )
        edge = right
        left = following
    return found


@kernel
def _measure_run(
    samples: NDArray[np.int16],
    stretch: Any,
    search: Any,
    before: int,
    left: int,
    right: int,
    after: int,
    found: int,
    places: NDArray[np.int32],
    measures: NDArray[np.float32],
) -> int:
    """Measure the run [left, right), in pieces where it is split; margins stay at its ends."""
    lo, end, base = stretch.lo, stretch.end, stretch.base
    while left < right:
        cut = right
        if search.split_fraction > 0.0:
            cut = valley(samples, left, right, base, stretch.over, search.split_fraction)
        peak = first_largest(samples, left, cut)
        place, measure = places[found], measures[found]
        place[0], place[1], place[2], place[3] = stretch.number, left - lo, cut - lo, peak - lo
        measure[0] = samples[peak] - base
        measure[1] = area(samples, before, after if cut == right else cut, base)
        measure[2] = area(samples, max(peak - 1, lo), min(peak + 2, end), base)
        measure_edges(samples, lo, end, peak, base, search.fraction, measure[3:])
        found += 1
        before = left = cut
    return found
