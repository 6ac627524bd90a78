"""Minimum-ionising particles crossing the chip."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

#: Landau width xi per path length in silicon for a particle of charge 1 and beta 1:
#: 0.1535 MeV cm^2/g x Z/A x density (Particle Data Group, Passage of particles, eq. 34.12).
XI_KEV_PER_UM = 0.1535e3 * 0.4984 * 2.329 * 1e-4

#: Mean excitation energy of silicon, keV (PDG).
EXCITATION_KEV = 0.173


class Deposits(NamedTuple):
    """Small deposits along tracks: which track, place in um and electrons."""

    track: NDArray[np.int64]
    x_um: NDArray[np.float64]
    y_um: NDArray[np.float64]
    depth_um: NDArray[np.float64]
    energy_kev: NDArray[np.float64]


def landau_loss_kev(
    path_um: NDArray[np.float64], beta_gamma: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw the energy loss over a path, Landau-like.

    Most probable value xi (ln(2 m c^2 (beta gamma)^2 / I) + ln(xi / I) + 0.2 - beta^2) (PDG
    eq. 34.12 without the density effect, which saturates it at about beta gamma = 4), with
    fluctuations of Moyal's approximation to Landau's distribution of width xi: minus the
    logarithm of a squared normal number.
    """
    beta2 = beta_gamma**2 / (1.0 + beta_gamma**2)
    xi = XI_KEV_PER_UM * path_um / beta2
    scale = 2.0 * 511.0 * beta_gamma**2 / EXCITATION_KEV
    peak = xi * (np.log(scale) + np.log(np.maximum(xi, 1e-6) / EXCITATION_KEV) + 0.2 - beta2)
    drawn = peak + xi * -np.log(np.square(rng.standard_normal(path_um.size)))
    return np.asarray(np.maximum(drawn, 0.3 * np.maximum(peak, 0.0)))


def cross(
    number: int,
    width_um: float,
    height_um: float,
    thickness_um: float,
    rng: np.random.Generator,
    step_um: float = 15.0,
) -> Deposits:
    """Send particles through the chip from all sides as the flux of an isotropic field does.

    The cosine of the angle to the chip's normal follows the flux through a plane (density
    proportional to it); the track runs through the whole thickness or out at a side.
    """
    cosine = np.sqrt(rng.random(number))
    angle = rng.uniform(0.0, 2.0 * np.pi, number)
    tangent = np.minimum(np.sqrt(1.0 - cosine**2) / np.maximum(cosine, 1e-3), 60.0)
    path = thickness_um * np.sqrt(1.0 + tangent**2)
    loss = landau_loss_kev(path, 4.0, rng)
    steps = np.maximum(np.ceil(path / step_um).astype(np.int64), 4)
    track = np.repeat(np.arange(number), steps)
    first = np.concatenate(([0], np.cumsum(steps)[:-1]))
    along = (np.arange(track.size) - first[track] + 0.5) / steps[track]
    weight = rng.gamma(1.0, 1.0, track.size) + 0.5
    weight /= np.bincount(track, weight, number)[track] if number else 1.0
    start_x = rng.uniform(0.0, width_um, number)
    start_y = rng.uniform(0.0, height_um, number)
    reach = thickness_um * tangent
    return Deposits(
        track,
        start_x[track] + along * (reach * np.cos(angle))[track],
        start_y[track] + along * (reach * np.sin(angle))[track],
        along * thickness_um,
        loss[track] * weight,
    )
