"""What hits the simulated chip in one batch of frames: photons and tracks together."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope_ccd.camera import Camera
from helioscope_ccd.exposure import Hits, Silicon, deposit, track_hits
from helioscope_ccd.geometry import Geometry
from helioscope_ccd.photons import Clock, Photons, photons
from helioscope_ccd.simulation_settings import CcdSimulation
from helioscope_ccd.tracks import cross


class Particles(NamedTuple):
    """One entry a particle, in the order of its charge's frame; `hits` names owners by place.

    Attributes
    ----------
    source
        Number of the photon source, -1 for a track.
    frame
        Counted within the run.
    """

    source: NDArray[np.int64]
    frame: NDArray[np.int64]
    time_ns: NDArray[np.int64]
    x_mm: NDArray[np.float64]
    y_mm: NDArray[np.float64]
    depth_um: NDArray[np.float64]
    energy_kev: NDArray[np.float64]
    out_of_time: NDArray[np.bool_]
    hits: Hits


def particles(
    settings: CcdSimulation, first: int, frames: int, clock: Clock,
    tracking: tuple[tuple[int, int], ...], layout: Geometry, pixel_um: float, silicon: Silicon,
    camera: Camera, rng: np.random.Generator,
) -> Particles:  # fmt: skip
    """Draw photons and tracks of the frames ``first`` to ``first + frames``."""
    light = photons(
        settings.sources, first, frames, clock, tracking, layout, pixel_um, silicon.thickness_um,
        settings.out_of_time, rng,
    )  # fmt: skip
    cti = float(np.mean(camera.cti))
    # The true row's transfers, where the read-out will be taken for the apparent row's.
    kept = (1.0 - cti) ** (np.floor(light.y_pixel) - np.floor(light.y_seen))
    charge = deposit(
        light.x_pixel, light.y_seen, light.depth_um, light.energy_kev * kept,
        np.arange(light.time_ns.size), layout, pixel_um, silicon, rng,
    )  # fmt: skip
    return _joined(_of_photons(light, charge, pixel_um), _tracks(
        settings, first, frames, clock, layout, pixel_um, silicon, rng
    ))  # fmt: skip


def _of_photons(light: Photons, charge: Hits, pixel_um: float) -> Particles:
    scale = pixel_um * 1e-3
    return Particles(
        light.source, light.frame, light.time_ns, light.x_pixel * scale, light.y_pixel * scale,
        light.depth_um, light.energy_kev, light.out_of_time, charge,
    )  # fmt: skip


def _tracks(
    settings: CcdSimulation, first: int, frames: int, clock: Clock, layout: Geometry,
    pixel_um: float, silicon: Silicon, rng: np.random.Generator,
) -> Particles:  # fmt: skip
    rows, columns = layout.section.shape
    span_ns = frames * clock.frame_ns
    number = int(rng.poisson(settings.tracks_hz * span_ns * 1e-9))
    time_ns = np.sort(clock.start_ns + first * clock.frame_ns + rng.integers(0, span_ns, number))
    made = cross(number, columns * pixel_um, rows * pixel_um, silicon.thickness_um, rng)
    charge = track_hits(made, layout, pixel_um, silicon, rng)
    begin = np.searchsorted(made.track, np.arange(number))
    return Particles(
        np.full(number, -1), (time_ns - clock.start_ns) // clock.frame_ns, time_ns,
        made.x_um[begin] * 1e-3, made.y_um[begin] * 1e-3, np.zeros(number),
        np.bincount(made.track, made.energy_kev, number).astype(np.float64),
        np.zeros(number, bool), charge,
    )  # fmt: skip


def _joined(first: Particles, second: Particles) -> Particles:
    """Put two lists together in the order of their frames, the charge of each pixel summed."""
    shift = len(first.frame)
    order = np.argsort(np.concatenate([first.frame, second.frame]), kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    owner = place[np.concatenate([first.hits.owner, second.hits.owner + shift])]
    row = np.concatenate([first.hits.row, second.hits.row])
    column = np.concatenate([first.hits.column, second.hits.column])
    electrons = np.concatenate([first.hits.electrons, second.hits.electrons])
    key = np.stack([owner, row, column])
    unique, index = np.unique(key, axis=1, return_inverse=True)
    summed = np.bincount(index, electrons, unique.shape[1]).astype(np.int64)
    hits = Hits(unique[0], unique[1], unique[2], summed)

    def both(name: str) -> NDArray[Any]:
        return np.asarray(np.concatenate([getattr(first, name), getattr(second, name)])[order])

    return Particles(
        both("source"),
        both("frame"),
        both("time_ns"),
        both("x_mm"),
        both("y_mm"),
        both("depth_um"),
        both("energy_kev"),
        both("out_of_time"),
        hits,
    )
