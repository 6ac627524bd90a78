"""Settings of the simulators: what hits the detector, its gas, its electronics."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from helioscope.api import Settings

#: Photon energies of which the attenuation is tabulated.
LEAST_KEV, MOST_KEV = 0.5, 20.0


class GasSimulation(Settings):
    """What hits the detector, its gas and its strips, whatever reads them out.

    Runs are of background, of a 55Fe source, of an X-ray tube with an even spectrum (xray), of
    single X-ray lines, or of pedestals. The raw background of 8 events a second and its
    make-up stand for a light shield; what is left after the classifier is near the published
    5e-5 counts/(keV cm2 s) of 2002 to 2004 (physics/0702190). Gas and electronics are commonly
    quoted values.
    """

    kind: Literal["background", "fe55", "xray", "lines", "pedestal", "readout"] | None = Field(
        default=None, description="What hits the detector; as the run's kind where not given."
    )
    compression: Literal["zlib", "zstd"] = Field(
        default="zlib", description="Of the ROOT file; zstd is quicker and needs ROOT 6.20."
    )
    events: int | None = Field(default=None, ge=0, description="Fixed number; else rate x time.")
    background_hz: float = Field(default=8.0, ge=0, description="Background events in a second.")
    fe55_hz: float = Field(
        default=60.0, ge=0, description="55Fe, tube and line photons in a second."
    )
    fe55_radius_mm: float = Field(
        default=21.5, gt=0, description="Radius of the disc that the source lights up, in mm."
    )
    tube_kev: tuple[float, float] = Field(
        default=(0.8, 11.0), strict=False, description="Ends of the tube's even spectrum, in keV."
    )
    lines_kev: tuple[float, ...] = Field(
        default=(5.9,),
        strict=False,
        description="Energies of the lines, in keV; all alike in number.",
    )
    solar_hz: float = Field(default=0.0, ge=0, description="X-rays of axions while tracking.")
    bore_radius_mm: float = Field(
        default=21.5, gt=0, description="Radius of the disc of tube, lines and axions, in mm."
    )

    muon_share: float = Field(
        default=0.36, ge=0, description="Muons in the background; the shares need not add up to 1."
    )
    gamma_share: float = Field(
        default=0.6382, ge=0, description="Electrons that gammas knock out of the walls."
    )
    contained_share: float = Field(
        default=0.0003, ge=0, description="Electrons that start and end in the gas, 1 to 12 keV."
    )
    neutron_share: float = Field(
        default=0.0002, ge=0, description="Argon nuclei that neutrons knock on."
    )
    recoil_kev: float = Field(
        default=10.0, gt=0, description="Their mean energy, of which about 3 keV ionise, in keV."
    )
    copper_share: float = Field(default=0.0009, ge=0, description="Copper K photons.")
    argon_share: float = Field(default=0.0004, ge=0, description="Argon K photons.")

    drift_mm: float = Field(
        default=30.0, gt=0, description="Height of the gas over the mesh, in mm."
    )
    isobutane: float = Field(
        default=0.05, ge=0, le=0.5, description="Its share in argon by volume."
    )
    pair_ev: float = Field(default=26.3, gt=0, description="Energy to free an electron, in eV.")
    fano: float = Field(default=0.2, gt=0, description="Fano factor.")
    drift_mm_per_us: float = Field(default=35.0, gt=0, description="Drift velocity.")
    transverse_um_per_root_cm: float = Field(
        default=350.0, ge=0, description="Diffusion across the drift."
    )
    longitudinal_um_per_root_cm: float = Field(
        default=200.0, ge=0, description="Diffusion along the drift."
    )
    polya_theta: float = Field(
        default=0.6,
        ge=0,
        description="Of the avalanche of one electron: relative variance 1 / (1 + theta).",
    )

    gain_per_day: float = Field(default=0.04, description="Drift of the gain, relative.")
    gain_epoch_ns: int | None = Field(
        default=None, description="When the gain is 1; at the start of the run where not given."
    )
    strip_gain_spread: float = Field(
        default=0.05, ge=0, description="Spread of the strips' gains, relative."
    )
    strip_adu_per_electron: float = Field(
        default=8.0, gt=0, description="Charge of an electron of mean gain on a strip."
    )
    strip_noise_adu: float = Field(default=2.0, gt=0, description="Noise of a strip.")
    strip_pedestal_adu: float = Field(default=60.0, description="Mean pedestal of the strips.")
    strip_pedestal_spread_adu: float = Field(
        default=8.0, ge=0, description="Spread of the pedestals."
    )
    zero_suppression_sigma: float = Field(
        default=4.0,
        ge=0,
        description="Strips with less charge are not written, in units of the noise.",
    )
    axis_share_spread: float = Field(
        default=0.10,
        ge=0,
        description="Spread of the share of an avalanche that the x strips take.",
    )
    edge_sharing: float = Field(
        default=0.15,
        gt=0,
        le=0.5,
        description="Part of the pitch at a strip's edge in which its neighbour shares.",
    )
    dead_strips_x: tuple[int, ...] = Field(
        default=(47,), strict=False, description="x strips that give nothing."
    )
    dead_strips_y: tuple[int, ...] = Field(
        default=(131, 132), strict=False, description="y strips that give nothing."
    )
    noisy_strips_x: tuple[int, ...] = Field(
        default=(160,), strict=False, description="x strips with six times the noise."
    )

    mesh_threshold_kev: float = Field(
        default=0.7, ge=0, description="Events with less charge do not trigger."
    )

    @model_validator(mode="after")
    def _photons_and_shares(self) -> Self:
        low, high = self.tube_kev
        if not LEAST_KEV <= low < high <= MOST_KEV:
            raise ValueError(
                f"tube_kev {low}..{high} must rise within {LEAST_KEV} to {MOST_KEV} keV, where the "
                "attenuation is known"
            )
        if not self.lines_kev:
            raise ValueError("lines_kev is empty: name a line at least")
        for line in self.lines_kev:
            if not LEAST_KEV <= line <= MOST_KEV:
                raise ValueError(
                    f"lines_kev: {line} must lie within {LEAST_KEV} to {MOST_KEV} keV, where the "
                    "attenuation is known"
                )
        shares = [name for name in type(self).model_fields if name.endswith("_share")]
        if not any(getattr(self, name) for name in shares):
            raise ValueError(f"{', '.join(shares)} are all 0: one must be above")
        return self


class MicromegasSimulation(GasSimulation):
    """A CAST Micromegas of 2003 to 2008: integrated charges of strips, and the mesh pulse."""

    kind: Literal["background", "fe55", "xray", "lines", "pedestal"] | None = Field(
        default=None, description="What hits the detector; as the run's kind where not given."
    )
    mesh_adu_per_electron: float = Field(
        default=7.0, gt=0, description="Height of the mesh pulse of an electron of mean gain."
    )
    mesh_rise_ns: float = Field(
        default=40.0, gt=0, description="Rise time constant of the mesh's shaper, in ns."
    )
    mesh_fall_ns: float = Field(default=160.0, gt=0, description="Its fall time constant, in ns.")
    mesh_baseline_adu: float = Field(default=250.0, description="Baseline of the mesh.")
    mesh_noise_adu: float = Field(default=6.0, ge=0, description="Its noise.")
    mesh_start_sample: int = Field(
        default=600, ge=0, description="Sample at which the first electron arrives."
    )

    @model_validator(mode="after")
    def _mesh_rises_before_it_falls(self) -> Self:
        if self.mesh_rise_ns >= self.mesh_fall_ns:
            raise ValueError(
                f"mesh_rise_ns {self.mesh_rise_ns} must be below mesh_fall_ns {self.mesh_fall_ns}"
            )
        return self


class WaveformSimulation(GasSimulation):
    """The same strips on AGET or AFTER chips; the kind ``readout`` writes the read-out map.

    Samples, their period and the end of their range are the detector's settings.
    """

    strip_gain_spread: float = Field(
        default=0.02, ge=0, description="Spread of the gains of strips and channels, relative."
    )
    strip_adu_per_electron: float = Field(
        default=30.0, gt=0, description="Height of the pulse of an electron of mean gain."
    )
    strip_noise_adu: float = Field(default=6.0, gt=0, description="Noise of a sample.")
    strip_pedestal_adu: float = Field(default=250.0, description="Mean pedestal of the channels.")
    strip_pedestal_spread_adu: float = Field(
        default=15.0, ge=0, description="Spread of the pedestals."
    )
    level_spread_adu: float = Field(
        default=2.0, ge=0, description="Spread of a channel's level from event to event."
    )
    peaking_ns: float = Field(
        default=1000.0, gt=0, description="From the start of the shaper's response to its peak."
    )
    start_sample: int = Field(
        default=200, ge=0, description="Sample at which the first electron arrives."
    )
