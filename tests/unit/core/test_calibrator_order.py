"""In which order calibrators work, and what each of them may take from the others."""

from __future__ import annotations

from typing import Any

import pytest

from helioscope.core.calibrations.ordering import Step, in_order
from helioscope.errors import ExitCode, PluginError
from helioscope.job.plan import PlannedCalibrator, PlannedDetector
from helioscope.model.products import OBSERVABLES, RAW
from helioscope.model.schema import Schema
from helioscope.model.settings import Settings
from helioscope.plugin import Calibrated, Calibrator, Detector, Requirement
from helioscope.plugin.setup import Setup


def needs(text: str) -> tuple[Requirement, ...]:
    """Read needs, written ``a b?``: a is required, b optional."""
    return tuple(
        Requirement(name.rstrip("?"), optional=name.endswith("?")) for name in text.split()
    )


def steps(detector: str = "", **calibrators: str) -> list[Step]:
    """Order calibrators by what they need; ``*`` stands for what works on observables."""
    return in_order(
        PlannedDetector(
            name="one",
            detector=Detector(
                "one", 1, Settings, lambda _: RAW, OBSERVABLES, _never, lambda _: needs(detector)
            ),
            config=None,
            calibrators=tuple(
                PlannedCalibrator(_calibrator(name, text), None)
                for name, text in calibrators.items()
            ),
        )
    )


def _calibrator(name: str, text: str) -> Calibrator:
    return Calibrator(
        name=name,
        detector="one",
        version=1,
        config=Settings,
        run_kinds=("source",),
        product="observables" if "*" in text else "raw",
        table=Schema(name, 1, ()),
        calibration=lambda *_: Calibrated(None, []),
        calibrations=lambda _: needs(text.replace("*", "")),
    )


def _never(_setup: Setup) -> Any:
    raise AssertionError


def taken(found: list[Step]) -> list[str]:
    """Write each step as ``name: what it may take``."""
    return [f"{s.planned.calibrator.name}: {' '.join(n.name for n in s.needs)}" for s in found]


def test_what_an_optional_need_names_is_made_first() -> None:
    assert taken(steps(gain="dark?", dark="map?", map="")) == [
        "map: ", "dark: map", "gain: dark",
    ]  # fmt: skip


def test_of_those_that_would_take_each_others_the_first_listed_goes_without() -> None:
    """As in the TPC, whose reconstruction takes all of them."""
    found = steps("level gain scale? drift?", level="", gain="*", scale="*", drift="*")
    assert taken(found) == [
        "level: ", "gain: level", "scale: level gain", "drift: level gain scale",
    ]  # fmt: skip
    assert not any(step.circle for step in found)


def test_what_stands_on_a_circle_waits_for_all_of_it() -> None:
    """Wherever it is listed: nothing of the circle stands on it."""
    found = steps("gain scale?", model="*", gain="*", scale="*")
    assert taken(found) == ["gain: ", "scale: gain", "model: gain scale"]


def test_a_need_that_no_calibrator_here_makes_is_kept() -> None:
    assert taken(steps(gain="map? dark", dark="")) == ["dark: ", "gain: map dark"]


def test_those_that_require_each_other_are_refused_by_name() -> None:
    (first, second) = steps("a b", a="*", b="*")
    second.require_possible()
    with pytest.raises(PluginError, match="it requires b, made with a itself") as refused:
        first.require_possible()
    assert refused.value.exit_code == ExitCode.PLUGIN
