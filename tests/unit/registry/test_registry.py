"""Loading plugins one by one, and naming what is wrong with those that fail."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from helioscope import registry
from helioscope.errors import ExitCode, UsageError
from helioscope.plugin import Detector

MINIMAL = Path(__file__).parents[2] / "external_plugin"
HEAD = "from helioscope.api import hookimpl\n"


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(MINIMAL))
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def point(module: str, name: str | None = None) -> EntryPoint:
    return EntryPoint(name=name or module, value=module, group=registry.GROUP)


def test_a_plugin_brings_its_detector(modules: Path) -> None:
    found = registry.load([point("proportional_counter.plugin")])
    assert found.failures == []
    assert found.find(Detector, "proportional-counter").version == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("import nowhere_to_be_found", "ModuleNotFoundError"),
        ("raise SystemError('broken')", "SystemError: broken"),
        ("raise SystemExit(0)", "SystemExit: 0"),
        (HEAD + "@hookimpl\ndef helioscope_detektors():\n    return []", "helioscope_detectors"),
        (HEAD + "@hookimpl\ndef helioscope_detectors():\n    return [1]", "expected: Detector"),
        (HEAD + "@hookimpl\ndef helioscope_detectors(job):\n    return []", "job"),
        (HEAD + "@hookimpl\ndef helioscope_detectors():\n    return 1 / 0", "ZeroDivisionError"),
        (HEAD + "@hookimpl\ndef helioscope_detectors():\n    [1]", "NoneType"),
        (HEAD + "@hookimpl\ndef helioscope_detectors():\n    return 1", "a list of Detector"),
        ("def helioscope_detectors():\n    return []", "@hookimpl before it"),
        ("from helioscope.api import QualityBit\nQualityBit(40, 'far', '')", "not one of 0 to 31"),
    ],
    ids=[
        "import",
        "raises",
        "exits",
        "misspelt",
        "wrong-type",
        "wrong-argument",
        "hook-raises",
        "none",
        "bare",
        "unmarked",
        "quality-bit",
    ],
)
def test_a_broken_plugin_is_listed_with_its_reason_and_stops_no_other(
    modules: Path, body: str, reason: str
) -> None:
    (modules / "broken_one.py").write_text(body)
    found = registry.load([point("broken_one"), point("proportional_counter.plugin")])
    (failure,) = found.failures
    assert failure.entry_point == "broken_one"
    assert reason in failure.reason
    assert list(found.of(Detector)) == ["proportional-counter"]


JUDGE = """
from helioscope.api import Discriminator, Settings
@hookimpl
def helioscope_discriminators():
    return [Discriminator("judge", "proportional-conter", 1, Settings, None)]
"""


def test_a_plugin_of_a_detector_that_nobody_brings_is_listed_with_those_that_need_it(
    modules: Path,
) -> None:
    (modules / "judge_one.py").write_text(HEAD + JUDGE)
    known = [point("proportional_counter.plugin"), point("judge_one")]
    found = registry.load(known)
    (failure,) = found.failures
    assert "discriminator 'judge': no plugin brings its detector" in failure.reason
    assert "did you mean 'proportional-counter'?" in failure.reason
    assert list(found.of(Detector)) == ["proportional-counter"]
    named = "from proportional_counter.plugin import helioscope_detectors\n"
    (modules / "judge_two.py").write_text(HEAD + named + JUDGE)
    right = JUDGE.replace("conter", "counter").replace('"judge"', '"second"')
    (modules / "judge_three.py").write_text(HEAD + right)
    found = registry.load([point("judge_two"), point("judge_three")])
    assert [failure.entry_point for failure in found.failures] == ["judge_two", "judge_three"]
    assert found.loaded == []


SCALED = """
from dataclasses import replace
from helioscope.api import Calibrator, Column, Rescaling, Schema, Settings
from proportional_counter import plugin
@hookimpl
def helioscope_detectors():
    (counter,) = plugin.helioscope_detectors()
    return [replace(counter, rescaling=Rescaling(None, calibrations=("scal",)))]
@hookimpl
def helioscope_calibrators():
    table = Schema("scale", 1, (Column("scale", "float64", "", "Scale."),))
    return [Calibrator("scale", "proportional-counter", 1, Settings, ("fe55",), "raw", table, None)]
"""


def test_a_rescaling_that_names_a_misspelt_calibration_is_listed(modules: Path) -> None:
    (modules / "scaled_one.py").write_text(HEAD + SCALED)
    (failure,) = registry.load([point("scaled_one")]).failures
    assert "its rescaling names a calibration 'scal'" in failure.reason
    assert "did you mean 'scale'?" in failure.reason
    (modules / "scaled_two.py").write_text(HEAD + SCALED.replace('"scal"', '"scale"'))
    assert registry.load([point("scaled_two")]).failures == []


def test_a_name_taken_twice_is_refused_and_the_first_keeps_it(modules: Path) -> None:
    (modules / "copy_cat.py").write_text("from proportional_counter.plugin import *\n")
    found = registry.load([point("copy_cat", "z"), point("proportional_counter.plugin", "a")])
    (failure,) = found.failures
    assert failure.entry_point == "z"
    assert "taken, by plugin 'a'" in failure.reason


def test_a_wrong_name_is_told_the_nearest(modules: Path) -> None:
    found = registry.load([point("proportional_counter.plugin")])
    with pytest.raises(UsageError, match="did you mean 'proportional-counter'") as caught:
        found.find(Detector, "proportional-conter")
    assert caught.value.exit_code == ExitCode.USAGE


def test_asking_for_what_a_broken_plugin_should_bring_says_why_it_is_not_there(
    modules: Path,
) -> None:
    (modules / "broken_two.py").write_text("import nowhere_to_be_found")
    with pytest.raises(UsageError, match="nowhere_to_be_found"):
        registry.load([point("broken_two")]).find(Detector, "gridpix")
