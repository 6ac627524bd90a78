"""What a run counted at each step; every event and row that is not clean shows here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import awkward as ak
import numpy as np

from helioscope.core.events.loop import Chunk
from helioscope.model import quality
from helioscope.model.cuts import CutFlow
from helioscope.plugin import Detector

#: The cut that the framework makes behind those of a discriminator.
QUALITY_CUT = "quality bits that exclude"


class Counts:
    """Adds up the steps of one run.

    Parameters
    ----------
    cuts
        Names of the discriminator's cuts.
    """

    def __init__(self, detector: Detector, cuts: tuple[str, ...] = ()) -> None:
        self.bits = detector.quality_bits
        self.cut_flow = CutFlow((*cuts, QUALITY_CUT) if cuts else ())
        self.steps: Counter[str] = Counter()
        self.event_quality: Counter[str] = Counter()
        self.row_quality: Counter[str] = Counter()
        self.tags: Counter[str] = Counter()

    def add(self, chunk: Chunk) -> None:
        """Add what one batch became."""
        accepted = np.asarray(chunk.candidates["accepted"])
        self.steps["events_read"] += chunk.read
        self.steps["duplicates_rejected"] += chunk.read - len(chunk.events)
        self.steps["events"] += len(chunk.events)
        self.steps["observables"] += len(chunk.observables)
        self.steps["accepted"] += int(accepted.sum())
        self.event_quality.update(quality.counts(np.asarray(chunk.events["quality"]), self.bits))
        self.row_quality.update(quality.counts(np.asarray(chunk.observables["quality"]), self.bits))
        if chunk.cuts_failed is not None:
            self.cut_flow.add(chunk.cuts_failed)
        if accepted.any():
            tags, numbers = np.unique(
                ak.to_numpy(chunk.candidates["tag"][accepted]), return_counts=True
            )
            for tag, number in zip(tags.tolist(), numbers.tolist(), strict=True):
                self.tags[str(tag)] += number

    def take_events(self, counts: Mapping[str, Any]) -> None:
        """Take over what an earlier record of the same raw events counted of them."""
        for step in ("events_read", "duplicates_rejected", "events"):
            self.steps[step] = counts[step]
        self.event_quality = Counter(counts["events_with_quality_bit"])

    def as_dict(self) -> dict[str, Any]:
        """Give the counts as plain values."""
        order = ("events_read", "duplicates_rejected", "events", "observables", "accepted")
        return {
            **{step: self.steps[step] for step in order},
            "accepted_by_tag": dict(sorted(self.tags.items())),
            "events_with_quality_bit": dict(sorted(self.event_quality.items())),
            "observables_with_quality_bit": dict(sorted(self.row_quality.items())),
        }
