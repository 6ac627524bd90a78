"""What the validation measures: simulated truth beside reconstructed rows."""

from __future__ import annotations

from typing import NamedTuple

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.api import Figure, RunResult
from helioscope_tpc.columns import OUTSIDE_WINDOWS

Real = NDArray[np.float64]


class Measured(NamedTuple):
    """A number with its error."""

    value: float
    error: float


def one_row_an_event(rows: ak.Array) -> ak.Array:
    """Choose the rows of events that have exactly one."""
    event = np.asarray(rows["event_id"])
    _, inverse, counts = np.unique(event, return_inverse=True, return_counts=True)
    return rows[counts[inverse] == 1] if len(event) else rows


def with_truth(rows: ak.Array, run: RunResult) -> tuple[ak.Array, ak.Array]:
    """Give rows of single-photon events and the truth of each."""
    truth = run.truth[run.truth["event_id"] >= 0]
    known = np.asarray(truth["event_id"])
    order = np.argsort(known, kind="stable")
    place = np.searchsorted(known[order], np.asarray(rows["event_id"]))
    return rows, truth[order[place]]


def core(values: Real) -> tuple[Measured, Measured]:
    """Give mean and standard deviation of a peak, by a Gaussian cut at 1.8 standard deviations.

    The cut narrows a Gaussian's standard deviation to 0.8329 of it and leaves its mean; both
    are iterated to where they stand still.
    """
    narrowed = 0.83290
    middle, spread = (
        float(np.median(values)),
        1.4826 * float(np.median(np.abs(values - np.median(values)))),
    )
    for _ in range(30):
        inside = values[np.abs(values - middle) < 1.8 * spread]
        middle, spread = float(inside.mean()), float(inside.std()) / narrowed
    number = len(inside)
    return (
        Measured(middle, spread / np.sqrt(number)),
        Measured(spread, spread * 1.3 / np.sqrt(2 * number)),
    )


def share(passed: int, number: int) -> Measured:
    """Give an efficiency with its binomial error (Wilson's, so that 0 and 1 have one too)."""
    if not number:
        return Measured(float("nan"), float("nan"))
    p = passed / number
    error = np.sqrt(p * (1 - p) / number + 0.25 / number**2) / (1 + 1 / number)
    return Measured(p, float(error))


def rms(values: Real) -> Measured:
    """Give the root mean square and its error."""
    value = float(np.sqrt(np.mean(values**2)))
    return Measured(value, value / np.sqrt(2 * len(values)))


def accepted_events(run: RunResult) -> NDArray[np.int64]:
    """Give the numbers of the events with an accepted row."""
    candidates = run.products["candidates"]
    chosen = candidates[np.asarray(candidates["accepted"])]
    return np.unique(np.asarray(chosen["event_id"]))


def in_range(rows: ak.Array) -> NDArray[np.bool_]:
    """Say which rows have an energy of 1 to 10 keV."""
    energy = np.asarray(rows["energy_kev"])
    inside: NDArray[np.bool_] = (energy >= 1.0) & (energy <= 10.0)
    return inside


def in_windows(rows: ak.Array) -> NDArray[np.bool_]:
    """Say which rows lie behind one of the bores' windows."""
    inside: NDArray[np.bool_] = (np.asarray(rows["quality"]) & np.uint32(OUTSIDE_WINDOWS.mask)) == 0
    return inside


def least(name: str, m: Measured, unit: str, wanted: float) -> Figure:
    """Make a figure that must be no less than a number."""
    return Figure(name, m.value, m.error, unit, f">= {wanted:g}", m.value >= wanted)


def most(name: str, m: Measured, unit: str, wanted: float) -> Figure:
    """Make a figure that must be no more than a number."""
    return Figure(name, m.value, m.error, unit, f"<= {wanted:g} {unit}", m.value <= wanted)


def known(name: str, m: Measured, unit: str = "") -> Figure:
    """Make a figure that is there to be known."""
    return Figure(name, m.value, m.error, unit, "", True)
