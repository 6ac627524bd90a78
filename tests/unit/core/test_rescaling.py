"""The last step of a reconstruction alone: the kit that checks it, and the border it crosses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import awkward as ak
import numpy as np
import pytest

from helioscope.api import (
    Calibration,
    Column,
    Detector,
    PluginError,
    Reconstruct,
    Reconstructed,
    Requirement,
    Rescale,
    Rescaling,
    Run,
    Settings,
    Setup,
    products,
    with_columns,
)
from helioscope.core.events.border import rescaled
from helioscope.testing import NonConformanceError, conformance, rescaling_conformance

RAW = products.RAW.extended("heights", 1, (Column("height_adu", "float32", "adu", "Height."),))
ROWS = products.OBSERVABLES.extended(
    "scaled", 1, (Column("height_adu", "float32", "adu", "Height."),)
)


class ScaledSettings(Settings):
    """A gain that comes last and a threshold that does not."""

    gain_kev: float = 0.01
    threshold_adu: float = 100.0


def rescaling(setup: Setup) -> Rescale:
    def rescale(rows: ak.Array) -> ak.Array:
        energy = np.asarray(rows["height_adu"], np.float64) * setup.config.gain_kev
        return with_columns(rows, {"energy_kev": energy, "energy_err_kev": energy / 10})

    return rescale


def reconstruction(setup: Setup) -> Reconstruct:
    rescale = rescaling(setup)

    def reconstruct(raw: ak.Array) -> Reconstructed:
        kept = raw[np.asarray(raw["height_adu"]) > setup.config.threshold_adu]
        flat = dict.fromkeys(ROWS.names, np.zeros(len(kept)))
        flat |= {name: np.asarray(kept[name]) for name in RAW.names}
        columns = [
            ak.contents.NumpyArray(flat[column.name].astype(column.dtype))
            for column in ROWS.columns
        ]
        rows = ak.Array(ak.contents.RecordArray(columns, list(ROWS.names), length=len(kept)))
        return Reconstructed(rescale(rows))

    return reconstruct


LAST = Rescaling(rescaling, settings=("gain_kev",), calibrations=("scale",))
DETECTOR = Detector(
    "scaled", 1, ScaledSettings, lambda _config: RAW, ROWS, reconstruction, rescaling=LAST
)
EVENTS = ak.Array(
    {
        "event_id": np.arange(6),
        "time_ns": np.arange(6) * 1000,
        "height_adu": np.array([50, 150, 250, 350, 99, 101], np.float32),
    }
)


def setup(**settings: float) -> Setup:
    return Setup("scaled", Run("r", "science"), ScaledSettings(**settings))


Broken = Callable[[Rescale, ak.Array], ak.Array]


def broken_by(how: Broken) -> Detector:
    """Give the detector with a rescaling that does something else than its last step."""

    def wrong(setup: Setup) -> Rescale:
        good = rescaling(setup)
        return lambda rows: how(good, rows)

    return replace(DETECTOR, rescaling=replace(LAST, rescaling=wrong))


def test_one_that_keeps_its_word_passes() -> None:
    conformance(DETECTOR, setup(), EVENTS)
    rescaling_conformance(DETECTOR, setup(), setup(gain_kev=0.02), EVENTS)


def test_a_setting_that_acts_before_is_noticed() -> None:
    last = replace(LAST, settings=("gain_kev", "threshold_adu"))
    lying = replace(DETECTOR, rescaling=last)
    with pytest.raises(NonConformanceError, match="another result than raw data"):
        rescaling_conformance(lying, setup(), setup(gain_kev=0.02, threshold_adu=200.0), EVENTS)


@pytest.mark.parametrize(
    "word",
    [
        {"frame_s": lambda config: config.gain_kev},
        {"batch_events": lambda config: round(1e4 * config.gain_kev)},
        {"calibrations": lambda config: (Requirement(f"dark-{config.gain_kev}"),)},
        {"raw": lambda config: replace(RAW, version=round(1e4 * config.gain_kev))},
    ],
    ids=["frame_s", "batch_events", "calibrations", "raw"],
)
def test_a_setting_by_which_raw_data_is_read_or_time_counted_is_noticed(
    word: dict[str, Any],
) -> None:
    (name,) = word
    with pytest.raises(NonConformanceError, match=f"{name} differs"):
        rescaling_conformance(replace(DETECTOR, **word), setup(), setup(gain_kev=0.02), EVENTS)


def test_it_may_ask_for_its_own_calibrations_by_its_settings() -> None:
    asks = replace(
        DETECTOR,
        calibrations=lambda config: (Requirement("scale"),) if config.gain_kev < 0.015 else (),
    )
    rescaling_conformance(asks, setup(), setup(gain_kev=0.02), EVENTS)


def _writes(good: Rescale, rows: ak.Array) -> ak.Array:
    new = good(rows)
    np.asarray(rows["energy_kev"])[:] = 0.0
    return new


@pytest.mark.parametrize(
    ("how", "promise"),
    [
        (lambda good, rows: with_columns(good(rows), {"x_mm": np.ones(len(rows))}), "another"),
        (_writes, "changed its input"),
        (lambda good, rows: good(rows if len(rows) != 2 else rows[::-1]), "of a selection"),
        (lambda good, rows: good(rows)[["energy_kev"]] if not len(rows) else good(rows), "no rows"),
    ],
    ids=["touches-the-measurement", "writes", "selection", "empty"],
)
def test_one_that_breaks_a_promise_is_noticed(how: Broken, promise: str) -> None:
    with pytest.raises(NonConformanceError, match=promise):
        rescaling_conformance(broken_by(how), setup(), setup(gain_kev=0.02), EVENTS)


def test_rescaling_a_second_time_must_change_nothing() -> None:
    drifting = broken_by(
        lambda _good, rows: with_columns(rows, {"energy_kev": 1.1 * np.asarray(rows["energy_kev"])})
    )
    with pytest.raises(NonConformanceError, match="once more"):
        conformance(drifting, setup(), EVENTS)


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (setup(), setup(gain_kev=0.02, threshold_adu=10.0), "differ in more"),
        (setup(), setup(), "show nothing"),
        (
            setup(),
            replace(setup(gain_kev=0.02), calibrations={"dark": (Calibration("dark", EVENTS),)}),
            "differ in more",
        ),
    ],
)
def test_setups_that_cannot_show_anything_are_refused(
    before: Setup, after: Setup, why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        rescaling_conformance(DETECTOR, before, after, EVENTS)


def test_without_a_rescaling_there_is_nothing_to_check() -> None:
    with pytest.raises(NonConformanceError, match="no rescaling"):
        rescaling_conformance(replace(DETECTOR, rescaling=None), setup(), setup(), EVENTS)


def test_it_may_name_only_settings_that_there_are() -> None:
    with pytest.raises(ValueError, match="gian_kev"):
        replace(DETECTOR, rescaling=replace(LAST, settings=("gian_kev",)))


@pytest.mark.parametrize(
    ("how", "found"),
    [
        (lambda _good, rows: rows[:1], "rescaled rows of another event_id"),
        (
            lambda _good, rows: with_columns(rows, {"time_ns": np.zeros(len(rows))}),
            "rescaled rows of another time_ns",
        ),
        (lambda _good, rows: rows[["event_id", "time_ns"]], "energy_kev"),
        (lambda _good, _rows: 1 / 0, "ZeroDivisionError"),
    ],
    ids=["fewer", "times", "schema", "raises"],
)
def test_what_breaks_the_border_is_named(how: Any, found: str) -> None:
    rows = reconstruction(setup())(EVENTS).observables
    detector = broken_by(how)
    assert detector.rescaling is not None
    rescale = detector.rescaling.rescaling(setup())
    with pytest.raises(PluginError, match=found) as raised:
        rescaled(detector, rescale, rows, "run r, stored observables, rows from 0", 0)
    assert "detector 'scaled' 1, run r, stored observables" in str(raised.value)


def test_it_is_given_rows_that_it_cannot_write() -> None:
    rows = reconstruction(setup())(EVENTS).observables
    with pytest.raises(PluginError, match="read-only"):
        rescaled(DETECTOR, lambda given: _writes(rescaling(setup()), given), rows, "here", 0)
