"""Pulses in sampled signals: levels, noise and the pulse finder that detectors share."""

from __future__ import annotations

from helioscope.waveforms.baselines import Baselines, baselines, largest_samples
from helioscope.waveforms.channel_moments import ChannelMoments, quiet_waveforms
from helioscope.waveforms.coherent import coherent_noise_removed
from helioscope.waveforms.pulses import Pulses, PulseSearch, find_pulses

__all__ = [
    "Baselines",
    "ChannelMoments",
    "PulseSearch",
    "Pulses",
    "baselines",
    "coherent_noise_removed",
    "find_pulses",
    "largest_samples",
    "quiet_waveforms",
]
