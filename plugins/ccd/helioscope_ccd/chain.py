"""The chain of one camera, put together from settings and calibration tables."""

from __future__ import annotations

from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.api import Calibration, PluginError
from helioscope_ccd.energy import gain_map
from helioscope_ccd.frames import FrameChain
from helioscope_ccd.geometry import Geometry, Section, geometry
from helioscope_ccd.losses import lost_kev
from helioscope_ccd.maps import Thresholds, pixel_maps
from helioscope_ccd.quality import bits
from helioscope_ccd.settings import CcdSettings

FloatMap = NDArray[np.float64]


def layout_of(config: CcdSettings) -> Geometry:
    """Lay out the array that the settings describe."""
    sections = []
    for part in config.sections:
        level = part.columns
        if config.offsets == "overscan" and part.overscan_columns is not None:
            level = part.overscan_columns
        sections.append(
            Section(part.name, *part.rows, *part.columns, *level, part.transfer == "high")
        )
    return geometry(
        config.rows, config.columns, config.pixel_um, tuple(sections), config.nodes == "column"
    )


def dark_of(
    config: CcdSettings, calibration: Calibration | None
) -> tuple[FloatMap, FloatMap, NDArray[np.bool_]]:
    """Give offset, noise and bad pixels from a dark table, or the nominal ones without."""
    shape = (config.rows, config.columns)
    if calibration is None:
        noise = np.full(shape, config.nominal_noise_adu)
        return np.zeros(shape), noise, np.zeros(shape, bool)
    table = calibration.table
    _demand_length(calibration, config.rows * config.columns, "a row for each pixel")
    offset = np.asarray(table["offset_adu"], np.float64).reshape(shape)
    noise = np.asarray(table["noise_adu"], np.float64).reshape(shape)
    return offset, noise, np.asarray(table["bad"]).reshape(shape) > 0


def gains_of(
    config: CcdSettings, layout: Geometry, calibration: Calibration | None
) -> tuple[FloatMap, NDArray[np.bool_]]:
    """Give the map of keV per ADU, and which nodes have a calibration."""
    nominal = np.full(layout.nodes, config.nominal_ev_per_adu)
    if calibration is None:
        known = np.zeros(layout.nodes, bool)
        return gain_map(layout.node, layout.transfers, nominal, np.zeros(layout.nodes)), known
    table = calibration.table
    _demand_length(calibration, layout.nodes, "a row for each read-out node")
    gain = np.asarray(table["gain_ev_per_adu"], np.float64)
    cti = np.asarray(table["cti"], np.float64)
    known = np.isfinite(gain) & (gain > 0)
    gain = np.where(known, gain, nominal)
    cti = np.where(np.isfinite(cti), cti, 0.0)
    return gain_map(layout.node, layout.transfers, gain, cti), known


def frame_chain(
    config: CcdSettings, layout: Geometry, dark: tuple[Any, Any, Any], kev_per_adu: FloatMap
) -> FrameChain:
    """Build the pass over frames for one set of calibrations."""
    limits = Thresholds(
        config.event_sigma, config.split_sigma, config.negative_sigma, config.mip_kev,
        config.saturation_adu,
    )  # fmt: skip
    maps = pixel_maps(layout, *dark, kev_per_adu, limits)
    return FrameChain(
        layout.spans, config.rows, config.columns, maps, bits(), config.mip_tracks_per_frame
    )


def frames_of(batch: ak.Array, config: CcdSettings) -> NDArray[np.generic]:
    """Give the frames of a raw batch, (n, rows, columns)."""
    if not len(batch):
        return np.empty((0, config.rows, config.columns), config.adu_type)
    return np.asarray(batch["frame_adu"])


def corrected_kev(clusters: NDArray[np.void], config: CcdSettings) -> FloatMap:
    """Give the energy of clusters with the charge put back that stayed below the threshold."""
    noise = np.sqrt(clusters["noise_kev2"] / np.maximum(clusters["pixels"], 1))
    energy = clusters["energy_kev"].astype(np.float64)
    return energy + lost_kev(
        energy, clusters["pattern"], config.split_sigma * noise, config.cloud_um, config.pixel_um
    )


def _demand_length(calibration: Calibration, expected: int, what: str) -> None:
    if len(calibration.table) != expected:
        raise PluginError(
            where=f"calibration {calibration.name} v{calibration.version}",
            found=f"{len(calibration.table)} rows",
            expected=f"{expected}: {what}",
            remedy="make the calibration with the same geometry as the run's",
        )
