"""Eight real events of a PandaX-III prototype, beside REST's own levels in the same file."""

import os
import subprocess
import sys
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

JOB = Path(__file__).parent / "pandax.toml"
DATA = os.environ.get("HELIOSCOPE_REALDATA")


@pytest.mark.skipif(DATA is None, reason="HELIOSCOPE_REALDATA is not set")
def test_levels_of_the_signals_are_those_of_a_plain_sum(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "helioscope.cli.main", "run", str(JOB)]
    done = subprocess.run(
        [*command, "--data", str(DATA), "--out", str(tmp_path)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    rows = ak.from_parquet(tmp_path / "prototype" / "tpc" / "observables.parquet")
    path = Path(str(DATA)) / "rest_root" / "v2.2.30_hits.root"
    with uproot.open(path) as file:
        signal = file["EventTree"]["TRestRawSignalEventBranch/fSignal"]
        samples = signal["fSignal.fSignalData"].array()
        channels = signal["fSignal.fSignalID"].array()
    assert len(rows) == 8
    assert rows["signal_wire"].to_list() == channels.to_list()
    window = ak.values_astype(samples[..., 5:55], "float64")
    means = ak.sum(window, axis=-1) / 50
    spreads = np.sqrt(ak.sum((window - means[..., None]) ** 2, axis=-1) / 50)
    for name, expected in (("mean", means), ("sigma", spreads)):
        one = rows[f"signal_baseline_{name}_adu"]
        np.testing.assert_allclose(ak.flatten(one), ak.flatten(expected), rtol=1e-9)
        whole = np.asarray(rows[f"baseline_{name}_adu"])
        np.testing.assert_allclose(whole, ak.mean(expected, axis=1), rtol=1e-9)
