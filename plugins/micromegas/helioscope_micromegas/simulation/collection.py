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


class Arriving(NamedTuple):
    """What arrives on strips in time.

    ``strips`` float32 [events, 2, strips, steps], x before y: charge of mean electrons in steps
    of a sample from the first electron on. The first step begins ``phase`` of a sample (float64
    [events], 0 to 1) before it: the sampling clock knows no trigger. ``total`` float64 [events].
    """

    strips: NDArray[np.float32]
    phase: NDArray[np.float64]
    total: NDArray[np.float64]


def collect_in_time(
    rng: np.random.Generator,
    offsets: NDArray[np.int64],
    electrons: NDArray[np.float32],
    drift: Drift,
    strips: int,
    steps: int,
    sample_ns: float,
) -> Arriving:
    """Drift the electrons of each event to the strips and keep when they come.

    What comes later than all steps is left out.
    """
    events = offsets.size - 1
    out = Arriving(
        np.zeros((events, 2, strips, steps), np.float32), rng.random(events), np.zeros(events)
    )
    _collect_in_time(rng, offsets, electrons, drift, sample_ns, *out)
    return out


@_compiled
def _collect(rng, offsets, electrons, drift, start_sample, sample_ns, xs, ys, mesh, total):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    x, y, arrival, charge, to_x = _scratch(offsets)
    for event in range(total.size):
        lo, hi = offsets[event], offsets[event + 1]
        first = _arrive(rng, electrons[lo:hi], drift, x, y, arrival, charge, to_x)
        for i in range(hi - lo):
            total[event] += charge[i]
            for strips, place, part in (
                (xs[event], x[i], to_x[i] * charge[i]),
                (ys[event], y[i], (1.0 - to_x[i]) * charge[i]),
            ):
                strip, other, kept, given = _sharing(place, strips.size, drift.edge_sharing)
                strips[strip] += part * kept
                strips[other] += part * given
            sample = start_sample + int((arrival[i] - first) / sample_ns)
            if sample < mesh.shape[1]:
                mesh[event, sample] += charge[i]


@_compiled
def _collect_in_time(rng, offsets, electrons, drift, sample_ns, strips, phase, total):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    x, y, arrival, charge, to_x = _scratch(offsets)
    size, steps = strips.shape[2], strips.shape[3]
    for event in range(total.size):
        lo, hi = offsets[event], offsets[event + 1]
        first = _arrive(rng, electrons[lo:hi], drift, x, y, arrival, charge, to_x)
        for i in range(hi - lo):
            total[event] += charge[i]
            when = phase[event] + (arrival[i] - first) / sample_ns
            step = int(when)
            if step + 1 >= steps:
                continue
            # shared between two steps so that the mean time is kept
            late = when - step
            for axis, place, part in (
                (0, x[i], to_x[i] * charge[i]),
                (1, y[i], (1.0 - to_x[i]) * charge[i]),
            ):
                strip, other, kept, given = _sharing(place, size, drift.edge_sharing)
                for target, share in ((strip, part * kept), (other, part * given)):
                    strips[event, axis, target, step] += share * (1.0 - late)
                    strips[event, axis, target, step + 1] += share * late


@_compiled
def _scratch(offsets):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Make room for the electrons of the largest event: x, y, arrival, charge, share of x."""
    longest = 0
    for event in range(offsets.size - 1):
        longest = max(longest, offsets[event + 1] - offsets[event])
    return (
        np.empty(longest), np.empty(longest), np.empty(longest), np.empty(longest),
        np.empty(longest),
    )  # fmt: skip


@_compiled
def _arrive(rng, electrons, drift, x, y, arrival, charge, to_x):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Drift and multiply the electrons of an event; give the time of the first at the mesh.

    Places are in pitches, times in ns, charges in mean electrons.
    """
    shape = 1.0 + drift.polya_theta
    first = np.inf
    for i in range(electrons.shape[0]):
        root = np.sqrt(max(electrons[i, 2], 0.0) / 10.0)
        across = drift.transverse_mm * root
        x[i] = (electrons[i, 0] + across * rng.standard_normal()) / drift.pitch_mm
        y[i] = (electrons[i, 1] + across * rng.standard_normal()) / drift.pitch_mm
        z = electrons[i, 2] + drift.longitudinal_mm * root * rng.standard_normal()
        charge[i] = rng.standard_gamma(shape) / shape
        to_x[i] = min(max(0.5 + drift.axis_share_spread * rng.standard_normal(), 0.0), 1.0)
        arrival[i] = z / drift.mm_per_ns
        first = min(first, arrival[i])
    return first


@_compiled
def _sharing(place, strips, edge):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Give the strip under a place, the next one near the border, and the share of each.

    Outside the plane, and beyond its last strip, the share is 0.
    """
    at = place + 0.5 * strips
    strip = int(np.floor(at))
    if strip < 0 or strip >= strips:
        return 0, 0, 0.0, 0.0
    within = at - strip
    other, shared = strip, 0.0
    if within < edge:
        other, shared = strip - 1, 0.5 * (1.0 - within / edge)
    elif within > 1.0 - edge:
        other, shared = strip + 1, 0.5 * (1.0 - (1.0 - within) / edge)
    if other < 0 or other >= strips:
        return strip, strip, 1.0 - shared, 0.0
    return strip, other, 1.0 - shared, shared


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
