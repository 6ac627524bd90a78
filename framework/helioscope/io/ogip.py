"""Candidates as an OGIP event list in FITS: EVENTS and GTI, as X-ray astronomers' tools read them.

Keywords and classes follow OGIP memo OGIP/93-003 (HDUCLAS) and the FITS standard 4.0, section 9
(times). The exposure is the sum of the good times: dead time is taken out of them.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.io.atomic import replacing
from helioscope.io.fits_times import DAY_NS, MJD_1970, utc_to_tt
from helioscope.io.fits_writing import write_table
from helioscope.io.ogip_events import event_header, event_rows, seconds_of
from helioscope.model.time import iso


@dataclass(frozen=True)
class EventList:
    """What goes into one file.

    Attributes
    ----------
    candidates
        Gives a fresh pass over the batches, in the candidates' schema, of one run, detector and
        tag.
    gti_start_tt_ns, gti_stop_tt_ns
        Good times, ns since 1970-01-01 TT.
    elapsed_s
        Time covered, dead time included.
    lineage_digest, lineage
        Of the candidates, as it stands in the product.
    selection
        ALL, or ACCEPTED where only accepted rows are given.
    """

    run: str
    detector: str
    tag: str
    candidates: Callable[[], Iterator[ak.Array]]
    gti_start_tt_ns: NDArray[np.int64]
    gti_stop_tt_ns: NDArray[np.int64]
    elapsed_s: float
    lineage_digest: str
    lineage: Mapping[str, Any]
    selection: str = "ALL"
    telescope: str = "HELIOSCOPE"


def write_event_list(path: Path, events: EventList) -> int:
    """Write the file atomically, a batch of rows at a time; the same content, the same bytes.

    Returns
    -------
    int
        The number of rows.

    Raises
    ------
    OutputError
        Where the system refuses.
    """
    reference = _reference_day(events)
    common = _common_cards(events, reference)
    header = event_header(events.selection)
    _stamp(header, common)
    rows = (event_rows(batch, reference) for batch in events.candidates())
    first, others = _other_units(events, reference, common)
    with replacing(path) as file:
        file.write(first)
        number = write_table(file, header, rows)
        file.write(others)
    return number


def _other_units(
    events: EventList, reference: int, common: list[tuple[str, Any, str]]
) -> tuple[bytes, bytes]:
    """Give the unit before the events, and those behind: good times and lineage."""
    from astropy.io import fits

    gti = fits.BinTableHDU.from_columns(_gti_columns(fits, events, reference), name="GTI")
    _stamp(gti.header, [*_GTI_CARDS, *common])
    primary = fits.PrimaryHDU()
    _stamp(primary.header, common)
    units = [primary, gti, _lineage_table(fits, events)]
    for unit in units:
        unit.add_datasum(when="data")
        unit.add_checksum(when="unit", override_datasum=False)
    written = io.BytesIO()
    fits.HDUList(units).writeto(written)
    end = len(primary.header.tostring())
    return written.getvalue()[:end], written.getvalue()[end:]


def _reference_day(events: EventList) -> int:
    """Choose MJDREF: the day on which the good times begin, so that times stay exact."""
    starts = events.gti_start_tt_ns
    if starts.size:
        return int(starts[0]) // DAY_NS + MJD_1970
    for batch in events.candidates():
        if len(batch):
            first = utc_to_tt(np.asarray(batch["time_ns"])[:1])
            return int(first[0]) // DAY_NS + MJD_1970
    return MJD_1970


def _common_cards(events: EventList, reference: int) -> list[tuple[str, Any, str]]:
    start, stop = events.gti_start_tt_ns, events.gti_stop_tt_ns
    live_s = int((stop - start).sum()) / 1e9
    bounds = np.concatenate((start[:1], stop[-1:])) if start.size else np.zeros(0, np.int64)
    dates = [iso(int(bound)).removesuffix("Z") for bound in bounds]
    begin, end = seconds_of(bounds, reference).tolist() if start.size else (0.0, 0.0)
    return [
        ("ORIGIN", "helioscope", "program that wrote the file"),
        ("TELESCOP", events.telescope, "site"),
        ("INSTRUME", events.detector, "detector"),
        ("OBS_ID", events.run, "run"),
        ("OBJECT", "SUN" if events.tag == "tracking" else events.tag.upper(), "pointing"),
        ("DATAMODE", events.tag, "tag of the good times"),
        *zip(("DATE-OBS", "DATE-END"), dates, ("begin (TT)", "end (TT)"), strict=False),
        ("TIMESYS", "TT", "time system"),
        ("MJDREFI", reference, "[d] reference day of all times"),
        ("MJDREFF", 0.0, "[d] its fraction"),
        ("TIMEUNIT", "s", "unit of times"),
        ("TIMEREF", "LOCAL", "no barycentric correction"),
        ("TASSIGN", "SITE", "times assigned where the magnet stands"),
        ("CLOCKAPP", False, "clock correction applied"),
        ("TSTART", begin, "[s] begin of good times"),
        ("TSTOP", end, "[s] end of good times"),
        ("TELAPSE", events.elapsed_s, "[s] time covered, dead time included"),
        ("ONTIME", live_s, "[s] sum of the good times"),
        ("LIVETIME", live_s, "[s] the same: dead time is no good time"),
        ("EXPOSURE", live_s, "[s] the same"),
        ("DEADC", 1.0, "dead-time correction left to be done"),
        ("LINEAGE", events.lineage_digest, ""),
    ]


_GTI_CARDS: list[tuple[str, Any, str]] = [
    ("HDUCLASS", "OGIP", ""),
    ("HDUCLAS1", "GTI", ""),
    ("HDUCLAS2", "STANDARD", ""),
]


def _gti_columns(fits: Any, events: EventList, reference: int) -> list[Any]:
    edges = (("START", events.gti_start_tt_ns), ("STOP", events.gti_stop_tt_ns))
    return [
        fits.Column(name, "1D", unit="s", array=seconds_of(times, reference))
        for name, times in edges
    ]


def _lineage_table(fits: Any, events: EventList) -> Any:
    text = json.dumps(dict(events.lineage), sort_keys=True)
    column = fits.Column("JSON", f"{max(len(text), 1)}A", array=np.array([text]))
    return fits.BinTableHDU.from_columns([column], name="LINEAGE")


def _stamp(header: Any, cards: Iterable[tuple[str, Any, str]]) -> None:
    for key, value, comment in cards:
        header[key] = (value, comment)
