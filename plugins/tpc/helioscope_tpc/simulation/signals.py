"""From free electrons to samples: drift, avalanche, induction, shaping, trigger and read-out."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope_tpc.simulation.compiled import kernel
from helioscope_tpc.simulation.ionisation import Steps

Real = NDArray[np.float64]

#: Charges are collected in this many bins a sample before they are shaped.
FINE = 4
#: Cathode wires on either side of an avalanche that get induced charge, and positions in a pitch.
REACH, PLACES = 4, 60


class Chamber(NamedTuple):
    """What the compiled loops need of the chamber, in mm and us."""

    anodes: int
    cathodes: int
    pitch: float
    drift: float
    velocity: float
    attachment: float
    transverse: float
    longitudinal: float
    polya: float
    sample_us: float
    samples: int
    pretrigger: int


class Charges(NamedTuple):
    """Shaped signals of a chunk of events before noise.

    Attributes
    ----------
    waves_kev
        float32 [events, wires, samples]: amplitude that this much energy at once would have.
    collected_kev
        float64 [events]: sum of all avalanches in units of the mean one, as energy.
    """

    waves_kev: NDArray[np.float32]
    collected_kev: Real


def induced_shares(pitch: float, gap: float, total: float) -> Real:
    """Give the share of an avalanche that each cathode wire near it sees.

    Mathieson's single-parameter form with K3 = 0.45, the value for gaps as wide as the pitch
    (NIM A270 (1988) 602), integrated over one pitch.

    Returns
    -------
    float64 [PLACES, 2 * REACH + 1]
        For the middles of PLACES steps across a wire's pitch.
    """
    k3 = 0.45
    k2 = 0.5 * math.pi * (1.0 - 0.5 * math.sqrt(k3))
    centre = ((np.arange(PLACES) + 0.5) / PLACES - 0.5) * pitch
    wire = (np.arange(2 * REACH + 1) - REACH) * pitch
    near = (wire[None] - pitch / 2 - centre[:, None]) / gap
    far = (wire[None] + pitch / 2 - centre[:, None]) / gap
    root = math.sqrt(k3)
    cumulated = np.arctan(root * np.tanh(k2 * far)) - np.arctan(root * np.tanh(k2 * near))
    return total * cumulated / (2.0 * math.atan(root))


def shaping_response(shaping_us: float, sample_us: float) -> Real:
    """Give the CR-RC2 response (t/tau)^2 exp(-t/tau), largest value 1, in fine bins."""
    fine = sample_us / FINE
    time = np.arange(0, 14 * shaping_us, fine) / shaping_us
    return time**2 * np.exp(-time) / (4.0 * math.exp(-2.0))


def collect(
    steps: Steps,
    events: int,
    chamber: Chamber,
    shares: Real,
    response: Real,
    w_kev: float,
    rng: np.random.Generator,
) -> Charges:
    """Drift, multiply, induce and shape the electrons of a chunk of events.

    Events in ``steps`` are numbered from 0 and in order.
    """
    waves = np.zeros((events, chamber.anodes + chamber.cathodes, chamber.samples), np.float32)
    collected = np.zeros(events)
    bounds = np.searchsorted(steps.event, np.arange(events + 1))
    _collect_all(
        bounds, steps.place_mm, steps.electrons, chamber, shares, response, w_kev, rng,
        waves, collected,
    )  # fmt: skip
    return Charges(waves, collected)


@kernel
def _collect_all(
    bounds: NDArray[np.int64],
    place: Real,
    electrons: NDArray[np.int64],
    chamber: Any,
    shares: Real,
    response: Real,
    w_kev: float,
    rng: Any,
    waves: NDArray[np.float32],
    collected: Real,
) -> None:
    bins = chamber.samples * FINE
    charge = np.zeros((chamber.anodes + chamber.cathodes, bins))
    for event in range(bounds.size - 1):
        lo, hi = bounds[event], bounds[event + 1]
        if hi == lo:
            continue
        charge[:] = 0.0
        first = place[lo:hi, 2].min() / chamber.velocity
        shift = (chamber.pretrigger + rng.random()) * chamber.sample_us - first
        for step in range(lo, hi):
            for _ in range(electrons[step]):
                collected[event] += w_kev * _electron(
                    place[step], chamber, shift, shares, w_kev, rng, charge
                )
        _shape(charge, response, waves[event])


@kernel
def _electron(
    place: Real,
    chamber: Any,
    shift: float,
    shares: Real,
    w_kev: float,
    rng: Any,
    charge: Real,
) -> float:
    """Bring one electron to its anode wire and give the size of its avalanche."""
    if rng.random() > math.exp(-place[2] / chamber.attachment):
        return 0.0
    root = math.sqrt(place[2])
    x = place[0] + chamber.transverse * root * rng.standard_normal()
    y = place[1] + chamber.transverse * root * rng.standard_normal()
    z = place[2] + chamber.longitudinal * root * rng.standard_normal()
    anode = math.floor(x / chamber.pitch + 0.5 * chamber.anodes)
    along = y / chamber.pitch + 0.5 * chamber.cathodes
    cathode = math.floor(along)
    if not (0 <= anode < chamber.anodes and 0 <= cathode < chamber.cathodes):
        return 0.0
    size = rng.standard_gamma(1.0 + chamber.polya) / (1.0 + chamber.polya)
    moment = int((z / chamber.velocity + shift) / chamber.sample_us * FINE)
    if not 0 <= moment < charge.shape[1]:
        return float(size)
    charge[anode, moment] += size * w_kev
    part = min(int((along - cathode) * PLACES), PLACES - 1)
    for offset in range(-REACH, REACH + 1):
        wire = cathode + offset
        if 0 <= wire < chamber.cathodes:
            charge[chamber.anodes + wire, moment] += size * w_kev * shares[part, offset + REACH]
    return float(size)


@kernel
def _shape(charge: Real, response: Real, wave: NDArray[np.float32]) -> None:
    wires, bins = charge.shape
    for wire in range(wires):
        for moment in range(bins):
            size = charge[wire, moment]
            if size == 0.0:
                continue
            sample = (moment + FINE - 1) // FINE
            while sample * FINE - moment < response.size and sample < wave.shape[1]:
                wave[wire, sample] += size * response[sample * FINE - moment]
                sample += 1
