"""Which reconstructed event belongs to which simulated photon, and which photons are lost."""

from __future__ import annotations

from typing import NamedTuple

import awkward as ak
import numpy as np
from numpy.typing import NDArray


class TruthPixels(NamedTuple):
    """Pixels of the particles of a run, flat.

    Attributes
    ----------
    owner
        Place of the particle in the truth table.
    frame, row, column
        int64.
    energy_kev
        Charge of this particle in the pixel.
    """

    owner: NDArray[np.int64]
    frame: NDArray[np.int64]
    row: NDArray[np.int64]
    column: NDArray[np.int64]
    energy_kev: NDArray[np.float64]


def truth_pixels(truth: ak.Array, columns: int) -> TruthPixels:
    """Flatten the pixels of a truth table."""
    counts = np.asarray(ak.num(truth["pixel"], axis=1))
    owner = np.repeat(np.arange(len(truth)), counts)
    pixel = np.asarray(ak.flatten(truth["pixel"]), np.int64)
    frame = np.asarray(truth["event_id"], np.int64)[owner]
    energy = np.asarray(ak.flatten(truth["pixel_kev"]), np.float64)
    return TruthPixels(owner, frame, pixel // columns, pixel % columns, energy)


def piled_up(pixels: TruthPixels, particles: int) -> NDArray[np.bool_]:
    """Say which particles have charge in or beside a pixel with charge of another."""
    frame, owner = np.repeat(pixels.frame, 9), np.repeat(pixels.owner, 9)
    step = np.arange(-1, 2)
    row = (pixels.row[:, None] + np.repeat(step, 3)).ravel()
    column = (pixels.column[:, None] + np.tile(step, 3)).ravel()
    shares = np.unique(np.stack([_key(frame, row, column), owner]), axis=1)
    place, reached = np.unique(shares[0], return_counts=True)
    here = np.searchsorted(place, _key(pixels.frame, pixels.row, pixels.column))
    found = np.zeros(particles, bool)
    found[pixels.owner[reached[here] > 1]] = True
    return found


def beside(pixels: TruthPixels, marked: NDArray[np.bool_], particles: int) -> NDArray[np.bool_]:
    """Say which particles have charge in or beside a marked pixel of the array."""
    from scipy.ndimage import binary_dilation

    near = np.asarray(binary_dilation(marked, np.ones((3, 3), bool)))
    found = np.zeros(particles, bool)
    found[pixels.owner[near[pixels.row, pixels.column]]] = True
    return found


def match(
    pixels: TruthPixels, particles: int, frame: NDArray[np.int64], row: NDArray[np.int64],
    column: NDArray[np.int64],
) -> NDArray[np.int64]:  # fmt: skip
    """Give for each particle the event whose main pixel is one of its own, or -1.

    Parameters
    ----------
    frame, row, column
        Of the events' main pixels.
    """
    events = _key(frame, row, column)
    order = np.argsort(events, kind="stable")
    wanted = _key(pixels.frame, pixels.row, pixels.column)
    place = np.searchsorted(events[order], wanted)
    place = np.minimum(place, max(events.size - 1, 0))
    hit = (events[order][place] == wanted) if events.size else np.zeros(wanted.size, bool)
    # Pixels in the order of their charge, so that the largest comes last and wins.
    rising = np.argsort(pixels.energy_kev[hit], kind="stable")
    found = np.full(particles, -1, np.int64)
    found[pixels.owner[hit][rising]] = order[place[hit][rising]]
    return found


def rejected_columns(
    pixels: TruthPixels, is_track: NDArray[np.bool_], mip_kev: float, frames: int, columns: int,
    tracks_per_frame: int,
) -> NDArray[np.bool_]:  # fmt: skip
    """Give (frames, columns): what the true tracks cost by the rule of `cosmics`."""
    energetic = is_track[pixels.owner] & (pixels.energy_kev >= mip_kev)
    frame, column = pixels.frame[energetic], pixels.column[energetic]
    lost = np.zeros((frames, columns), bool)
    for step in (-1, 0, 1):
        lost[frame, np.clip(column + step, 0, columns - 1)] = True
    owners = np.unique(np.stack([frame, pixels.owner[energetic]]), axis=1)
    lost[np.bincount(owners[0], minlength=frames) >= tracks_per_frame] = True
    return lost


def _key(
    frame: NDArray[np.int64], row: NDArray[np.int64], column: NDArray[np.int64]
) -> NDArray[np.int64]:
    return (frame * 8192 + row + 1) * 8192 + column + 1
