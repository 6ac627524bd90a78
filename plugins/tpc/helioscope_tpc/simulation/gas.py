"""The gas and the box that particles ionise."""

from __future__ import annotations

from typing import Any, NamedTuple

from helioscope_tpc import matter


class Gas(NamedTuple):
    """What ionisation needs to know of the gas and the box, in mm and keV."""

    half_x: float
    half_y: float
    depth: float
    density_g_per_cm3: float
    w_kev: float
    fano: float
    k_edge: float
    k_alpha: float
    l_binding: float
    k_yield: float
    k_share: float


def gas_of(config: Any, simulation: Any) -> Gas:
    """Collect the gas from the detector's and the simulator's settings."""
    return Gas(
        config.width_mm / 2,
        config.height_mm / 2,
        config.drift_mm,
        matter.ARGON_G_PER_CM3 * simulation.argon_share,
        simulation.w_value_ev / 1000.0,
        simulation.fano,
        matter.ARGON_K_KEV,
        matter.ARGON_KALPHA_KEV,
        matter.ARGON_L_KEV,
        matter.ARGON_K_YIELD,
        matter.ARGON_K_SHARE,
    )
