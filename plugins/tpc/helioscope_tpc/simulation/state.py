"""The true gain and pedestal of every wire, and how they drift."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from helioscope.api import UsageError
from helioscope_tpc.simulation.settings import TpcSimulationSettings

Real = NDArray[np.float64]

DAY_NS = 86_400_000_000_000
#: What a photon of a pair keeps from the walls of the chamber.
PAIR_MARGIN_MM = 8.0


class State(NamedTuple):
    """The true gain and pedestal of every wire at the reference time.

    Attributes
    ----------
    gain
        float64 [wires]: relative amplification.
    pedestal_adu
        float64 [wires].
    """

    gain: Real
    pedestal_adu: Real


def state_of(config: Any, simulation: TpcSimulationSettings) -> State:
    """Draw the chamber's wires; the same ``chamber_seed`` is the same chamber."""
    rng = np.random.default_rng([simulation.chamber_seed, 4801])
    spread = np.clip(rng.standard_normal(config.wires), -2.5, 2.5)
    level = rng.standard_normal(config.wires)
    return State(
        1.0 + simulation.gain_spread * spread,
        simulation.pedestal_adu + simulation.pedestal_spread_adu * level,
    )


def days_drifted(
    simulation: TpcSimulationSettings, time_ns: NDArray[np.int64], start_ns: int
) -> Real:
    """Give the days at each time since the reference time, or the start of the run."""
    known = simulation.gain_reference_ns
    days: Real = (time_ns - (start_ns if known is None else known)) / DAY_NS
    return days


def gain_factor(simulation: TpcSimulationSettings, days: Real) -> Real:
    """Give the chamber's gain after so many days of drift, 1 at the reference time."""
    return 1.0 + simulation.gain_drift_per_day * days


def pedestals_adu(state: State, simulation: TpcSimulationSettings, days: Real) -> Real:
    """Give the pedestal of every wire, float64 [times, wires], after so many days of drift."""
    return state.pedestal_adu[None] + simulation.pedestal_drift_adu_per_day * days[:, None]


def require_working(
    config: Any, simulation: TpcSimulationSettings, span_ns: tuple[int, int]
) -> None:
    """Refuse a chamber whose drift has left what its electronics can digitise.

    Raises
    ------
    UsageError
        Where the gain is not positive, or a pedestal lies outside the ADC, within the run; where
        pulses start in the samples of the baseline or behind the last one, or a pair does not
        fit into the chamber.
    """
    _require_trigger_in_the_samples(config, simulation)
    _require_pairs_in_the_chamber(config, simulation)
    days = days_drifted(simulation, np.array(span_ns), span_ns[0])
    gain = float(gain_factor(simulation, days).min())
    levels = pedestals_adu(state_of(config, simulation), simulation, days)
    top = 2**config.adc_bits - 1
    if gain > 0 and levels.min() >= 0 and levels.max() < top:
        return
    raise UsageError(
        where="simulation of a TPC run",
        found=f"a gain of {gain:.3g} and pedestals of {levels.min():.4g} to {levels.max():.4g} adu "
        f"after {days.max():.1f} days of drift",
        expected=f"a positive gain, and pedestals from 0 to {top} adu",
        remedy="give gain_reference_ns nearer to the run, or smaller drifts",
    )


def _require_trigger_in_the_samples(config: Any, simulation: TpcSimulationSettings) -> None:
    first, last = config.baseline_stop, config.samples - 1
    if not first <= simulation.pretrigger_samples <= last:
        raise UsageError(
            where="simulation of a TPC run, pretrigger_samples",
            found=str(simulation.pretrigger_samples),
            expected=f"from {first}, where the baseline's samples end, to {last}, the last",
            remedy="set pretrigger_samples in [simulator], or the samples in [detector]",
        )


def _require_pairs_in_the_chamber(config: Any, simulation: TpcSimulationSettings) -> None:
    room_mm = min(config.width_mm, config.height_mm, config.drift_mm) - 2 * PAIR_MARGIN_MM
    if simulation.pairs and simulation.pair_distance_mm > room_mm:
        raise UsageError(
            where="simulation of a TPC run, pair_distance_mm",
            found=str(simulation.pair_distance_mm),
            expected=f"at most {room_mm:g} mm, so that both photons convert in the chamber",
            remedy="set a smaller pair_distance_mm in [simulator]",
        )
