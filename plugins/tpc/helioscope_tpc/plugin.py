"""The TPC's plugin: what it brings to helioscope."""

from __future__ import annotations

import awkward as ak

from helioscope.api import (
    Calibrator,
    Campaign,
    Detector,
    Discriminator,
    Display,
    Reconstruct,
    Reconstructed,
    Rescale,
    Rescaling,
    Setup,
    Simulated,
    SimulatedRun,
    Simulator,
    calibrators,
    discriminators,
    hookimpl,
)
from helioscope_tpc import calibrators as own_calibrators
from helioscope_tpc import campaigns, columns, constants, cuts
from helioscope_tpc.separation import SEPARATION
from helioscope_tpc.settings import TpcSettings
from helioscope_tpc.simulation.settings import TpcSimulationSettings
from helioscope_tpc.simulation.truth import TRUTH


def _reconstruction(setup: Setup) -> Reconstruct:
    from helioscope_tpc.detector import reconstruction

    return reconstruction(setup)


def _rescaling(setup: Setup) -> Rescale:
    from helioscope_tpc.detector import rescaling

    return rescaling(setup)


def _simulate(run: SimulatedRun) -> Simulated:
    from helioscope_tpc.simulation.run import simulate

    return simulate(run)


DETECTOR = Detector(
    name="tpc",
    version=4,
    config=TpcSettings,
    raw=columns.raw_schema,
    observables=columns.OBSERVABLES,
    reconstruction=_reconstruction,
    rescaling=Rescaling(
        _rescaling,
        settings=(
            "use_energy_scale",
            "use_attachment",
            "argon_share",
            "w_value_ev",
            "fano",
            "polya_theta",
        ),
        calibrations=(constants.ENERGY_SCALE, constants.ATTACHMENT),
    ),
    calibrations=constants.required,
    quality=columns.BITS,
    batch_events=lambda _config: 1024,
    description="Drift chamber with anode and cathode wires and a flash ADC on each.",
)

CUTS = Discriminator(
    name="tpc-sequential",
    detector="tpc",
    version=2,
    config=cuts.TpcCutsSettings,
    discrimination=cuts.discrimination,
    cuts=lambda _config: cuts.NAMES,
    description="Sequential cuts on clusters, charges, times, place and veto.",
)

SIMULATOR = Simulator(
    name="tpc",
    detector="tpc",
    version=1,
    config=TpcSimulationSettings,
    truth=TRUTH,
    simulation=_simulate,
    description="X-rays, muons, electrons, recoils and fluorescence in an argon drift chamber.",
)


def _draw(setup: Setup, raw: ak.Array, reconstructed: Reconstructed) -> bytes:
    from helioscope_tpc.event_pictures import draw

    return draw(setup, raw, reconstructed)


DISPLAY = Display(
    name="tpc-event",
    detector="tpc",
    draw=_draw,
    description="Wire-time planes of anodes and cathodes with the clusters and their match.",
)


@hookimpl
def helioscope_detectors() -> list[Detector]:
    """Give the TPC."""
    return [DETECTOR]


@hookimpl
def helioscope_discriminators() -> list[Discriminator]:
    """Give the published kind of cuts, and those that are trained."""
    return [CUTS, *discriminators(SEPARATION)]


@hookimpl
def helioscope_calibrators() -> list[Calibrator]:
    """Give what makes pedestals, wire gains, energy scale, drift and attachment, and trains."""
    return [
        own_calibrators.PEDESTALS,
        own_calibrators.GAINS,
        own_calibrators.ENERGY_SCALE,
        own_calibrators.DRIFT,
        own_calibrators.ATTACHMENT,
        *calibrators(SEPARATION),
    ]


@hookimpl
def helioscope_simulators() -> list[Simulator]:
    """Give the simulated chamber."""
    return [SIMULATOR]


@hookimpl
def helioscope_campaigns() -> list[Campaign]:
    """Give the validation and the demo."""
    return [campaigns.VALIDATION, campaigns.DEMO]


@hookimpl
def helioscope_displays() -> list[Display]:
    """Give the event display."""
    return [DISPLAY]
