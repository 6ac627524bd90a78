"""What is simulated, and the true state of the chamber that the calibrations have to find."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, NonNegativeInt, PositiveFloat

from helioscope.api import Settings

Source = Literal["axion", "flat", "lines", "fe55"]


class TpcSimulationSettings(Settings):
    """One run: how many of which particles, and the chamber's true state.

    ``photons`` come through the window: within the two bores, or over the whole area with
    ``flood``. ``axion`` draws their energies from the 2007 solar spectrum, only while tracking.
    ``pairs`` events hold two photons of 3 keV each ``pair_distance_mm`` apart.
    ``random_triggers`` read every wire without a particle.
    """

    source: Source = "fe55"
    photons: NonNegativeInt = 0
    lines_kev: tuple[float, ...] = (1.0, 1.5, 2.0, 3.0, 4.5, 5.9, 8.0, 10.0)
    flood: bool = False
    pairs: NonNegativeInt = 0
    pair_distance_mm: PositiveFloat = 16.0
    random_triggers: NonNegativeInt = 0
    muons: NonNegativeInt = 0
    gammas: NonNegativeInt = 0
    recoils: NonNegativeInt = 0
    fluorescence: NonNegativeInt = 0

    bore_radius_mm: PositiveFloat = 21.5
    bore_distance_mm: PositiveFloat = 180.0
    mylar_um: PositiveFloat = 3.0
    aluminium_nm: float = Field(default=40.0, ge=0.0)
    argon_share: float = Field(default=0.95, gt=0.0, le=1.0)

    drift_velocity_mm_per_us: PositiveFloat = 31.4
    attachment_length_mm: PositiveFloat = 8000.0
    diffusion_transverse: PositiveFloat = Field(default=0.15, description="mm per root mm of drift")
    diffusion_longitudinal: PositiveFloat = Field(
        default=0.08, description="mm per root mm of drift"
    )
    w_value_ev: PositiveFloat = 26.4
    fano: float = Field(default=0.2, ge=0.0)
    polya_theta: float = Field(default=0.5, ge=0.0)
    anode_cathode_gap_mm: PositiveFloat = 3.0
    cathode_share: float = Field(default=0.45, gt=0.0, le=0.5)

    shaping_us: PositiveFloat = 0.1
    amplitude_adu_per_kev: PositiveFloat = 60.0
    chamber_seed: NonNegativeInt = 7
    gain_spread: float = Field(default=0.05, ge=0.0, lt=0.3)
    gain_drift_per_day: float = Field(default=-0.03, gt=-1.0, lt=1.0)
    gain_reference_ns: NonNegativeInt = 0
    pedestal_adu: float = 100.0
    pedestal_spread_adu: float = Field(default=6.0, ge=0.0)
    pedestal_drift_adu_per_day: float = 4.0
    noise_adu: float = Field(default=0.9, ge=0.0)
    coherent_noise_adu: float = Field(default=1.0, ge=0.0)
    trigger_kev: float = Field(default=0.8, ge=0.0)
    pretrigger_samples: int = Field(default=30, ge=0)
    readout_sigma: PositiveFloat = 4.5
    readout_neighbours: NonNegativeInt = 6
    veto_efficiency: float = Field(default=0.95, ge=0.0, le=1.0)
    veto_rate_hz: PositiveFloat = 20.0
