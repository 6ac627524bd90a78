"""The pulse of the mesh: baseline, height, integral, rise time, width, in one compiled pass."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope.api import kernel_compiler

AMPLITUDE, INTEGRAL, RISE, WIDTH, TIME, BASELINE, RMS = range(7)
#: Samples looked at together in search of the maximum.
_STRETCH = 128
#: Sums and products may be one rounding instead of two.
_compiled = kernel_compiler(Path(__file__).parent, fastmath={"contract"})


class MeshPulses(NamedTuple):
    """What is measured on each pulse.

    Attributes
    ----------
    measures
        float32 [events, 7]: `AMPLITUDE` (adu), `INTEGRAL` (adu ns), `RISE`, `WIDTH`, `TIME`
        (ns), `BASELINE` and its `RMS` (adu). `RISE` is from 10 % to 90 % of the height, `WIDTH`
        at half height, `TIME` where the rising edge crosses it.
    saturated
        bool [events]: a sample stood at the end of the range.
    """

    measures: NDArray[np.float32]
    saturated: NDArray[np.bool_]


def measure_mesh(
    samples_adu: NDArray[np.int16],
    sample_ns: float,
    baseline_samples: int,
    smoothing_samples: int,
    saturation_adu: int,
) -> MeshPulses:
    """Measure the pulses of the mesh, which go upwards.

    Height and edges are taken on a moving average, so that fast noise does not move them; the
    integral runs over all samples behind the baseline.

    Parameters
    ----------
    samples_adu
        int16 [events, samples].
    baseline_samples
        The first so many samples give the baseline.
    smoothing_samples
        Width of the moving average; 1 smooths nothing.
    """
    events, length = samples_adu.shape
    out = np.zeros((events, 7), np.float32)
    saturated = np.zeros(events, np.bool_)
    _measure(
        np.ascontiguousarray(samples_adu), sample_ns, baseline_samples,
        min(smoothing_samples, length), saturation_adu, out, saturated,
    )  # fmt: skip
    return MeshPulses(out, saturated)


@_compiled
def _measure(samples, sample_ns, baseline, smoothing, saturation, out, saturated):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    for event in range(samples.shape[0]):
        pulse = samples[event]
        mean, rms = _level(pulse[:baseline])
        out[event, BASELINE], out[event, RMS] = mean, rms
        body, area, top = pulse[baseline:], np.int64(0), np.int16(-32768)
        for i in range(body.size):
            area += np.int32(body[i])
            top = max(top, body[i])
        out[event, INTEGRAL] = (area - body.size * mean) * sample_ns
        saturated[event] = top >= saturation
        _edges(pulse, mean, max(baseline - smoothing, 0), smoothing, sample_ns, out[event])


@_compiled
def _level(head):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Give mean and population sigma of the first samples."""
    total, squares = np.int64(0), np.int64(0)
    for i in range(head.size):
        value = np.int32(head[i])
        total += value
        squares += value * value
    spread = head.size * squares - total * total
    return total / head.size, np.sqrt(spread) / head.size


@_compiled
def _edges(pulse, mean, start, smoothing, sample_ns, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Fill height, rise time, width and time from the moving average from ``start`` on."""
    peak, most = _largest_window(pulse, start, smoothing)
    height = _height(most, smoothing, mean)
    out[AMPLITUDE] = height
    if height <= 0:
        return
    # From the highest level down: each walk goes on where the one before ended.
    i, window, ninety = _rising(pulse, peak, most, 0.9 * height, smoothing, mean)
    i, window, half = _rising(pulse, i, window, 0.5 * height, smoothing, mean)
    i, window, ten = _rising(pulse, i, window, 0.1 * height, smoothing, mean)
    out[RISE] = (ninety - ten) * sample_ns
    out[WIDTH] = (_falling(pulse, peak, most, 0.5 * height, smoothing, mean) - half) * sample_ns
    out[TIME] = (half + 0.5 * (smoothing - 1)) * sample_ns


@_compiled
def _largest_window(pulse, start, smoothing):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Give the place of the largest sum of so many samples, the first of equal ones, and it.

    Where even the largest sample, so many times, would not do, a stretch is passed over.
    """
    stop = pulse.size - smoothing + 1
    peak, most = start, -smoothing * np.int64(32769)
    while start < stop:
        end = min(start + max(_STRETCH - smoothing, 0) + 1, stop)
        stretch, top = pulse[start : end + smoothing - 1], np.int16(-32768)
        for i in range(stretch.size):
            top = max(top, stretch[i])
        if smoothing * np.int64(top) > most:
            peak, most = _larger_window(pulse, start, end, smoothing, peak, most)
        start = end
    return peak, most


@_compiled
def _larger_window(pulse, start, end, smoothing, peak, most):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Look in windows that begin in [start, end) for one with more than ``most``."""
    window = np.int64(0)
    for i in range(start, start + smoothing):
        window += pulse[i]
    if window > most:
        peak, most = start, window
    going, coming = pulse[start : end - 1], pulse[start + smoothing : end - 1 + smoothing]
    for i in range(coming.size):
        window += np.int32(coming[i]) - np.int32(going[i])
        if window > most:
            peak, most = start + i + 1, window
    return peak, most


@_compiled
def _height(window, smoothing, mean):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Give the moving average over the baseline for the sum of its samples."""
    scale = 1.0 / smoothing
    return np.float32(window * scale - mean)


@_compiled
def _rising(pulse, start, window, level, smoothing, mean):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Give the first place over the level before ``start``, its sum, and the crossing."""
    i, here = start, _height(window, smoothing, mean)
    while i > 0:
        below = window + np.int32(pulse[i - 1]) - np.int32(pulse[i - 1 + smoothing])
        before = _height(below, smoothing, mean)
        if before < level:
            return i, window, i - (here - level) / (here - before)
        i, window, here = i - 1, below, before
    return i, window, 0.0


@_compiled
def _falling(pulse, start, window, level, smoothing, mean):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Give where the moving average falls below the level behind ``start``."""
    here = _height(window, smoothing, mean)
    for i in range(start, pulse.size - smoothing):
        window += np.int32(pulse[i + smoothing]) - np.int32(pulse[i])
        behind = _height(window, smoothing, mean)
        if behind < level:
            return i + (here - level) / (here - behind)
        here = behind
    return float(pulse.size - smoothing)
