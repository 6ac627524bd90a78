"""Tracks that cross the whole drift: how long each lasts, and how long the drift is.

A track's time runs from where its charge begins to where it ends. On a wire the charge comes as
a box, as long as the track needs to pass the wire, seen through the response of the electronics.
The response is known from point-like charges of 55Fe; with it the width at half maximum gives
the length of the box, and so its edges.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.api import quality
from helioscope_tpc import likelihood
from helioscope_tpc.gains import single_clusters

Real = NDArray[np.float64]

#: Shorter clusters are no tracks over the drift.
SHORTEST_US = 1.5
#: A wire with less than this share of the track's median charge has no say in where it ends: it
#: carries what diffused from its neighbours, or a few electrons whose edges are noise.
LEAST_CHARGE = 0.2
#: The fit looks at times from so much before to so much behind the place where they pile up.
BEFORE_US, BEHIND_US = 0.5, 0.3
#: Width of the kernel with which that place is found.
KERNEL_US = 0.04
#: Share of the times that the fit leaves to anything, for delta electrons and muons piled up.
ANYTHING = 0.01


class FullDrift(NamedTuple):
    """The time of the whole drift.

    Attributes
    ----------
    time_us, time_err_us
        From the tracks that cross it, and one standard deviation.
    spread_us
        Of the times of single tracks.
    crossing
        How many of the tracks cross.
    """

    time_us: float
    time_err_us: float
    spread_us: float
    crossing: float


def point_width_us(batches: Iterable[ak.Array]) -> float:
    """Give the width at half maximum of point-like charges, from observables of 55Fe."""
    widths = [np.asarray(single_clusters(batch)["width_us"]) for batch in batches]
    return float(np.median(np.concatenate(widths)))


def tracks_of(batch: ak.Array) -> ak.Array:
    """Choose events with one long anode cluster that touches no side of the chamber."""
    inside = (np.asarray(batch["quality"]) & np.uint32(quality.EDGE.mask)) == 0
    single = np.asarray(batch["anode_clusters"]) == 1
    chosen = inside & single & (np.asarray(batch["duration_us"]) > SHORTEST_US)
    return batch[chosen][["anode_charge_adu", "anode_time_us", "anode_width_us"]]


def track_times_us(tracks: ak.Array, point_us: float) -> Real:
    """Give each track's time from its first to its last edge, float64 [tracks]."""
    charge = tracks["anode_charge_adu"]
    width = ak.nan_to_num(tracks["anode_width_us"], nan=point_us)
    stretch = ak.unflatten(
        box_lengths_us(np.asarray(ak.flatten(width), np.float64), point_us), ak.num(width)
    )
    enough = charge > LEAST_CHARGE * medians(charge)
    middle = tracks["anode_time_us"] + width / 2
    known = enough & np.isfinite(middle)
    first = ak.min(ak.where(known, middle - stretch / 2, np.inf), axis=1)
    last = ak.max(ak.where(known, middle + stretch / 2, -np.inf), axis=1)
    times: Real = np.asarray(last - first).astype(np.float64)
    return times


def medians(charge: ak.Array) -> Real:
    """Give the median (the upper one of two) of each list, none of which is empty."""
    ordered, count = ak.sort(charge, axis=1), np.asarray(ak.num(charge))
    flat = np.asarray(ak.flatten(ordered), np.float64)
    found: Real = flat[np.cumsum(count) - count + count // 2]
    return found


def box_lengths_us(width_us: Real, point_us: float) -> Real:
    """Give how long a box is that a Gaussian response shows this wide at half maximum.

    Parameters
    ----------
    width_us
        float64: measured full widths at half maximum.
    point_us
        Full width at half maximum of the response; what is no wider has length 0.
    """
    from scipy.special import ndtr

    sigma = point_us / (2 * np.sqrt(2 * np.log(2)))
    length = np.linspace(0.0, 5.0, 251)[1:, None] * point_us
    time = np.linspace(0.0, 4.0, 1601)[None] * point_us
    height = ndtr((time + length / 2) / sigma) - ndtr((time - length / 2) / sigma)
    over = height >= height[:, :1] / 2
    last = over.sum(axis=1) - 1
    rows = np.arange(len(last))
    high, low = height[rows, last], height[rows, last + 1]
    part = (high - height[:, 0] / 2) / (high - low)
    shown = 2 * (last + part) * time[0, 1]
    found = np.interp(width_us, np.append(point_us, shown), np.append(0.0, length[:, 0]))
    return np.where(width_us > shown[-1], width_us, found)


def full_drift(times_us: Real) -> FullDrift:
    """Fit where the track times pile up: muons that go in at one end and out at the other.

    Crossing tracks are a Gaussian about the full time. Those that leave through a side are
    shorter by anything: a flat shelf that ends at the full time in an error function of the same
    width. Unbinned maximum likelihood; errors from its curvature.
    """
    from scipy import optimize

    if len(times_us) < 10:
        return FullDrift(float("nan"), float("nan"), float("nan"), 0.0)
    best = np.array([_pile(times_us), 0.08, 0.6])
    for _ in range(2):
        low, high = best[0] - BEFORE_US, best[0] + BEHIND_US
        inside = times_us[(times_us > low) & (times_us < high)]
        loss = _Loss(inside, low, high)
        best = optimize.minimize(loss, best, method="Nelder-Mead").x
    error = likelihood.errors(loss, best)
    return FullDrift(float(best[0]), float(error[0]), float(best[1]), float(best[2] * len(inside)))


def _pile(times_us: Real) -> float:
    """Give the place near the upper end of the times where they pile up."""
    end = float(np.quantile(times_us, 0.97))
    places = np.linspace(0.75 * end, 1.25 * end, 1001)
    density = np.exp(-0.5 * ((places[:, None] - times_us[None]) / KERNEL_US) ** 2).sum(axis=1)
    return float(places[np.argmax(density)])


class _Loss:
    """Negative log-likelihood of full time, spread and share of crossing tracks."""

    def __init__(self, times_us: Real, low: float, high: float) -> None:
        self.times, self.low, self.high = times_us, low, high
        self.grid = np.linspace(low, high, 401)

    def __call__(self, parameters: Real) -> float:
        from scipy.special import ndtr

        full, spread, share = parameters
        if not (0.005 < spread < 0.5 and 0.0 < share < 1.0 and self.low < full < self.high):
            return 1e12
        inside = ndtr((self.high - full) / spread) - ndtr((self.low - full) / spread)
        peak = np.exp(-0.5 * ((self.times - full) / spread) ** 2)
        peak /= spread * np.sqrt(2 * np.pi) * inside
        shelf = ndtr((full - self.times) / spread)
        shelf /= np.trapezoid(ndtr((full - self.grid) / spread), self.grid)
        density = (1 - ANYTHING) * (share * peak + (1 - share) * shelf)
        return float(-np.log(density + ANYTHING / (self.high - self.low)).sum())
