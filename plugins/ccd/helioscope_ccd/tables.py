"""Schemas of the CCD: raw frames, observables, and the calibration tables."""

from __future__ import annotations

from helioscope.api import Column, Schema, products
from helioscope_ccd.settings import CcdSettings

DARK, FE55 = "ccd-dark", "ccd-fe55"


def raw_schema(config: CcdSettings) -> Schema:
    """Give the raw schema of a camera: one frame an event."""
    frame = Column(
        "frame_adu",
        config.adu_type,
        "ADU",
        "Pixel values as read, rows by columns.",
        (config.rows, config.columns),
    )
    return products.RAW.extended("ccd_raw", 1, (frame,))


OBSERVABLES = products.OBSERVABLES.extended(
    "ccd_observables",
    1,
    (
        Column("row", "int16", "", "Row of the main pixel (the one with the largest signal)."),
        Column("column", "int16", "", "Column of the main pixel."),
        Column("node", "int16", "", "Read-out node of the main pixel."),
        Column("pattern", "uint8", "", "Split pattern, 0 to 12 as for EPIC-pn; 13 is invalid."),
        Column("pixels", "int16", "", "Pixels above the split threshold."),
        Column("pha_adu", "float32", "ADU", "Sum of the pixels, before gain and CTI."),
    ),
)

DARK_TABLE = Schema(
    "ccd_dark",
    1,
    (
        Column("row", "int16", "", "Row of the pixel."),
        Column("column", "int16", "", "Column of the pixel."),
        Column("offset_adu", "float32", "ADU", "Level without charge; NaN outside the image."),
        Column("noise_adu", "float32", "ADU", "One standard deviation; NaN outside the image."),
        Column("outliers", "int32", "", "Frames in which the pixel was an outlier."),
        Column("bad", "uint8", "", "0 good, 1 hot, 2 flickering, 3 dead."),
    ),
)

FE55_TABLE = Schema(
    "ccd_fe55",
    1,
    (
        Column("node", "int16", "", "Read-out node."),
        Column("gain_ev_per_adu", "float64", "eV/ADU", "Gain; NaN where it could not be fitted."),
        Column("gain_err_ev_per_adu", "float64", "eV/ADU", "One standard deviation of the gain."),
        Column("cti", "float64", "", "Fraction of the charge lost in one transfer."),
        Column("cti_err", "float64", "", "One standard deviation of the CTI."),
        Column("sigma_ev", "float64", "eV", "Width (one sigma) of the Mn K-alpha line."),
        Column("events", "int64", "", "Single-pixel events in the fit."),
        Column("chi2", "float64", "", "Poisson deviance of the fit."),
        Column("ndf", "int32", "", "Degrees of freedom of the fit."),
    ),
)
