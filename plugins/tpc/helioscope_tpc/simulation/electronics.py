"""Amplifiers, noise, trigger and zero suppression: from shaped signals to 16-bit samples."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope_tpc.simulation.settings import TpcSimulationSettings
from helioscope_tpc.simulation.state import gain_factor, pedestals_adu, state_of

Real = NDArray[np.float64]


class ReadOut(NamedTuple):
    """Read-out wires of a chunk of events, jagged by ``wires_read``."""

    event: NDArray[np.int64]
    wires_read: NDArray[np.int64]
    wire: NDArray[np.int16]
    samples_adu: NDArray[np.int16]


def triggers(
    waves_kev: NDArray[np.float32], config: Any, threshold_kev: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Say for each event whether the summed anode signal passed the hardware threshold.

    The discriminator sees the analogue sum with 0.05 keV of noise.
    """
    total = waves_kev[:, : config.anode_wires].sum(axis=1).max(axis=1)
    fired: NDArray[np.bool_] = total + 0.05 * rng.standard_normal(len(total)) > threshold_kev
    return fired


def read_out(
    waves_kev: NDArray[np.float32],
    days: Real,
    every_wire: NDArray[np.bool_],
    config: Any,
    simulation: TpcSimulationSettings,
    rng: np.random.Generator,
) -> ReadOut:
    """Amplify, add pedestals and noise, sample, and read the wires with something on them.

    A wire is read where it stands more than ``readout_sigma`` over its pedestal, with its
    neighbours in the same plane; all of them in the events of ``every_wire``.
    """
    state = state_of(config, simulation)
    factor = gain_factor(simulation, days)
    scale = simulation.amplitude_adu_per_kev * factor[:, None] * state.gain[None]
    level = pedestals_adu(state, simulation, days)
    analogue = waves_kev * scale[:, :, None].astype(np.float32)
    shape = analogue.shape
    analogue += np.float32(simulation.noise_adu) * rng.standard_normal(shape, np.float32)
    for plane in (slice(None, config.anode_wires), slice(config.anode_wires, None)):
        common = rng.standard_normal((shape[0], 1, shape[2]), np.float32)
        analogue[:, plane] += np.float32(simulation.coherent_noise_adu) * common
    over = analogue.max(axis=2) > simulation.readout_sigma * np.hypot(
        simulation.noise_adu, simulation.coherent_noise_adu
    )
    read = _with_neighbours(over, config, simulation) | every_wire[:, None]
    event, wire = np.nonzero(read)
    digital = np.rint(analogue[event, wire] + level[event, wire, None].astype(np.float32))
    samples = np.clip(digital, 0, 2**config.adc_bits - 1).astype(np.int16)
    return ReadOut(event, read.sum(axis=1), wire.astype(np.int16), samples)


def _with_neighbours(
    over: NDArray[np.bool_], config: Any, simulation: TpcSimulationSettings
) -> NDArray[np.bool_]:
    read = over.copy()
    for plane in (slice(None, config.anode_wires), slice(config.anode_wires, None)):
        for distance in range(1, simulation.readout_neighbours + 1):
            read[:, plane][:, distance:] |= over[:, plane][:, :-distance]
            read[:, plane][:, :-distance] |= over[:, plane][:, distance:]
    return read
