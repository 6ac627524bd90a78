"""Which observables tell X-rays from background, by read-out, and from which runs it is learnt."""

from __future__ import annotations

from dataclasses import replace

from helioscope.api import Feature, Separation, quality
from helioscope_micromegas.observables import QUALITY
from helioscope_micromegas.settings import MicromegasSettings

#: Multiplicities are left out: as whole numbers they carry the energy through any decorrelation.
_CLUSTERS = (
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
)
_MESH = (
    Feature("mesh_rise_ns", side="upper"),
    Feature("mesh_width_ns", side="upper"),
    Feature("mesh_strip_ratio"),
)
_STRIP_TIMES = (
    Feature("time_spread_ns", side="upper"),
    Feature("skew_time"),
    Feature("kurtosis_time"),
    Feature("strip_rise_ns"),
    Feature("strip_width_ns"),
)


def _with_mesh(config: MicromegasSettings) -> bool:
    return config.readout == "strips"


def _with_times(config: MicromegasSettings) -> bool:
    return config.readout == "waveforms"


#: 55Fe teaches on its lines; runs of an X-ray tube, where a job has them, at every energy.
SEPARATION = Separation(
    detector="micromegas",
    features=_CLUSTERS + _MESH,
    xray_lines_kev={"fe55": (2.94, 5.9), "xray": ()},
    line_resolution=0.07,
    excluded_quality=quality.excluding_mask(quality.COMMON + QUALITY),
    version=2,
    applies=_with_mesh,
)
WAVEFORM_SEPARATION = replace(
    SEPARATION,
    name="micromegas-waveforms",
    version=1,
    features=_CLUSTERS + _STRIP_TIMES,
    applies=_with_times,
)
