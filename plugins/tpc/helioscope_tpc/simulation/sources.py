"""Which particles come: photons through the window, pairs, background, random triggers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from helioscope_tpc import matter
from helioscope_tpc.simulation.background import background, muons
from helioscope_tpc.simulation.ionisation import BLOB, ELECTRON, PHOTON
from helioscope_tpc.simulation.primaries import Primaries, directions, line_energies, primaries
from helioscope_tpc.simulation.settings import TpcSimulationSettings
from helioscope_tpc.simulation.state import PAIR_MARGIN_MM

Real = NDArray[np.float64]
#: Manganese K alpha and K beta with their shares, and copper's.
FE55_KEV = ((5.895, 0.88), (6.490, 0.12))


def axion_spectrum_kev(number: int, rng: np.random.Generator) -> Real:
    """Draw energies from the solar axion spectrum of 2007, E^2.481 exp(-E/1.205), 1 to 10 keV."""
    grid = np.linspace(1.0, 10.0, 4001)
    cumulated = np.cumsum(grid**2.481 * np.exp(-grid / 1.205))
    return np.interp(rng.random(number), cumulated / cumulated[-1], grid)


def _window_places(
    number: int, config: Any, simulation: TpcSimulationSettings, rng: np.random.Generator
) -> Real:
    place = np.empty((number, 3))
    place[:, 2] = config.drift_mm
    if simulation.flood:
        place[:, 0] = rng.uniform(-0.5, 0.5, number) * config.width_mm
        place[:, 1] = rng.uniform(-0.5, 0.5, number) * config.height_mm
        return place
    radius = simulation.bore_radius_mm * np.sqrt(rng.random(number))
    phi = rng.uniform(0, 2 * np.pi, number)
    bore = rng.choice([-0.5, 0.5], number) * simulation.bore_distance_mm
    place[:, 0] = radius * np.cos(phi)
    place[:, 1] = radius * np.sin(phi) + bore
    return place


def _energies(number: int, simulation: TpcSimulationSettings, rng: np.random.Generator) -> Real:
    if simulation.source == "axion":
        return axion_spectrum_kev(number, rng)
    if simulation.source == "flat":
        return rng.uniform(1.0, 10.0, number)
    if simulation.source == "lines":
        return rng.choice(np.array(simulation.lines_kev), number)
    return line_energies(number, FE55_KEV, rng)


def photons(config: Any, simulation: TpcSimulationSettings, rng: np.random.Generator) -> Primaries:
    """Draw photons at the window, along the bore."""
    number = simulation.photons
    energy = _energies(number, simulation, rng)
    place = _window_places(number, config, simulation, rng)
    through = matter.window_transmission(energy, simulation.mylar_um, simulation.aluminium_nm)
    passed = rng.random(number) < through
    down = np.tile([0.0, 0.0, -1.0], (number, 1))
    return primaries("photon", PHOTON, place, down, energy, passed)


def pairs(config: Any, simulation: TpcSimulationSettings, rng: np.random.Generator) -> Primaries:
    """Draw two photons of 3 keV an event, starting a set distance apart in any direction.

    They convert where they start, so that their distance is the one asked for.
    """
    number = simulation.pairs
    margin = simulation.pair_distance_mm / 2 + PAIR_MARGIN_MM
    half = np.array([config.width_mm, config.height_mm, config.drift_mm]) / 2 - margin
    middle = rng.uniform(-1, 1, (number, 3)) * half + np.array([0, 0, config.drift_mm / 2])
    apart = directions(number, rng) * simulation.pair_distance_mm / 2
    place = np.stack([middle - apart, middle + apart], axis=1).reshape(-1, 3)
    made = primaries("pair", ELECTRON, place, directions(2 * number, rng), 3.0, None)
    return made._replace(event=np.repeat(np.arange(number), 2))


def random_triggers(simulation: TpcSimulationSettings) -> Primaries:
    """Give triggers without a particle."""
    number = simulation.random_triggers
    place = np.zeros((number, 3))
    return primaries("random", BLOB, place, place, 0.0, None)


def everything(
    config: Any, simulation: TpcSimulationSettings, rng: np.random.Generator
) -> Primaries:
    """Draw all primaries of a run, their events numbered through."""
    parts = [
        photons(config, simulation, rng),
        pairs(config, simulation, rng),
        muons(config, simulation, rng),
        *background(config, simulation, rng),
        random_triggers(simulation),
    ]
    first = 0
    numbered = []
    for part in parts:
        numbered.append(part._replace(event=part.event + first))
        first += int(part.event[-1]) + 1 if len(part.event) else 0
    return Primaries._make(np.concatenate(columns) for columns in zip(*numbered, strict=True))
