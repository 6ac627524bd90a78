"""The compiled loops under baselines, coherent noise and the pulse finder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from helioscope.waveforms.pulses import PulseSearch

_compiled = numba.njit(nogil=True, cache=True, error_model="numpy")

#: Samples looked at together; a block with nothing over threshold is passed over at once.
BLOCK = 64


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


def packed(search: PulseSearch) -> Packed:
    """Give the settings with the types that the loops were compiled for."""
    return Packed(
        baseline_start=int(search.baseline_start),
        baseline_stop=int(search.baseline_stop),
        search_start=int(search.search_start),
        search_stop=int(search.search_stop),
        threshold_sigma=float(search.threshold_sigma),
        threshold_adu=float(search.threshold_adu),
        minimum_points=int(search.minimum_points),
        minimum_spread_sigma=float(search.minimum_spread_sigma),
        split_fraction=float(search.split_fraction),
        margin_before=int(search.margin_before),
        margin_after=int(search.margin_after),
        fraction=float(search.fraction),
    )


@_compiled
def window_moments(samples: NDArray[np.int16], lo: int, hi: int) -> tuple[float, float]:
    """Give mean and population sigma of samples [lo, hi); NaN where there is none."""
    number = hi - lo
    if number <= 0:
        return np.nan, np.nan
    # A slice, not an index from lo: only so does the compiler see that it may vectorise.
    window = samples[lo:hi]
    total = np.int64(0)
    squares = np.int64(0)
    for index in range(window.size):
        value = np.int32(window[index])
        total += value
        squares += np.int64(value) * np.int64(value)
    # Exact in integers up to the division, so a constant level has sigma zero.
    spread = number * squares - total * total
    return total / number, np.sqrt(spread) / number


@_compiled
def measure_baselines(
    samples: NDArray[np.int16],
    offsets: NDArray[np.int64],
    start: int,
    stop: int,
    mean: NDArray[np.float64],
    sigma: NDArray[np.float64],
) -> None:
    """Fill mean and sigma of the window of every waveform."""
    for waveform in range(offsets.size - 1):
        lo, end = offsets[waveform], offsets[waveform + 1]
        mean[waveform], sigma[waveform] = window_moments(
            samples, min(lo + start, end), min(lo + stop, end)
        )


@_compiled
def largest(samples: NDArray[np.int16], lo: int, hi: int) -> np.int16:
    """Give the largest sample of [lo, hi); the least int16 where there is none."""
    window = samples[lo:hi]
    top = np.int16(-32768)
    for index in range(window.size):
        top = max(top, window[index])
    return top


@_compiled
def next_over(samples: NDArray[np.int16], lo: int, hi: int, limit: np.int16) -> int:
    """Give the first sample of [lo, hi) above the limit, or hi."""
    index = lo
    while index < hi:
        end = min(index + BLOCK, hi)
        block = samples[index:end]
        top = np.int16(-32768)
        for place in range(block.size):
            top = max(top, block[place])
        if top > limit:
            for place in range(block.size):
                if block[place] > limit:
                    return index + place
        index = end
    return hi


@_compiled
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
    for waveform in range(first, offsets.size - 1):
        lo, end = offsets[waveform], offsets[waveform + 1]
        if measure:
            mean[waveform], sigma[waveform] = window_moments(
                samples, min(lo + search.baseline_start, end), min(lo + search.baseline_stop, end)
            )
        start = min(lo + search.search_start, end)
        stop = min(lo + search.search_stop, end) if search.search_stop > 0 else end
        if stop <= start:
            continue
        base = mean[waveform]
        over = max(search.threshold_sigma * sigma[waveform], search.threshold_adu)
        top = largest(samples, start, stop)
        peak_adu[waveform] = top - base
        if not top > base + over:
            continue
        # A run needs at least one sample and one gap, so this many pulses at the most.
        if found + (stop - start + 1) // 2 > places.shape[0]:
            return waveform, found
        found = _search_one(
            samples, lo, start, stop, end, waveform, base, sigma[waveform], over, search,
            found, places, measures,
        )  # fmt: skip
    return offsets.size - 1, found


@_compiled
def _search_one(
    samples: NDArray[np.int16],
    lo: int,
    start: int,
    stop: int,
    end: int,
    waveform: int,
    base: float,
    noise: float,
    over: float,
    search: Any,
    found: int,
    places: NDArray[np.int32],
    measures: NDArray[np.float32],
) -> int:
    # An integer sample is over base + over exactly where it is over the floor of it.
    limit = np.int16(max(-32768.0, np.floor(base + over)))
    edge = start
    left = next_over(samples, start, stop, limit)
    while left < stop:
        right = stop
        rest = samples[left:stop]
        for place in range(1, rest.size):
            if rest[place] <= limit:
                right = left + place
                break
        following = next_over(samples, right, stop, limit)
        if right - left >= search.minimum_points and _varies(
            samples, left, right, noise, search.minimum_spread_sigma
        ):
            piece = left
            while piece < right:
                cut = right
                if search.split_fraction > 0.0:
                    cut = _valley(samples, piece, right, base, over, search.split_fraction)
                before = max(piece - search.margin_before, edge) if piece == left else piece
                after = min(right + search.margin_after, following) if cut == right else cut
                bounded = end if following == stop else following
                places[found, 0] = waveform
                places[found, 1] = piece - lo
                places[found, 2] = cut - lo
                _measure(
                    samples, lo, end, piece, cut, before, min(after, bounded), base,
                    search.fraction, places[found], measures[found],
                )  # fmt: skip
                found += 1
                piece = cut
        edge = right
        left = following
    return found


@_compiled
def _varies(
    samples: NDArray[np.int16], left: int, right: int, noise: float, minimum: float
) -> bool:
    if minimum <= 0.0:
        return True
    return bool(window_moments(samples, left, right)[1] > minimum * noise)


@_compiled
def _valley(
    samples: NDArray[np.int16], left: int, right: int, base: float, over: float, fraction: float
) -> int:
    """Give the sample at which a further pulse begins in the run, or its end."""
    top = samples[left] - base
    low = top
    where = left
    for index in range(left + 1, right):
        height = samples[index] - base
        if height < low:
            low = height
            where = index
        elif low < fraction * min(top, height) and min(top, height) - low > over:
            return where
        elif height > top and low >= fraction * top:
            top = height
            low = height
            where = index
    return right


@_compiled
def _measure(
    samples: NDArray[np.int16],
    lo: int,
    end: int,
    left: int,
    right: int,
    before: int,
    after: int,
    base: float,
    fraction: float,
    place: NDArray[np.int32],
    measure: NDArray[np.float32],
) -> None:
    run = samples[left:right]
    top, place_of_top = run[0], 0
    for index in range(1, run.size):
        if run[index] > top:
            top, place_of_top = run[index], index
    peak = left + place_of_top
    summed = samples[before:after]
    total = np.int64(0)
    for index in range(summed.size):
        total += np.int32(summed[index])
    amplitude = samples[peak] - base
    three = np.int64(0)
    inside = 0
    for index in range(max(peak - 1, lo), min(peak + 2, end)):
        three += samples[index]
        inside += 1
    place[3] = peak - lo
    measure[0] = amplitude
    measure[1] = total - (after - before) * base
    measure[2] = three - inside * base
    # The crossings from the highest level down, each from where the one before was found.
    low, high = min(0.5, fraction), max(0.5, fraction)
    index, ninety = _rising(samples, lo, peak, base + 0.9 * amplitude)
    index, upper = _rising(samples, lo, index if high <= 0.9 else peak, base + high * amplitude)
    index, lower = _rising(samples, lo, index, base + low * amplitude)
    _, ten = _rising(samples, lo, index if low >= 0.1 else peak, base + 0.1 * amplitude)
    half = upper if fraction <= 0.5 else lower
    measure[3] = (lower if fraction <= 0.5 else upper) - lo
    measure[4] = ninety - ten
    measure[5] = _falling(samples, end, peak, base + 0.5 * amplitude) - half


@_compiled
def _rising(samples: NDArray[np.int16], lo: int, start: int, level: float) -> tuple[int, float]:
    """Give where the edge before ``start`` crosses a level, by a straight line.

    Also gives the first sample over the level, from where a lower one can be looked for.
    """
    # Whole samples reach the level exactly where they reach the next whole number.
    least = np.int32(np.ceil(level))
    edge = samples[lo : start + 1]
    index = start - lo
    for back in range(start - lo):
        if edge[start - lo - 1 - back] < least:
            break
        index -= 1
    if index == 0:
        return lo, float(lo)
    below = edge[index - 1]
    step = edge[index] - below
    crossing = index - 1 + (level - below) / step if step > 0 else float(index)
    return lo + index, lo + crossing


@_compiled
def _falling(samples: NDArray[np.int16], end: int, peak: int, level: float) -> float:
    """Give where the edge behind the peak crosses a level, by a straight line."""
    least = np.int32(np.ceil(level))
    edge = samples[peak:end]
    index = 0
    for ahead in range(1, edge.size):
        if edge[ahead] < least:
            break
        index = ahead
    if index == edge.size - 1:
        return float(end - 1)
    below = edge[index + 1]
    step = edge[index] - below
    crossing = index + (edge[index] - level) / step if step > 0 else float(index)
    return peak + crossing


@_compiled
def subtract_coherent(
    samples: NDArray[np.int16],
    group: NDArray[np.int64],
    baseline: NDArray[np.float64],
    quiet: NDArray[np.bool_],
    minimum_channels: int,
    cleaned: NDArray[np.int16],
    noise: NDArray[np.float32],
    rest: NDArray[np.float32],
) -> None:
    """Fill ``cleaned``, ``noise`` and ``rest``; see `helioscope.waveforms.coherent`."""
    number, length = samples.shape
    # Sums of whole samples and a whole mean: the compiler then subtracts many at once.
    total = np.zeros((noise.size, length), np.int32)
    level = np.zeros(noise.size)
    whole = np.zeros((noise.size, length), np.int16)
    channels = np.zeros(noise.size, np.int64)
    for row in range(number):
        if quiet[row]:
            _add(total[group[row]], samples[row])
            level[group[row]] += baseline[row]
            channels[group[row]] += 1
    for index in range(noise.size):
        if channels[index] >= minimum_channels:
            squares = 0.0
            for sample in range(length):
                exact = (total[index, sample] - level[index]) / channels[index]
                whole[index, sample] = np.int16(np.rint(exact))
                rest[index, sample] = exact - whole[index, sample]
                squares += float(whole[index, sample]) ** 2
            noise[index] = np.sqrt(squares / length)
    for row in range(number):
        if channels[group[row]] < minimum_channels:
            cleaned[row] = samples[row]
        else:
            _take_off(samples[row], whole[group[row]], cleaned[row])


@_compiled
def _add(total: NDArray[np.int32], samples: NDArray[np.int16]) -> None:
    for index in range(samples.size):
        total[index] += samples[index]


@_compiled
def _take_off(
    samples: NDArray[np.int16], shared: NDArray[np.int16], cleaned: NDArray[np.int16]
) -> None:
    for index in range(samples.size):
        value = int(samples[index]) - int(shared[index])
        cleaned[index] = np.int16(min(max(value, -32768), 32767))


@_compiled
def measure_peaks(
    samples: NDArray[np.int16], offsets: NDArray[np.int64], peak: NDArray[np.int16]
) -> None:
    """Fill the largest sample of every waveform."""
    for waveform in range(offsets.size - 1):
        peak[waveform] = largest(samples, offsets[waveform], offsets[waveform + 1])
