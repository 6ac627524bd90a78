"""Free electrons to strips and mesh: drift, diffusion, avalanche, sharing, shaping; compiled."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

_compiled = numba.njit(cache=True, nogil=True, error_model="numpy")


class Drift(NamedTuple):
    """Drift and avalanche; lengths in mm, times in ns, gain in units of its mean."""

    mm_per_ns: float
    transverse_mm: float
    longitudinal_mm: float
    polya_theta: float
    axis_share_spread: float
    pitch_mm: float
    edge_sharing: float


class Collected(NamedTuple):
    """What arrives, one row an event: strips and mesh in electrons before the electronics.

    ``x`` and ``y`` float32 [events, strips], ``mesh`` float32 [events, samples] (charge in
    each ns from the trigger on), ``total`` float64 [events].
    """

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    mesh: NDArray[np.float32]
    total: NDArray[np.float64]


def collect(
    rng: np.random.Generator,
    offsets: NDArray[np.int64],
    electrons: NDArray[np.float32],
    drift: Drift,
    strips: int,
    samples: int,
    start_sample: int,
    sample_ns: float,
) -> Collected:
    """Drift the electrons of each event to the strips and time them at the mesh."""
    events = offsets.size - 1
    out = Collected(
        np.zeros((events, strips), np.float32), np.zeros((events, strips), np.float32),
        np.zeros((events, samples), np.float32), np.zeros(events),
    )  # fmt: skip
    _collect(rng, offsets, electrons, drift, start_sample, sample_ns, *out)
    return out


@_compiled
def _collect(rng, offsets, electrons, drift, start_sample, sample_ns, xs, ys, mesh, total):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    longest = 0
    for event in range(total.size):
        longest = max(longest, offsets[event + 1] - offsets[event])
    arrival, charge = np.empty(longest), np.empty(longest)
    shape = 1.0 + drift.polya_theta
    for event in range(total.size):
        lo, hi = offsets[event], offsets[event + 1]
        first = np.inf
        for i in range(lo, hi):
            root = np.sqrt(max(electrons[i, 2], 0.0) / 10.0)
            x = electrons[i, 0] + drift.transverse_mm * root * rng.standard_normal()
            y = electrons[i, 1] + drift.transverse_mm * root * rng.standard_normal()
            z = electrons[i, 2] + drift.longitudinal_mm * root * rng.standard_normal()
            gain = rng.standard_gamma(shape) / shape
            to_x = min(max(0.5 + drift.axis_share_spread * rng.standard_normal(), 0.0), 1.0)
            arrival[i - lo], charge[i - lo] = z / drift.mm_per_ns, gain
            first = min(first, arrival[i - lo])
            total[event] += gain
            _share(xs[event], x / drift.pitch_mm, to_x * gain, drift.edge_sharing)
            _share(ys[event], y / drift.pitch_mm, (1.0 - to_x) * gain, drift.edge_sharing)
        for i in range(hi - lo):
            sample = start_sample + int((arrival[i] - first) / sample_ns)
            if sample < mesh.shape[1]:
                mesh[event, sample] += charge[i]


@_compiled
def _share(strips, place, charge, edge):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Put charge on the strip under it, and some on the next one near the border."""
    at = place + 0.5 * strips.size
    strip = int(np.floor(at))
    if strip < 0 or strip >= strips.size:
        return
    within = at - strip
    other, shared = strip, 0.0
    if within < edge:
        other, shared = strip - 1, 0.5 * (1.0 - within / edge)
    elif within > 1.0 - edge:
        other, shared = strip + 1, 0.5 * (1.0 - (1.0 - within) / edge)
    strips[strip] += charge * (1.0 - shared)
    if 0 <= other < strips.size and shared > 0.0:
        strips[other] += charge * shared


@_compiled
def shape_mesh(  # type: ignore[no-untyped-def]  # noqa: ANN201
    rng, arriving, gain, rise, fall, baseline, noise, ceiling, out,  # noqa: ANN001
):  # fmt: skip
    """Shape arriving charge with two time constants (in samples), add noise, digitise.

    One electron's pulse has height ``gain[event]``. ``out`` int16 [events, samples].
    """
    slow_keep, fast_keep = np.exp(-1.0 / fall), np.exp(-1.0 / rise)
    top = np.log(fall / rise) * rise * fall / (fall - rise)
    scale = 1.0 / (np.exp(-top / fall) - np.exp(-top / rise))
    for event in range(out.shape[0]):
        slow, fast = 0.0, 0.0
        for i in range(out.shape[1]):
            slow = slow * slow_keep + arriving[event, i]
            fast = fast * fast_keep + arriving[event, i]
            level = baseline + gain[event] * scale * (slow - fast) + noise * rng.standard_normal()
            out[event, i] = np.int16(min(max(np.rint(level), 0.0), ceiling))
