"""What makes the TPC's calibrations, as the plugin lists it."""

from __future__ import annotations

from helioscope.api import Calibrator
from helioscope_tpc import attachment, constants, drift, energy_scale, gains, pedestals

PEDESTALS = Calibrator(
    name=constants.PEDESTALS,
    detector="tpc",
    version=1,
    config=pedestals.PedestalsSettings,
    run_kinds=("pedestal",),
    product="raw",
    table=pedestals.TABLE,
    calibration=pedestals.calibrate,
    description="Level and noise of every wire from random triggers.",
)

GAINS = Calibrator(
    name=constants.GAINS,
    detector="tpc",
    version=1,
    config=gains.GainsSettings,
    run_kinds=("fe55",),
    product="observables",
    table=gains.TABLE,
    calibration=gains.calibrate,
    description="Gain of every wire from 55Fe over the whole window area.",
)

ENERGY_SCALE = Calibrator(
    name=constants.ENERGY_SCALE,
    detector="tpc",
    version=1,
    config=energy_scale.EnergyScaleSettings,
    run_kinds=("fe55",),
    product="observables",
    table=energy_scale.TABLE,
    calibration=energy_scale.calibrate,
    description="Energy scale and resolution in cells of the chamber from 55Fe.",
)

DRIFT = Calibrator(
    name=constants.DRIFT,
    detector="tpc",
    version=2,
    config=drift.DriftSettings,
    run_kinds=("muon", "fe55"),
    product="observables",
    table=drift.TABLE,
    calibration=drift.calibrate,
    description="Drift velocity from muons over the full drift length.",
)

ATTACHMENT = Calibrator(
    name=constants.ATTACHMENT,
    detector="tpc",
    version=1,
    config=attachment.AttachmentSettings,
    run_kinds=("muon", "fe55"),
    product="observables",
    table=attachment.TABLE,
    calibration=attachment.calibrate,
    description="Electron lifetime in the gas from muons' charge against drift time.",
)
