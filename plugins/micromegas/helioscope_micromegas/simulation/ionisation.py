"""Events in the gas before any read-out: their free electrons, their trigger, their truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helioscope_micromegas.settings import MicromegasSettings
from helioscope_micromegas.simulation import events, gas, tracks
from helioscope_micromegas.simulation.collection import Drift
from helioscope_micromegas.simulation.particles import ORIGINS
from helioscope_micromegas.simulation.settings import GasSimulation


@dataclass(frozen=True)
class Ionised:
    """Free electrons of events, one after the other.

    ``offsets`` int64 [events + 1] into ``electrons`` float32 [:, 3] (x, y, height above the mesh
    in mm); ``energy_kev`` float64 and ``point_mm`` float64 [events, 3] of the first particle.
    """

    offsets: NDArray[np.int64]
    electrons: NDArray[np.float32]
    energy_kev: NDArray[np.float64]
    point_mm: NDArray[np.float64]


def ionised(
    rng: np.random.Generator,
    origin: NDArray[np.int8],
    config: GasSimulation,
    detector: MicromegasSettings,
) -> Ionised:
    """Let what the origins name hit the gas; in a run of pedestals nothing does."""
    half = 0.5 * detector.n_strips * detector.pitch_mm
    particles, energy, point = events.ionising(rng, origin, config, half)
    counts, electrons = tracks.free_electrons(
        rng, particles.kind, particles.energy_kev, particles.start_mm, particles.direction,
        (half, config.drift_mm),
        (gas.density_g_cm3(config.isobutane), config.pair_ev, config.fano),
    )  # fmt: skip
    per_event = np.bincount(particles.event, counts, origin.size).astype(np.int64)
    if config.kind == "pedestal":
        per_event[:], electrons = 0, electrons[:0]
    offsets = np.concatenate(([0], np.cumsum(per_event))).astype(np.int64)
    return Ionised(offsets, electrons, energy, point)


def drift_of(config: GasSimulation, detector: MicromegasSettings) -> Drift:
    """Give drift and avalanche in the units of `collection`."""
    return Drift(
        1e-3 * config.drift_mm_per_us, 1e-3 * config.transverse_um_per_root_cm,
        1e-3 * config.longitudinal_um_per_root_cm, config.polya_theta,
        config.axis_share_spread, detector.pitch_mm, config.edge_sharing,
    )  # fmt: skip


def triggered(
    avalanche: NDArray[np.float64], gain: NDArray[np.float64], config: GasSimulation
) -> NDArray[np.bool_]:
    """Say which events the mesh triggers on; those of a pedestal run all are."""
    threshold = config.mesh_threshold_kev * 1000.0 / config.pair_ev
    return (avalanche * gain > threshold) | (config.kind == "pedestal")


def truth_columns(
    time_ns: NDArray[np.int64],
    origin: NDArray[np.int8],
    made: Ionised,
    avalanche: NDArray[np.float64],
    recorded: NDArray[np.bool_],
    first_id: int,
    quiet: bool,
) -> dict[str, NDArray[Any]]:
    """Give the truth of events; those recorded are numbered on from ``first_id``."""
    event_id = np.full(origin.size, -1, np.int64)
    event_id[recorded] = first_id + np.arange(recorded.sum())
    names = ["none" if quiet else ORIGINS[kind] for kind in origin]
    return {
        "event_id": event_id,
        "time_ns": time_ns,
        "origin": np.array(names, object),
        "energy_kev": made.energy_kev,
        "x_mm": made.point_mm[:, 0],
        "y_mm": made.point_mm[:, 1],
        "height_mm": made.point_mm[:, 2],
        "electrons": np.diff(made.offsets),
        "avalanche": avalanche,
        "recorded": recorded,
    }
