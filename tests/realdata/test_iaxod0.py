"""Real IAXO-D0 data: whole events, vetoes, and the honest end of a cut file."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from helioscope.api import SourceRequest
from helioscope_micromegas.detector import raw
from helioscope_micromegas.settings import MicromegasSettings
from helioscope_micromegas.sources import AQS

DATA = Path(os.environ.get("HELIOSCOPE_REALDATA", ""))
JOB = Path(__file__).parent / "iaxod0.toml"

pytestmark = pytest.mark.skipif(
    not os.environ.get("HELIOSCOPE_REALDATA"), reason="HELIOSCOPE_REALDATA is not set"
)


def run(job: Path, out: Path, *more: str) -> tuple[int, str]:
    """Run the command as a user does; give its exit code and what it said."""
    command = [sys.executable, "-m", "helioscope.cli.main", "run", str(job), *more]
    done = subprocess.run(
        [*command, "--data", str(DATA), "--out", str(out)], capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def products(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("iaxod0")
    code, said = run(JOB, out)
    assert code == 0, said
    return out / "R01208" / "micromegas"


@pytest.fixture(scope="module")
def table(products: Path) -> dict[str, list]:
    return pq.read_table(products / "observables.parquet").to_pydict()


def test_events_without_a_place_are_no_candidates(products: Path) -> None:
    """No map was published, so every event would lie at the centre."""
    candidates = pq.read_table(products / "candidates.parquet").to_pydict()
    assert set(zip(candidates["x_mm"], candidates["y_mm"], strict=True)) == {(0.0, 0.0)}
    assert candidates["accepted"] == [False] * 64


def test_sixty_four_events_in_four_hundred_seconds(table: dict[str, list]) -> None:
    assert table["event_id"] == list(range(1, 65))
    span_s = 1e-9 * (table["time_ns"][-1] - table["time_ns"][0])
    assert span_s == pytest.approx(402, abs=0.5)


def test_veto_amplitudes_and_times_are_those_of_the_samples(table: dict[str, list]) -> None:
    """Worked out anew from the samples: highest of 150 to 449 less the mean of 20 to 149."""
    config = MicromegasSettings(readout="waveforms")
    path = next((DATA / "iaxod0_aqs").glob("*.aqs"))
    request = SourceRequest(path, raw(config), {"truncated": "keep"}, 100, 10**9)
    row = 0
    for batch in AQS.read(request):
        for event in batch:
            ids, waves = np.asarray(event["signal_id"]), np.asarray(event["signal_adu"], float)
            mine = ids >= 16 * 288
            vetoes = waves[mine]
            height = vetoes[:, 150:450].max(axis=1) - vetoes[:, 20:150].mean(axis=1)
            assert np.allclose(table["veto_adu"][row], height, rtol=1e-6)
            assert table["veto_amplitude_adu"][row] == pytest.approx(height.max(), rel=1e-6)
            peak_ns = 80.0 * (150 + vetoes[:, 150:450].argmax(axis=1))
            assert table["veto_signal_id"][row] == ids[mine].tolist()
            assert table["veto_peak_ns"][row] == pytest.approx(peak_ns)
            if height.max() > 200:
                assert table["veto_time_ns"][row] == pytest.approx(peak_ns[height.argmax()])
            else:
                assert math.isnan(table["veto_time_ns"][row])
            assert len(vetoes) == 14
            row += 1
    assert row == 64


def test_veto_amplitudes_have_the_mean_that_rest_finds(table: dict[str, list]) -> None:
    """REST's test of this file (rawlib, pipeline/processes/analysis): entry 25, 40.55 adu."""
    assert int(100 * np.mean(table["veto_adu"][25])) == 4055


def test_cut_end_is_refused_unless_the_job_says_so(tmp_path: Path) -> None:
    job = tmp_path / "job.toml"
    job.write_text(JOB.read_text().replace('truncated = "keep"', 'truncated = "refuse"'))
    code, said = run(job, tmp_path / "refused")
    assert code == 4
    assert "ends within an event" in said
    code, said = run(job, tmp_path / "skipped", "--skip-bad")
    assert code == 3, said
    record = json.loads(
        (tmp_path / "skipped" / "R01208" / "micromegas" / "record.json").read_text()
    )
    assert "ends within an event" in json.dumps(record)
