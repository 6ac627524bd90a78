"""The validation of the Micromegas' waveforms, on fewer events than `helioscope validate` takes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from helioscope_micromegas import waveform_campaign_runs

Cli = Callable[..., tuple[int, str, str]]
CAMPAIGN = "micromegas-waveforms-validation"
FEWER = {"fe55-1": 1200, "fe55-2": 1200, "fe55-science": 3000, "lines": 600}


def test_every_figure_of_the_waveforms_passes(
    helioscope: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = tuple(
        (name, kind, what, FEWER.get(name, events), seconds)
        for name, kind, what, events, seconds in waveform_campaign_runs.PLAN
    )
    monkeypatch.setattr(waveform_campaign_runs, "PLAN", plan)
    code, out, err = helioscope(
        "validate", "micromegas", "--campaign", CAMPAIGN, "--out", tmp_path, "--json"
    )
    figures = json.loads(out)
    assert code == 0, [figure for figure in figures if not figure["passed"]] + [err]
    assert sum(bool(figure["required"]) for figure in figures) == 9
    picture = (tmp_path / "pictures/micromegas_waveforms.svg").read_text()
    assert picture.count('id="axes_') == 4 * 3


def test_unknown_campaign_is_named_with_the_nearest(helioscope: Cli) -> None:
    code, _, err = helioscope("validate", "micromegas", "--campaign", "micromegas-waveforms")
    assert code == 2
    assert CAMPAIGN in err
    code, _, err = helioscope("validate", "micromegas", "--campaign", "micromegas-demo")
    assert code == 2
    assert "no such validation campaign" in err
