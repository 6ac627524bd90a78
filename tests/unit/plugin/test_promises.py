"""What a plugin must give, found out about once for the run and for the conformance kit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest

from helioscope.api import (
    Calibrated,
    Calibrator,
    Column,
    Detector,
    Discriminator,
    QualityBit,
    Reconstructed,
    Requirement,
    Run,
    Schema,
    Settings,
    Simulated,
    products,
    with_columns,
)
from helioscope.plugin.promises import (
    calibration_faults,
    reconstruction_faults,
    rescaling_faults,
    settings_faults,
    simulation_faults,
)

DETECTOR = Detector(
    "d", 1, Settings, lambda _config: products.RAW, products.OBSERVABLES, lambda _setup: None,
    quality=(QualityBit(16, "odd", ""),),
)  # fmt: skip


def raw(event_id: list[int], time_ns: list[int] | None = None) -> ak.Array:
    numbers = np.array(event_id, np.int64)
    times = numbers * 10 if time_ns is None else np.array(time_ns)
    return ak.Array({"event_id": numbers, "time_ns": times})


def rows(event_id: list[int], time_ns: list[int] | None = None, quality: int = 0) -> ak.Array:
    flat = np.ones(len(event_id), np.float32)
    names = ("x_mm", "y_mm", "energy_kev", "energy_err_kev")
    about = raw(event_id, time_ns)
    return ak.Array(
        {name: about[name] for name in about.fields}
        | dict.fromkeys(names, flat)
        | {"quality": np.full(flat.size, quality, np.uint32)}
    )


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ([3, 4, 5], [3, 3, 5]),
        ([3, 7, 9], [3, 9]),
        ([9, 3, 7], [9, 7, 7]),
        ([], []),
        ([5], []),
    ],
    ids=["no-gap", "gaps", "disorder", "empty", "no-rows"],
)  # fmt: skip
def test_rows_in_the_order_of_their_events_are_no_fault(given: list[int], found: list[int]) -> None:
    assert reconstruction_faults(DETECTOR, raw(given), Reconstructed(rows(found))) == []


def test_events_may_share_their_number_or_all_they_have() -> None:
    other_time = raw([4, 4, 5], [7, 1, 2])
    assert reconstruction_faults(DETECTOR, other_time, Reconstructed(rows([4, 4], [7, 1]))) == []
    (fault,) = reconstruction_faults(DETECTOR, other_time, Reconstructed(rows([4, 4], [1, 7])))
    assert "another order" in fault.found
    twins = raw([4, 5, 4])
    assert reconstruction_faults(DETECTOR, twins, Reconstructed(rows([4, 5, 4]))) == []


@pytest.mark.parametrize("given", [[3, 4, 5], [3, 4, 9], [5, 3, 4, 9]])
@pytest.mark.parametrize(
    ("found", "fault"),
    [
        (rows([4, 6]), "event 6, which is not in the batch"),
        (rows([-(2**63)]), "not in the batch"),
        (rows([4, 3]), "rows in another order"),
        (rows([3, 4], [30, 41]), "1 rows whose time_ns differs"),
        (rows([3, 4], [30, 30]), "1 rows whose time_ns differs"),
    ],
    ids=["stranger", "far", "order", "no-time", "time-of-another"],
)
def test_rows_of_strangers_or_in_disorder_are_found(
    given: list[int], found: ak.Array, fault: str
) -> None:
    (only,) = reconstruction_faults(DETECTOR, raw(given), Reconstructed(found))
    assert fault in only.found


def test_no_event_leaves_no_row() -> None:
    (fault,) = reconstruction_faults(DETECTOR, raw([]), Reconstructed(rows([3])))
    assert "event 3" in fault.found


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"dead_s": np.zeros(2, np.float32)}, "dead_s: found an array of shape (2,), float32"),
        ({"dead_s": np.zeros((2, 2))}, "dead_s: found an array of shape (2, 2)"),
        ({"dead_s": np.zeros(3)}, "dead_s: found an array of shape (3,)"),
        ({"dead_s": [0.0, 0.0]}, "dead_s: found list"),
        ({"dead_s": 0.5}, "dead_s: found float"),
        ({"dead_s": np.array([0.0, np.inf])}, "dead_s: found values from 0 to inf"),
        ({"dead_s": np.array([np.nan, 0.0])}, "dead_s: found values from nan"),
        ({"dead_s": np.array([0.0, -1.0])}, "dead_s: found values from -1"),
        ({"event_quality": np.zeros(2, np.int64)}, "event_quality: found an array"),
        ({"event_quality": np.full(2, 1 << 25, np.uint32)}, "event_quality: found undeclared bits"),
        ({"observables": rows([3], quality=1 << 31 | 1 << 13)}, "undeclared bits 13, 31"),
        ({"observables": rows([3])[["event_id"]]}, "no such column"),
        ({"observables": None}, "an awkward record array"),
    ],
)
def test_what_else_a_reconstruction_may_not_give(change: dict[str, Any], fault: str) -> None:
    good = Reconstructed(rows([3, 4], quality=1 << 16 | 1), np.zeros(2), np.zeros(2, np.uint32))
    assert reconstruction_faults(DETECTOR, raw([3, 4]), good) == []
    found = reconstruction_faults(DETECTOR, raw([3, 4]), good._replace(**change))
    assert any(fault in str(one) for one in found)


def test_a_plain_tuple_is_no_result() -> None:
    assert "tuple" in str(reconstruction_faults(DETECTOR, raw([3]), tuple(rows([3])))[0])


def test_a_rescaling_keeps_its_rows_and_sets_declared_bits() -> None:
    old = rows([3, 4])
    assert rescaling_faults(DETECTOR, old, with_columns(old, {"energy_kev": np.zeros(2)})) == []
    for wrong, fault in (
        (old[::-1], "another event_id"),
        (with_columns(old, {"quality": np.full(2, 1 << 20)}), "undeclared bits 20"),
        (None, "an awkward record array"),
    ):
        assert any(fault in str(one) for one in rescaling_faults(DETECTOR, old, wrong))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"raw": lambda _config: None}, "raw: found None"),
        ({"raw": lambda _config: Schema("r", 1, products.RAW.columns[1:])}, "no such event_id"),
        ({"frame_s": lambda _config: float("nan")}, "frame_s: found nan"),
        ({"frame_s": lambda _config: -1.0}, "frame_s: found -1.0"),
        ({"frame_s": lambda _config: 0}, "frame_s: found 0"),
        ({"frame_s": lambda _config: "1"}, "frame_s: found '1'"),
        ({"batch_events": lambda _config: 0}, "batch_events: found 0"),
        ({"batch_events": lambda _config: 2.0}, "batch_events: found 2.0"),
        ({"calibrations": lambda _config: "scale"}, "calibrations: found 'scale'"),
        ({"calibrations": lambda _config: Requirement("scale")}, "a tuple of Requirement"),
    ],
)
def test_what_a_detector_may_not_say_for_its_settings(change: dict[str, Any], fault: str) -> None:
    assert settings_faults(DETECTOR, Settings()) == []
    (found,) = settings_faults(replace(DETECTOR, **change), Settings())
    assert fault in str(found)


@pytest.mark.parametrize(
    "cuts", ["low", ["low"], ("low", 1), ("low", "low"), tuple(map(str, range(64))), None]
)
def test_the_names_of_cuts_fit_into_a_word_and_differ(cuts: Any) -> None:
    judge = Discriminator(
        "j", "d", 1, Settings, lambda _setup: None, cuts=lambda _config: ("low", "high")
    )
    assert settings_faults(judge, Settings()) == []
    (found,) = settings_faults(replace(judge, cuts=lambda _config: cuts), Settings())
    assert "expected a tuple of at most 63 different str" in str(found)


TABLE = Schema("scale", 1, (Column("scale", "float64", "", "Scale."),))
CALIBRATOR = Calibrator(
    "scale", "d", 1, Settings, ("fe55",), "raw", TABLE, lambda _config, _runs: None
)  # fmt: skip
MADE = Calibrated(ak.Array({"scale": np.ones(1)}), [{"scale": 1.0}], {"a.svg": b"<svg/>"})
MADE = MADE._replace(metadata={"of_numpy": np.arange(2), "where": Path("a"), 5: np.float32("nan")})


@pytest.mark.parametrize(
    ("made", "fault"),
    [
        (None, "(result): found NoneType, expected Calibrated"),
        (MADE._replace(table=ak.Array({"scale": np.ones(1, np.float32)})), "scale: found float32"),
        (MADE._replace(summary={"scale": 1.0}), "summary"),
        (MADE._replace(summary=[1.0]), "summary"),
        (MADE._replace(figures={"a.svg": "text"}), "figures"),
        (MADE._replace(attachments={"../a": b""}), "attachments: found '../a'"),
        (MADE._replace(attachments=None), "attachments"),
        (MADE._replace(metadata=[]), "metadata"),
        (MADE._replace(summary=[{"scale": object()}]), "summary: found what no record can hold"),
        (MADE._replace(metadata={"of": {1, 2}}), "metadata: found what no record can hold"),
    ],
)
def test_what_a_calibrator_may_not_give(made: object, fault: str) -> None:
    assert calibration_faults(CALIBRATOR, MADE) == []
    (found,) = calibration_faults(CALIBRATOR, made)
    assert fault in str(found)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda _made: None, "NoneType"),
        (lambda made: made._replace(files=()), "one path or more"),
        (lambda made: made._replace(files=(made.truth.with_name("none"),)), "files: found"),
        (lambda made: made._replace(truth=made.truth.parent / "in" / "truth"), "truth: found"),
    ],
    ids=["none", "empty", "missing", "elsewhere"],
)
def test_what_a_simulator_may_not_give(
    tmp_path: Path, change: Callable[[Simulated], Any], fault: str
) -> None:
    (tmp_path / "in").mkdir()
    for name in ("raw", "truth", "in/truth"):
        (tmp_path / name).touch()
    made = Simulated((tmp_path / "raw",), tmp_path / "truth", Run("r", "science"))
    assert simulation_faults(tmp_path, made) == []
    (found,) = simulation_faults(tmp_path, change(made))
    assert fault in str(found)
