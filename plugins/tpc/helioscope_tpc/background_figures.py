"""What of the background the cuts leave, and what it is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from helioscope.api import Figure, RunResult
from helioscope_tpc.figures import Measured, accepted_events, in_range, in_windows, known, least

#: Asked of the events with a row in 1 to 10 keV over those accepted.
REJECTION = 100.0


def background_figures(run: RunResult) -> list[Figure]:
    """Give the rejection over the whole area, in the windows alone and of all events."""
    rows = run.products["observables"]
    event, inside = np.asarray(rows["event_id"]), in_range(rows)
    seen = np.unique(event[inside])
    facing = np.unique(event[inside & in_windows(rows)])
    recorded = np.unique(np.asarray(run.truth["event_id"]))
    accepted = accepted_events(run)
    left = len(accepted)
    return [
        least("background rejection 1-10 keV", rejection(len(seen), left), "", REJECTION),
        known("background rejection 1-10 keV, in the windows", rejection(len(facing), left)),
        known("background rejection, all recorded", rejection(len(recorded[recorded >= 0]), left)),
        *[
            known(
                f"background accepted: {name}", Measured(number, np.sqrt(max(number, 1))), "events"
            )
            for name, number in composition(run, accepted).items()
        ],
    ]


def rejection(seen: int, left: int) -> Measured:
    """Give events over those of them that are left; no less than one counts as left.

    The events left are a part of those seen: the error of the factor is that of a share.
    """
    kept = max(left, 1)
    factor = seen / max(left, 1)
    return Measured(factor, factor * float(np.sqrt(max(1 / kept - 1 / max(seen, 1), 0.0))))


def composition(run: RunResult, accepted: NDArray[np.int64]) -> dict[str, int]:
    """Count the accepted events by what they truly were; every kind in the run appears."""
    source = np.asarray(run.truth["source"])
    event = np.asarray(run.truth["event_id"])
    return {
        str(name): len(np.unique(event[(source == name) & np.isin(event, accepted)]))
        for name in np.unique(source)
    }
