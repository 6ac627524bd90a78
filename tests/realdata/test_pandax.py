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


def observable(file: uproot.ReadOnlyDirectory, name: str) -> ak.Array:
    """Read an observable of REST's analysis tree.

    The tree is of a class of REST's own on top of a TTree; uproot reads that and lets go of the
    file, so the branch is tied to it again.
    """
    branch = file["AnalysisTree"].bases[0][f"sAna_{name}"]
    branch._file, branch._cache_key = file.file, name
    return branch.array()


@pytest.mark.skipif(DATA is None, reason="HELIOSCOPE_REALDATA is not set")
def test_levels_of_the_signals_are_those_that_rest_found(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "helioscope.cli.main", "run", str(JOB)]
    done = subprocess.run(
        [*command, "--data", str(DATA), "--out", str(tmp_path)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    rows = ak.from_parquet(tmp_path / "prototype" / "tpc" / "observables.parquet")
    with uproot.open(Path(str(DATA)) / "rest_root" / "v2.2.30_hits.root") as file:
        signals = observable(file, "NumberOfSignals")
        assert ak.num(rows["signal_wire"]).to_list() == signals.to_list()
        for name, key in (("mean", "baseline_map"), ("sigma", "baselinesigma_map")):
            channel = observable(file, f"{key}/sAna_{key}.first")
            value = observable(file, f"{key}/sAna_{key}.second")
            order = ak.argsort(rows["signal_wire"], axis=1)
            assert rows["signal_wire"][order].to_list() == channel.to_list()
            found = rows[f"signal_baseline_{name}_adu"][order]
            np.testing.assert_allclose(ak.flatten(found), ak.flatten(value), rtol=1e-9)
        for name, key in (("mean", "BaseLineMean"), ("sigma", "BaseLineSigmaMean")):
            whole = np.asarray(rows[f"baseline_{name}_adu"])
            np.testing.assert_allclose(whole, observable(file, key), rtol=1e-9)
