"""The calibrators of the CCD: dark frames and the 55Fe source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from helioscope.api import Calibrated, CalibrationInput, Calibrator, InputError, Schema, Settings
from helioscope_ccd.settings import CcdSettings
from helioscope_ccd.tables import DARK, DARK_TABLE


class DarkSettings(Settings):
    """What makes a pixel bad; see ``darks.BadPixelLimits``."""

    hot_noise: float = Field(
        default=2.0, gt=1, description="A pixel is hot above so many times the median noise."
    )
    dead_noise: float = Field(
        default=0.5, gt=0, lt=1, description="A pixel is dead below so many times the median noise."
    )
    hot_level_adu: float = Field(
        default=100.0,
        gt=0,
        description="Offset over its column's median from which a pixel is hot, adu.",
    )
    flicker_rate: float = Field(
        default=0.002,
        gt=0,
        description="Share of frames, of at least three, as an outlier in which a pixel flickers.",
    )
    min_frames: int = Field(default=20, gt=1, description="Fewer dark frames are refused.")


def calibrate_darks(
    settings: DarkSettings, runs: Mapping[str, list[CalibrationInput]]
) -> Calibrated:
    """Make the table of offsets, noise and bad pixels from all dark runs together."""
    from helioscope_ccd.chain import frames_of, layout_of
    from helioscope_ccd.darks import BadPixelLimits, bad_pixels, dark_maps

    inputs = runs["dark"]
    config: CcdSettings = inputs[0].setup.config
    layout = layout_of(config)

    def batches() -> Iterator[NDArray[np.generic]]:
        for given in inputs:
            for batch in given.batches():
                if len(batch):
                    yield frames_of(batch, config)

    _demand_frames(batches(), settings.min_frames, inputs)
    maps = dark_maps(batches, layout, config.offsets == "overscan")
    limits = BadPixelLimits(
        settings.hot_noise, settings.dead_noise, settings.hot_level_adu, settings.flicker_rate
    )
    bad = bad_pixels(maps, limits)
    row, column = np.divmod(np.arange(bad.size), bad.shape[1])
    table = table_of(
        DARK_TABLE,
        {
            "row": row,
            "column": column,
            "offset_adu": maps.offset_adu.ravel(),
            "noise_adu": maps.noise_adu.ravel(),
            "outliers": maps.outliers.ravel(),
            "bad": bad.ravel(),
        },
    )
    good = np.isfinite(maps.noise_adu) & (bad == 0)
    summary = {
        "frames": maps.frames,
        "median_offset_adu": float(np.median(maps.offset_adu[good])),
        "median_noise_adu": float(np.median(maps.noise_adu[good])),
        "hot": int((bad == 1).sum()),
        "flickering": int((bad == 2).sum()),
        "dead": int((bad == 3).sum()),
    }
    return Calibrated(table, [summary])


def _demand_frames(
    batches: Iterator[NDArray[np.generic]], least: int, inputs: list[CalibrationInput]
) -> None:
    number = 0
    for batch in batches:
        number += len(batch)
        if number >= least:
            return
    raise InputError(
        where=f"dark run {', '.join(given.setup.run.name for given in inputs)}",
        found=f"{number} frames",
        expected=f"at least {least}, to tell noise from outliers",
        remedy="take more dark frames, or lower min_frames of the calibrator ccd-dark",
    )


def table_of(schema: Schema, values: Mapping[str, Any]) -> ak.Array:
    """Make a record array in a flat schema."""
    length = len(next(iter(values.values())))
    columns = [
        ak.contents.NumpyArray(np.ascontiguousarray(values[part.name], np.dtype(part.dtype)))
        for part in schema.columns
    ]
    return ak.Array(ak.contents.RecordArray(columns, list(schema.names), length=length))


DARKS = Calibrator(
    name=DARK,
    detector="ccd",
    version=1,
    config=DarkSettings,
    run_kinds=("dark",),
    product="raw",
    table=DARK_TABLE,
    calibration=calibrate_darks,
    description="Offset, noise and bad pixels from dark frames.",
)
