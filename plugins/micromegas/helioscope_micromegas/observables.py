"""The observables of an event and the quality bits that belong to the Micromegas alone.

Both read-outs fill the same columns. A quantity that a read-out does not measure is NaN: the
mesh pulse with waveform strips, the times of single strips with integrated charges.
"""

from __future__ import annotations

from helioscope.api import Column, QualityBit, products

ONE_AXIS = QualityBit(
    16,
    "one_axis",
    "Only one axis saw charge; the other coordinate stands at the centre.",
    excludes=True,
)
UNMAPPED_CHANNEL = QualityBit(
    17, "unmapped_channel", "A channel or strip is not in the read-out map; it was left out."
)
MISMATCHED = QualityBit(
    18,
    "mismatched",
    "No cluster in x and cluster in y agree in charge and in time.",
    excludes=True,
)
NO_CHARGE = QualityBit(
    19, "no_charge", "No strip over threshold; only the mesh or a veto fired.", excludes=True
)
BORDER = QualityBit(
    20, "border", "The main cluster reaches the outermost strip; charge is lost.", excludes=True
)
NO_MESH_PULSE = QualityBit(
    21,
    "no_mesh_pulse",
    "The mesh, which gives the energy, has no pulse over its noise.",
    excludes=True,
)
REPEATED_STRIP = QualityBit(
    22,
    "repeated_strip",
    "A strip comes twice in the event; its first charge counted.",
    excludes=True,
)
NOMINAL_ENERGY = QualityBit(
    23, "nominal_energy", "No calibration of the energy held; its scale is that of the settings."
)
QUALITY = (
    ONE_AXIS, UNMAPPED_CHANNEL, MISMATCHED, NO_CHARGE, BORDER, NO_MESH_PULSE, REPEATED_STRIP,
    NOMINAL_ENERGY,
)  # fmt: skip


def _number(name: str, unit: str, meaning: str) -> Column:
    return Column(name, "float32", unit, meaning)


def _count(name: str, meaning: str) -> Column:
    return Column(name, "int32", "", meaning, minimum=0)


_ENERGY = (
    _number("energy_adu", "adu", "Charge of all strips with a good pulse."),
    _number("energy_x_adu", "adu", "Charge of the x strips."),
    _number("energy_y_adu", "adu", "Charge of the y strips."),
    _number("balance", "", "Charge balance (x - y) / (x + y)."),
    _number("energy_strips_kev", "keV", "Energy from the strips."),
    _number("energy_mesh_kev", "keV", "Energy from the mesh pulse."),
)
_CHANNELS = (
    _number("baseline_mean_adu", "adu", "Baseline, mean over the recorded channels or the mesh."),
    _number("baseline_sigma_adu", "adu", "Fluctuation of the baseline, mean likewise."),
    _count("n_signals", "Channels recorded; vetoes and masked ones left out."),
    _count("n_good", "Channels with a good pulse; vetoes and masked ones left out."),
)
_SHAPE = (
    _count("multiplicity_x", "Strips in the main x cluster."),
    _count("multiplicity_y", "Strips in the main y cluster."),
    _count("n_clusters_x", "Clusters in x."),
    _count("n_clusters_y", "Clusters in y."),
    _number("sigma_x_mm", "mm", "Spread of the main x cluster, weighted by charge."),
    _number("sigma_y_mm", "mm", "Spread of the main y cluster, weighted by charge."),
    _number("skew_x", "", "Skewness of the main x cluster."),
    _number("skew_y", "", "Skewness of the main y cluster."),
    _number("kurtosis_x", "", "Excess kurtosis of the main x cluster."),
    _number("kurtosis_y", "", "Excess kurtosis of the main y cluster."),
    _number("fraction_x", "", "Share of the x charge that lies in the main x cluster."),
    _number("fraction_y", "", "Share of the y charge that lies in the main y cluster."),
    _number("cluster_x_mm", "mm", "Centre of the main x cluster."),
    _number("cluster_y_mm", "mm", "Centre of the main y cluster."),
)
_TIME = (
    _number("strip_time_ns", "ns", "Mean peak time of the strips, weighted by charge."),
    _number("time_spread_ns", "ns", "Spread of the strips' peak times, weighted by charge."),
    _number("skew_time", "", "Skewness of the strips' peak times."),
    _number("kurtosis_time", "", "Excess kurtosis of the strips' peak times."),
    _number("strip_rise_ns", "ns", "Mean time from threshold to peak of the strips."),
    _number("strip_width_ns", "ns", "Mean width of the strips' pulses at half height."),
)
_MESH = (
    _number("mesh_amplitude_adu", "adu", "Height of the mesh pulse over its baseline."),
    _number("mesh_integral_adu_ns", "adu ns", "Integral of the mesh pulse."),
    _number("mesh_rise_ns", "ns", "Time of the mesh pulse from 10 % to 90 % of its height."),
    _number("mesh_width_ns", "ns", "Width of the mesh pulse at half height."),
    _number("mesh_time_ns", "ns", "Time at which the mesh pulse reaches half height."),
    _number("mesh_baseline_adu", "adu", "Baseline of the mesh pulse."),
    _number("mesh_baseline_rms_adu", "adu", "Fluctuation of the mesh baseline."),
    _number("mesh_strip_ratio", "", "Mesh energy over strip energy."),
)
_VETO = (
    _number("veto_amplitude_adu", "adu", "Largest amplitude of any veto; 0 without a veto."),
    _number("veto_time_ns", "ns", "Time of that veto's peak; NaN where it is below its threshold."),
    Column("veto_signal_id", "int32", "", "Channels of all recorded vetoes.", ("var",)),
    Column("veto_adu", "float32", "adu", "Amplitudes of all recorded vetoes.", ("var",)),
    Column("veto_peak_ns", "float32", "ns", "Peak times of all recorded vetoes.", ("var",)),
)

#: One row an event.
OBSERVABLES = products.OBSERVABLES.extended(
    "micromegas_observables", 1, _ENERGY + _CHANNELS + _SHAPE + _TIME + _MESH + _VETO
)
