"""Settings of the simulator."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from helioscope.api import Settings


class MicromegasSimulation(Settings):
    """A CAST Micromegas of 2003 to 2008: what hits it, its gas, its electronics.

    Runs are of background, of a 55Fe source, of an X-ray tube with an even spectrum (xray), of
    single X-ray lines, or of pedestals. The raw background of 8 events a second and its
    make-up stand for a light shield; what is left after the classifier is near the published
    5e-5 counts/(keV cm2 s) of 2002 to 2004 (physics/0702190). Gas and electronics are commonly
    quoted values.
    """

    kind: Literal["background", "fe55", "xray", "lines", "pedestal"] = "background"
    events: int | None = Field(default=None, ge=0, description="Fixed number; else rate x time.")
    background_hz: float = Field(default=8.0, ge=0)
    fe55_hz: float = Field(default=60.0, ge=0)
    fe55_radius_mm: float = Field(default=21.5, gt=0)
    tube_kev: tuple[float, float] = Field(default=(0.8, 11.0), strict=False)
    lines_kev: tuple[float, ...] = Field(default=(5.9,), strict=False)
    solar_hz: float = Field(default=0.0, ge=0, description="X-rays of axions while tracking.")
    bore_radius_mm: float = Field(default=21.5, gt=0)

    muon_share: float = Field(default=0.36, ge=0)
    gamma_share: float = Field(default=0.6382, ge=0)
    contained_share: float = Field(default=0.0003, ge=0)
    neutron_share: float = Field(default=0.0002, ge=0)
    copper_share: float = Field(default=0.0009, ge=0)
    argon_share: float = Field(default=0.0004, ge=0)

    drift_mm: float = Field(default=30.0, gt=0)
    isobutane: float = Field(default=0.05, ge=0, le=0.5)
    pair_ev: float = Field(default=26.3, gt=0)
    fano: float = Field(default=0.2, gt=0)
    drift_mm_per_us: float = Field(default=35.0, gt=0)
    transverse_um_per_root_cm: float = Field(default=350.0, ge=0)
    longitudinal_um_per_root_cm: float = Field(default=200.0, ge=0)
    polya_theta: float = Field(default=0.6, ge=0)

    gain_per_day: float = Field(default=0.04, description="Drift of the gain, relative.")
    gain_epoch_ns: int = Field(default=1_083_369_600_000_000_000, description="Of gain 1.")
    strip_gain_spread: float = Field(default=0.05, ge=0)
    strip_adu_per_electron: float = Field(default=8.0, gt=0)
    strip_noise_adu: float = Field(default=2.0, gt=0)
    strip_pedestal_adu: float = 60.0
    strip_pedestal_spread_adu: float = Field(default=8.0, ge=0)
    zero_suppression_sigma: float = Field(default=4.0, ge=0)
    axis_share_spread: float = Field(default=0.10, ge=0)
    edge_sharing: float = Field(default=0.15, gt=0, le=0.5)
    dead_strips_x: tuple[int, ...] = Field(default=(47,), strict=False)
    dead_strips_y: tuple[int, ...] = Field(default=(131, 132), strict=False)
    noisy_strips_x: tuple[int, ...] = Field(default=(160,), strict=False)

    mesh_adu_per_electron: float = Field(default=7.0, gt=0)
    mesh_rise_ns: float = Field(default=40.0, gt=0)
    mesh_fall_ns: float = Field(default=160.0, gt=0)
    mesh_baseline_adu: float = 250.0
    mesh_noise_adu: float = Field(default=6.0, ge=0)
    mesh_start_sample: int = Field(default=600, ge=0)
    mesh_threshold_kev: float = Field(default=0.7, ge=0)
