"""The products of a job: raw events, observables, candidates, live time."""

from __future__ import annotations

from helioscope.model.schema import Column, Schema

#: Raises whenever a base product below changes; part of every lineage.
DATA_MODEL_VERSION = 1

EVENT_ID = Column("event_id", "int64", "", "Number of the event within its run.")
TIME_NS = Column("time_ns", "int64", "ns", "Start of the event since 1970-01-01 UTC, POSIX style.")

#: The columns that every raw event has; a detector adds its own.
RAW = Schema("raw", 1, (EVENT_ID, TIME_NS))

X_MM = Column("x_mm", "float32", "mm", "Position across, in detector coordinates.")
Y_MM = Column("y_mm", "float32", "mm", "Position up, in detector coordinates.")
ENERGY_KEV = Column("energy_kev", "float32", "keV", "Calibrated energy.", minimum=0.0)
ENERGY_ERR_KEV = Column(
    "energy_err_kev", "float32", "keV", "One standard deviation of the energy.", minimum=0.0
)
QUALITY = Column("quality", "uint32", "", "Quality bits; 0 is clean.")

#: The columns that every reconstructed cluster or photon has; a detector adds its own.
OBSERVABLES = Schema(
    "observables", 1, (EVENT_ID, TIME_NS, X_MM, Y_MM, ENERGY_KEV, ENERGY_ERR_KEV, QUALITY)
)

#: One row a raw event that was admitted: what the live time is made from, for any tags.
EVENTS = RAW.extended(
    "events",
    1,
    (
        Column(
            "covered_ns",
            "int64",
            "ns",
            "Time that only this frame covers; 0 if triggered.",
            minimum=0,
        ),
        Column("dead_s", "float64", "s", "Live time that the event costs.", minimum=0.0),
        QUALITY,
    ),
)

#: What a discrimination gives for each row of the observables.
DISCRIMINATION = Schema(
    "discrimination",
    1,
    (
        Column("score", "float32", "", "How much like an X-ray: larger is more so."),
        Column("accepted", "bool", "", "Whether the discriminator takes the row as an X-ray."),
    ),
)

CUTS_FAILED = Column(
    "cuts_failed", "uint64", "", "Bit i is set where the row fails the discriminator's cut i."
)
DISCRIMINATION_BY_CUTS = DISCRIMINATION.extended("discrimination_by_cuts", 1, (CUTS_FAILED,))

CANDIDATES = Schema(
    "candidates",
    1,
    (
        Column("run", "string", "", "Name of the run."),
        Column("detector", "string", "", "Name of the detector in the job."),
        EVENT_ID,
        TIME_NS,
        X_MM,
        Y_MM,
        ENERGY_KEV,
        ENERGY_ERR_KEV,
        *DISCRIMINATION.columns,
        QUALITY,
        Column("tag", "string", "", "background, tracking or excluded."),
        Column(
            "sun_offset_deg",
            "float32",
            "deg",
            "Angle between the magnet axis and the Sun's centre; NaN where it is not known.",
        ),
    ),
)

LIVE_TIME = Schema(
    "live_time",
    1,
    (
        Column("run", "string", "", "Name of the run."),
        Column("detector", "string", "", "Name of the detector in the job."),
        Column("tag", "string", "", "background, tracking or excluded."),
        Column("reason", "string", "", "Why a stretch is excluded; empty otherwise."),
        Column(
            "live_s",
            "float64",
            "s",
            "Seconds in which an X-ray would have been recorded.",
            minimum=0.0,
        ),
        Column(
            "elapsed_s",
            "float64",
            "s",
            "Seconds that the run covers, each counted once.",
            minimum=0.0,
        ),
        Column(
            "dead_s",
            "float64",
            "s",
            "Elapsed less live: read-out, vetoed area, pauses.",
            minimum=0.0,
        ),
    ),
)

PRODUCTS = (RAW, EVENTS, OBSERVABLES, DISCRIMINATION, CANDIDATES, LIVE_TIME)
