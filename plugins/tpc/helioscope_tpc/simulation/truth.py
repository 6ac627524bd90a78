"""The truth beside a simulated run: one row for each particle that came."""

from __future__ import annotations

from helioscope.api import Column, Schema

TRUTH = Schema(
    "tpc_truth",
    1,
    (
        Column("event_id", "int64", "", "Raw event; -1 where nothing was recorded."),
        Column("time_ns", "int64", "ns", "When it came."),
        Column("source", "string", "", "photon, pair, muon, gamma, recoil, fluorescence, random."),
        Column("energy_kev", "float64", "keV", "Energy of the particle; 0 for a muon."),
        Column("passed", "bool", "", "It came through the window, or did not have to."),
        Column("x_mm", "float64", "mm", "Where it converted or started."),
        Column("y_mm", "float64", "mm", "The same, up."),
        Column("z_mm", "float64", "mm", "The same, from the wires along the drift."),
        Column("collected_kev", "float64", "keV", "All avalanches of its event, as energy."),
        Column("ionised_kev", "float64", "keV", "All free electrons of its event, as energy."),
    ),
)
