"""The electronics of one detector: strip gains, pedestals, dead strips, digitised events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from helioscope_micromegas.settings import MicromegasSettings
from helioscope_micromegas.simulation.collection import Collected, shape_mesh
from helioscope_micromegas.simulation.settings import GasSimulation, MicromegasSimulation

_NS_PER_DAY = 86_400_000_000_000
_NOISY = 6.0
_DETECTOR_SEED = 192_350


@dataclass(frozen=True)
class StripElectronics:
    """What is particular to each strip of an axis: all float64 [strips].

    ``noise_adu`` is 0 for a dead strip, whose gain is 0 too.
    """

    gain: NDArray[np.float64]
    pedestal_adu: NDArray[np.float64]
    noise_adu: NDArray[np.float64]


@dataclass(frozen=True)
class AxisCharges:
    """Strips above the zero suppression as jagged columns: counts, strips, charges."""

    counts: NDArray[np.int64]
    strip: NDArray[np.int32]
    charge_adu: NDArray[np.float32]


def strip_electronics(
    config: GasSimulation, detector: MicromegasSettings
) -> tuple[StripElectronics, StripElectronics]:
    """Make the two axes of the one detector that is simulated, the same for every run."""
    rng = np.random.default_rng(_DETECTOR_SEED)
    axes = []
    for dead, noisy in (
        (config.dead_strips_x, config.noisy_strips_x),
        (config.dead_strips_y, ()),
    ):
        strips = detector.n_strips
        gain = 1.0 + config.strip_gain_spread * rng.standard_normal(strips)
        spread = config.strip_pedestal_spread_adu
        pedestal = config.strip_pedestal_adu + spread * rng.standard_normal(strips)
        noise = config.strip_noise_adu * rng.uniform(0.8, 1.2, strips)
        noise[list(noisy)] *= _NOISY
        gain[list(dead)], noise[list(dead)] = 0.0, 0.0
        axes.append(StripElectronics(gain, pedestal, noise))
    return axes[0], axes[1]


def gain_at(
    time_ns: NDArray[np.int64], config: GasSimulation, start_ns: int
) -> NDArray[np.float64]:
    """Give the avalanche's mean gain at times, relative to the epoch or the start of the run."""
    epoch_ns = start_ns if config.gain_epoch_ns is None else config.gain_epoch_ns
    days = (time_ns - epoch_ns) / _NS_PER_DAY
    gain: NDArray[np.float64] = 1.0 + config.gain_per_day * days
    return gain


def digitised_strips(
    rng: np.random.Generator,
    collected: NDArray[np.float32],
    axis: StripElectronics,
    gain: NDArray[np.float64],
    config: GasSimulation,
    saturation_adu: float,
) -> AxisCharges:
    """Turn electrons on strips to integrated charges; drop strips below the zero suppression.

    The run of kind ``pedestal`` keeps every strip.
    """
    signal = collected * (gain[:, None] * axis.gain * config.strip_adu_per_electron)
    signal += axis.noise_adu * rng.standard_normal(collected.shape, np.float32)
    kept = signal > config.zero_suppression_sigma * axis.noise_adu
    kept &= axis.noise_adu > 0
    if config.kind == "pedestal":
        kept[:] = True
    counts = kept.sum(axis=1)
    _, strip = np.nonzero(kept)
    charge = signal[kept] + axis.pedestal_adu[strip]
    charge = np.minimum(np.rint(charge), saturation_adu)
    return AxisCharges(counts, strip.astype(np.int32), charge.astype(np.float32))


def digitised_mesh(
    rng: np.random.Generator,
    collected: Collected,
    gain: NDArray[np.float64],
    config: MicromegasSimulation,
    detector: MicromegasSettings,
) -> NDArray[np.int16]:
    """Shape and digitise the mesh pulses, int16 [events, samples]."""
    out = np.empty(collected.mesh.shape, np.int16)
    shape_mesh(
        rng, collected.mesh, gain * config.mesh_adu_per_electron,
        config.mesh_rise_ns / detector.mesh_sample_ns,
        config.mesh_fall_ns / detector.mesh_sample_ns,
        config.mesh_baseline_adu, config.mesh_noise_adu, float(detector.mesh_saturation_adu), out,
    )  # fmt: skip
    return out
