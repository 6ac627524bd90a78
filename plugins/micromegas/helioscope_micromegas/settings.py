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

    readout: Literal["strips", "waveforms"] = Field(
        default="strips",
        description="Integrated charges of strips with a mesh pulse, or a waveform of each strip.",
    )

    samples: int = Field(default=512, ge=16, le=4096, description="Samples of a waveform.")
    sample_ns: float = Field(
        default=80.0, gt=0, description="Time from one sample to the next, in ns."
    )
    baseline_range: tuple[int, int] = Field(
        default=(20, 150),
        strict=False,
        description="Samples in which level and noise of a waveform are taken.",
    )
    pulse_range: tuple[int, int] = Field(
        default=(150, 450), strict=False, description="Samples in which pulses are looked for."
    )
    level_from: Literal["event", "pedestals"] = Field(
        default="event", description="Level of a waveform: its own, or its channel's pedestal."
    )
    noise_from: Literal["event", "pedestals"] = Field(
        default="event", description="Noise of a waveform: its own, or its channel's."
    )
    point_threshold_sigma: float = Field(
        default=3.5, ge=0, description="A point of a pulse lies as far over the level."
    )
    signal_threshold_sigma: float = Field(
        default=3.5, ge=0, description="The points of a pulse scatter by more."
    )
    minimum_points: int = Field(
        default=7, ge=2, description="Points over threshold, one after the other, that a pulse has."
    )
    saturation_adu: int = Field(
        default=4095, gt=0, description="Samples from here on are saturated."
    )
    minimum_good_signals: int = Field(
        default=1, ge=0, description="Events with fewer strips that have a pulse leave no row."
    )
    dead_channels: tuple[int, ...] = Field(
        default=(), strict=False, description="Channels to mask besides those of the pedestals."
    )
    veto_channels: tuple[int, ...] = Field(
        default=(), strict=False, description="Channels that read vetoes, not strips."
    )
    veto_threshold_adu: float = Field(
        default=200.0, gt=0, description="A veto above it marks its event as a coincidence."
    )
    veto_range: tuple[int, int] | None = Field(
        default=None,
        strict=False,
        description="Samples in which the peak of a veto is looked for; pulse_range without it.",
    )
    veto_time_window_ns: tuple[float, float] | None = Field(
        default=None,
        strict=False,
        description="Peak times, in ns, at which a veto above its threshold is a coincidence.",
    )

    n_strips: int = Field(default=192, ge=8, le=4096, description="Strips of each axis.")
    pitch_mm: float = Field(default=0.35, gt=0, description="From one strip to the next, in mm.")
    strip_threshold_sigma: float = Field(
        default=4.0, gt=0, description="A strip counts with as much charge over its pedestal."
    )
    nominal_strip_noise_adu: float = Field(
        default=2.0, gt=0, description="Noise of strips without a calibration."
    )
    nominal_strip_pedestal_adu: float = Field(
        default=0.0, description="Pedestal of strips without a calibration."
    )
    strip_saturation_adu: float = Field(
        default=4095.0, gt=0, description="Charges from here on are saturated."
    )
    dead_strips_x: tuple[int, ...] = Field(
        default=(), strict=False, description="Dead x strips besides those of the calibration."
    )
    dead_strips_y: tuple[int, ...] = Field(
        default=(), strict=False, description="Dead y strips besides those of the calibration."
    )
    mesh_samples: int = Field(
        default=2500, ge=64, le=65536, description="Samples of the mesh pulse."
    )
    mesh_sample_ns: float = Field(
        default=1.0, gt=0, description="Time from one of them to the next, in ns."
    )
    mesh_baseline_samples: int = Field(
        default=400, ge=16, description="The first ones, before the pulse, that give its baseline."
    )
    mesh_smoothing_samples: int = Field(
        default=21, ge=1, description="Width of the moving mean under height and times."
    )
    mesh_threshold_sigma: float = Field(
        default=3.0,
        ge=0,
        description="A mesh pulse is higher than as many times the fluctuation of its baseline.",
    )
    mesh_saturation_adu: int = Field(
        default=4095, gt=0, description="Samples of the mesh from here on are saturated."
    )
    position_from: Literal["cluster", "all"] = Field(
        default="cluster",
        description="Place of an event: centre of the main clusters, or mean of all strips.",
    )
    energy_from: Literal["mesh", "strips"] = Field(
        default="mesh", description="What gives energy_kev where there are both."
    )

    gap_strips: int = Field(
        default=1, ge=0, description="Live strips without charge that a cluster may have in a row."
    )
    match_balance: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="Clusters are a pair where |x - y| / (x + y) is at most this.",
    )
    match_time_ns: float = Field(
        default=2000.0, gt=0, description="And their mean times no farther apart, in ns."
    )
    nominal_strip_adu_per_kev: float = Field(
        default=300.0, gt=0, description="Strip charge per keV without a calibration."
    )
    nominal_mesh_adu_ns_per_kev: float = Field(
        default=30000.0, gt=0, description="Mesh integral per keV without a calibration."
    )
    nominal_resolution_fwhm: float = Field(
        default=0.2, gt=0, description="Relative FWHM at 5.9 keV without a calibration."
    )

    @property
    def energy_source(self) -> Literal["mesh", "strips"]:
        """What gives energy_kev; waveforms come without a mesh."""
        return "strips" if self.readout == "waveforms" else self.energy_from

    @model_validator(mode="after")
    def _ranges_lie_in_the_samples(self) -> Self:
        for name in ("baseline_range", "pulse_range", "veto_range"):
            start, stop = getattr(self, name) or (0, self.samples)
            if not 0 <= start < stop <= self.samples:
                raise ValueError(f"{name} {start}..{stop} must lie within {self.samples} samples")
        if (
            self.veto_time_window_ns
            and not self.veto_time_window_ns[0] < self.veto_time_window_ns[1]
        ):
            raise ValueError(f"veto_time_window_ns {self.veto_time_window_ns} must rise")
        for name in ("dead_strips_x", "dead_strips_y"):
            for strip in getattr(self, name):
                if not 0 <= strip < self.n_strips:
                    raise ValueError(f"{name}: {strip} must lie within 0 to {self.n_strips - 1}")
        if min((*self.dead_channels, *self.veto_channels), default=0) < 0:
            raise ValueError("dead_channels and veto_channels must not be negative")
        if self.mesh_baseline_samples >= self.mesh_samples:
            raise ValueError("mesh_baseline_samples must be fewer than mesh_samples")
        return self
