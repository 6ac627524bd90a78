"""What is simulated, and the true state of the chamber that the calibrations have to find."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, NonNegativeInt, PositiveFloat, model_validator

from helioscope.api import Settings

Source = Literal["axion", "flat", "lines", "fe55"]

#: Photon energies of which the attenuation is tabulated.
LEAST_KEV, MOST_KEV = 0.8, 30.0


class TpcSimulationSettings(Settings):
    """One run: how many of which particles, and the chamber's true state.

    ``photons`` come through the window: within the two bores, or over the whole area with
    ``flood``. ``axion`` draws their energies from the 2007 solar spectrum, only while tracking.
    ``pairs`` events hold two photons of 3 keV each ``pair_distance_mm`` apart.
    ``random_triggers`` read every wire without a particle.
    """

    rate_hz: PositiveFloat = Field(
        default=20.0,
        description="Events in a second, of what the run's kind holds, where no number is given.",
    )
    source: Source = Field(default="fe55", description="Spectrum of the photons.")
    photons: NonNegativeInt = Field(default=0, description="X-rays through the window.")
    lines_kev: tuple[float, ...] = Field(
        default=(1.0, 1.5, 2.0, 3.0, 4.5, 5.9, 8.0, 10.0),
        description="Energies of the lines, keV; all alike in number.",
    )
    flood: bool = Field(
        default=False, description="Photons over the whole window instead of the two bores."
    )
    pairs: NonNegativeInt = Field(default=0, description="Events of two photons of 3 keV each.")
    pair_distance_mm: PositiveFloat = Field(default=16.0, description="Distance of the two, mm.")
    random_triggers: NonNegativeInt = Field(
        default=0, description="Events that read every wire without a particle."
    )
    muons: NonNegativeInt = Field(default=0, description="Muons through the chamber.")
    gammas: NonNegativeInt = Field(default=0, description="Electrons that gammas knock out.")
    recoils: NonNegativeInt = Field(default=0, description="Nuclei that neutrons knock on.")
    fluorescence: NonNegativeInt = Field(
        default=0, description="Copper and argon K photons from the walls and the gas."
    )

    bore_radius_mm: PositiveFloat = Field(default=21.5, description="Radius of a bore, mm.")
    bore_distance_mm: PositiveFloat = Field(
        default=180.0, description="Between the axes of the two bores, mm."
    )
    mylar_um: PositiveFloat = Field(default=3.0, description="Mylar of the window, um.")
    aluminium_nm: float = Field(default=40.0, ge=0.0, description="Aluminium on it, nm.")
    argon_share: float = Field(
        default=0.95, gt=0.0, le=1.0, description="Share of argon in the gas by volume."
    )

    drift_velocity_mm_per_us: PositiveFloat = Field(
        default=31.4, description="True drift velocity, mm per us."
    )
    attachment_length_mm: PositiveFloat = Field(
        default=8000.0, description="Drift in which 1/e of the electrons are left, mm."
    )
    diffusion_transverse: PositiveFloat = Field(
        default=0.15, description="Diffusion across the drift, mm per root mm."
    )
    diffusion_longitudinal: PositiveFloat = Field(
        default=0.08, description="Diffusion along the drift, mm per root mm."
    )
    w_value_ev: PositiveFloat = Field(default=26.4, description="Energy to free one electron, eV.")
    fano: float = Field(default=0.2, ge=0.0, description="Fano factor of the gas.")
    polya_theta: float = Field(
        default=0.5, ge=0.0, description="Polya parameter of the avalanche; 0 is exponential."
    )
    anode_cathode_gap_mm: PositiveFloat = Field(
        default=3.0, description="Between the wire planes, mm."
    )
    cathode_share: float = Field(
        default=0.45, gt=0.0, le=0.5, description="Charge that the cathodes see of the anodes'."
    )

    shaping_us: PositiveFloat = Field(
        default=0.1, description="Time constant of the amplifier, us."
    )
    amplitude_adu_per_kev: PositiveFloat = Field(
        default=60.0, description="Height of a pulse, adu per keV."
    )
    chamber_seed: NonNegativeInt = Field(
        default=7, description="Makes the chamber: runs of one campaign share it."
    )
    gain_spread: float = Field(
        default=0.05, ge=0.0, lt=0.3, description="Spread of the wires' gains, as a fraction."
    )
    gain_drift_per_day: float = Field(
        default=-0.03, gt=-1.0, lt=1.0, description="Change of the gain in a day, as a fraction."
    )
    gain_reference_ns: NonNegativeInt | None = Field(
        default=None,
        description="When the drift begins, ns since 1970-01-01 UTC; with the run where None.",
    )
    pedestal_adu: float = Field(default=100.0, description="Mean pedestal, adu.")
    pedestal_spread_adu: float = Field(
        default=6.0, ge=0.0, description="Spread of the wires' pedestals, adu."
    )
    pedestal_drift_adu_per_day: float = Field(
        default=4.0, description="Their change in a day, adu."
    )
    noise_adu: float = Field(default=0.9, ge=0.0, description="White noise of a wire, adu.")
    coherent_noise_adu: float = Field(
        default=1.0, ge=0.0, description="Noise that the wires of a plane share, adu."
    )
    trigger_kev: float = Field(
        default=0.8, ge=0.0, description="Charge on the anodes that triggers, keV."
    )
    pretrigger_samples: int = Field(default=30, ge=0, description="Samples before the trigger.")
    readout_sigma: PositiveFloat = Field(
        default=4.5, description="A wire is read that far over its pedestal, in units of the noise."
    )
    readout_neighbours: NonNegativeInt = Field(
        default=6, description="So many wires beside it are read as well."
    )
    veto_efficiency: float = Field(
        default=0.95, ge=0.0, le=1.0, description="Share of muons that the veto sees."
    )
    veto_rate_hz: PositiveFloat = Field(default=20.0, description="Accidental veto hits a second.")

    @model_validator(mode="after")
    def _lines_can_be_simulated(self) -> Self:
        if not self.lines_kev:
            raise ValueError("lines_kev is empty: name a line at least")
        for line in self.lines_kev:
            if not LEAST_KEV <= line <= MOST_KEV:
                raise ValueError(
                    f"lines_kev: {line} must lie within {LEAST_KEV} to {MOST_KEV} keV, where the "
                    "attenuation is known"
                )
        return self
