"""The calibrations of a run as arrays: pedestals, wire gains, energy scale, drift, attachment."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope.api import Calibration, InputError, Requirement, Setup
from helioscope_tpc.settings import TpcSettings

Real = NDArray[np.float64]

PEDESTALS, GAINS, ENERGY_SCALE, DRIFT, ATTACHMENT = (
    "tpc-pedestals", "tpc-gains", "tpc-energy-scale", "tpc-drift", "tpc-attachment",
)  # fmt: skip


class Constants(NamedTuple):
    """What the reconstruction takes from calibrations; NaN where one does not hold.

    Attributes
    ----------
    pedestal_adu, noise_adu, white_noise_adu
        float64 [wires]: level, its noise, and what is left after the coherent noise.
    gain_time_ns
        float64 [nodes]: when each set of gains was measured.
    gain_adu_per_kev
        float64 [nodes, wires]: charge in adu samples for 1 keV.
    scale
        float64 [columns, rows]: true over measured energy in the cells of the chamber.
    velocity_mm_per_us
        Drift velocity.
    lifetime_us
        Electron lifetime in the gas; infinite where none was measured or no loss was seen.
    """

    pedestal_adu: Real
    noise_adu: Real
    white_noise_adu: Real
    gain_time_ns: Real
    gain_adu_per_kev: Real
    scale: Real
    velocity_mm_per_us: float
    lifetime_us: float


def required(config: TpcSettings) -> tuple[Requirement, ...]:
    """List the calibrations that these settings ask for."""
    wanted = (
        (config.use_pedestals, Requirement(PEDESTALS)),
        (config.use_gains, Requirement(GAINS, interpolated=True)),
        (config.use_energy_scale, Requirement(ENERGY_SCALE, optional=True)),
        (config.use_drift, Requirement(DRIFT, optional=True)),
        (config.use_attachment, Requirement(ATTACHMENT, optional=True)),
    )
    return tuple(requirement for asked, requirement in wanted if asked)


def constants_of(setup: Setup) -> Constants:
    """Read the calibrations of a run.

    Raises
    ------
    InputError
        Where a table holds a wire or a cell that the chamber does not have.
    """
    config: TpcSettings = setup.config
    unknown = np.full(config.wires, np.nan)
    pedestal, noise, white = unknown, unknown, unknown
    for calibration in setup.calibrations.get(PEDESTALS, ()):
        pedestal = _by_wire(calibration, "pedestal_adu", config)
        noise = _by_wire(calibration, "noise_adu", config)
        white = _by_wire(calibration, "white_noise_adu", config)
    times, gains = _gains(setup)
    scale = np.ones((1, 1))
    for calibration in setup.calibrations.get(ENERGY_SCALE, ()):
        scale = _cells(calibration)
    velocity = config.drift_velocity_mm_per_us
    for calibration in setup.calibrations.get(DRIFT, ()):
        velocity = float(calibration.table["drift_velocity_mm_per_us"][0])
    lifetime = np.inf
    for calibration in setup.calibrations.get(ATTACHMENT, ()):
        if calibration.table["seen"][0]:
            lifetime = float(calibration.table["electron_lifetime_us"][0])
    return Constants(pedestal, noise, white, times, gains, scale, velocity, lifetime)


def _gains(setup: Setup) -> tuple[Real, Real]:
    config: TpcSettings = setup.config
    nominal = np.full((1, config.wires), config.nominal_gain_adu_per_kev)
    nodes: dict[int, Real] = {}
    for calibration in setup.calibrations.get(GAINS, ()):
        times = np.asarray(calibration.table["time_ns"])
        for time_ns in np.unique(times):
            part = replace(calibration, table=calibration.table[times == time_ns])
            nodes[int(time_ns)] = _by_wire(part, "gain_adu_per_kev", config)
    if not nodes:
        return np.zeros(1), nominal
    ordered = sorted(nodes)
    return np.array(ordered, np.float64), np.array([nodes[time_ns] for time_ns in ordered])


def _by_wire(calibration: Calibration, column: str, config: TpcSettings) -> Real:
    wire = np.asarray(calibration.table["wire"])
    if len(wire) and not (wire.min() >= 0 and wire.max() < config.wires):
        raise InputError(
            where=f"calibration '{calibration.name}'",
            found=f"wires {wire.min()} to {wire.max()}",
            expected=f"0 to {config.wires - 1}",
            remedy="use the calibration of this chamber, or mend anode_wires and cathode_wires",
        )
    values = np.full(config.wires, np.nan)
    values[wire] = np.asarray(calibration.table[column], np.float64)
    return values


def _cells(calibration: Calibration) -> Real:
    column = np.asarray(calibration.table["column"])
    row = np.asarray(calibration.table["row"])
    scale = np.ones((int(column.max()) + 1, int(row.max()) + 1))
    measured = np.asarray(calibration.table["scale"], np.float64)
    scale[column, row] = np.where(np.isfinite(measured), measured, 1.0)
    return scale


def gain_at(constants: Constants, time_ns: NDArray[np.int64], wire: NDArray[np.int64]) -> Real:
    """Give the gain of wires at times, straight between the calibrations before and after."""
    nodes = constants.gain_time_ns
    if len(nodes) == 1:
        only: Real = constants.gain_adu_per_kev[0][wire]
        return only
    later = np.clip(np.searchsorted(nodes, time_ns), 1, len(nodes) - 1)
    share = np.clip((time_ns - nodes[later - 1]) / (nodes[later] - nodes[later - 1]), 0.0, 1.0)
    before, after = (
        constants.gain_adu_per_kev[later - 1, wire],
        constants.gain_adu_per_kev[later, wire],
    )
    gain: Real = before + share * (after - before)
    return gain
