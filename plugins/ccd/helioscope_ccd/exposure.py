"""Simulated frames: photons and tracks into charge, charge into ADU."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope_ccd.camera import Camera
from helioscope_ccd.charge import cloud_width_um, pair_number, share
from helioscope_ccd.geometry import Geometry
from helioscope_ccd.tracks import Deposits


class Silicon(NamedTuple):
    """The bulk in which charge is made."""

    thickness_um: float
    cloud_initial_um: float
    cloud_drift_um: float
    pair_ev: float
    fano: float


class Hits(NamedTuple):
    """Charge in pixels, one entry a pixel that a particle reached.

    ``owner`` numbers the particle; ``electrons`` is before transfer.
    """

    owner: NDArray[np.int64]
    row: NDArray[np.int64]
    column: NDArray[np.int64]
    electrons: NDArray[np.int64]


def deposit(
    x_pixel: NDArray[np.float64],
    y_pixel: NDArray[np.float64],
    depth_um: NDArray[np.float64],
    energy_kev: NDArray[np.float64],
    owner: NDArray[np.int64],
    layout: Geometry,
    pixel_um: float,
    silicon: Silicon,
    rng: np.random.Generator,
) -> Hits:
    """Turn deposits of energy into charge in pixels."""
    width = cloud_width_um(
        depth_um, silicon.thickness_um, silicon.cloud_initial_um, silicon.cloud_drift_um
    )
    pairs = pair_number(energy_kev, silicon.pair_ev, silicon.fano, rng)
    rows, columns, electrons = share(x_pixel, y_pixel, width / pixel_um, pairs, rng)
    shape = layout.section.shape
    inside = (rows >= 0) & (rows < shape[0]) & (columns >= 0) & (columns < shape[1])
    inside &= electrons > 0
    owners = np.broadcast_to(owner[:, None], rows.shape)[inside]
    row, column = rows[inside], columns[inside]
    image = layout.section[row, column] >= 0
    return Hits(owners[image], row[image], column[image], electrons[inside][image])


def track_hits(
    deposits: Deposits, layout: Geometry, pixel_um: float, silicon: Silicon,
    rng: np.random.Generator,
) -> Hits:  # fmt: skip
    """Turn the deposits along tracks into charge; those beside the array are dropped."""
    x, y = deposits.x_um / pixel_um, deposits.y_um / pixel_um
    rows, columns = layout.section.shape
    on = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
    return deposit(
        x[on], y[on], deposits.depth_um[on], deposits.energy_kev[on], deposits.track[on], layout,
        pixel_um, silicon, rng,
    )  # fmt: skip


def expose(
    frame: NDArray[np.int64],
    hits: Hits,
    frames: int,
    camera: Camera,
    pair_ev: float,
    layout: Geometry,
    common_mode_adu: float,
    limits: tuple[float, float],
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Make raw values of shape (frames, rows, columns), rounded and clipped to the ADC's range.

    Parameters
    ----------
    frame
        Frame of each hit, counted within the batch.
    limits
        Smallest and largest value that the ADC gives.
    """
    shape = layout.section.shape
    raw = rng.standard_normal((frames, *shape), np.float32)
    raw *= camera.noise_adu
    raw += camera.offset_adu
    for part in layout.sections:
        rows = slice(part.row_start, part.row_stop)
        columns = slice(
            min(part.column_start, part.level_start), max(part.column_stop, part.level_stop)
        )
        drift = rng.standard_normal((frames, part.row_stop - part.row_start, 1), np.float32)
        raw[:, rows, columns] += common_mode_adu * drift
    node = np.where(layout.node >= 0, layout.node, 0)
    adu_per_electron = (pair_ev / camera.ev_per_adu[node]).astype(np.float32)
    charge = hits.electrons * camera.left[hits.row, hits.column]
    np.add.at(raw, (frame, hits.row, hits.column), charge * adu_per_electron[hits.row, hits.column])
    _restless(raw, camera, adu_per_electron, rng)
    np.rint(raw, out=raw)
    return np.clip(raw, *limits, out=raw)


def _restless(
    raw: NDArray[np.float32], camera: Camera, adu_per_electron: NDArray[np.float32],
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Add the charge of hot pixels in every frame and of flickering ones in some."""
    row, column = np.nonzero(camera.duty > 0)
    shape = len(raw), row.size
    active = rng.random(shape) < camera.duty[row, column]
    electrons = rng.poisson(np.broadcast_to(camera.extra_electrons[row, column], shape))
    raw[:, row, column] += np.where(active, electrons, 0) * adu_per_electron[row, column]
