"""The keys of a measurement file: what each table of the TOML may hold."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from helioscope.axion.gas import BufferGas, density_g_cm3
from helioscope.axion.vapour_pressure import saturation_pressure_mbar
from helioscope.errors import UsageError


class Table(BaseModel):
    """A table without unknown keys, loose types, NaN or infinities."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class GasTable(Table):
    """The buffer gas of a set or period."""

    isotope: Literal["4He", "3He"] = "4He"
    density_g_cm3: float | None = Field(default=None, gt=0.0, lt=0.2)
    pressure_mbar: float | None = Field(default=None, gt=0.0, lt=2000.0)
    temperature_k: float = Field(default=1.8, gt=0.5, lt=400.0)
    equation: Literal["ideal", "real"] = "ideal"
    attenuation: Literal["photo", "total"] = "photo"


#: The Earth's orbit lies between 0.983 and 1.017 AU; a value in km or in light-minutes does not.
_DISTANCE = Field(default=None, gt=0.95, lt=1.05)
#: Per keV, mm^2 and s: from 1e-4 of the best X-ray detectors to 1e3 times the worst.
_BACKGROUND = Field(default=None, gt=1e-14, lt=1e-3)


class PeriodTable(Table):
    """A stretch of tracking under one condition."""

    name: str = Field(min_length=1, max_length=200)
    live_s: float = Field(gt=0.0, lt=1e10)
    start: dt.datetime | None = None
    stop: dt.datetime | None = None
    exposure: str | None = None
    background_per_kev_mm2_s: float | None = _BACKGROUND
    background: str | None = None
    centre_mm: list[float] | None = Field(default=None, min_length=2, max_length=2)
    distance_au: float | None = _DISTANCE
    gas: GasTable | None = None


class SetTable(Table):
    """One set: binned counts, events, or a published result."""

    name: str = Field(min_length=1, max_length=200)
    counts: str | None = None
    alpha: float | None = Field(default=None, gt=0.0, lt=1e3)
    exposure: str | None = None
    field_t: float | None = Field(default=None, gt=0.0, lt=50.0)
    length_m: float | None = Field(default=None, gt=0.0, lt=100.0)
    gas: GasTable | None = None
    disc_radius_rsun: float | None = Field(default=None, gt=0.0, le=1.5)
    distance_au: float | None = _DISTANCE
    bore_cm2: float | None = Field(default=None, gt=0.0, lt=1e6)
    live_s: float | None = Field(default=None, gt=0.0, lt=1e10)
    g4_best_per_gev4: float | None = None
    g4_error_per_gev4: float | None = Field(default=None, gt=0.0)
    events: str | None = None
    energy_range_kev: list[float] | None = Field(default=None, min_length=2, max_length=2)
    background_per_kev_mm2_s: float | None = _BACKGROUND
    background: str | None = None
    region_mm2: float | None = Field(default=None, gt=0.0, lt=1e6)
    region_radius_mm: float | None = Field(default=None, gt=0.0, lt=1e3)
    centre_mm: list[float] | None = Field(default=None, min_length=2, max_length=2)
    focal_length_mm: float | None = Field(default=None, gt=10.0, lt=1e5)
    period: list[PeriodTable] | None = Field(default=None, min_length=1)


class FileTable(Table):
    """The whole file."""

    set: list[SetTable] = Field(min_length=1)


def buffer_gas(where: str, table: GasTable | None) -> BufferGas | None:
    """Give the gas that a table describes, or None for vacuum.

    Raises
    ------
    UsageError
        Where density and pressure are both given or both missing, or the gas would be liquid.
    """
    if table is None:
        return None
    if (table.density_g_cm3 is None) == (table.pressure_mbar is None):
        raise UsageError(
            where=f"{where}, gas",
            found="both or neither of density_g_cm3 and pressure_mbar",
            expected="one of them",
        )
    if table.density_g_cm3 is not None:
        return BufferGas(table.isotope, table.density_g_cm3, table.attenuation)
    assert table.pressure_mbar is not None  # noqa: S101
    if table.temperature_k < 3.0:
        highest = saturation_pressure_mbar(max(table.temperature_k, 1.25), table.isotope)
        if table.pressure_mbar > highest * 1.001:
            raise UsageError(
                where=f"{where}, gas",
                found=f"{table.pressure_mbar:g} mbar of {table.isotope}",
                expected=f"less than its vapour pressure, {highest:.2f} mbar",
            )
    density = density_g_cm3(table.pressure_mbar, table.temperature_k, table.isotope, table.equation)
    return BufferGas(table.isotope, float(density), table.attenuation)
