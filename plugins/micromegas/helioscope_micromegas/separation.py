"""Which observables tell X-rays from background, and from which runs this is learnt."""

from __future__ import annotations

from helioscope.api import Feature, Separation, quality
from helioscope_micromegas.observables import QUALITY

#: Multiplicities are left out: as whole numbers they carry the energy through any decorrelation.
FEATURES = (
    Feature("balance"),
    Feature("n_clusters_x", side="upper", follows_energy=False),
    Feature("n_clusters_y", side="upper", follows_energy=False),
    Feature("sigma_x_mm", side="upper"),
    Feature("sigma_y_mm", side="upper"),
    Feature("skew_x"),
    Feature("skew_y"),
    Feature("kurtosis_x"),
    Feature("kurtosis_y"),
    Feature("fraction_x", side="lower"),
    Feature("fraction_y", side="lower"),
    Feature("mesh_rise_ns", side="upper"),
    Feature("mesh_width_ns", side="upper"),
    Feature("mesh_strip_ratio"),
)

#: 55Fe teaches on its lines; runs of an X-ray tube, where a job has them, at every energy.
SEPARATION = Separation(
    detector="micromegas",
    features=FEATURES,
    xray_lines_kev={"fe55": (2.94, 5.9), "xray": ()},
    line_resolution=0.07,
    excluded_quality=quality.excluding_mask(quality.COMMON + QUALITY),
)
