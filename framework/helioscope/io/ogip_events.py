"""The EVENTS table of an OGIP event list: its columns, its header, its rows."""

from __future__ import annotations

from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.io.fits_times import DAY_NS, MJD_1970, utc_to_tt
from helioscope.model.products import CANDIDATES

#: PI channels are this wide.
PI_KEV = 0.01
PI_CHANNELS = 4096

#: FITS stores unsigned numbers less by this.
_ZERO = 2**31

#: FITS column -> column of the candidates, TFORM, type in the file.
_COLUMNS = {
    "X": ("x_mm", "1E", ">f4"),
    "Y": ("y_mm", "1E", ">f4"),
    "ENERGY": ("energy_kev", "1E", ">f4"),
    "ENERGY_ERR": ("energy_err_kev", "1E", ">f4"),
    "SCORE": ("score", "1E", ">f4"),
    "ACCEPTED": ("accepted", "1L", "u1"),
    "QUALITY": ("quality", "1J", ">i4"),
    "SUN_OFFSET": ("sun_offset_deg", "1E", ">f4"),
    "EVENT_ID": ("event_id", "1K", ">i8"),
}
_ROW = np.dtype(
    [("TIME", ">f8"), *((name, kind) for name, (_, _, kind) in _COLUMNS.items()), ("PI", ">i4")]
)


def seconds_of(tt_ns: NDArray[np.int64], reference: int) -> NDArray[np.float64]:
    """Give times, ns since 1970-01-01 TT, in seconds since the reference day (an MJD)."""
    seconds: NDArray[np.float64] = (tt_ns - (reference - MJD_1970) * DAY_NS) / 1e9
    return seconds


def event_rows(candidates: ak.Array, reference: int) -> NDArray[np.void]:
    """Give candidates as the table's rows, in the file's own layout.

    Parameters
    ----------
    reference
        MJD of the day that times are counted from.
    """
    rows = np.empty(len(candidates), _ROW)
    rows["TIME"] = seconds_of(utc_to_tt(np.asarray(candidates["time_ns"])), reference)
    for name, (source, _, _) in _COLUMNS.items():
        values = np.asarray(candidates[source])
        if name == "ACCEPTED":
            values = np.where(values, ord("T"), ord("F"))
        elif name == "QUALITY":
            values = values.astype(np.int64) - _ZERO
        rows[name] = values
    energy = np.nan_to_num(np.asarray(candidates["energy_kev"], np.float64))
    rows["PI"] = np.clip(energy / PI_KEV, 0, PI_CHANNELS - 1)
    return rows


def event_header(selection: str) -> Any:
    """Give the header of the table without rows.

    Parameters
    ----------
    selection
        ALL, or ACCEPTED where only accepted rows are given.
    """
    from astropy.io import fits

    columns = [fits.Column("TIME", "1D", unit="s")]
    for name, (source, form, _) in _COLUMNS.items():
        zero = _ZERO if name == "QUALITY" else None
        columns.append(fits.Column(name, form, unit=CANDIDATES[source].unit or None, bzero=zero))
    columns.append(fits.Column("PI", "1J", unit="chan"))
    header = fits.BinTableHDU.from_columns(columns, name="EVENTS").header
    for key, value, comment in (
        ("HDUCLASS", "OGIP", ""),
        ("HDUCLAS1", "EVENTS", ""),
        ("HDUCLAS2", selection, "column ACCEPTED: taken as an X-ray"),
        ("CHANTYPE", "PI", f"channels of {PI_KEV} keV"),
        ("DETCHANS", PI_CHANNELS, ""),
        (f"TLMIN{len(columns)}", 0, "lowest PI channel"),
        (f"TLMAX{len(columns)}", PI_CHANNELS - 1, "highest PI channel"),
    ):
        header[key] = (value, comment)
    return header
