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
        for kev, intensity in self.lines:
            if kev <= 0 or intensity < 0:
                raise ValueError(f"source {self.name}: line {kev} keV of intensity {intensity}")
        if self.lines and not any(intensity for _, intensity in self.lines):
            raise ValueError(f"source {self.name}: the intensities of all lines are 0")
        if not 0 < self.span_kev[0] < self.span_kev[1]:
            raise ValueError(f"source {self.name}: span_kev must rise from above 0")
        return self


class CcdSimulation(Settings):
    """What one simulated run holds: a camera, photons, tracks.

    ``camera_seed`` makes the camera: runs of one campaign share it.
    """

    frames: int = Field(default=1000, gt=0, description="Length of the run.")
    sources: Annotated[tuple[PhotonSource, ...], Field(strict=False)] = Field(
        default=(), description="Photon sources: spectrum, rate, place."
    )
    tracks_hz: float = Field(
        default=0.0, ge=0, description="Charged particles a second that cross the chip."
    )
    out_of_time: bool = Field(
        default=True,
        description="Whether photons come during the read-out as well; they get a wrong row.",
    )
    camera_seed: int = Field(
        default=1, description="Makes the camera: runs of one campaign share it."
    )
    offset_adu: float = Field(default=600.0, description="Offset of the whole camera, adu.")
    column_offset_adu: float = Field(
        default=30.0, description="Spread of the columns' offsets, adu."
    )
    pixel_offset_adu: float = Field(default=3.0, description="Spread of the pixels' offsets, adu.")
    noise_electrons: float = Field(
        default=5.0, gt=0, description="Mean noise of a pixel, electrons."
    )
    noise_spread: float = Field(
        default=0.03, ge=0, description="Spread of the pixels' noise, as a fraction."
    )
    gain_spread: float = Field(
        default=0.03, ge=0, description="Spread of the columns' gains, as a fraction."
    )
    cti: float = Field(
        default=2e-4, ge=0, description="Charge lost in each transfer, as a fraction."
    )
    common_mode_adu: float = Field(
        default=4.0, ge=0, description="Spread of a row's common level, adu."
    )
    hot: float = Field(default=0.001, ge=0, description="Share of pixels that are hot.")
    flickering: float = Field(default=0.001, ge=0, description="Share of pixels that flicker.")
    dead: float = Field(default=0.001, ge=0, description="Share of pixels that are dead.")
    thickness_um: float = Field(default=280.0, gt=0, description="Depth of the silicon, um.")
    cloud_initial_um: float = Field(
        default=4.0, gt=0, description="Charge cloud where a photon is absorbed, one sigma in um."
    )
    cloud_drift_um: float = Field(
        default=7.0,
        ge=0,
        description="What the drift through the whole depth adds to it, one sigma in um.",
    )
