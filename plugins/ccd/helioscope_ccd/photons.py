"""Simulated photons of one batch of frames: when, where, what energy."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope_ccd.charge import absorption_depth_um
from helioscope_ccd.geometry import Geometry
from helioscope_ccd.simulation_settings import PhotonSource
from helioscope_ccd.spectra import FE55_LINES, lines, power_law, primakoff


class Photons(NamedTuple):
    """Photons that are absorbed in the chip.

    Attributes
    ----------
    time_ns
        int64 arrival.
    frame
        Frame in whose read-out the charge comes, counted within the run.
    x_pixel, y_pixel
        Where they hit, in pixels.
    y_seen
        The same as it appears: shifted for those that arrive during the read-out.
    """

    time_ns: NDArray[np.int64]
    frame: NDArray[np.int64]
    x_pixel: NDArray[np.float64]
    y_pixel: NDArray[np.float64]
    y_seen: NDArray[np.float64]
    depth_um: NDArray[np.float64]
    energy_kev: NDArray[np.float64]
    source: NDArray[np.int64]

    @property
    def out_of_time(self) -> NDArray[np.bool_]:
        """Which arrived while the charge was moving."""
        return np.asarray(self.y_seen != self.y_pixel)


class Clock(NamedTuple):
    """Timing of the run: its start, the frame period and the part that is read-out."""

    start_ns: int
    frame_ns: int
    readout_ns: int

    def frame_start_ns(self, frame: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the start of frames."""
        return self.start_ns + frame * self.frame_ns


def photons(
    sources: tuple[PhotonSource, ...],
    first: int,
    frames: int,
    clock: Clock,
    tracking: tuple[tuple[int, int], ...],
    layout: Geometry,
    pixel_um: float,
    thickness_um: float,
    out_of_time: bool,
    rng: np.random.Generator,
) -> Photons:
    """Draw the photons of the frames ``first`` to ``first + frames``."""
    parts = [
        _of_source(index, source, first, frames, clock, tracking, layout, pixel_um, rng)
        for index, source in enumerate(sources)
    ]
    columns = [np.concatenate(part) for part in zip(*parts, strict=True)] if parts else None
    if columns is None:
        columns = [np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0)]
    time_ns, x, y, energy, source = columns
    depth = absorption_depth_um(energy, thickness_um, rng)
    order = np.argsort(time_ns, kind="stable")
    order = order[np.isfinite(depth[order])]
    frame, y_seen = _read_out(time_ns[order].astype(np.int64), y[order], clock, layout)
    # What falls into the frame after the batch is left out: one read-out in many frames.
    kept = frame < first + frames
    if not out_of_time:
        kept &= y_seen == y[order]
    order = order[kept]
    return Photons(
        time_ns[order].astype(np.int64), frame[kept], x[order], y[order], y_seen[kept],
        depth[order], energy[order], source[order].astype(np.int64),
    )  # fmt: skip


def _of_source(
    index: int, source: PhotonSource, first: int, frames: int, clock: Clock,
    tracking: tuple[tuple[int, int], ...], layout: Geometry, pixel_um: float,
    rng: np.random.Generator,
) -> tuple[NDArray[np.generic], ...]:  # fmt: skip
    span_ns = frames * clock.frame_ns
    number = int(rng.poisson(source.rate_hz * span_ns * 1e-9))
    time_ns = clock.start_ns + first * clock.frame_ns + rng.integers(0, span_ns, number)
    rows, columns = layout.section.shape
    if source.place == "flat":
        x, y = rng.uniform(0.0, columns, number), rng.uniform(0.0, rows, number)
    else:
        x, y = rng.normal(0.0, source.spot_sigma_mm, (2, number)) / (pixel_um * 1e-3)
        x += source.spot_x_mm / (pixel_um * 1e-3)
        y += source.spot_y_mm / (pixel_um * 1e-3)
    energy = _energies(source, number, rng)
    on = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
    if source.tracking_only:
        in_tracking = np.zeros(number, bool)
        for start, stop in tracking:
            in_tracking |= (time_ns >= start) & (time_ns < stop)
        on &= in_tracking
    return time_ns[on], x[on], y[on], energy[on], np.full(int(on.sum()), index)


def _energies(source: PhotonSource, number: int, rng: np.random.Generator) -> NDArray[np.float64]:
    if source.spectrum == "fe55":
        return lines(number, FE55_LINES, rng)
    if source.spectrum == "lines":
        return lines(number, source.lines, rng)
    if source.spectrum == "power_law":
        return power_law(number, source.span_kev, source.index, rng)
    return primakoff(number, source.span_kev, rng)


def _read_out(
    time_ns: NDArray[np.int64], y: NDArray[np.float64], clock: Clock, layout: Geometry
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Give the frame and the apparent row of photons.

    A frame is integrated first and read out at its end. A photon that arrives when the
    charge has moved by k rows falls on the charge that started k rows further from the
    read-out; beyond the last row, on what becomes the next frame.
    """
    since = time_ns - clock.start_ns
    frame, inside = since // clock.frame_ns, since % clock.frame_ns
    integration = clock.frame_ns - clock.readout_ns
    part = layout.sections[0]
    rows = part.row_stop - part.row_start
    moved = np.floor((inside - integration) / max(clock.readout_ns, 1) * rows)
    late = inside >= integration
    seen = np.where(late, y + np.maximum(moved, 1.0), y)
    over = seen >= rows
    return frame + over, np.where(over, seen - rows, seen)
