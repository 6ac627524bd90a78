"""What hits the detector: X-rays with their shells, muons, electrons, recoils."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from helioscope_micromegas.simulation import gas
from helioscope_micromegas.simulation.settings import GasSimulation
from helioscope_micromegas.simulation.tracks import ELECTRON, MUON

#: Mn K lines with their shares (Hoelzer et al., Phys. Rev. A 56 (1997) 4554).
FE55_LINES = ((5.895, 6.490), (0.880, 0.120))
COPPER_KEV = 8.040
#: Electrons that gammas knock out of the walls and that reach the gas.
GAMMA_ELECTRONS_KEV = (30.0, 600.0)
ORIGINS = (
    "fe55",
    "tube",
    "line",
    "axion",
    "muon",
    "gamma",
    "contained",
    "neutron",
    "copper",
    "argon",
)


@dataclass(frozen=True)
class Particles:
    """Ionising particles, in the order of their events.

    ``event`` int64; ``kind`` int8 as in `tracks`; ``energy_kev`` float64; ``start_mm`` and
    ``direction`` float64 [n, 3], the third the height above the mesh.
    """

    event: NDArray[np.int64]
    kind: NDArray[np.int8]
    energy_kev: NDArray[np.float64]
    start_mm: NDArray[np.float64]
    direction: NDArray[np.float64]

    def taken(self, order: NDArray[np.intp]) -> Particles:
        """Give some of them, in an order."""
        return Particles(
            self.event[order], self.kind[order], self.energy_kev[order],
            self.start_mm[order], self.direction[order],
        )  # fmt: skip


def joined(parts: list[Particles]) -> Particles:
    """Put particles together in the order of their events."""
    whole = Particles(
        np.concatenate([part.event for part in parts]),
        np.concatenate([part.kind for part in parts]),
        np.concatenate([part.energy_kev for part in parts]),
        np.concatenate([part.start_mm for part in parts]),
        np.concatenate([part.direction for part in parts]),
    )
    return whole.taken(np.argsort(whole.event, kind="stable"))


def isotropic(rng: np.random.Generator, number: int) -> NDArray[np.float64]:
    """Draw unit vectors without a preferred direction, float64 [number, 3]."""
    vectors = rng.standard_normal((number, 3))
    unit: NDArray[np.float64] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def conversion_points(
    rng: np.random.Generator,
    energy_kev: NDArray[np.float64],
    x_mm: NDArray[np.float64],
    y_mm: NDArray[np.float64],
    config: GasSimulation,
) -> NDArray[np.float64]:
    """Draw where photons that enter through the cathode convert, given that they do."""
    per_mm = gas.attenuation_per_mm(energy_kev, config.isobutane)
    absorbed = -np.expm1(-per_mm * config.drift_mm)
    depth = -np.log1p(-rng.random(energy_kev.size) * absorbed) / per_mm
    return np.stack([x_mm, y_mm, config.drift_mm - depth], axis=1)


def photons(
    rng: np.random.Generator,
    event: NDArray[np.int64],
    energy_kev: NDArray[np.float64],
    point_mm: NDArray[np.float64],
    config: GasSimulation,
    half_mm: float,
) -> Particles:
    """Absorb photons: photoelectron, Auger electrons, fluorescence that escapes or converts."""
    number = energy_kev.size
    k_shell = (energy_kev > gas.ARGON_K_EDGE_KEV) & (rng.random(number) < gas.ARGON_K_SHARE)
    radiates = k_shell & (rng.random(number) < gas.ARGON_K_YIELD)
    binding = np.where(k_shell, gas.ARGON_K_EDGE_KEV, gas.ARGON_L_KEV)
    parts = [_starting(rng, event, energy_kev - binding, point_mm)]
    auger = k_shell & ~radiates
    parts.append(
        _starting(
            rng, event[auger], np.full(auger.sum(), gas.ARGON_K_EDGE_KEV - 2 * gas.ARGON_L_KEV),
            point_mm[auger],
        )
    )  # fmt: skip
    # what is left of the shells: two L Auger electrons after a K Auger, else one
    left = np.where(auger, 2 * gas.ARGON_L_KEV, gas.ARGON_L_KEV)
    parts.append(_starting(rng, event, left, point_mm))
    parts += _fluorescence(rng, event[radiates], point_mm[radiates], config, half_mm)
    return joined(parts)


def _fluorescence(
    rng: np.random.Generator,
    event: NDArray[np.int64],
    point_mm: NDArray[np.float64],
    config: GasSimulation,
    half_mm: float,
) -> list[Particles]:
    """Follow argon K photons; those that leave the gas are gone."""
    line = np.full(event.size, gas.ARGON_K_LINE_KEV)
    path = rng.exponential(1.0, event.size) / gas.attenuation_per_mm(line, config.isobutane)
    end = point_mm + isotropic(rng, event.size) * path[:, None]
    stays = (np.abs(end[:, :2]) <= half_mm).all(axis=1)
    stays &= (end[:, 2] >= 0) & (end[:, 2] <= config.drift_mm)
    event, end, line = event[stays], end[stays], line[stays]
    return [
        _starting(rng, event, line - gas.ARGON_L_KEV, end),
        _starting(rng, event, np.full(event.size, gas.ARGON_L_KEV), end),
    ]


def _starting(
    rng: np.random.Generator,
    event: NDArray[np.int64],
    energy_kev: NDArray[np.float64],
    point_mm: NDArray[np.float64],
    kind: int = ELECTRON,
) -> Particles:
    number = event.size
    return Particles(
        event, np.full(number, kind, np.int8), energy_kev, point_mm.copy(), isotropic(rng, number)
    )


def muons(
    rng: np.random.Generator, event: NDArray[np.int64], config: GasSimulation, half_mm: float
) -> Particles:
    """Draw cosmic muons through the gas, cos^2 about the zenith; the drift is horizontal."""

    def downwards(number: int) -> NDArray[np.float64]:
        cosine = (1 - rng.random(number)) ** (1 / 3)
        around = rng.uniform(0, 2 * np.pi, number)
        sine = np.sqrt(1 - cosine**2)
        return np.stack([sine * np.cos(around), -cosine, sine * np.sin(around)], axis=1)

    number = event.size
    start, direction = _crossing(rng, downwards, number, half_mm, config.drift_mm)
    return Particles(event, np.full(number, MUON, np.int8), np.full(number, 10.0), start, direction)


def gammas(
    rng: np.random.Generator, event: NDArray[np.int64], config: GasSimulation, half_mm: float
) -> Particles:
    """Draw electrons that gammas knock out of the walls: from all sides."""
    number = event.size
    start, direction = _crossing(
        rng, lambda count: isotropic(rng, count), number, half_mm, config.drift_mm
    )
    energy = rng.uniform(*GAMMA_ELECTRONS_KEV, number)
    return Particles(event, np.full(number, ELECTRON, np.int8), energy, start, direction)


def _crossing(
    rng: np.random.Generator,
    directions: Callable[[int], NDArray[np.float64]],
    number: int,
    half_mm: float,
    drift_mm: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw lines of a flux through the gas: where they enter it, and their directions.

    Lines are drawn evenly over a disc across their direction that covers the gas, and kept
    where they meet it.
    """
    centre = np.array([0.0, 0.0, 0.5 * drift_mm])
    low, high = np.array([-half_mm, -half_mm, 0.0]), np.array([half_mm, half_mm, drift_mm])
    radius = float(np.linalg.norm(high - centre))
    starts, courses, kept = [np.empty((0, 3))], [np.empty((0, 3))], 0
    while kept < number:
        course = directions(2 * (number - kept) + 16)
        offset = rng.standard_normal(course.shape)
        offset -= (offset * course).sum(axis=1, keepdims=True) * course
        offset /= np.linalg.norm(offset, axis=1, keepdims=True)
        offset *= radius * np.sqrt(rng.random(len(course)))[:, None]
        point = centre + offset
        with np.errstate(divide="ignore"):
            near, far = (low - point) / course, (high - point) / course
        enters = np.minimum(near, far).max(axis=1)
        meets = enters < np.maximum(near, far).min(axis=1)
        starts.append((point + course * (enters + 1e-6)[:, None])[meets])
        courses.append(course[meets])
        kept += int(meets.sum())
    return np.concatenate(starts)[:number], np.concatenate(courses)[:number]


def contained(
    rng: np.random.Generator,
    event: NDArray[np.int64],
    energy_kev: NDArray[np.float64],
    config: GasSimulation,
    half_mm: float,
    kind: int,
) -> Particles:
    """Draw electrons or recoils that start anywhere in the gas."""
    point = rng.uniform(-1, 1, (event.size, 3)) * (half_mm, half_mm, 0.5 * config.drift_mm)
    point[:, 2] += 0.5 * config.drift_mm
    return _starting(rng, event, energy_kev, point, kind)
