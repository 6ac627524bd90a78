"""Which particles come: photons through the window, and what the background is made of."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope_tpc import matter
from helioscope_tpc.simulation.ionisation import BLOB, ELECTRON, MUON, PHOTON
from helioscope_tpc.simulation.settings import TpcSimulationSettings

Real = NDArray[np.float64]

#: Manganese K alpha and K beta with their shares, and copper's.
FE55_KEV = ((5.895, 0.88), (6.490, 0.12))
COPPER_KEV = ((8.041, 0.88), (8.903, 0.12))


class Primaries(NamedTuple):
    """What comes into the chamber, event by event in no order of time yet.

    Attributes
    ----------
    event
        int64: number of the event; two photons of a pair share one.
    source
        Names (``photon``, ``muon``, ``gamma``, ``recoil``, ``fluorescence``, ``random``).
    kind
        int64: how it ionises.
    place_mm, direction
        float64 [n, 3].
    passed
        bool: it came through the window, or did not have to.
    """

    event: NDArray[np.int64]
    source: NDArray[np.str_]
    kind: NDArray[np.int64]
    place_mm: Real
    direction: Real
    energy_kev: Real
    passed: NDArray[np.bool_]


def axion_spectrum_kev(number: int, rng: np.random.Generator) -> Real:
    """Draw energies from the solar axion spectrum of 2007, E^2.481 exp(-E/1.205), 1 to 10 keV."""
    grid = np.linspace(1.0, 10.0, 4001)
    cumulated = np.cumsum(grid**2.481 * np.exp(-grid / 1.205))
    return np.interp(rng.random(number), cumulated / cumulated[-1], grid)


def _lines(number: int, lines: tuple[tuple[float, float], ...], rng: np.random.Generator) -> Real:
    energies, shares = np.array(lines).T
    return rng.choice(energies, number, p=shares / shares.sum())


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


def _isotropic(number: int, rng: np.random.Generator) -> Real:
    vector = rng.standard_normal((number, 3))
    unit: Real = vector / np.linalg.norm(vector, axis=1)[:, None]
    return unit


def _energies(number: int, simulation: TpcSimulationSettings, rng: np.random.Generator) -> Real:
    if simulation.source == "axion":
        return axion_spectrum_kev(number, rng)
    if simulation.source == "flat":
        return rng.uniform(1.0, 10.0, number)
    if simulation.source == "lines":
        return rng.choice(np.array(simulation.lines_kev), number)
    return _lines(number, FE55_KEV, rng)


def photons(config: Any, simulation: TpcSimulationSettings, rng: np.random.Generator) -> Primaries:
    """Draw photons at the window, along the bore."""
    number = simulation.photons
    energy = _energies(number, simulation, rng)
    place = _window_places(number, config, simulation, rng)
    through = matter.window_transmission(energy, simulation.mylar_um, simulation.aluminium_nm)
    passed = rng.random(number) < through
    down = np.tile([0.0, 0.0, -1.0], (number, 1))
    return _primaries("photon", PHOTON, place, down, energy, passed)


def pairs(config: Any, simulation: TpcSimulationSettings, rng: np.random.Generator) -> Primaries:
    """Draw two photons of 3 keV an event, starting a set distance apart in any direction.

    They convert where they start, so that their distance is the one asked for.
    """
    number = simulation.pairs
    margin = simulation.pair_distance_mm / 2 + 8.0
    half = np.array([config.width_mm, config.height_mm, config.drift_mm]) / 2 - margin
    middle = rng.uniform(-1, 1, (number, 3)) * half + np.array([0, 0, config.drift_mm / 2])
    apart = _isotropic(number, rng) * simulation.pair_distance_mm / 2
    place = np.stack([middle - apart, middle + apart], axis=1).reshape(-1, 3)
    made = _primaries("pair", ELECTRON, place, _isotropic(2 * number, rng), 3.0, None)
    return made._replace(event=np.repeat(np.arange(number), 2))


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
    return _primaries("muon", MUON, place, direction, 0.0, None)


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
    inward = _isotropic(number, rng)
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
    way = np.concatenate([_isotropic(inner, rng), wall_way])
    energy = np.clip(rng.exponential(60.0, simulation.gammas), 0.5, 400.0)
    electrons = _primaries("gamma", ELECTRON, place, way, energy, None)
    visible = np.clip(rng.exponential(3.0, simulation.recoils), 0.3, 60.0)
    number = simulation.recoils
    recoils = _primaries("recoil", BLOB, anywhere(number), _isotropic(number, rng), visible, None)
    argon = simulation.fluorescence // 3
    copper_place, copper_way = _walls(simulation.fluorescence - argon, config, rng)
    light = _primaries(
        "fluorescence",
        PHOTON,
        np.concatenate([anywhere(argon), copper_place]),
        np.concatenate([_isotropic(argon, rng), copper_way]),
        np.concatenate(
            [
                np.full(argon, matter.ARGON_KALPHA_KEV),
                _lines(simulation.fluorescence - argon, COPPER_KEV, rng),
            ]
        ),
        None,
    )
    return [electrons, recoils, light]


def random_triggers(simulation: TpcSimulationSettings) -> Primaries:
    """Give triggers without a particle."""
    number = simulation.random_triggers
    place = np.zeros((number, 3))
    return _primaries("random", BLOB, place, place, 0.0, None)


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


def _primaries(
    source: str,
    kind: int,
    place: Real,
    direction: Real,
    energy: Real | float,
    passed: NDArray[np.bool_] | None,
) -> Primaries:
    number = len(place)
    return Primaries(
        np.arange(number),
        np.full(number, source, "U12"),
        np.full(number, kind, np.int64),
        place,
        direction,
        np.broadcast_to(np.asarray(energy, np.float64), (number,)).copy(),
        np.ones(number, bool) if passed is None else passed,
    )
