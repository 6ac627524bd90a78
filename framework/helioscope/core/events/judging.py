"""From observables to candidates: the discriminator's verdict, the tags of time, the Sun."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.core.events import border
from helioscope.core.events.tagging import Tagging
from helioscope.model.columns import batch_of, text_column
from helioscope.model.products import CANDIDATES, DISCRIMINATION, DISCRIMINATION_BY_CUTS
from helioscope.model.quality import excluding_mask
from helioscope.model.schema import Schema
from helioscope.plugin import Detector, Discriminate, Discriminator, Setup

#: Angle between magnet axis and Sun at given times, float32 degrees; NaN where unknown.
SunOffset = Callable[[NDArray[np.int64]], NDArray[np.float32]]


@dataclass(frozen=True)
class Judgement:
    """How rows become candidates: the discriminator made ready, the tags, the Sun."""

    run: str
    detector: str
    quality_mask: int
    discriminator: Discriminator | None
    discriminate: Discriminate | None
    tagging: Tagging
    sun_offset: SunOffset | None = None
    cuts: tuple[str, ...] = ()

    @property
    def verdicts(self) -> Schema:
        """What a verdict on rows holds."""
        return DISCRIMINATION_BY_CUTS if self.cuts else DISCRIMINATION


def verdict_on(observables: ak.Array, judgement: Judgement, where: str, seed: int) -> ak.Array:
    """Let the discriminator score the rows of one batch; without one every row is accepted.

    Raises
    ------
    PluginError
        Where it breaks its promise.
    """
    if judgement.discriminator and judgement.discriminate:
        return border.discriminated(
            judgement.discriminator, judgement.discriminate, observables, where, seed,
            len(judgement.cuts),
        )  # fmt: skip
    rows = len(observables)
    return batch_of({"score": np.zeros(rows), "accepted": np.ones(rows, bool)}, DISCRIMINATION)


def as_candidates(
    observables: ak.Array, verdict: ak.Array, judgement: Judgement
) -> tuple[ak.Array, NDArray[np.uint64] | None]:
    """Tag and place the rows of one batch as candidates; say which cuts they fail.

    Returns
    -------
    candidates, cuts_failed
        As in `loop.Chunk`.
    """
    rows = len(observables)
    quality = np.asarray(observables["quality"])
    times = np.asarray(observables["time_ns"])
    labels = judgement.tagging.labels_at(times)
    here = np.zeros(rows, np.int64)
    unknown = np.full(rows, np.nan, np.float32)
    offset = judgement.sun_offset(times) if judgement.sun_offset else unknown
    clean = (quality & np.uint32(judgement.quality_mask)) == 0
    columns = {name: observables[name] for name in CANDIDATES.names if name in observables.fields}
    columns |= {
        "run": text_column([judgement.run], here),
        "detector": text_column([judgement.detector], here),
        "score": verdict["score"],
        "accepted": np.asarray(verdict["accepted"]) & clean,
        "tag": text_column([tag for tag, _ in judgement.tagging.labels], labels),
        "sun_offset_deg": offset,
    }
    failed = None
    if judgement.cuts:
        failed = np.asarray(verdict["cuts_failed"])
        excluded = (failed == 0) & ~clean
        failed = failed | (excluded.astype(np.uint64) << np.uint64(len(judgement.cuts)))
    return batch_of(columns, CANDIDATES), failed


def discrimination(discriminator: Discriminator | None, setup: Setup) -> Discriminate | None:
    """Let a discriminator make itself ready for a run."""
    if discriminator is None:
        return None
    owner = border.owner_of(discriminator)
    return border.prepared(owner, setup.run.name, lambda: discriminator.discrimination(setup))


def quality_mask(detector: Detector) -> int:
    """Join the bits that rule a row of this detector out."""
    return excluding_mask(detector.quality_bits)
