"""The chamber and its read-out: everything about the TPC that is a setting."""

from __future__ import annotations

from pydantic import Field, PositiveFloat, PositiveInt

from helioscope.api import Settings


class TpcSettings(Settings):
    """Geometry, electronics and reconstruction of a wire chamber with drift.

    Anode wires are numbered from 0 and measure x; cathode wires follow them, cross them at right
    angles, and measure y. The drift runs along z, from the window at ``drift_mm`` to the
    wires at 0. The defaults are the chamber that watched the sunset at CAST.
    """

    anode_wires: PositiveInt = 48
    cathode_wires: PositiveInt = 96
    pitch_mm: PositiveFloat = 3.0
    drift_mm: PositiveFloat = 100.0
    drift_velocity_mm_per_us: PositiveFloat = 30.0
    argon_share: float = Field(default=0.95, gt=0.0, le=1.0)
    sampling_mhz: PositiveFloat = 10.0
    samples: PositiveInt = 128
    adc_bits: int = Field(default=10, ge=6, le=15)
    veto: bool = True

    baseline_start: int = Field(default=2, ge=0)
    baseline_stop: PositiveInt = 24
    threshold_sigma: PositiveFloat = 5.0
    minimum_points: PositiveInt = 2
    split_fraction: float = Field(default=0.7, ge=0.0, lt=1.0)
    time_fraction: float = Field(default=0.5, gt=0.0, lt=1.0)
    margin_before: int = Field(default=1, ge=0)
    margin_after: int = Field(default=5, ge=0)
    window_before: int = Field(default=1, ge=0)
    window_after: int = Field(default=4, ge=0)
    minimum_quiet_wires: PositiveInt = 6
    quiet_distance: int = Field(default=2, ge=0)

    anode_reach: int = Field(default=1, ge=0)
    cathode_reach: int = Field(default=2, ge=0)
    bore_distance_mm: PositiveFloat = 180.0
    fiducial_radius_mm: PositiveFloat = 21.0
    veto_window_us: PositiveFloat = 10.0
    event_dead_s: float = Field(default=0.0, ge=0.0)

    wire_gap: int = Field(default=0, ge=0)
    time_gap_us: PositiveFloat = 0.25
    track_time_us: PositiveFloat = 1.05
    split_charge_kev: PositiveFloat = 0.25
    split_wires: PositiveInt = 12
    cluster_charge_kev: float = Field(default=0.3, ge=0.0)
    match_time_us: PositiveFloat = 0.4
    match_ratio: PositiveFloat = 0.5
    cathode_ratio: PositiveFloat = 0.45

    nominal_gain_adu_per_kev: PositiveFloat = 230.0
    w_value_ev: PositiveFloat = 26.4
    fano: float = Field(default=0.2, ge=0.0)
    polya_theta: float = Field(default=0.5, ge=0.0)

    use_pedestals: bool = True
    use_gains: bool = True
    use_energy_scale: bool = True
    use_drift: bool = True
    use_attachment: bool = True
    every_event: bool = False
    signal_baselines: bool = False

    @property
    def wires(self) -> int:
        """Number of wires of both planes."""
        return self.anode_wires + self.cathode_wires

    @property
    def sample_us(self) -> float:
        """Time between two samples."""
        return 1.0 / self.sampling_mhz

    @property
    def width_mm(self) -> float:
        """Extent across, which the anodes measure."""
        return self.anode_wires * self.pitch_mm

    @property
    def height_mm(self) -> float:
        """Extent up, which the cathodes measure."""
        return self.cathode_wires * self.pitch_mm
