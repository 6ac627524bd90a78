"""The event loop: one run, batch by batch, forwards only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.core.events import border, event_rows
from helioscope.core.events.clock import Clock
from helioscope.core.events.judging import Judgement, as_candidates, verdict_on
from helioscope.model.columns import batch_of
from helioscope.model.products import EVENTS
from helioscope.model.time import NS_PER_S
from helioscope.plugin import Detector, Reconstruct, Rescale, Rescaling, Setup


class Chunk(NamedTuple):
    """What one raw batch became.

    Attributes
    ----------
    read
        Number of raw events that were read; those not in ``events`` had been there before.
    cuts_failed
        uint64 per row of the candidates: which of the discriminator's cuts it fails, and in
        the bit behind them whether it fails none and its quality rules it out; None without
        named cuts.
    """

    read: int
    events: ak.Array
    observables: ak.Array
    candidates: ak.Array
    cuts_failed: NDArray[np.uint64] | None = None


def reconstruction(detector: Detector, setup: Setup) -> Reconstruct:
    """Let a detector make itself ready for a run."""
    owner = border.owner_of(detector)
    return border.prepared(owner, setup.run.name, lambda: detector.reconstruction(setup))


def rescaling(detector: Detector, last: Rescaling, setup: Setup) -> Rescale:
    """Let a detector make the last step of its reconstruction ready for a run."""
    owner = border.owner_of(detector)
    return border.prepared(owner, setup.run.name, lambda: last.rescaling(setup))


class BatchResult(NamedTuple):
    """What a detector made of one raw batch by itself, whatever came before it.

    Attributes
    ----------
    number
        Number of the batch in its run.
    event_id, time_ns, dead_s, quality
        int64, int64, float64 and uint32 per raw event.
    """

    number: int
    event_id: NDArray[np.int64]
    time_ns: NDArray[np.int64]
    dead_s: NDArray[np.float64]
    quality: NDArray[np.uint32]
    observables: ak.Array


class Reconstruction(NamedTuple):
    """One batch with each event once, and where it stands."""

    read: int
    events: ak.Array
    observables: ak.Array
    where: str
    seed: int


def candidates(
    results: Iterable[BatchResult], detector: Detector, setup: Setup, judgement: Judgement
) -> Iterator[Chunk]:
    """Take what the detector made of a run to candidates.

    Raises
    ------
    PluginError
        Naming the plugin, the run and the events, where a plugin breaks its promise.
    """
    for done in admitted(results, detector, setup):
        verdict = verdict_on(done.observables, judgement, done.where, done.seed)
        placed = as_candidates(done.observables, verdict, judgement)
        yield Chunk(done.read, done.events, done.observables, *placed)


def reconstructions(
    batches: Iterable[ak.Array], detector: Detector, setup: Setup
) -> Iterator[Reconstruction]:
    """Take the raw batches of one run to observables, each event once.

    Raises
    ------
    PluginError
        As `candidates`.
    """
    return admitted(detected(batches, detector, setup), detector, setup)


def detected(
    batches: Iterable[ak.Array], detector: Detector, setup: Setup, first: int = 0
) -> Iterator[BatchResult]:
    """Let the detector reconstruct raw batches, each by itself.

    Parameters
    ----------
    first
        Number of the first of them in the run.

    Raises
    ------
    PluginError
        As `candidates`.
    """
    reconstruct = reconstruction(detector, setup)
    for number, raw in enumerate(batches, first):
        where = position(setup.run.name, number, np.asarray(raw["event_id"]))
        kept, of_kept = event_rows.distinct(raw)
        result = border.reconstructed(detector, reconstruct, kept, where, setup.seed + number)
        yield BatchResult(
            number,
            np.asarray(raw["event_id"]),
            np.asarray(raw["time_ns"]),
            np.asarray(result.dead_s)[of_kept],
            np.asarray(result.event_quality)[of_kept],
            result.observables,
        )


def admitted(
    results: Iterable[BatchResult], detector: Detector, setup: Setup
) -> Iterator[Reconstruction]:
    """Follow the clock through a run: leave out what came before, and flag the times."""
    clock = Clock(frame_ns(detector, setup))
    for batch in results:
        admission = clock.admit(batch.event_id, batch.time_ns)
        kept = admission.admitted
        time_bits = admission.quality[kept]
        event_id, time_ns = batch.event_id[kept], batch.time_ns[kept]
        events = batch_of(
            {
                "event_id": event_id,
                "time_ns": time_ns,
                "covered_ns": admission.covered_ns[kept],
                "dead_s": batch.dead_s[kept],
                "quality": batch.quality[kept] | time_bits,
            },
            EVENTS,
        )
        rows = batch.observables
        if not kept.all():
            gone = batch.event_id[~kept], batch.time_ns[~kept]
            rows = event_rows.without(rows, gone, (event_id, time_ns))
        rows = event_rows.with_time_bits(rows, event_id, time_bits)
        where = position(setup.run.name, batch.number, batch.event_id)
        yield Reconstruction(kept.size, events, rows, where, setup.seed + batch.number)


def frame_ns(detector: Detector, setup: Setup) -> int:
    """Give what one frame covers in ns; 0 for a triggered detector."""
    return round((detector.frame_s(setup.config) or 0.0) * NS_PER_S)


def position(run: str, number: int, event_id: NDArray[np.int64]) -> str:
    """Say in words where a batch stands."""
    if not event_id.size:
        return f"run {run}, batch {number}, no events"
    return f"run {run}, batch {number}, events {event_id[0]} to {event_id[-1]}"
