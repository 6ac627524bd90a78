"""Event display: the frames of a batch with what was reconstructed in them."""

from __future__ import annotations

import awkward as ak
import numpy as np

from helioscope.api import Display, Reconstructed, Setup


def draw(setup: Setup, batch: ak.Array, result: Reconstructed) -> bytes:
    """Draw the first events of a batch, at most twelve; give PNG."""
    from helioscope_ccd.gallery import cut, gallery
    from helioscope_ccd.residuals import signal_kev

    events = np.asarray(batch["event_id"])
    cuts = []
    for row in result.observables[:12]:
        place = int(np.flatnonzero(events == row["event_id"])[0])
        signal = signal_kev(setup, np.asarray(batch["frame_adu"][place]))
        title = (
            f"event {row['event_id']}, pattern {row['pattern']}\n"
            f"{row['energy_kev']:.2f} ± {row['energy_err_kev']:.2f} keV"
        )
        cuts.append(cut(signal, row["row"], row["column"], title))
    return gallery(cuts)


DISPLAY = Display(
    name="ccd-events",
    detector="ccd",
    draw=draw,
    description="Events with the pixels around them, in keV.",
)
