"""What every part of a plugin tells of itself: its name, its version, its class of settings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from helioscope.api import (
    Calibrator,
    Column,
    Detector,
    Discriminator,
    Schema,
    Settings,
    Simulator,
    products,
)

TABLE = Schema("scale", 1, (Column("scale", "float64", "", "Scale."),))
DETECTOR = Detector(
    "d", 1, Settings, lambda _config: products.RAW, products.OBSERVABLES, lambda _setup: None
)  # type: ignore[arg-type,return-value]
CALIBRATOR = Calibrator(
    "scale", "d", 1, Settings, ("fe55",), "raw", TABLE, lambda _config, _runs: None
)  # type: ignore[arg-type,return-value]
DISCRIMINATOR = Discriminator("cut", "d", 1, Settings, lambda _setup: None)  # type: ignore[arg-type,return-value]
SIMULATOR = Simulator("s", "d", 1, Settings, TABLE, lambda _asked: None)  # type: ignore[arg-type,return-value]


@dataclass
class NoSettings:
    """Settings of another making."""

    gain: float = 1.0


@pytest.mark.parametrize("part", [DETECTOR, CALIBRATOR, DISCRIMINATOR, SIMULATOR])
@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"name": 5}, "the name is 5 instead of a str"),
        ({"name": "../../../x"}, "the name '../../../x'; expected 1 to 100 ASCII letters"),
        ({"version": "1.0"}, "version is '1.0' instead of an int >= 1"),
        ({"version": None}, "version is None"),
        ({"version": 0}, "version is 0"),
        ({"config": NoSettings}, "NoSettings'> instead of a subclass of Settings"),
        ({"config": Settings()}, "instead of a subclass of Settings"),
    ],
)
def test_a_part_without_what_it_is_known_by_is_refused(
    part: Any, change: dict[str, Any], found: str
) -> None:
    with pytest.raises(ValueError, match=found):
        replace(part, **change)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"run_kinds": "fe55"}, "run_kinds is 'fe55' instead of a tuple of str"),
        ({"run_kinds": (1,)}, "run_kinds"),
        ({"optional_kinds": "dark"}, "optional_kinds is 'dark'"),
        ({"product": "events"}, "product is 'events' instead of 'raw' or 'observables'"),
        ({"table": None}, "table is None instead of a Schema"),
        ({"input": TABLE.columns}, "input is"),
    ],
)
def test_a_calibrator_that_cannot_be_is_refused(change: dict[str, Any], found: str) -> None:
    with pytest.raises(ValueError, match=found):
        replace(CALIBRATOR, **change)
