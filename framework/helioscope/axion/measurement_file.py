"""Reading a measurement file: TOML that names CSV files, checked to the last number."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from helioscope.axion.event_file import EVENT_KEYS, read_event_set
from helioscope.axion.measurement import CountingSet, EventSet, Magnet, Measurement, PublishedSet
from helioscope.axion.measurement_keys import (
    FileTable,
    GasTable,
    PeriodTable,
    SetTable,
    buffer_gas,
)
from helioscope.axion.measurement_tables import check_cover, read_counts, read_exposure
from helioscope.errors import InputError, UsageError, nearest
from helioscope.model.toml_files import read_toml


def read_measurement(path: Path) -> Measurement:
    """Read a measurement file and every table that it names.

    Parameters
    ----------
    path
        A TOML file with one or more ``[[set]]``; the paths in it are relative to its folder.

    Raises
    ------
    UsageError
        Where the TOML is malformed, a key is unknown or missing, or a value is out of range.
    InputError
        Where a table is missing or damaged: bins that overlap, negative counts, no exposure,
        an event outside its energies, region or periods.
    """
    tables = _parsed(path)
    names = [table.name for table in tables]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(where=str(path), found=f"set '{twice[0]}' twice", expected="unique names")
    return Measurement(path, tuple(_read_set(path, table) for table in tables))


def _parsed(path: Path) -> list[SetTable]:
    content, text = read_toml(path, "a measurement file in TOML")
    try:
        return FileTable.model_validate(content).set
    except ValidationError as error:
        # A misspelt key says more than the key that is missing for it.
        first = min(error.errors(), key=lambda fault: fault["type"] != "extra_forbidden")
        keys = [str(part) for part in first["loc"]]
        line = _line_of(text, keys)
        inner = (
            GasTable if "gas" in keys[:-1] else PeriodTable if "period" in keys[:-1] else SetTable
        )
        known = list(inner.model_fields)
        if len(keys) == 1:
            known = ["set"]
        remedy = nearest(keys[-1], known) if first["type"] == "extra_forbidden" else ""
        raise UsageError(
            where=f"{path}{line}, {'.'.join(keys)}",
            found=f"{first['msg']}: {first.get('input')!r:.80}",
            remedy=remedy,
        ) from error


def _line_of(text: str, keys: list[str]) -> str:
    """Say in which line the last key stands, counting the tables before it."""
    wanted = next((int(key) for key in keys if key.isdigit()), 0)
    table = -1
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        table += stripped.startswith("[[set]]")
        if table >= wanted and stripped.split("=")[0].strip() == keys[-1]:
            return f", line {number}"
    return ""


def _read_set(path: Path, table: SetTable) -> CountingSet | EventSet | PublishedSet:
    where = f"{path}, set '{table.name}'"
    if table.g4_best_per_gev4 is not None or table.g4_error_per_gev4 is not None:
        return _published(where, table)
    if table.events is not None:
        return read_event_set(where, path.parent, table)
    strange = [key for key in EVENT_KEYS if getattr(table, key) is not None]
    if strange:
        raise UsageError(where=where, found=f"{strange[0]} without events", expected="events")
    for key in ("counts", "exposure", "field_t", "length_m"):
        if getattr(table, key) is None:
            raise UsageError(
                where=where,
                found=f"no {key}",
                expected="counts or events with exposure, field_t and length_m, or "
                "g4_best_per_gev4 with g4_error_per_gev4",
            )
    assert table.counts and table.exposure and table.field_t and table.length_m  # noqa: S101, PT018
    counts = read_counts(where, path.parent / table.counts, table.alpha)
    exposure = read_exposure(path.parent / table.exposure, table.bore_cm2, table.live_s)
    check_cover(where, counts, exposure)
    return CountingSet(
        name=table.name,
        e_lo_kev=counts["e_lo_kev"],
        e_hi_kev=counts["e_hi_kev"],
        n_on=counts["n_on"],
        n_background=counts.get("n_background"),
        n_off=counts.get("n_off"),
        alpha=table.alpha,
        exposure_energy_kev=exposure["energy_kev"],
        exposure_cm2_s=exposure["exposure_cm2_s"],
        magnet=Magnet(table.field_t, table.length_m),
        gas=buffer_gas(where, table.gas),
        disc_radius_rsun=table.disc_radius_rsun,
        distance_au=table.distance_au or 1.0,
    )


def _published(where: str, table: SetTable) -> PublishedSet:
    given = {key for key, value in table.model_dump().items() if value is not None}
    strange = sorted(given - {"name", "g4_best_per_gev4", "g4_error_per_gev4"} - _MAGNET)
    best, error = table.g4_best_per_gev4, table.g4_error_per_gev4
    if strange or best is None or error is None or len(given & _MAGNET) == 1:
        raise UsageError(
            where=where,
            found=", ".join(sorted(given)),
            expected="g4_best_per_gev4 and g4_error_per_gev4, with field_t and length_m or without",
        )
    if not 1e-52 < error < 1e-24:
        raise InputError(
            where=where,
            found=f"g4_error_per_gev4 = {error:g}",
            expected="an error near 1e-40, in 1/GeV^4",
            remedy="give g^4 itself, not in units of 1e-40",
        )
    magnet = None
    if table.field_t is not None and table.length_m is not None:
        magnet = Magnet(table.field_t, table.length_m)
    return PublishedSet(table.name, best, error, magnet)


_MAGNET = {"field_t", "length_m"}
