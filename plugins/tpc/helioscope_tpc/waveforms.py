"""The waveforms of a batch: read from the raw columns, their levels, their pulses."""

from __future__ import annotations

from typing import NamedTuple

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.api import (
    Baselines,
    InputError,
    Pulses,
    PulseSearch,
    baselines,
    coherent_noise_removed,
    find_pulses,
    largest_samples,
)
from helioscope_tpc.columns import PEDESTAL_FROM_RUN, WIRE_UNKNOWN
from helioscope_tpc.constants import Constants
from helioscope_tpc.settings import TpcSettings

Real = NDArray[np.float64]


class Signals(NamedTuple):
    """Everything that was read, wires that the chamber does not have among it.

    Attributes
    ----------
    event, wire
        int64: event of the batch, number of the wire.
    own
        Mean and population sigma of the baseline samples.
    """

    event: NDArray[np.int64]
    wire: NDArray[np.int64]
    own: Baselines


class Waveforms(NamedTuple):
    """The read-out wires of a batch that the chamber has, one value each.

    Attributes
    ----------
    event, wire
        int64: event of the batch, number of the wire.
    samples_adu
        int16 [n, samples].
    own
        Mean and population sigma of their baseline samples.
    peak_adu
        int16: their largest sample.
    signals
        Everything that was read.
    event_quality
        uint32 [events].
    """

    event: NDArray[np.int64]
    wire: NDArray[np.int64]
    samples_adu: NDArray[np.int16]
    own: Baselines
    peak_adu: NDArray[np.int16]
    signals: Signals
    event_quality: NDArray[np.uint32]


class Levels(NamedTuple):
    """Level and noise of each waveform, and its samples without the coherent noise.

    Attributes
    ----------
    baseline_adu, noise_adu
        float64: what the pulses are measured against.
    coherent_adu
        float32 [events]: rms of the coherent noise of the anodes; NaN where none was taken off.
    rest_adu, group
        float32 [groups, samples]: coherent noise that rounding left in; int64: whose.
    """

    baseline_adu: Real
    noise_adu: Real
    samples_adu: NDArray[np.int16]
    coherent_adu: NDArray[np.float32]
    rest_adu: NDArray[np.float32]
    group: NDArray[np.int64]


def read_waveforms(raw: ak.Array, config: TpcSettings) -> Waveforms:
    """Flatten a raw batch.

    Raises
    ------
    InputError
        Where an event has not as many waveforms as wires.
    """
    wires, numbers = _flat(raw["wire"])
    waveforms, flat = _flat(raw["samples_adu"])
    if (wires != waveforms).any():
        _refuse_counts(raw, wires, waveforms)
    event = np.repeat(np.arange(len(raw)), wires)
    wire = numbers.astype(np.int64)
    samples = flat.reshape(len(wire), config.samples)
    own = baselines(samples, config.baseline_start, config.baseline_stop)
    signals = Signals(event, wire, own)
    marks = np.zeros(len(raw), np.uint32)
    known = (wire >= 0) & (wire < config.wires)
    if not known.all():
        marks[event[~known]] |= np.uint32(WIRE_UNKNOWN.mask)
        event, wire, samples = event[known], wire[known], samples[known]
        own = Baselines(own.mean_adu[known], own.sigma_adu[known])
    return Waveforms(event, wire, samples, own, largest_samples(samples), signals, marks)


def _flat(column: ak.Array) -> tuple[NDArray[np.int64], NDArray[np.int16]]:
    """Give how many each event has of a jagged column, and all of them behind one another."""
    # Packing copies nothing of a batch as it was read; one that was sliced or masked is a view.
    listed = ak.to_layout(ak.to_packed(column)).to_ListOffsetArray64(True)
    offsets = np.asarray(listed.offsets)
    content = listed.content[: offsets[-1]]
    return np.diff(offsets), ak.to_numpy(content, allow_missing=False)


def _refuse_counts(raw: ak.Array, wires: NDArray[np.int64], waveforms: NDArray[np.int64]) -> None:
    wrong = np.flatnonzero(wires != waveforms)
    ids = np.asarray(raw["event_id"])[wrong]
    raise InputError(
        where=f"events {ids[0]} to {ids[-1]}",
        found=f"{len(wrong)} events whose counts disagree, the first with {wires[wrong[0]]} "
        f"wires and {waveforms[wrong[0]]} waveforms",
        expected="as many waveforms as wires in every event",
        remedy="the file is damaged or its branch map is wrong",
    )


def search_of(config: TpcSettings) -> PulseSearch:
    """Give the pulse finder's settings."""
    return PulseSearch(
        baseline_start=config.baseline_start,
        baseline_stop=config.baseline_stop,
        threshold_sigma=config.threshold_sigma,
        minimum_points=config.minimum_points,
        split_fraction=config.split_fraction,
        margin_before=config.margin_before,
        margin_after=config.margin_after,
        fraction=config.time_fraction,
    )


