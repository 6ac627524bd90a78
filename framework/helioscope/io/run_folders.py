"""The products of a run's folder, put together for export."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.errors import InputError
from helioscope.io.good_times import Tags, Times, framed, shortened_list, triggered
from helioscope.io.ogip import EventList
from helioscope.io.parquet import iterate_product, read_header, read_product
from helioscope.io.run_records import RECORD, read_record
from helioscope.model.intervals import Intervals
from helioscope.model.names import check_name
from helioscope.model.products import CANDIDATES, EVENTS, LIVE_TIME

#: Tags that are exported; excluded time is no good time.
TAGS = ("background", "tracking")

#: So many rows are held at a time.
_STEP_ROWS = 65_536

#: Good times and the live-time table are computed in two ways and must agree this well.
_AGREEMENT_S = 1e-3


def run_names(folder: Path) -> tuple[str, str]:
    """Give run and detector of a folder, from the lineage of its live time.

    Raises
    ------
    InputError
        Where the folder is none of a run, or its record tells of another.
    """
    record = read_record(folder)  # says best what is no folder of products
    run, detector = _lineage(folder, "live_time")["settings"]["names"]
    told = record.get("run"), record.get("detector")
    if told != (run, detector):
        raise InputError(
            where=str(folder / RECORD),
            found=f"the record of run {told[0]}, {told[1]}",
            expected=f"that of {run}, {detector}, of which live_time.parquet is",
            remedy="restore the record from a copy, or run again",
        )
    return check_name(run, "run"), check_name(detector, "detector")


def event_lists(
    folder: Path,
    digest_of: Callable[[Mapping[str, Any]], str],
    *,
    accepted_only: bool = False,
    telescope: str = "HELIOSCOPE",
) -> Iterator[EventList]:
    """Yield the candidates with their good times, tag by tag where there was live time.

    Parameters
    ----------
    digest_of
        Gives the digest of a lineage: what the record says of it may be of other products.

    Raises
    ------
    InputError
        Where a product is missing or damaged, is one of another run or another processing, or
        the good times are not the live time.
    """
    run, detector = run_names(folder)
    require_one_run(folder, ("events", "candidates"))
    lineage = _lineage(folder, "candidates")
    live = read_product(folder / "live_time.parquet", LIVE_TIME)
    for tag in TAGS:
        rows = live[live["tag"] == tag]
        live_s, elapsed_s = float(ak.sum(rows["live_s"])), float(ak.sum(rows["elapsed_s"]))
        if not elapsed_s:
            continue
        start, stop = _good_times(folder, tag)
        total = int((stop - start).sum()) / 1e9
        if abs(total - live_s) > _AGREEMENT_S:
            raise InputError(
                where=str(folder),
                found=f"good times of {total:.6f} s for {tag}",
                expected=f"{live_s:.6f} s, the live time in live_time.parquet",
                remedy="the products do not belong together: run again",
            )
        yield EventList(
            run=run,
            detector=detector,
            tag=tag,
            candidates=partial(_chosen, folder / "candidates.parquet", tag, accepted_only),
            gti_start_tt_ns=start,
            gti_stop_tt_ns=stop,
            elapsed_s=elapsed_s,
            lineage_digest=digest_of(lineage),
            lineage=lineage,
            selection="ACCEPTED" if accepted_only else "ALL",
            telescope=telescope,
        )


def require_one_run(folder: Path, products: Iterable[str]) -> None:
    """Refuse products that were not made together: each must tell of the same measurement.

    Raises
    ------
    InputError
        Where one is not of the run of the folder's live time, is missing or damaged.
    """
    of = {name: _lineage(folder, name) for name in ("live_time", *products)}
    named = {name: lineage["settings"].get("names") for name, lineage in of.items()}
    strangers = [
        name
        for name, lineage in of.items()
        if _measurement(lineage) != _measurement(of["live_time"])
        or named[name] not in (None, named["live_time"])
    ]
    if strangers:
        raise InputError(
            where=str(folder / f"{strangers[0]}.parquet"),
            found="a product of another run, or of another processing of it",
            expected="that of which live_time.parquet is made",
            remedy="the products do not belong together: run again",
        )


def _measurement(lineage: Mapping[str, Any]) -> dict[str, Any]:
    """Give the deepest ancestor, whatever it is called: events and observables share it."""
    while lineage["parent"] is not None:
        lineage = lineage["parent"]
    return {**lineage, "kind": ""}


def _chosen(path: Path, tag: str, accepted_only: bool) -> Iterator[ak.Array]:
    """Yield the candidates of a tag batch by batch."""
    for batch in iterate_product(path, _STEP_ROWS, CANDIDATES):
        chosen = batch["tag"] == tag
        yield batch[chosen & batch["accepted"] if accepted_only else chosen]


def _good_times(folder: Path, tag: str) -> tuple[Times, Times]:
    lineage = _lineage(folder, "live_time")
    tags = Tags.of_lineage(lineage["settings"])
    times, covered, dead = _timing(folder / "events.parquet", tags, tag)
    if covered.any():
        return framed(times, covered, dead)
    span = lineage["parent"]["settings"]["run"]
    start, stop = span["start_ns"], span["stop_ns"]
    if start is None or stop is None:
        start, stop = _first_and_last(folder / "events.parquet")
    segments = Intervals.of([]) if start is None else tags.within(start, stop, tag)
    return triggered(segments, times, dead)


def _timing(path: Path, tags: Tags, tag: str) -> tuple[Times, Times, NDArray[np.float64]]:
    """Read of the events of a tag what their good times are made of."""
    parts = []
    for batch in iterate_product(path, _STEP_ROWS, EVENTS):
        times = np.asarray(batch["time_ns"])
        held = tags.at(times, tag)
        covered, dead = np.asarray(batch["covered_ns"]), np.asarray(batch["dead_s"])
        parts.append(shortened_list(times[held], covered[held], dead[held]))
    times, covered, dead = (np.concatenate(part) for part in zip(*parts, strict=True))
    return times, covered, dead


def _first_and_last(path: Path) -> tuple[int, int] | tuple[None, None]:
    """Give the span of the events' times; None where there is no event."""
    batches = (np.asarray(b["time_ns"]) for b in iterate_product(path, _STEP_ROWS, EVENTS))
    spans = [(int(times.min()), int(times.max())) for times in batches if times.size]
    return (min(a for a, _ in spans), max(b for _, b in spans)) if spans else (None, None)


def _lineage(folder: Path, product: str) -> Mapping[str, Any]:
    path = folder / f"{product}.parquet"
    lineage: Mapping[str, Any] | None = read_header(path).metadata.get("lineage")
    if lineage is None:
        raise InputError(
            where=str(path), found="no lineage", expected="a product of 'helioscope run'"
        )
    return lineage
