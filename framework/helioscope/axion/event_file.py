"""Reading a set of single events: its TOML keys, its events and its background, checked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from helioscope.axion.event_checks import check_background, check_reach, check_region
from helioscope.axion.event_periods import period_of_events
from helioscope.axion.event_tables import EventTable, read_background, read_events
from helioscope.axion.measurement import EventSet, Magnet, Period
from helioscope.axion.measurement_keys import PeriodTable, SetTable, buffer_gas
from helioscope.axion.measurement_tables import read_exposure
from helioscope.axion.tables import Columns
from helioscope.errors import UsageError

Array = NDArray[np.float64]

#: Keys that belong to a set of events and to no other.
EVENT_KEYS = (
    "energy_range_kev",
    "background_per_kev_mm2_s",
    "background",
    "region_mm2",
    "region_radius_mm",
    "centre_mm",
    "focal_length_mm",
    "period",
)


def read_event_set(where: str, folder: Path, table: SetTable) -> EventSet:
    """Read a set of events and the tables that it names.

    Parameters
    ----------
    where
        The set, for messages.
    folder
        Of the measurement file.
    table
        The set's keys; `events` is given.

    Raises
    ------
    UsageError
        Where keys are missing or do not fit one another.
    InputError
        Where a table is damaged, or an event lies outside the energies, region or periods.
    """
    low, high = _checked_keys(where, table)
    assert table.events and table.field_t and table.length_m  # noqa: S101, PT018
    periods = table.period or [PeriodTable(name="all", live_s=table.live_s or 0.0)]
    path = folder / table.events
    events = read_events(path, (low, high))
    _check_positions(where, table, periods, events)
    index = period_of_events(path, periods, events)
    radius = table.region_radius_mm
    area = table.region_mm2 or np.pi * (radius or 0.0) ** 2
    exposures = _exposures(where, folder, table, periods)
    built = []
    for number, (period, exposure) in enumerate(zip(periods, exposures, strict=True)):
        part = _one_period(where, folder, table, period, events, index == number)
        part = replace(
            part,
            exposure_energy_kev=exposure["energy_kev"],
            exposure_cm2_s=exposure["exposure_cm2_s"],
        )
        check_reach(f"{where}, period '{period.name}'", part, (low, high))
        built.append(part)
    data = EventSet(
        name=table.name,
        magnet=Magnet(table.field_t, table.length_m),
        energy_range_kev=(low, high),
        region_mm2=float(area),
        region_radius_mm=radius,
        focal_length_mm=table.focal_length_mm if events.has_positions else None,
        periods=tuple(built),
    )
    check_region(path, data)
    check_background(path, data)
    return data


def _checked_keys(where: str, table: SetTable) -> tuple[float, float]:
    for key in ("counts", "alpha", "disc_radius_rsun"):
        if getattr(table, key) is not None:
            raise UsageError(
                where=where, found=f"events and {key}", expected="one kind of set: events or counts"
            )
    for key in ("field_t", "length_m", "energy_range_kev"):
        if getattr(table, key) is None:
            raise UsageError(where=where, found=f"events without {key}", expected=key)
    if (table.region_mm2 is None) == (table.region_radius_mm is None):
        raise UsageError(
            where=where,
            found="both or neither of region_mm2 and region_radius_mm",
            expected="one of them: where on the detector the events were taken",
        )
    if (table.live_s is None) == (table.period is None):
        raise UsageError(
            where=where,
            found="both or neither of live_s and [[set.period]]",
            expected="live_s for a set of one condition, or its periods with theirs",
        )
    names = [period.name for period in table.period or []]
    if len(set(names)) < len(names):
        raise UsageError(where=where, found="a period twice", expected="unique names")
    if table.period and table.gas is not None:
        raise UsageError(
            where=where, found="gas of the set beside periods", expected="gas in each period"
        )
    assert table.energy_range_kev  # noqa: S101
    low, high = table.energy_range_kev
    if not 0.0 < low < high < 100.0:
        raise UsageError(
            where=where,
            found=f"energy_range_kev {low:g} to {high:g}",
            expected="0 < from < to, keV",
        )
    return low, high


def _check_positions(
    where: str, table: SetTable, periods: list[PeriodTable], events: EventTable
) -> None:
    if events.has_positions and table.focal_length_mm is None:
        raise UsageError(
            where=where,
            found="positions of events without focal_length_mm",
            expected="the focal length, which gives the size of the solar image",
        )
    if not events.has_positions and table.focal_length_mm is not None:
        raise UsageError(
            where=where,
            found="focal_length_mm without positions",
            expected="x_mm and y_mm, or radius_mm, in the table of events",
        )
    centred = all((period.centre_mm or table.centre_mm) is not None for period in periods)
    if events.x_mm is not None and not centred:
        raise UsageError(
            where=where,
            found="x_mm and y_mm without centre_mm",
            expected="centre_mm = [x, y], where the Sun's centre falls on the detector",
        )


def _exposures(
    where: str, folder: Path, table: SetTable, periods: list[PeriodTable]
) -> list[Columns]:
    """Give each period its own exposure, or its share of the set's by live time."""
    live = sum(period.live_s for period in periods)
    own = [period.exposure for period in periods]
    if all(own) and table.exposure is None:
        return [
            read_exposure(folder / str(period.exposure), table.bore_cm2, period.live_s)
            for period in periods
        ]
    if table.exposure is None or any(own):
        raise UsageError(
            where=where,
            found="no exposure" if not any(own) else "exposures of the set and of periods mixed",
            expected="one exposure of the whole set, or one in each period",
        )
    whole = read_exposure(folder / table.exposure, table.bore_cm2, live)
    return [
        {**whole, "exposure_cm2_s": whole["exposure_cm2_s"] * period.live_s / live}
        for period in periods
    ]


def _one_period(
    where: str,
    folder: Path,
    table: SetTable,
    period: PeriodTable,
    events: EventTable,
    here: NDArray[np.bool_],
) -> Period:
    where = f"{where}, period '{period.name}'" if table.period else where
    flat, spectrum = period.background_per_kev_mm2_s, period.background
    if flat is None and spectrum is None:
        flat, spectrum = table.background_per_kev_mm2_s, table.background
    if (flat is None) == (spectrum is None):
        raise UsageError(
            where=where,
            found="both or neither of background_per_kev_mm2_s and background",
            expected="a flat background, or a table of it",
        )
    assert table.energy_range_kev  # noqa: S101
    if spectrum is not None:
        energy, density = read_background(folder / spectrum)
    else:
        energy, density = np.array(table.energy_range_kev), np.array([flat, flat], float)
    radius = None
    if events.has_positions:
        radius = events.radius_from(period.centre_mm or table.centre_mm)[here]
    return Period(
        name=period.name,
        live_s=period.live_s,
        energy_kev=events.energy_kev[here],
        radius_mm=radius,
        exposure_energy_kev=np.empty(0),
        exposure_cm2_s=np.empty(0),
        background_energy_kev=energy,
        background_per_kev_mm2_s=density,
        gas=buffer_gas(where, period.gas or table.gas),
        distance_au=period.distance_au or table.distance_au or 1.0,
    )
