"""The TPC's reconstruction: raw batches to observables, one row an anode cluster."""

from __future__ import annotations

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.api import Reconstruct, Reconstructed, Rescale, Setup, quality
from helioscope_tpc import rows
from helioscope_tpc.constants import Constants, constants_of, gain_at
from helioscope_tpc.energies import energies
from helioscope_tpc.parts import Found, Parts, completed
from helioscope_tpc.settings import TpcSettings
from helioscope_tpc.waveforms import (
    Levels,
    Waveforms,
    levels_of,
    pulses_of,
    read_waveforms,
    saturated,
)


def reconstruction(setup: Setup) -> Reconstruct:
    """Read the calibrations once and give the function of the batches."""
    config: TpcSettings = setup.config
    constants = constants_of(setup)
    rescale = energies(config, constants)

    def reconstruct(raw: ak.Array) -> Reconstructed:
        time_ns = np.asarray(raw["time_ns"])
        waveforms = read_waveforms(raw, config)
        levels = levels_of(waveforms, config, constants)
        found = _found(waveforms, levels, time_ns, config, constants)
        full = saturated(waveforms, config)
        waveforms.event_quality[waveforms.event[full]] |= np.uint32(quality.SATURATED.mask)
        since = _veto_us(raw, config)
        struck = (since >= 0) & (since < config.veto_window_us)
        waveforms.event_quality[struck] |= np.uint32(quality.COINCIDENCE.mask)
        table = rows.observables(
            np.asarray(raw["event_id"]), time_ns, since, waveforms, levels, found, config, constants
        )
        table = rescale(table)
        dead_s = np.full(len(raw), config.event_dead_s) if config.event_dead_s else None
        return Reconstructed(table, dead_s, waveforms.event_quality)

    return reconstruct


def rescaling(setup: Setup) -> Rescale:
    """Make the last step of a run's reconstruction: its energies."""
    return energies(setup.config, constants_of(setup))


def _veto_us(raw: ak.Array, config: TpcSettings) -> NDArray[np.float64]:
    """Give the time since the last veto signal; NaN where there was none."""
    if not config.veto:
        return np.full(len(raw), np.nan)
    veto_ns = np.asarray(raw["veto_time_ns"])
    since = (np.asarray(raw["time_ns"]) - veto_ns) / 1000.0
    return np.where(veto_ns > 0, since, np.nan)


def _found(
    waveforms: Waveforms,
    levels: Levels,
    time_ns: NDArray[np.int64],
    config: TpcSettings,
    constants: Constants,
) -> Found:
    """Find hits, clusters and matches of a batch."""
    from helioscope_tpc import clusters, matching, neighbours, splitting, windows

    pulses = pulses_of(levels, config)
    waveform = pulses.waveform.astype(np.int64)
    event, wire = waveforms.event[waveform], waveforms.wire[waveform]
    plane = (wire >= config.anode_wires).astype(np.int64)
    gain = gain_at(constants, time_ns[waveforms.event], waveforms.wire)
    gain = np.where(np.isfinite(gain) & (gain > 0), gain, config.nominal_gain_adu_per_kev)
    hits = clusters.Hits(
        event, plane, wire - plane * config.anode_wires,
        pulses.left.astype(np.float64), pulses.right.astype(np.float64),
        pulses.time_samples.astype(np.float64),
        pulses.charge_adu.astype(np.float64) / gain[waveform],
    )  # fmt: skip
    width = pulses.width_samples.astype(np.float64)
    label, number = clusters.label(
        hits, config.wire_gap, config.time_gap_us / config.sample_us,
        config.track_time_us / config.sample_us,
    )  # fmt: skip
    label, number = splitting.split(
        hits, label, number, config.split_fraction, config.split_charge_kev, config.split_wires
    )
    whole = clusters.summarise(
        hits, label, number, width,
        pulses.rise_samples.astype(np.float64),
    )  # fmt: skip
    occupied = np.zeros(len(waveforms.event), bool)
    occupied[waveform] = True
    index = np.full((len(time_ns), config.wires), -1, np.int64)
    index[waveforms.event, waveforms.wire] = np.arange(len(waveforms.event))
    owner, beside, side_adu = neighbours.side_charges(
        whole, (config.anode_reach, config.cathode_reach), levels.samples_adu,
        levels.baseline_adu, index, (0, config.anode_wires),
        (config.anode_wires, config.cathode_wires), occupied,
        (config.margin_before, config.margin_after),
    )  # fmt: skip
    parts = Parts(
        np.concatenate((label, owner)),
        np.concatenate((waveform, beside)),
        np.concatenate((pulses.charge_adu.astype(np.float64), side_adu)),
        np.concatenate((hits.time, np.full(len(owner), np.nan))),
        np.concatenate((width, np.full(len(owner), np.nan))),
    )
    compact = windows.compact_clusters(
        label, waveform, whole.stop - whole.start, config.track_time_us / config.sample_us,
        len(waveforms.event),
    )  # fmt: skip
    charge = windows.window_charges(
        parts.cluster, parts.waveform, parts.time, parts.width, parts.charge_adu, compact,
        (config.window_before, config.window_after), levels.samples_adu, levels.baseline_adu,
        levels.rest_adu, levels.group,
    )  # fmt: skip
    parts = parts._replace(charge_adu=charge)
    whole, keep = completed(whole, parts, waveforms, gain, config)
    matches = matching.match(
        whole.chosen(keep & (whole.plane == 0)), whole.chosen(keep & (whole.plane == 1)),
        config.match_time_us / config.sample_us, config.cathode_ratio, config.match_ratio,
    )  # fmt: skip
    return Found(whole, keep, parts, matches)
