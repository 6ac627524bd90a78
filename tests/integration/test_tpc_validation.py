"""The TPC's validation on few events of other seeds: every figure is there and drawn."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helioscope.api import CampaignRun
from helioscope_tpc import campaign_runs, validation

Cli = Callable[..., tuple[int, str, str]]
#: What has room for the errors of few events.
SURE = ("position", "photon efficiency 1-10 keV", "background rejection 1-10 keV", "drift velocity")
COUNTED = ("photons", "pairs", "muons", "gammas", "recoils", "fluorescence")
SHARE = {"fe55": 3, "muon": 4}


def test_every_figure_is_measured_and_drawn(
    helioscope: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = campaign_runs._run

    def fewer(name: str, kind: str, start_ns: int, stop_ns: int, **settings: Any) -> CampaignRun:
        less = {key: settings[key] // SHARE.get(kind, 20) for key in COUNTED if key in settings}
        return whole(name, kind, start_ns, stop_ns, **settings | less)

    monkeypatch.setattr(campaign_runs, "_run", fewer)
    for module in (campaign_runs, validation):
        monkeypatch.setattr(module, "HELD_OUT", "few-")
    _, out, err = helioscope("validate", "tpc", "--out", tmp_path, "--json")
    figures = json.loads(out)
    assert sum(bool(figure["required"]) for figure in figures) == 28, err
    two = f"two photons {max(campaign_runs.PAIR_DISTANCES_MM):g} mm apart: exactly"
    sure = [figure for figure in figures if figure["name"].startswith((*SURE, two))]
    assert [figure for figure in sure if not figure["passed"]] == []
    pictures = {path.stem for path in (tmp_path / "pictures").iterdir()}
    assert pictures >= {"energy_scale", "efficiency", "cut_flow", "residuals", "pairs"}
