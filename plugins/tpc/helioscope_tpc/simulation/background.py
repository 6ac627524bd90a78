"""Background: cosmic muons, gamma-induced electrons, nuclear recoils, fluorescence."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from helioscope_tpc import matter
from helioscope_tpc.simulation.ionisation import BLOB, ELECTRON, MUON, PHOTON
from helioscope_tpc.simulation.primaries import Primaries, directions, line_energies, primaries
from helioscope_tpc.simulation.settings import TpcSimulationSettings

Real = NDArray[np.float64]
COPPER_KEV = ((8.041, 0.88), (8.903, 0.12))


def muons(config: Any, simulation: TpcSimulationSettings, rng: np.random.Generator) -> Primaries:
    """Draw cosmic muons (cos^2 of the zenith angle about y) that cross the chamber."""
    half = np.array([config.width_mm, config.height_mm, config.drift_mm]) / 2
    found: list[tuple[Real, Real]] = [(np.empty((0, 3)), np.empty((0, 3)))]
    have = 0
    while have < simulation.muons:
        number = 8 * simulation.muons + 64
        cosine = rng.random(number) ** (1 / 3)
        sine, phi = np.sqrt(1 - cosine**2), rng.uniform(0, 2 * np.pi, number)
        way = np.stack([sine * np.cos(phi), -cosine, sine * np.sin(phi)], axis=1)
        offset = rng.standard_normal((number, 3))
        offset -= (offset * way).sum(axis=1)[:, None] * way
        offset /= np.linalg.norm(offset, axis=1)[:, None]
        radius = np.linalg.norm(half) * np.sqrt(rng.random(number))
        place, direction = _entering(offset * radius[:, None], way, half)
        found.append((place, direction))
        have += len(place)
    place = np.concatenate([pair[0] for pair in found])[: simulation.muons]
    direction = np.concatenate([pair[1] for pair in found])[: simulation.muons]
    place[:, 2] += config.drift_mm / 2
    return primaries("muon", MUON, place, direction, 0.0, None)


def _entering(point: Real, way: Real, half: Real) -> tuple[Real, Real]:
    """Give where lines enter the box about the origin; those that miss it are left out."""
    with np.errstate(divide="ignore"):
        one, other = (-half - point) / way, (half - point) / way
    first = np.minimum(one, other).max(axis=1)
    last = np.maximum(one, other).min(axis=1)
    hit = last > first
    return point[hit] + (first[hit, None] + 1e-6) * way[hit], way[hit]


def _walls(number: int, config: Any, rng: np.random.Generator) -> tuple[Real, Real]:
    """Draw places on the chamber's walls and directions into it, by the cosine law."""
    size = np.array([config.width_mm, config.height_mm, config.drift_mm])
    area = np.array([size[1] * size[2], size[0] * size[2], size[0] * size[1]])
    axis = rng.choice(3, number, p=area / area.sum())
    side = rng.choice([-1.0, 1.0], number)
    rows = np.arange(number)
    place = rng.uniform(-0.5, 0.5, (number, 3)) * size
    place[rows, axis] = side * size[axis] * 0.4999
    inward = directions(number, rng)
    inward[rows, axis] -= side
    inward /= np.linalg.norm(inward, axis=1)[:, None]
    place[:, 2] += config.drift_mm / 2
    return place, inward


def background(
    config: Any, simulation: TpcSimulationSettings, rng: np.random.Generator
) -> list[Primaries]:
    """Draw gamma-induced electrons, nuclear recoils, and fluorescence of copper and argon.

    Electrons have an exponential spectrum of mean 60 keV and start in the gas or at the walls;
    recoils leave a point of exponential visible energy of mean 3 keV; copper shines from the
    walls (two thirds of the fluorescence), argon from anywhere.
    """
    volume = np.array([config.width_mm, config.height_mm, config.drift_mm]) * 0.999
    middle = np.array([0.0, 0.0, config.drift_mm / 2])

    def anywhere(number: int) -> Real:
        drawn: Real = rng.uniform(-0.5, 0.5, (number, 3)) * volume + middle
        return drawn

    inner = simulation.gammas // 2
    wall_place, wall_way = _walls(simulation.gammas - inner, config, rng)
    place = np.concatenate([anywhere(inner), wall_place])
    way = np.concatenate([directions(inner, rng), wall_way])
    energy = np.clip(rng.exponential(60.0, simulation.gammas), 0.5, 400.0)
    electrons = primaries("gamma", ELECTRON, place, way, energy, None)
    visible = np.clip(rng.exponential(3.0, simulation.recoils), 0.3, 60.0)
    number = simulation.recoils
    recoils = primaries("recoil", BLOB, anywhere(number), directions(number, rng), visible, None)
    argon = simulation.fluorescence // 3
    copper_place, copper_way = _walls(simulation.fluorescence - argon, config, rng)
    light = primaries(
        "fluorescence",
        PHOTON,
        np.concatenate([anywhere(argon), copper_place]),
        np.concatenate([directions(argon, rng), copper_way]),
        np.concatenate(
            [
                np.full(argon, matter.ARGON_KALPHA_KEV),
                line_energies(simulation.fluorescence - argon, COPPER_KEV, rng),
            ]
        ),
        None,
    )
    return [electrons, recoils, light]
