"""The CCD as a detector of the framework: raw batches in, observables out."""

from __future__ import annotations

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.api import Detector, Reconstruct, Reconstructed, Requirement, Setup, quality
from helioscope_ccd.geometry import Geometry
from helioscope_ccd.quality import OWN
from helioscope_ccd.settings import CcdSettings
from helioscope_ccd.tables import DARK, FE55, OBSERVABLES, raw_schema


def requirements(config: CcdSettings) -> tuple[Requirement, ...]:
    """Name the calibrations that a run needs; overscan takes the dark frames' place."""
    return (Requirement(DARK, optional=config.offsets == "overscan"), Requirement(FE55))


def reconstruction(setup: Setup) -> Reconstruct:
    """Set up the chain for a run."""
    from helioscope_ccd.chain import dark_of, frame_chain, frames_of, gains_of, layout_of

    config: CcdSettings = setup.config
    layout = layout_of(config)
    found = {name: entries[0] for name, entries in setup.calibrations.items() if entries}
    kev_per_adu, known = gains_of(config, layout, found.get(FE55))
    chain = frame_chain(config, layout, dark_of(config, found.get(DARK)), kev_per_adu)

    def reconstruct(batch: ak.Array) -> Reconstructed:
        frames, spoilt = _finite(frames_of(batch, config))
        clusters, told = chain(frames)
        dead = told["lost_pixels"] / layout.image_pixels * config.integration_s + config.readout_s
        event_quality = told["quality"] | np.where(spoilt, quality.NOT_FINITE.mask, 0)
        rows = _observables(batch, clusters, config, layout, known)
        return Reconstructed(rows, dead, event_quality.astype(np.uint32))

    return reconstruct


def _finite(frames: NDArray[np.generic]) -> tuple[NDArray[np.generic], NDArray[np.bool_]]:
    """Put pixels that are not finite far below any level, where the chain drops them."""
    if frames.dtype.kind != "f":
        return frames, np.zeros(len(frames), bool)
    broken = ~np.isfinite(frames)
    spoilt = np.asarray(broken.any(axis=(1, 2)))
    if not spoilt.any():
        return frames, spoilt
    return np.where(broken, np.float32(-1e9), frames).astype(frames.dtype), spoilt


def _observables(
    batch: ak.Array,
    clusters: NDArray[np.void],
    config: CcdSettings,
    layout: Geometry,
    known: NDArray[np.bool_],
) -> ak.Array:
    """Turn clusters into the observables schema."""
    from helioscope_ccd.chain import corrected_kev
    from helioscope_ccd.energy import energy_error_kev
    from helioscope_ccd.positions import positions_mm

    frame, row, column = clusters["frame"], clusters["row"], clusters["column"]
    node = layout.node[row, column]
    uncalibrated = np.where(known[node], 0, quality.UNCALIBRATED.mask)
    cloud_mm = config.cloud_um * 1e-3
    energy = corrected_kev(clusters, config)
    values = {
        "event_id": np.asarray(batch["event_id"])[frame],
        "time_ns": np.asarray(batch["time_ns"])[frame],
        "x_mm": positions_mm(
            layout.x_mm, column, clusters["left"], clusters["in_column"], clusters["right"],
            cloud_mm,
        ),
        "y_mm": positions_mm(
            layout.y_mm, row, clusters["down"], clusters["in_row"], clusters["up"], cloud_mm
        ),
        "energy_kev": energy,
        "energy_err_kev": energy_error_kev(
            energy, clusters["noise_kev2"], config.fano, config.pair_ev
        ),
        "quality": clusters["quality"] | uncalibrated,
        "row": row,
        "column": column,
        "node": node,
        "pattern": clusters["pattern"],
        "pixels": clusters["pixels"],
        "pha_adu": clusters["pha_adu"],
    }  # fmt: skip
    columns = [
        ak.contents.NumpyArray(np.ascontiguousarray(values[part.name], np.dtype(part.dtype)))
        for part in OBSERVABLES.columns
    ]
    return ak.Array(ak.contents.RecordArray(columns, list(OBSERVABLES.names), length=len(clusters)))


DETECTOR = Detector(
    name="ccd",
    version=1,
    config=CcdSettings,
    raw=raw_schema,
    observables=OBSERVABLES,
    reconstruction=reconstruction,
    calibrations=requirements,
    quality=OWN,
    frame_s=lambda config: float(config.frame_s),
    batch_events=lambda config: int(config.frames_per_batch),
    description="Frame CCD (pn-CCD by default): split events with patterns, energy and position.",
)