def levels_of(waveforms: Waveforms, config: TpcSettings, constants: Constants) -> Levels:
    """Find level and noise of every waveform and take the coherent noise off.

    The level is the run's pedestal moved by what the event's wires moved in the middle, so that
    a drift is followed event by event with little noise. Where a wire's own baseline
    disagrees it counts, unless a pulse stands in it.
    """
    level, noise = _followed(waveforms, config, constants)
    loud = waveforms.peak_adu > level + config.threshold_sigma * noise
    quiet = ~_near(loud, waveforms, config)
    group = 2 * waveforms.event + (waveforms.wire >= config.anode_wires)
    cleaned, shared, rest = coherent_noise_removed(
        waveforms.samples_adu, group, level, quiet, config.minimum_quiet_wires
    )
    events = len(waveforms.event_quality)
    coherent = np.full(2 * events, np.nan, np.float32)
    coherent[: len(shared)] = shared
    white = constants.white_noise_adu[waveforms.wire]
    use_white = np.isfinite(coherent[group]) & np.isfinite(white)
    quietest = np.where(use_white, white, noise)
    return Levels(level, quietest, cleaned, coherent[0::2], rest, group)


def _followed(waveforms: Waveforms, config: TpcSettings, constants: Constants) -> tuple[Real, Real]:
    own = waveforms.own
    pedestal = constants.pedestal_adu[waveforms.wire]
    noise = constants.noise_adu[waveforms.wire]
    known = np.isfinite(pedestal) & np.isfinite(noise) & (noise > 0)
    # Ten-bit samples: noise below their rounding is not believed.
    floor = 1.0 / np.sqrt(12.0)
    if not known.any():
        return own.mean_adu, np.maximum(own.sigma_adu, floor)
    moved = _event_medians(
        waveforms.event[known], (own.mean_adu - pedestal)[known], len(waveforms.event_quality)
    )
    level = pedestal + moved[waveforms.event]
    error = noise / np.sqrt(config.baseline_stop - config.baseline_start)
    disagrees = np.abs(own.mean_adu - level) > 5.0 * error + 0.5
    pulse_in_it = own.sigma_adu > 2.0 * noise
    trusted = known & (~disagrees | pulse_in_it)
    marked = waveforms.event[known & disagrees & pulse_in_it]
    waveforms.event_quality[marked] |= np.uint32(PEDESTAL_FROM_RUN.mask)
    return (
        np.where(trusted, level, own.mean_adu),
        np.maximum(np.where(known, noise, own.sigma_adu), floor),
    )


def _near(loud: NDArray[np.bool_], waveforms: Waveforms, config: TpcSettings) -> NDArray[np.bool_]:
    """Say which waveforms are loud or stand near a loud one in their plane.

    The wires beside a pulse carry some of it below threshold; in the mean of the quiet ones that
    would take small charges off themselves.
    """
    events = len(waveforms.event_quality)
    marked = np.zeros((events, config.wires), bool)
    marked[waveforms.event[loud], waveforms.wire[loud]] = True
    near = marked.copy()
    for plane in (slice(None, config.anode_wires), slice(config.anode_wires, None)):
        for step in range(1, config.quiet_distance + 1):
            near[:, plane][:, step:] |= marked[:, plane][:, :-step]
            near[:, plane][:, :-step] |= marked[:, plane][:, step:]
    found: NDArray[np.bool_] = near[waveforms.event, waveforms.wire]
    return found


def _event_medians(event: NDArray[np.int64], value: Real, events: int) -> Real:
    """Give the median of the values of each event; 0 for an event without one."""
    order = np.lexsort((value, event))
    count = np.bincount(event, minlength=events)
    last = np.cumsum(count)
    first = last - count
    have = count > 0
    ordered = value[order]
    medians = np.zeros(events)
    low = ordered[(first + (count - 1) // 2)[have]]
    high = ordered[(first + count // 2)[have]]
    medians[have] = 0.5 * (low + high)
    return medians


def pulses_of(levels: Levels, config: TpcSettings) -> Pulses:
    """Find the pulses of all waveforms."""
    return find_pulses(
        levels.samples_adu,
        search_of(config),
        given=Baselines(levels.baseline_adu, levels.noise_adu),
    )


def saturated(waveforms: Waveforms, config: TpcSettings) -> NDArray[np.bool_]:
    """Say of each waveform whether a sample stands at the end of the converter's range."""
    full: NDArray[np.bool_] = waveforms.peak_adu >= 2**config.adc_bits - 1
    return full
