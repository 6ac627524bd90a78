"""The tables of the TPC: raw events, observables, and its own quality bits."""

from __future__ import annotations

from helioscope.api import Column, QualityBit, Schema, products
from helioscope_tpc.settings import TpcSettings

WIRE_UNKNOWN = QualityBit(
    16, "wire_unknown", "A wire number lies outside the chamber; its samples are left out.", True
)
UNMATCHED = QualityBit(17, "unmatched", "No cathode cluster matches: y is not known.")
PEDESTAL_FROM_RUN = QualityBit(
    18, "pedestal_from_run", "A pulse stands in a baseline window; the pedestal run's was taken."
)
NO_CLUSTER = QualityBit(
    19, "no_cluster", "The event has no cluster; the row is there by setting.", True
)
OUTSIDE_WINDOWS = QualityBit(20, "outside_windows", "It does not lie behind a bore's window.", True)
SHARED = QualityBit(
    21, "shared", "It shares an anode or cathode cluster with another row, in parts."
)
BITS = (WIRE_UNKNOWN, UNMATCHED, PEDESTAL_FROM_RUN, NO_CLUSTER, OUTSIDE_WINDOWS, SHARED)


def raw_schema(config: TpcSettings) -> Schema:
    """Give the raw columns for these settings; the veto column is left out where there is none."""
    veto = Column("veto_time_ns", "int64", "ns", "Last signal of the muon veto; 0 where none.")
    wires = Column("wire", "int16", "", "Read-out wires: anodes, then cathodes.", ("var",))
    samples = Column(
        "samples_adu", "int16", "adu", "Samples of each read-out wire.", ("var", config.samples)
    )
    own = (veto, wires, samples) if config.veto else (wires, samples)
    return products.RAW.extended("tpc_raw", 1, own)


def _real(name: str, unit: str, meaning: str) -> Column:
    return Column(name, "float32", unit, meaning)


OBSERVABLES = products.OBSERVABLES.extended(
    "tpc_observables",
    1,
    (
        _real("anode_charge_kev", "keV", "Charge of the anode cluster by wire gains alone."),
        _real("cathode_charge_kev", "keV", "Charge of the matched cathode cluster, anode scale."),
        _real("charge_ratio", "", "Cathode to anode charge; NaN where unmatched."),
        _real("time_us", "us", "Charge-weighted anode time from the start of the waveforms."),
        _real("time_difference_us", "us", "Cathode less anode time; NaN where unmatched."),
        _real("z_relative_mm", "mm", "Drift distance behind the event's first anode cluster."),
        Column("anode_multiplicity", "int16", "", "Anode wires over threshold in the cluster."),
        Column("cathode_multiplicity", "int16", "", "Cathode wires over threshold in the match."),
        Column("anode_clusters", "int16", "", "Anode clusters of the event."),
        Column("cathode_clusters", "int16", "", "Cathode clusters of the event."),
        _real("width_us", "us", "Charge-weighted full width at half maximum, anodes."),
        _real("cathode_width_us", "us", "The same for the matched cathodes; NaN where unmatched."),
        _real("rise_us", "us", "Charge-weighted rise time from 10 % to 90 %, anodes."),
        _real("duration_us", "us", "From the first to the last anode sample over threshold."),
        _real("spread_x_mm", "mm", "Charge-weighted standard deviation over anode wires."),
        _real("spread_y_mm", "mm", "The same over cathode wires; NaN where unmatched."),
        _real("drift_spread_mm", "mm", "The same along the drift, from anode times and widths."),
        _real("length_mm", "mm", "Root of the summed extents in x, y and z."),
        _real("linearity", "", "1 - least/largest eigenvalue of the charge covariance in x and z."),
        _real("dedx_asymmetry", "", "Late less early half of the track's charge, over both."),
        _real("veto_difference_us", "us", "Event less veto time; NaN without a veto signal."),
        Column("baseline_mean_adu", "float64", "adu", "Mean over the signals of their baselines."),
        Column("baseline_sigma_adu", "float64", "adu", "Mean over the signals of their noise."),
        _real("coherent_noise_adu", "adu", "Rms of the noise that the anodes shared; NaN: none."),
        Column("anode_wire", "int16", "", "Wires in the anode charge.", ("var",)),
        Column("anode_charge_adu", "float32", "adu", "Charge of each of them.", ("var",)),
        Column("anode_time_us", "float32", "us", "Time of each; NaN below threshold.", ("var",)),
        Column("anode_width_us", "float32", "us", "Width of each at half maximum.", ("var",)),
        Column("cathode_wire", "int16", "", "Wires in the cathode charge.", ("var",)),
        Column("cathode_charge_adu", "float32", "adu", "Charge of each of them.", ("var",)),
        Column("signal_wire", "int16", "", "Every read-out wire, by setting.", ("var",)),
        Column(
            "signal_baseline_mean_adu",
            "float64",
            "adu",
            "Mean of the baseline samples of every read-out wire, by setting.",
            ("var",),
        ),
        Column(
            "signal_baseline_sigma_adu",
            "float64",
            "adu",
            "Their population standard deviation, by setting.",
            ("var",),
        ),
    ),
)
