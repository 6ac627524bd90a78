"""Campaign plans, the comparison of discriminators, and pictures."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET
from typing import Literal

import numpy as np
import pytest

from helioscope.api import Campaign, Run, Separation, Setup, calibrators
from helioscope_micromegas import campaigns
from helioscope_micromegas.comparison_pictures import (
    efficiency_figure,
    roc_figure,
    spectrum_figure,
)
from helioscope_micromegas.detector import DETECTOR
from helioscope_micromegas.event_display import draw
from helioscope_micromegas.judging import Share
from helioscope_micromegas.separation import SEPARATION, WAVEFORM_SEPARATION
from helioscope_micromegas.settings import MicromegasSettings

from .conftest import START_NS, Made

TRACKING = ((START_NS + 3600 * 10**9, START_NS + 3900 * 10**9),)


@pytest.mark.parametrize("campaign", [campaigns.VALIDATION, campaigns.DEMO])
def test_runs_follow_one_another_and_science_teaches_nothing(campaign: Campaign) -> None:
    runs = [planned.run for planned in campaign.runs(START_NS, TRACKING)]
    assert runs[0].start_ns == START_NS
    for before, after in itertools.pairwise(runs):
        assert before.stop_ns is not None
        assert after.start_ns is not None
        assert before.stop_ns < after.start_ns
    taught = {*SEPARATION.xray_lines_kev, *SEPARATION.background_kinds}
    assert {run.kind for run in runs} >= {"pedestal", "fe55", "background", "science"}
    assert "science" not in taught
    # the gain drifts, so that 55Fe has to stand on both sides of the science runs
    fe55 = [place for place, run in enumerate(runs) if run.kind == "fe55"]
    science = [place for place, run in enumerate(runs) if run.kind == "science"]
    assert fe55[0] < science[0]
    assert fe55[-1] > science[-1]


def test_demo_science_run_holds_the_tracking() -> None:
    runs = {planned.run.name: planned.run for planned in campaigns.DEMO.runs(START_NS, TRACKING)}
    start, stop = runs["science"].start_ns, runs["science"].stop_ns
    assert start is not None
    assert stop is not None
    assert start < TRACKING[0][0] < TRACKING[0][1] < stop


@pytest.mark.parametrize("separation", [SEPARATION, WAVEFORM_SEPARATION])
def test_features_are_observables(separation: Separation) -> None:
    names = [feature.name for feature in separation.features]
    assert set(names) <= set(DETECTOR.observables.names)
    assert len(set(names)) == len(names)
    assert not [name for name in names if DETECTOR.observables[name].axes]


@pytest.mark.parametrize("readout", ["strips", "waveforms"])
def test_each_read_out_is_taught_what_it_measures(readout: Literal["strips", "waveforms"]) -> None:
    config = MicromegasSettings(readout=readout)
    (used,) = [one for one in (SEPARATION, WAVEFORM_SEPARATION) if one.applies(config)]
    names = {calibrator.name for calibrator in calibrators(used) if calibrator.applies(config)}
    begin = {"strips": "micromegas", "waveforms": "micromegas-waveforms"}[readout]
    assert names == {f"{begin}-{kind}" for kind in ("cuts", "likelihood", "classifier")}
    other = MicromegasSettings(readout="strips" if readout == "waveforms" else "waveforms")
    assert not [one for one in calibrators(used) if one.applies(other)]
    timed = [feature.name for feature in used.features if "time" in feature.name]
    assert bool(timed) == (readout == "waveforms")
    assert any("mesh" in feature.name for feature in used.features) == (readout == "strips")


def test_error_of_a_share() -> None:
    assert Share(50, 100).error == pytest.approx(0.05, rel=0.01)
    assert Share(0, 100).error > 0
    assert np.isnan(Share(0, 0).value)


def texts(picture: bytes) -> ET.Element:
    return ET.fromstring(picture)


def test_pictures_are_whole_and_the_same_every_time() -> None:
    shares = {
        kind: [Share(3, 1000), Share(9, 1000)] for kind in ("classifier", "likelihood", "cuts")
    }
    seen = {kind: [Share(600, 1000), Share(800, 1000)] for kind in shares}
    lines = {kind: [(1.5, Share(80, 100)), (5.9, Share(81, 100))] for kind in shares}
    for picture in (
        lambda: roc_figure(np.array([0.6, 0.8]), seen, shares),
        lambda: efficiency_figure(lines, 0.8),
        lambda: spectrum_figure(np.full(90, 4.0), np.full(3, 4.0), 100.0, 45.0),
    ):
        assert texts(picture()).tag.endswith("svg")
        assert picture() == picture()


def test_events_are_drawn_with_both_axes_and_the_mesh(background: Made) -> None:
    setup = Setup("micromegas", Run("r", "science"), MicromegasSettings())
    batch = background.raw[:6]
    rows = DETECTOR.reconstruction(setup)(batch)
    drawn = texts(draw(setup, batch, rows))
    axes = [item for item in drawn.iter() if item.get("id", "").startswith("axes_")]
    assert len(axes) == 4 * 3
    nothing = DETECTOR.reconstruction(setup)(batch[:0])
    assert texts(draw(setup, batch[:0], nothing)).tag.endswith("svg")
