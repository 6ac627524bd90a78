"""Strips read as waveforms (AFTER, AGET): from a raw batch to observables."""

from __future__ import annotations

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.api import (
    Baselines,
    Pulses,
    PulseSearch,
    Reconstructed,
    baselines,
    find_pulses,
    quality,
)
from helioscope_micromegas import observables
from helioscope_micromegas.channels import UNMAPPED, VETO, Channels, flat_waveforms
from helioscope_micromegas.rows import Measured, assemble
from helioscope_micromegas.settings import MicromegasSettings
from helioscope_micromegas.signals import Signals, signals_of
from helioscope_micromegas.strips import AxisHits, Matching, observe
from helioscope_micromegas.vetoes import Vetoes, measure_vetoes


class WaveformReadout:
    """Reconstruction of one run; holds the maps and settings and no events."""

    def __init__(self, config: MicromegasSettings, channels: Channels) -> None:
        self.config, self.channels = config, channels
        self.search = PulseSearch(
            baseline_start=config.baseline_range[0],
            baseline_stop=config.baseline_range[1],
            search_start=config.pulse_range[0],
            search_stop=config.pulse_range[1],
            threshold_sigma=config.point_threshold_sigma,
            minimum_points=config.minimum_points,
            minimum_spread_sigma=config.signal_threshold_sigma,
        )
        self.matching = Matching(
            config.gap_strips, config.match_balance, config.match_time_ns, np.inf
        )

    def reconstruct(self, raw: ak.Array) -> Reconstructed:
        """Take one raw batch to observables without energies."""
        config = self.config
        offsets, ids, samples = flat_waveforms(raw, config.samples)
        events = offsets.size - 1
        owner = np.repeat(np.arange(events), np.diff(offsets))
        own = baselines(samples, *config.baseline_range)
        level, unknown = self.channels.levels(ids, own)
        pulses: Pulses = find_pulses(samples, self.search, given=level)
        signals = signals_of(pulses, samples, level.mean_adu, config.saturation_adu)
        axis, strip = self.channels.places(ids)
        real = axis >= UNMAPPED
        bits = np.zeros(events, np.uint32)
        _mark(bits, owner, signals.saturated & real, quality.SATURATED.mask)
        _mark(bits, owner, axis == UNMAPPED, observables.UNMAPPED_CHANNEL.mask)
        if unknown is not None:
            _mark(bits, owner, signals.good & real & unknown, quality.UNCALIBRATED.mask)
        x, y = (self._hits(owner, axis == n, strip, signals, events) for n in (0, 1))
        seen = observe(x, y, *self.channels.tables, self.matching)
        good = np.bincount(owner[signals.good & real], minlength=events)
        columns = self._columns(owner, own, signals, real, events)
        columns["n_good"] = good
        if not self.channels.mapped:  # the charge is known, its place is not
            total = np.bincount(owner, np.where(real, signals.charge_adu, 0.0), events)
            columns["energy_adu"] = total
        vetoes = self._vetoes(owner, ids, samples, level.mean_adu, axis == VETO, events)
        kept = good >= config.minimum_good_signals
        measured = Measured(
            np.asarray(raw["event_id"]),
            np.asarray(raw["time_ns"]),
            seen,
            columns,
            vetoes,
            bits,
            kept,
        )
        return assemble(measured, config)

    def _hits(
        self,
        owner: NDArray[np.int64],
        mine: NDArray[np.bool_],
        strip: NDArray[np.int32],
        signals: Signals,
        events: int,
    ) -> AxisHits:
        chosen = np.flatnonzero(mine & signals.good)
        counts = np.bincount(owner[chosen], minlength=events)
        offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        times = signals.peak_sample[chosen] * self.config.sample_ns
        return AxisHits(
            offsets, strip[chosen], signals.charge_adu[chosen], times.astype(np.float32)
        )

    def _columns(
        self,
        owner: NDArray[np.int64],
        own: Baselines,
        signals: Signals,
        real: NDArray[np.bool_],
        events: int,
    ) -> dict[str, NDArray[np.generic]]:
        def mean_over(
            chosen: NDArray[np.bool_], values: NDArray[np.generic]
        ) -> NDArray[np.float64]:
            count = np.bincount(owner[chosen], minlength=events)
            total = np.bincount(owner[chosen], values[chosen], events)
            return np.divide(total, count, out=np.zeros(events), where=count > 0)

        good = signals.good & real
        step = self.config.sample_ns
        rise = (signals.peak_sample - signals.start_sample) * step
        return {
            "baseline_mean_adu": mean_over(real, own.mean_adu),
            "baseline_sigma_adu": mean_over(real, own.sigma_adu),
            "n_signals": np.bincount(owner[real], minlength=events),
            "strip_rise_ns": mean_over(good, rise),
            "strip_width_ns": mean_over(good, signals.width_samples * step),
        }

    def _vetoes(
        self,
        owner: NDArray[np.int64],
        ids: NDArray[np.int32],
        samples: NDArray[np.int16],
        baseline: NDArray[np.float64],
        mine: NDArray[np.bool_],
        events: int,
    ) -> Vetoes:
        chosen = np.flatnonzero(mine)
        counts = np.bincount(owner[chosen], minlength=events)
        offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        where = self.config.veto_range or self.config.pulse_range
        return measure_vetoes(
            offsets, ids[chosen], samples[chosen], baseline[chosen], where, self.config.sample_ns
        )


def _mark(
    bits: NDArray[np.uint32], owner: NDArray[np.int64], chosen: NDArray[np.bool_], mask: int
) -> None:
    bits[owner[chosen]] |= np.uint32(mask)
