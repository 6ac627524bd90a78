"""A detector that cannot be is refused when it is made, and so does not load."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from helioscope.api import (
    Column,
    Detector,
    QualityBit,
    Rescaling,
    Schema,
    Settings,
    Setup,
    products,
)


class Gain(Settings):
    """One setting."""

    gain: float = 1.0


def nothing(_setup: Setup) -> Any:
    return None


GOOD = Detector("d", 1, Gain, lambda _config: products.RAW, products.OBSERVABLES, nothing)
COLUMNS = products.OBSERVABLES.columns
ODD = QualityBit(16, "odd", "It is odd.")


def schema(*columns: Column) -> Schema:
    return Schema("mine", 1, columns)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"observables": schema(*COLUMNS[1:])}, "'mine' lack event_id"),
        ({"observables": schema(*COLUMNS[:-1])}, "lack quality"),
        (
            {"observables": schema(*COLUMNS[:-1], replace(COLUMNS[-1], dtype="int64"))},
            "lack quality",
        ),
        ({"quality": (QualityBit(3, "odd", ""),)}, "16 to 31"),
        ({"quality": (ODD, QualityBit(16, "even", ""))}, "taken"),
        ({"quality": (ODD, QualityBit(17, "odd", ""))}, "taken"),
        ({"quality": (QualityBit(16, "saturated", ""),)}, "taken"),
        ({"quality": ODD}, "no tuple"),
        ({"rescaling": nothing}, "instead of a Rescaling"),
    ],
)
def test_a_detector_that_cannot_be_is_refused(change: dict[str, Any], found: str) -> None:
    with pytest.raises(ValueError, match=found):
        replace(GOOD, **change)


def test_another_meaning_and_columns_of_its_own_are_its_matter() -> None:
    told = replace(COLUMNS[-1], meaning="Bits of this detector.")
    own = Column("width_us", "float32", "us", "Width.")
    replace(GOOD, observables=schema(*COLUMNS[:-1], told, own), quality=(ODD,))


@pytest.mark.parametrize("what", ["settings", "calibrations"])
def test_the_names_of_a_rescaling_are_no_single_string(what: str) -> None:
    names: Any = {what: "gain"}
    with pytest.raises(ValueError, match=f"{what} is no tuple"):
        Rescaling(nothing, **names)


@pytest.mark.parametrize("bit", [-1, 32])
def test_a_quality_bit_has_its_place_in_the_column(bit: int) -> None:
    with pytest.raises(ValueError, match="0 to 31"):
        QualityBit(bit, "far", "")
