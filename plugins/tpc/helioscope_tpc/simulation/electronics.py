"""Amplifiers, noise, trigger and zero suppression: from shaped signals to 16-bit samples."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope_tpc.simulation.settings import TpcSimulationSettings

Real = NDArray[np.float64]

DAY_NS = 86_400_000_000_000


class State(NamedTuple):
    """The true gain and pedestal of every wire at the moment of each event.

    Attributes
    ----------
    gain
        float64 [wires]: relative amplification.
    pedestal_adu
        float64 [wires].
    """

    gain: Real
    pedestal_adu: Real


class ReadOut(NamedTuple):
    """Read-out wires of a chunk of events, jagged by ``wires_read``."""

    event: NDArray[np.int64]
    wires_read: NDArray[np.int64]
    wire: NDArray[np.int16]
    samples_adu: NDArray[np.int16]


def state_of(config: Any, simulation: TpcSimulationSettings) -> State:
    """Draw the chamber's wires; the same ``chamber_seed`` is the same chamber."""
    rng = np.random.default_rng([simulation.chamber_seed, 4801])
    spread = np.clip(rng.standard_normal(config.wires), -2.5, 2.5)
    level = rng.standard_normal(config.wires)
    return State(
        1.0 + simulation.gain_spread * spread,
        simulation.pedestal_adu + simulation.pedestal_spread_adu * level,
    )


def gain_factor(simulation: TpcSimulationSettings, time_ns: NDArray[np.int64]) -> Real:
    """Give the chamber's gain at each time, 1 at the reference time."""
    days = (time_ns - simulation.gain_reference_ns) / DAY_NS
    return 1.0 + simulation.gain_drift_per_day * days


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
    time_ns: NDArray[np.int64],
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
    factor = gain_factor(simulation, time_ns)
    scale = simulation.amplitude_adu_per_kev * factor[:, None] * state.gain[None]
    days = (time_ns - simulation.gain_reference_ns) / DAY_NS
    level = state.pedestal_adu[None] + simulation.pedestal_drift_adu_per_day * days[:, None]
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
