"""The detector ``micromegas``: two read-outs, one table of observables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helioscope.api import (
    Calibration,
    Column,
    Detector,
    Reconstruct,
    Reconstructed,
    Requirement,
    Rescale,
    Rescaling,
    Schema,
    Setup,
    products,
)
from helioscope_micromegas import observables
from helioscope_micromegas.settings import MicromegasSettings

if TYPE_CHECKING:
    import awkward as ak

    from helioscope_micromegas.energy_scale import Scale

READOUT, PEDESTALS, WAVEFORM_PEDESTALS, ENERGY, STRIP_GAIN = (
    "micromegas-readout",
    "micromegas-pedestals",
    "micromegas-waveform-pedestals",
    "micromegas-energy",
    "micromegas-strip-gain",
)


def raw(config: MicromegasSettings) -> Schema:
    """Give the schema of raw events for a read-out."""
    if config.readout == "waveforms":
        return products.RAW.extended(
            "micromegas_waveforms",
            1,
            (
                Column("signal_id", "int32", "", "Channel of the electronics.", ("var",)),
                Column("signal_adu", "int16", "adu", "Its samples.", ("var", config.samples)),
            ),
        )
    return products.RAW.extended(
        "micromegas_strips",
        1,
        (
            Column("x_strip", "int32", "", "Number of the x strip.", ("var",)),
            Column("x_charge_adu", "float32", "adu", "Its integrated charge.", ("var",)),
            Column("y_strip", "int32", "", "Number of the y strip.", ("var",)),
            Column("y_charge_adu", "float32", "adu", "Its integrated charge.", ("var",)),
            Column("mesh_adu", "int16", "adu", "Pulse of the mesh.", (config.mesh_samples,)),
        ),
    )


def requirements(config: MicromegasSettings) -> tuple[Requirement, ...]:
    """Name the calibrations; without an optional one a nominal value holds."""
    energy = Requirement(ENERGY, interpolated=True, optional=True)
    if config.readout == "waveforms":
        needed = "pedestals" in (config.level_from, config.noise_from)
        pedestals = Requirement(WAVEFORM_PEDESTALS, optional=not needed)
        return (Requirement(READOUT, optional=True), pedestals, energy)
    pedestals = Requirement(PEDESTALS, optional=True)
    return (pedestals, Requirement(STRIP_GAIN, optional=True), energy)


def reconstruction(setup: Setup) -> Reconstruct:
    """Make the reconstruction of a run."""
    measured, rescale = measurement(setup), rescaling(setup)

    def reconstruct(raw: ak.Array) -> Reconstructed:
        result = measured(raw)
        return result._replace(observables=rescale(result.observables))

    return reconstruct


def measurement(setup: Setup) -> Reconstruct:
    """Make what goes before the energies: all that needs the raw data."""
    config: MicromegasSettings = setup.config
    if config.readout == "waveforms":
        from helioscope_micromegas.channels import Channels
        from helioscope_micromegas.waveform_readout import WaveformReadout

        channels = Channels(config, only(setup, READOUT), only(setup, WAVEFORM_PEDESTALS))
        return WaveformReadout(config, channels).reconstruct
    from helioscope_micromegas.strip_readout import StripReadout

    return StripReadout(config, only(setup, PEDESTALS), only(setup, STRIP_GAIN)).reconstruct


def rescaling(setup: Setup) -> Rescale:
    """Make the last step of a run's reconstruction: its energies."""
    from helioscope_micromegas.energies import energies

    return energies(energy_scale(setup), setup.config.energy_source)


def only(setup: Setup, name: str) -> Calibration | None:
    """Give the one calibration of a name, or None where it is optional and missing."""
    return setup.calibration(name) if setup.calibrations.get(name) else None


def energy_scale(setup: Setup) -> Scale:
    """Build the energy scale of a run from its calibrations, or the nominal one."""
    from helioscope_micromegas.energy_scale import joined, nominal

    config: MicromegasSettings = setup.config
    calibrations = setup.calibrations.get(ENERGY, ())
    if not calibrations:
        return nominal(
            config.nominal_strip_adu_per_kev,
            config.nominal_mesh_adu_ns_per_kev,
            config.nominal_resolution_fwhm,
        )
    return joined([row for calibration in calibrations for row in calibration.table.to_list()])


DETECTOR = Detector(
    name="micromegas",
    version=3,
    config=MicromegasSettings,
    raw=raw,
    observables=observables.OBSERVABLES,
    reconstruction=reconstruction,
    rescaling=Rescaling(
        rescaling,
        settings=(
            "nominal_strip_adu_per_kev",
            "nominal_mesh_adu_ns_per_kev",
            "nominal_resolution_fwhm",
        ),
        calibrations=(ENERGY,),
    ),
    calibrations=requirements,
    quality=observables.QUALITY,
    batch_events=lambda config: 512 if config.readout == "waveforms" else 4096,
    description="Micromegas with x-y strips: integrated charges and mesh pulse, or waveforms.",
)
