"""From particles to free electrons: photon relaxation, electron tracks, muons.

A particle is one row (event, kind, x, y, z, ux, uy, uz, energy); what it leaves are steps
(event, x, y, z, electrons).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope_tpc import matter
from helioscope_tpc.simulation.compiled import kernel
from helioscope_tpc.simulation.deposits import electrons_of, keep
from helioscope_tpc.simulation.gas import Gas
from helioscope_tpc.simulation.photons import photon
from helioscope_tpc.simulation.tracks import electron, muon

Real = NDArray[np.float64]
PHOTON, ELECTRON, MUON, BLOB = 0, 1, 2, 3


class Particles(NamedTuple):
    """Particles at the border of the gas or where they start in it, one value each."""

    event: NDArray[np.int64]
    kind: NDArray[np.int64]
    place_mm: Real
    direction: Real
    energy_kev: Real


class Steps(NamedTuple):
    """Ionisation, one value a step.

    Attributes
    ----------
    conversion_mm
        float64 [particles, 3]: where each photon converted; NaN where it did not.
    """

    event: NDArray[np.int64]
    place_mm: Real
    electrons: NDArray[np.int64]
    conversion_mm: Real


def ionise(particles: Particles, gas: Gas, argon_share: float, rng: np.random.Generator) -> Steps:
    """Let every particle ionise the gas."""
    attenuation = matter.argon_per_mm(np.maximum(particles.energy_kev, 0.72), argon_share)
    k_alpha = float(matter.argon_per_mm(np.array(matter.ARGON_KALPHA_KEV), argon_share))
    capacity = 64 * max(64, len(particles.event))
    conversion = np.full((len(particles.event), 3), np.nan)
    while True:
        state = rng.bit_generator.state
        places = np.empty((capacity, 3))
        counts = np.empty((capacity, 2), np.int64)
        found = _ionise_all(
            particles.event, particles.kind, particles.place_mm, particles.direction,
            particles.energy_kev, attenuation, k_alpha, gas, rng, conversion, places, counts,
        )  # fmt: skip
        if found >= 0:
            break
        rng.bit_generator.state = state
        capacity *= 2
    return Steps(
        counts[:found, 0].copy(), places[:found].copy(), counts[:found, 1].copy(), conversion
    )


@kernel
def _ionise_all(
    event: NDArray[np.int64],
    kind: NDArray[np.int64],
    place: Real,
    direction: Real,
    energy: Real,
    attenuation: Real,
    k_alpha: float,
    gas: Any,
    rng: Any,
    conversion: Real,
    places: Real,
    counts: NDArray[np.int64],
) -> int:
    found = 0
    for index in range(event.size):
        if found + 6000 > counts.shape[0]:
            return -1
        x, y, z = place[index]
        ux, uy, uz = direction[index]
        if kind[index] == PHOTON:
            found = photon(
                event[index], x, y, z, ux, uy, uz, energy[index], attenuation[index], k_alpha,
                gas, rng, conversion[index], places, counts, found,
            )  # fmt: skip
        elif kind[index] == ELECTRON:
            found = electron(
                event[index], x, y, z, ux, uy, uz, energy[index], gas, rng, places, counts, found
            )
        elif kind[index] == MUON:
            found = muon(event[index], x, y, z, ux, uy, uz, gas, rng, places, counts, found)
        else:
            number = electrons_of(energy[index], gas, rng)
            found = keep(event[index], x, y, z, number, gas, places, counts, found)
    return found
