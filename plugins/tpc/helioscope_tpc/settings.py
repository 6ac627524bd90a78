"""The chamber and its read-out: everything about the TPC that is a setting."""

from __future__ import annotations

from typing import Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from helioscope.api import Settings


class TpcSettings(Settings):
    """Geometry, electronics and reconstruction of a wire chamber with drift.

    Anode wires are numbered from 0 and measure x; cathode wires follow them, cross them at right
    angles, and measure y. The drift runs along z, from the window at ``drift_mm`` to the
    wires at 0. The defaults are the chamber that watched the sunset at CAST.
    """

    anode_wires: PositiveInt = Field(
        default=48, description="Number of anode wires; they measure x."
    )
    cathode_wires: PositiveInt = Field(
        default=96, description="Number of cathode wires; they measure y."
    )
    pitch_mm: PositiveFloat = Field(default=3.0, description="Distance of the wires, mm.")
    drift_mm: PositiveFloat = Field(default=100.0, description="From the window to the wires, mm.")
    drift_velocity_mm_per_us: PositiveFloat = Field(
        default=30.0, description="Where no muon calibration gives it, mm per us."
    )
    argon_share: float = Field(
        default=0.95, gt=0.0, le=1.0, description="Share of argon in the gas by volume."
    )
    sampling_mhz: PositiveFloat = Field(default=10.0, description="Samples in a microsecond.")
    samples: PositiveInt = Field(default=128, description="Samples of a waveform.")
    adc_bits: int = Field(default=10, ge=6, le=15, description="Bits of the converter.")
    veto: bool = Field(default=True, description="Whether there is a veto counter.")

    baseline_start: int = Field(
        default=2, ge=0, description="First sample of the stretch before the pulse."
    )
    baseline_stop: PositiveInt = Field(default=24, description="Its end.")
    threshold_sigma: PositiveFloat = Field(
        default=5.0, description="Pulse threshold over the level, in units of the noise."
    )
    minimum_points: PositiveInt = Field(
        default=2, description="Samples over threshold that make a pulse."
    )
    split_fraction: float = Field(
        default=0.7,
        ge=0.0,
        lt=1.0,
        description="A valley below this share of the smaller maximum cuts pulses and clusters.",
    )
    time_fraction: float = Field(
        default=0.5,
        gt=0.0,
        lt=1.0,
        description="A pulse's time is where it reaches this share of its height.",
    )
    margin_before: int = Field(
        default=1, ge=0, description="Samples before a pulse that count in its charge."
    )
    margin_after: int = Field(default=5, ge=0, description="Samples behind it that do.")
    window_before: int = Field(
        default=1,
        ge=0,
        description="Samples before a compact cluster in the window that its wires share.",
    )
    window_after: int = Field(default=4, ge=0, description="Samples behind it in that window.")
    minimum_quiet_wires: PositiveInt = Field(
        default=6, description="Fewest quiet wires of a plane from which shared noise is taken."
    )
    quiet_distance: int = Field(
        default=2, ge=0, description="A wire that near to a loud one is not quiet."
    )

    anode_reach: int = Field(
        default=1, ge=0, description="Wires beside an anode cluster whose charge is summed with it."
    )
    cathode_reach: int = Field(
        default=2,
        ge=0,
        description="Wires beside a cathode cluster whose charge is summed with it.",
    )
    bore_distance_mm: PositiveFloat = Field(
        default=180.0, description="Between the axes of the two bores, mm."
    )
    fiducial_radius_mm: PositiveFloat = Field(
        default=21.0, description="Of the circle about each bore's axis, mm."
    )
    veto_window_us: PositiveFloat = Field(
        default=10.0, description="Time after a veto hit in which an event is marked, us."
    )
    event_dead_s: float = Field(
        default=0.0, ge=0.0, description="Dead time of the read-out after each event, s."
    )

    wire_gap: int = Field(default=0, ge=0, description="Silent wires that a cluster may bridge.")
    time_gap_us: PositiveFloat = Field(
        default=0.25, description="Times of neighbouring hits in a cluster differ by no more, us."
    )
    track_time_us: PositiveFloat = Field(
        default=1.05, description="A pulse that long is a track along the drift, us."
    )
    split_charge_kev: PositiveFloat = Field(
        default=0.25, description="A valley is below the smaller maximum by as much, keV."
    )
    split_wires: PositiveInt = Field(
        default=12, description="Clusters over more wires are tracks and stay whole."
    )
    cluster_charge_kev: float = Field(
        default=0.3, ge=0.0, description="Smaller clusters are dropped, keV on the anodes."
    )
    match_time_us: PositiveFloat = Field(
        default=0.4, description="Scale of the time difference in the match of planes, us."
    )
    match_ratio: PositiveFloat = Field(
        default=0.5, description="Scale of the log of the charge ratio in it."
    )
    cathode_ratio: PositiveFloat = Field(
        default=0.45, description="Expected charge of the cathodes over that of the anodes."
    )

    nominal_gain_adu_per_kev: PositiveFloat = Field(
        default=230.0, description="Of a wire without gain calibration, adu per keV."
    )
    w_value_ev: PositiveFloat = Field(default=26.4, description="Energy to free one electron, eV.")
    fano: float = Field(default=0.2, ge=0.0, description="Fano factor of the gas.")
    polya_theta: float = Field(
        default=0.5, ge=0.0, description="Polya parameter of the avalanche; 0 is exponential."
    )

    use_pedestals: bool = Field(
        default=True, description="Whether the calibration of the pedestals is needed."
    )
    use_gains: bool = Field(default=True, description="Whether that of the wires' gains is.")
    use_energy_scale: bool = Field(default=True, description="Whether that of the energy scale is.")
    use_drift: bool = Field(default=True, description="Whether that of the drift velocity is.")
    use_attachment: bool = Field(
        default=True, description="Whether that of the loss to attachment is."
    )
    every_event: bool = Field(
        default=False, description="Give a row also for an event without a cluster."
    )
    signal_baselines: bool = Field(
        default=False, description="Give mean and sigma of each waveform's baseline."
    )

    @model_validator(mode="after")
    def _baseline_lies_in_the_samples(self) -> Self:
        start, stop = self.baseline_start, self.baseline_stop
        if not start < stop <= self.samples:
            raise ValueError(
                f"baseline_start {start} to baseline_stop {stop} must rise within "
                f"{self.samples} samples"
            )
        return self

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
