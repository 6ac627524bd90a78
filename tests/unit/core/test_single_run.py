"""A simulated run appears whole, with its truth, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest

from helioscope.api import (
    Campaign,
    CampaignOutcome,
    CampaignRun,
    Column,
    PluginError,
    Run,
    Schema,
    Settings,
    Simulated,
    SimulatedRun,
    Simulator,
)
from helioscope.core.campaigns.campaign import simulate
from helioscope.core.campaigns.single_run import single_run
from helioscope.registry import Loaded, Registry

TRUTH = Schema("truth", 1, (Column("energy_kev", "float32", "keV", "True energy.", minimum=0.0),))
RUN = Run("r1", "science", 0, 10)
Change = Callable[[Simulated], Any]


def simulator(change: Change) -> Simulator:
    def simulation(asked: SimulatedRun) -> Any:
        files = tuple(asked.folder / f"{asked.run.name}{end}" for end in (".raw", ".parquet"))
        files[0].write_bytes(b"raw")
        ak.to_parquet(ak.Array({"energy_kev": np.ones(3, np.float32)}), files[1])
        return change(Simulated(files[:1], files[1], asked.run))

    return Simulator("s", "d", 1, Settings, TRUTH, simulation)


def with_truth(column: str, value: float) -> Change:
    def change(made: Simulated) -> Simulated:
        ak.to_parquet(ak.Array({column: np.full(3, value, np.float32)}), made.truth)
        return made

    return change


def without(made: Simulated) -> Simulated:
    made.files[0].unlink()
    return made


def elsewhere(made: Simulated) -> Simulated:
    return made._replace(files=(made.files[0].rename(made.files[0].parents[1] / "strayed"),))


WRONG = pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda _made: None, "NoneType, expected Simulated"),
        (without, "files: found"),
        (elsewhere, "files: found"),
        (with_truth("energy", 1.0), "no column energy_kev"),
        (with_truth("energy_kev", -1.0), ">= 0 keV"),
        (lambda made: made._replace(truth=made.files[0]), "r1.raw"),
    ],
    ids=["none", "missing", "elsewhere", "truth-schema", "truth-value", "no-truth"],
)


@WRONG
def test_what_a_simulator_may_not_give_leaves_nothing(
    tmp_path: Path, change: Change, found: str
) -> None:
    with pytest.raises(PluginError, match=found) as raised:
        single_run(simulator(change), None, None, RUN, tmp_path / "raw", 1)
    assert raised.value.where.startswith("simulator 's' 1, ")
    assert [path.name for path in (tmp_path / "raw").iterdir() if path.name != "strayed"] == []


@WRONG
def test_a_campaign_refuses_it_too(tmp_path: Path, change: Change, found: str) -> None:
    campaign = Campaign(
        "c", "d", "demo", "s", None, None,
        lambda _start, _tracking: (CampaignRun(RUN, None),), lambda _result: CampaignOutcome([]),
    )  # fmt: skip
    plugins = Registry([Loaded("p", "p", "1", (simulator(change),))])
    with pytest.raises(PluginError, match=found):
        simulate(campaign, plugins, tmp_path, 0)
    assert [path.name for path in (tmp_path / "raw").iterdir() if path.name != "strayed"] == []
    assert not (tmp_path / "job.toml").exists()
