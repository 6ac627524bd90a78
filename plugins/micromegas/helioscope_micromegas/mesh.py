"""The pulse of the mesh: baseline, height, integral, rise time, width, in one compiled pass."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

AMPLITUDE, INTEGRAL, RISE, WIDTH, TIME, BASELINE, RMS = range(7)
_compiled = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})


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
    events = samples_adu.shape[0]
    out = np.zeros((events, 7), np.float32)
    saturated = np.zeros(events, np.bool_)
    _measure(
        np.ascontiguousarray(samples_adu), sample_ns, baseline_samples, smoothing_samples,
        saturation_adu, out, saturated,
    )  # fmt: skip
    return MeshPulses(out, saturated)


@_compiled
def _measure(samples, sample_ns, baseline, smoothing, saturation, out, saturated):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    events, length = samples.shape
    smooth = np.empty(length, np.float32)
    for event in range(events):
        pulse = samples[event]
        head = pulse[:baseline]
        total, squares = np.int64(0), np.int64(0)
        for i in range(head.size):
            value = np.int32(head[i])
            total += value
            squares += value * value
        mean = total / baseline
        spread = baseline * squares - total * total
        out[event, BASELINE] = mean
        out[event, RMS] = np.sqrt(spread) / baseline
        body, area, top = pulse[baseline:], np.int64(0), np.int16(-32768)
        for i in range(body.size):
            area += np.int32(body[i])
            top = max(top, body[i])
        out[event, INTEGRAL] = (area - body.size * mean) * sample_ns
        saturated[event] = top >= saturation
        window = np.int64(0)
        for i in range(smoothing):
            window += pulse[i]
        scale, steps = 1.0 / smoothing, length - smoothing
        for i in range(steps):
            smooth[i] = window * scale - mean
            window += np.int32(pulse[i + smoothing]) - np.int32(pulse[i])
        smooth[steps] = window * scale - mean
        _edges(smooth[: steps + 1], baseline, sample_ns, smoothing, out[event])


@_compiled
def _edges(smooth, baseline, sample_ns, smoothing, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    peak = max(baseline - smoothing, 0)
    for i in range(peak + 1, smooth.size):
        if smooth[i] > smooth[peak]:
            peak = i
    height = smooth[peak]
    out[AMPLITUDE] = height
    if height <= 0:
        return
    half = _rising(smooth, peak, 0.5 * height)
    out[RISE] = (
        _rising(smooth, peak, 0.9 * height) - _rising(smooth, peak, 0.1 * height)
    ) * sample_ns
    out[WIDTH] = (_falling(smooth, peak, 0.5 * height) - half) * sample_ns
    out[TIME] = (half + 0.5 * (smoothing - 1)) * sample_ns


@_compiled
def _rising(smooth, peak, level):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    i = peak
    while i > 0 and smooth[i - 1] >= level:
        i -= 1
    if i == 0:
        return 0.0
    return i - (smooth[i] - level) / (smooth[i] - smooth[i - 1])


@_compiled
def _falling(smooth, peak, level):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    i = peak
    while i < smooth.size - 1 and smooth[i + 1] >= level:
        i += 1
    if i == smooth.size - 1:
        return float(i)
    return i + (smooth[i] - level) / (smooth[i] - smooth[i + 1])
