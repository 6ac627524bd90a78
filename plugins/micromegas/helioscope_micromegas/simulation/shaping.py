"""Charge on strips in time to waveforms: the shaper of AGET and AFTER, noise, digitisation."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

_compiled = numba.njit(cache=True, nogil=True, error_model="numpy")
#: Where u^3 exp(-3u) sin(u) has its maximum: the root of 3/u - 3 + cot(u).
_PEAK = 1.16640


def shaper_response(peaking_ns: float, sample_ns: float) -> NDArray[np.float64]:
    """Give the response to a charge at sample 0, one value a sample, 1 at its peak.

    ``(t/tau)^3 exp(-3 t/tau) sin(t/tau)``, the filter of the GET electronics (J. Giovinazzo et
    al., Nucl. Instrum. Meth. A 840 (2016) 15), until it has swung back through its undershoot.
    """
    tau_samples = peaking_ns / _PEAK / sample_ns
    u = np.arange(int(np.ceil(2.0 * np.pi * tau_samples)) + 1) / tau_samples
    top = _PEAK**3 * np.exp(-3.0 * _PEAK) * np.sin(_PEAK)
    response: NDArray[np.float64] = u**3 * np.exp(-3.0 * u) * np.sin(u) / top
    return response


@_compiled
def digitise(  # type: ignore[no-untyped-def]  # noqa: ANN201
    rng, arriving, response, event_gain, strip_gain, level, noise, level_spread, start,  # noqa: ANN001
    least_sigma, always, ceiling, counts, strip, samples,  # noqa: ANN001
):  # fmt: skip
    """Put the waveforms of strips whose pulse passes the zero suppression; give how many.

    ``arriving`` float32 [events, strips, steps] in electrons; per strip ``strip_gain`` (adu an
    electron), ``level``, ``noise`` float64 and ``always`` bool, which writes it whatever it holds.
    ``counts`` int64 per event, ``strip`` int32 and ``samples`` int16 per waveform are filled.
    """
    signal = np.zeros(samples.shape[1])
    used = 0
    for event in range(arriving.shape[0]):
        before = used
        for number in range(arriving.shape[1]):
            height = event_gain[event] * strip_gain[number]
            top = _shape(arriving[event, number], response, height, start, signal)
            if not always[number] and not top > least_sigma * noise[number]:
                continue
            base = level[number]
            if noise[number] > 0.0:
                base += level_spread * rng.standard_normal()
            for i in range(signal.size):
                value = base + signal[i] + noise[number] * rng.standard_normal()
                samples[used, i] = np.int16(min(max(np.rint(value), 0.0), ceiling))
            strip[used] = number
            used += 1
        counts[event] = used - before
    return used


@_compiled
def _shape(charge, response, height, start, signal):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Fold charge in time with the response into ``signal``; give its largest value."""
    signal[:] = 0.0
    for step in range(charge.size):
        if charge[step] == 0.0:
            continue
        first = start + step
        for i in range(min(response.size, signal.size - first)):
            signal[first + i] += height * charge[step] * response[i]
    return signal.max()
