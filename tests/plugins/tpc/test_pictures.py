"""The event display."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import awkward as ak

from helioscope_tpc.plugin import DETECTOR, DISPLAY

from .chamber import setup_of, simulated


def test_the_display_draws_both_planes_with_the_energy_of_the_match(tmp_path: Path) -> None:
    raw, _ = simulated(tmp_path, photons=20)
    reconstructed = DETECTOR.reconstruction(setup_of())(raw)
    picture = DISPLAY.draw(setup_of(), raw, reconstructed)
    assert ET.fromstring(picture).tag.endswith("svg")
    assert DISPLAY.draw(setup_of(), raw, reconstructed) == picture


def test_an_event_without_a_cluster_is_drawn_too(tmp_path: Path) -> None:
    raw, _ = simulated(tmp_path, random_triggers=2)
    assert DISPLAY.draw(setup_of(), raw, DETECTOR.reconstruction(setup_of())(raw))


def test_an_event_is_drawn_though_none_of_its_wires_is_in_the_chamber(tmp_path: Path) -> None:
    raw, _ = simulated(tmp_path, photons=3)
    strange = ak.with_field(raw, ak.values_astype(raw["wire"] + 1000, "int16"), "wire")
    assert DISPLAY.draw(setup_of(), strange, DETECTOR.reconstruction(setup_of())(strange))
