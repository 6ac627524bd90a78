"""Candidates as an OGIP event list in FITS: EVENTS and GTI, as X-ray astronomers' tools read them.

Keywords and classes follow OGIP memo OGIP/93-003 (HDUCLAS) and the FITS standard 4.0, section 9
(times). The exposure is the sum of the good times: dead time is taken out of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.io.atomic import replacing
from helioscope.io.fits_times import DAY_NS, MJD_1970, utc_to_tt
from helioscope.model.products import CANDIDATES
from helioscope.model.time import iso

#: PI channels are this wide.
PI_KEV = 0.01
PI_CHANNELS = 4096

#: FITS column -> column of the candidates, TFORM.
_COLUMNS = {
    "X": ("x_mm", "1E"),
    "Y": ("y_mm", "1E"),
    "ENERGY": ("energy_kev", "1E"),
    "ENERGY_ERR": ("energy_err_kev", "1E"),
    "SCORE": ("score", "1E"),
    "ACCEPTED": ("accepted", "1L"),
    "QUALITY": ("quality", "1J"),
    "SUN_OFFSET": ("sun_offset_deg", "1E"),
    "EVENT_ID": ("event_id", "1K"),
}


@dataclass(frozen=True)
class EventList:
    """What goes into one file.

    Attributes
    ----------
    candidates
        In the candidates' schema, of one run, detector and tag.
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
    candidates: ak.Array
    gti_start_tt_ns: NDArray[np.int64]
    gti_stop_tt_ns: NDArray[np.int64]
    elapsed_s: float
    lineage_digest: str
    lineage: Mapping[str, Any]
    selection: str = "ALL"
    telescope: str = "HELIOSCOPE"


def write_event_list(path: Path, events: EventList) -> None:
    """Write the file atomically; the same content gives the same bytes.

    Raises
    ------
    OutputError
        Where the system refuses.
    """
    from astropy.io import fits

    reference = _reference_day(events)
    common = _common_cards(events, reference)
    units = [
        _table(
            fits,
            "EVENTS",
            _event_columns(fits, events, reference),
            common,
            _event_cards(events.selection),
        ),
        _table(fits, "GTI", _gti_columns(fits, events, reference), common, _GTI_CARDS),
        _lineage_table(fits, events),
    ]
    primary = fits.PrimaryHDU()
    _stamp(primary, common)
    for unit in (primary, *units):
        unit.add_datasum(when="data")
        unit.add_checksum(when="unit", override_datasum=False)
    with replacing(path) as file:
        fits.HDUList([primary, *units]).writeto(file)


def _reference_day(events: EventList) -> int:
    """Choose MJDREF: the day on which the good times begin, so that times stay exact."""
    starts = events.gti_start_tt_ns
    times = np.asarray(events.candidates["time_ns"])
    first = int(starts[0]) if starts.size else int(utc_to_tt(times[:1])[0]) if times.size else 0
    return first // DAY_NS + MJD_1970


def _seconds(tt_ns: NDArray[np.int64], reference: int) -> NDArray[np.float64]:
    seconds: NDArray[np.float64] = (tt_ns - (reference - MJD_1970) * DAY_NS) / 1e9
    return seconds


def _common_cards(events: EventList, reference: int) -> list[tuple[str, Any, str]]:
    start, stop = events.gti_start_tt_ns, events.gti_stop_tt_ns
    live_s = int((stop - start).sum()) / 1e9
    bounds = np.concatenate((start[:1], stop[-1:])) if start.size else np.zeros(0, np.int64)
    dates = [iso(int(bound)).removesuffix("Z") for bound in bounds]
    begin, end = _seconds(bounds, reference).tolist() if start.size else (0.0, 0.0)
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


def _event_cards(selection: str) -> list[tuple[str, Any, str]]:
    return [
        ("HDUCLASS", "OGIP", ""),
        ("HDUCLAS1", "EVENTS", ""),
        ("HDUCLAS2", selection, "column ACCEPTED: taken as an X-ray"),
        ("CHANTYPE", "PI", f"channels of {PI_KEV} keV"),
        ("DETCHANS", PI_CHANNELS, ""),
    ]


_GTI_CARDS: list[tuple[str, Any, str]] = [
    ("HDUCLASS", "OGIP", ""),
    ("HDUCLAS1", "GTI", ""),
    ("HDUCLAS2", "STANDARD", ""),
]


def _event_columns(fits: Any, events: EventList, reference: int) -> list[Any]:
    rows = events.candidates
    seconds = _seconds(utc_to_tt(np.asarray(rows["time_ns"])), reference)
    columns = [fits.Column("TIME", "1D", unit="s", array=seconds)]
    for name, (source, form) in _COLUMNS.items():
        unit = CANDIDATES[source].unit or None
        values = np.asarray(rows[source])
        zero = 2**31 if source == "quality" else None
        columns.append(fits.Column(name, form, unit=unit, bzero=zero, array=values))
    energy = np.nan_to_num(np.asarray(rows["energy_kev"], np.float64))
    pi = np.clip(energy / PI_KEV, 0, PI_CHANNELS - 1).astype(np.int32)
    return [*columns, fits.Column("PI", "1J", unit="chan", array=pi)]


def _gti_columns(fits: Any, events: EventList, reference: int) -> list[Any]:
    edges = (("START", events.gti_start_tt_ns), ("STOP", events.gti_stop_tt_ns))
    return [
        fits.Column(name, "1D", unit="s", array=_seconds(times, reference)) for name, times in edges
    ]


def _lineage_table(fits: Any, events: EventList) -> Any:
    text = json.dumps(dict(events.lineage), sort_keys=True)
    column = fits.Column("JSON", f"{max(len(text), 1)}A", array=np.array([text]))
    return fits.BinTableHDU.from_columns([column], name="LINEAGE")


def _table(
    fits: Any,
    name: str,
    columns: list[Any],
    common: Iterable[tuple[str, Any, str]],
    own: Iterable[tuple[str, Any, str]],
) -> Any:
    table = fits.BinTableHDU.from_columns(columns, name=name)
    _stamp(table, [*own, *common])
    if name == "EVENTS":
        number = [column.name for column in columns].index("PI") + 1
        table.header[f"TLMIN{number}"] = (0, "lowest PI channel")
        table.header[f"TLMAX{number}"] = (PI_CHANNELS - 1, "highest PI channel")
    return table


def _stamp(unit: Any, cards: Iterable[tuple[str, Any, str]]) -> None:
    for key, value, comment in cards:
        unit.header[key] = (value, comment)
