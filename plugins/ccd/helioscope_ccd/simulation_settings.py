"""Settings of the CCD simulator."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from helioscope.api import Settings

Pair = Annotated[tuple[float, float], Field(strict=False)]


class PhotonSource(Settings):
    """Photons of one spectrum and place.

    Attributes
    ----------
    spectrum
        ``fe55``; ``lines`` (give ``lines``: pairs of keV and relative intensity);
        ``power_law`` between ``span_kev`` with ``index`` (0 is flat); ``primakoff``.
    rate_hz
        Photons a second on the chip, before absorption.
    place
        ``flat`` over the image or a Gaussian ``spot``.
    tracking_only
        Whether they arrive only while the magnet points at the Sun.
    """

    name: str
    spectrum: Literal["fe55", "lines", "power_law", "primakoff"]
    rate_hz: float = Field(ge=0)
    lines: Annotated[tuple[Pair, ...], Field(strict=False)] = ()
    span_kev: Pair = (1.0, 8.0)
    index: float = 0.0
    place: Literal["flat", "spot"] = "flat"
    spot_x_mm: float = 0.0
    spot_y_mm: float = 0.0
    spot_sigma_mm: float = Field(default=0.6, gt=0)
    tracking_only: bool = False

    @model_validator(mode="after")
    def _complete(self) -> PhotonSource:
        if self.spectrum == "lines" and not self.lines:
            raise ValueError(f"source {self.name}: the spectrum 'lines' needs lines")
        if not 0 < self.span_kev[0] < self.span_kev[1]:
            raise ValueError(f"source {self.name}: span_kev must rise from above 0")
        return self


class CcdSimulation(Settings):
    """What one simulated run holds: a camera, photons, tracks.

    ``camera_seed`` makes the camera: runs of one campaign share it.
    """

    frames: int = Field(default=1000, gt=0)
    sources: Annotated[tuple[PhotonSource, ...], Field(strict=False)] = ()
    tracks_hz: float = Field(default=0.0, ge=0)
    #: Photons that arrive during the read-out get a wrong row.
    out_of_time: bool = True
    camera_seed: int = 1
    offset_adu: float = 600.0
    column_offset_adu: float = 30.0
    pixel_offset_adu: float = 3.0
    noise_electrons: float = Field(default=5.0, gt=0)
    noise_spread: float = Field(default=0.03, ge=0)
    gain_spread: float = Field(default=0.03, ge=0)
    cti: float = Field(default=2e-4, ge=0)
    common_mode_adu: float = Field(default=4.0, ge=0)
    hot: float = Field(default=0.001, ge=0)
    flickering: float = Field(default=0.001, ge=0)
    dead: float = Field(default=0.001, ge=0)
    thickness_um: float = Field(default=280.0, gt=0)
    cloud_initial_um: float = Field(default=4.0, gt=0)
    cloud_drift_um: float = Field(default=7.0, ge=0)
