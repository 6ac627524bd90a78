"""Which events a run holds: their times, their origins, their particles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from helioscope_micromegas.simulation import gas, particles
from helioscope_micromegas.simulation.particles import ORIGINS, Particles
from helioscope_micromegas.simulation.settings import GasSimulation
from helioscope_micromegas.simulation.tracks import ELECTRON, RECOIL

_FE55, _TUBE, _LINE, _AXION, _MUON, _GAMMA, _CONTAINED, _NEUTRON, _COPPER, _ARGON = range(
    len(ORIGINS)
)


@dataclass(frozen=True)
class Schedule:
    """The events of a run in time: ``time_ns`` int64, ``origin`` int8 into `ORIGINS`."""

    time_ns: NDArray[np.int64]
    origin: NDArray[np.int8]


def schedule(
    rng: np.random.Generator,
    config: GasSimulation,
    span_ns: tuple[int, int],
    tracking: tuple[tuple[int, int], ...],
) -> Schedule:
    """Draw when events come and where they come from; axions come while tracking only."""
    start, stop = span_ns
    seconds = 1e-9 * (stop - start)
    rate = config.background_hz if config.kind == "background" else config.fe55_hz
    number = config.events if config.events is not None else int(rng.poisson(rate * seconds))
    times = [rng.integers(start, max(stop, start + 1), number)]
    pure = {"fe55": _FE55, "xray": _TUBE, "lines": _LINE}
    if config.kind in pure:
        origins = [np.full(number, pure[config.kind], np.int8)]
    else:
        kinds = np.array([_MUON, _GAMMA, _CONTAINED, _NEUTRON, _COPPER, _ARGON], np.int8)
        shares = np.array(
            [config.muon_share, config.gamma_share, config.contained_share, config.neutron_share,
             config.copper_share, config.argon_share]
        )  # fmt: skip
        origins = [rng.choice(kinds, number, p=shares / shares.sum())]
    for opened, closed in tracking if config.kind == "background" else ():
        low, high = max(opened, start), min(closed, stop)
        signals = int(rng.poisson(config.solar_hz * max(high - low, 0) * 1e-9))
        times.append(rng.integers(low, max(high, low + 1), signals))
        origins.append(np.full(signals, _AXION, np.int8))
    time, origin = np.concatenate(times), np.concatenate(origins)
    order = np.argsort(time, kind="stable")
    return Schedule(time[order].astype(np.int64), origin[order])


def ionising(
    rng: np.random.Generator,
    origin: NDArray[np.int8],
    config: GasSimulation,
    half_mm: float,
) -> tuple[Particles, NDArray[np.float64], NDArray[np.float64]]:
    """Make the particles of events; give them, and per event photon energy and first point.

    The energy is that of the photon or particle in keV, the point (x, y, height) in mm where it
    converts or enters.
    """
    events = origin.size
    energy, point = np.zeros(events), np.zeros((events, 3))
    photon = np.isin(origin, (_FE55, _TUBE, _LINE, _AXION, _COPPER, _ARGON))
    which = np.flatnonzero(photon)
    energy[which] = _photon_energies(rng, origin[which], config)
    x, y = _photon_places(rng, origin[which], config, half_mm)
    point[which] = particles.conversion_points(rng, energy[which], x, y, config)
    parts = [particles.photons(rng, which, energy[which], point[which], config, half_mm)]
    for kind, draw in ((_MUON, particles.muons), (_GAMMA, particles.gammas)):
        parts.append(draw(rng, np.flatnonzero(origin == kind), config, half_mm))
    for kind in (_CONTAINED, _NEUTRON):
        mine = np.flatnonzero(origin == kind)
        if kind == _CONTAINED:
            kev, what = rng.uniform(1, 12, mine.size), ELECTRON
        else:
            kev, what = rng.exponential(config.recoil_kev, mine.size), RECOIL
        parts.append(particles.contained(rng, mine, kev, config, half_mm, what))
    for part in parts[1:]:
        energy[part.event], point[part.event] = part.energy_kev, part.start_mm
    return particles.joined(parts), energy, point


def _photon_energies(
    rng: np.random.Generator, origin: NDArray[np.int8], config: GasSimulation
) -> NDArray[np.float64]:
    lines, shares = (np.array(values) for values in particles.FE55_LINES)
    energy = rng.choice(lines, origin.size, p=shares / shares.sum())
    energy[origin == _TUBE] = rng.uniform(*config.tube_kev, int((origin == _TUBE).sum()))
    energy[origin == _LINE] = rng.choice(np.array(config.lines_kev), int((origin == _LINE).sum()))
    energy[origin == _COPPER] = particles.COPPER_KEV
    energy[origin == _ARGON] = gas.ARGON_K_LINE_KEV
    axions = int((origin == _AXION).sum())
    energy[origin == _AXION] = primakoff_energies(rng, axions)
    return energy


def primakoff_energies(rng: np.random.Generator, number: int) -> NDArray[np.float64]:
    """Draw from E^2.481 exp(-E / 1.205 keV) between 1 and 12 keV (CAST, JCAP 04 (2007) 010)."""
    grid = np.linspace(1.0, 12.0, 2001)
    density = grid**2.481 * np.exp(-grid / 1.205)
    below = np.concatenate(([0.0], np.cumsum(0.5 * (density[1:] + density[:-1]))))
    drawn: NDArray[np.float64] = np.interp(rng.random(number), below / below[-1], grid)
    return drawn


def _photon_places(
    rng: np.random.Generator,
    origin: NDArray[np.int8],
    config: GasSimulation,
    half_mm: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    number = origin.size
    x, y = rng.uniform(-half_mm, half_mm, (2, number))
    radius = np.where(origin == _FE55, config.fe55_radius_mm, config.bore_radius_mm)
    disc = np.isin(origin, (_FE55, _TUBE, _LINE, _AXION))
    distance, angle = radius * np.sqrt(rng.random(number)), rng.uniform(0, 2 * np.pi, number)
    x = np.where(disc, distance * np.cos(angle), x)
    y = np.where(disc, distance * np.sin(angle), y)
    return x, y
