"""The TPC's plugin: what it brings to helioscope."""

from __future__ import annotations

from helioscope.api import (
    Detector,
    Discriminator,
    Reconstruct,
    Setup,
    Simulated,
    SimulatedRun,
    Simulator,
    hookimpl,
)
from helioscope_tpc import columns, constants, cuts
from helioscope_tpc.settings import TpcSettings
from helioscope_tpc.simulation.settings import TpcSimulationSettings
from helioscope_tpc.simulation.truth import TRUTH


def _reconstruction(setup: Setup) -> Reconstruct:
    from helioscope_tpc.detector import reconstruction

    return reconstruction(setup)


def _simulate(run: SimulatedRun) -> Simulated:
    from helioscope_tpc.simulation.run import simulate

    return simulate(run)


DETECTOR = Detector(
    name="tpc",
    version=1,
    config=TpcSettings,
    raw=columns.raw_schema,
    observables=columns.OBSERVABLES,
    reconstruction=_reconstruction,
    calibrations=constants.required,
    quality=columns.BITS,
    batch_events=lambda _config: 1024,
    description="Drift chamber with anode and cathode wires and a flash ADC on each.",
)

CUTS = Discriminator(
    name="tpc-cuts",
    detector="tpc",
    version=1,
    config=cuts.TpcCutsSettings,
    discrimination=cuts.discrimination,
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


@hookimpl
def helioscope_detectors() -> list[Detector]:
    """Give the TPC."""
    return [DETECTOR]


@hookimpl
def helioscope_discriminators() -> list[Discriminator]:
    """Give the cuts."""
    return [CUTS]


@hookimpl
def helioscope_simulators() -> list[Simulator]:
    """Give the simulated chamber."""
    return [SIMULATOR]
