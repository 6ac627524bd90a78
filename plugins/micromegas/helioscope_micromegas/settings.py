"""Settings of the Micromegas detector."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from helioscope.api import Settings


class MicromegasSettings(Settings):
    """How a Micromegas is read out and reconstructed.

    The defaults for pulses are those of REST's trex pipeline; those for the strips and the mesh
    are of CAST's detector of 2003 to 2008 (192 + 192 strips of 350 um, mesh digitised at 1 GHz).
    Ranges of samples are half-open.
    """

    readout: Literal["strips", "waveforms"] = "strips"

    samples: int = Field(default=512, ge=16, le=4096)
    sample_ns: float = Field(default=80.0, gt=0)
    baseline_range: tuple[int, int] = Field(default=(20, 150), strict=False)
    pulse_range: tuple[int, int] = Field(default=(150, 450), strict=False)
    point_threshold_sigma: float = Field(default=3.5, ge=0)
    signal_threshold_sigma: float = Field(default=3.5, ge=0)
    minimum_points: int = Field(default=7, ge=2)
    saturation_adu: int = Field(default=4095, gt=0)
    minimum_good_signals: int = Field(default=1, ge=0)
    veto_channels: tuple[int, ...] = Field(default=(), strict=False)
    veto_threshold_adu: float = Field(default=200.0, gt=0)

    n_strips: int = Field(default=192, ge=8, le=4096)
    pitch_mm: float = Field(default=0.35, gt=0)
    strip_threshold_sigma: float = Field(default=4.0, gt=0)
    nominal_strip_noise_adu: float = Field(default=2.0, gt=0)
    nominal_strip_pedestal_adu: float = 0.0
    strip_saturation_adu: float = Field(default=4095.0, gt=0)
    dead_strips_x: tuple[int, ...] = Field(default=(), strict=False)
    dead_strips_y: tuple[int, ...] = Field(default=(), strict=False)
    mesh_samples: int = Field(default=2500, ge=64, le=65536)
    mesh_sample_ns: float = Field(default=1.0, gt=0)
    mesh_baseline_samples: int = Field(default=400, ge=16)
    mesh_smoothing_samples: int = Field(default=21, ge=1)
    mesh_saturation_adu: int = Field(default=4095, gt=0)
    position_from: Literal["cluster", "all"] = "cluster"
    energy_from: Literal["mesh", "strips"] = "mesh"

    gap_strips: int = Field(default=1, ge=0)
    match_balance: float = Field(default=0.5, gt=0, le=1)
    match_time_ns: float = Field(default=2000.0, gt=0)
    nominal_strip_adu_per_kev: float = Field(default=300.0, gt=0)
    nominal_mesh_adu_ns_per_kev: float = Field(default=30000.0, gt=0)
    nominal_resolution_fwhm: float = Field(default=0.2, gt=0)

    @model_validator(mode="after")
    def _ranges_lie_in_the_samples(self) -> Self:
        for name in ("baseline_range", "pulse_range"):
            start, stop = getattr(self, name)
            if not 0 <= start < stop <= self.samples:
                raise ValueError(f"{name} {start}..{stop} must lie within {self.samples} samples")
        if self.mesh_baseline_samples >= self.mesh_samples:
            raise ValueError("mesh_baseline_samples must be fewer than mesh_samples")
        return self
