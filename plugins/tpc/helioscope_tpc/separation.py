"""What the trained discriminators look at: features of compact, point-like charge."""

from __future__ import annotations

from helioscope.api import Feature, Separation

#: Observables of the shape alone; where an event lies and what the veto saw are cuts.
SEPARATION = Separation(
    detector="tpc",
    features=(
        Feature("anode_clusters", "upper", follows_energy=False),
        Feature("cathode_clusters", "upper", follows_energy=False),
        Feature("anode_multiplicity"),
        Feature("cathode_multiplicity"),
        Feature("charge_ratio"),
        Feature("time_difference_us"),
        Feature("width_us"),
        Feature("cathode_width_us"),
        Feature("rise_us"),
        Feature("duration_us"),
        Feature("spread_x_mm"),
        Feature("spread_y_mm"),
        Feature("drift_spread_mm"),
    ),
    xray_lines_kev={"fe55": (2.95, 5.9), "xray": ()},
    line_resolution=0.065,
)
