"""The simulated waveforms against what the electronics does and what the gas gave."""

from __future__ import annotations

import hashlib
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from helioscope.api import Run, SimulatedRun, SourceRequest, UsageError, check
from helioscope.io.parquet import read_plain
from helioscope.io.root_trees import SOURCE as ROOT
from helioscope_micromegas.detector import raw
from helioscope_micromegas.readout_map import MAP, READOUT_MAP
from helioscope_micromegas.settings import MicromegasSettings
from helioscope_micromegas.simulation import collection, ionisation
from helioscope_micromegas.simulation.particles import ORIGINS
from helioscope_micromegas.simulation.run import TRUTH
from helioscope_micromegas.simulation.settings import WaveformSimulation
from helioscope_micromegas.simulation.shaping import shaper_response
from helioscope_micromegas.simulation.waveform_run import channels, simulate

from .conftest import START_NS, Made

CONFIG = MicromegasSettings(readout="waveforms")
DEFAULT = WaveformSimulation()
STRIP_OF = {int(channel): strip for strip, channel in enumerate(channels(CONFIG.n_strips))}
DEAD = [*DEFAULT.dead_strips_x, *(192 + strip for strip in DEFAULT.dead_strips_y)]


def made(folder: Path, kind: str, events: int = 150, seed: int = 1, **more: object) -> Made:
    config = WaveformSimulation.model_validate({"kind": kind, "events": events, **more})
    run = Run(f"{kind}-{seed}", kind, START_NS, START_NS + 60 * 10**9)
    written = simulate(SimulatedRun(run, CONFIG, config, folder, seed))
    request = SourceRequest(written.files[0], raw(CONFIG), written.source, 64, 10**9)
    truth = ak.from_parquet(written.truth)
    events_read = ak.concatenate(list(ROOT.read(request)))
    return Made(written.files[0], run, events_read, truth[truth["recorded"]])


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return made(tmp_path_factory.mktemp("source"), "fe55")


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return made(tmp_path_factory.mktemp("quiet"), "pedestal", 12)


def strips_of(events: ak.Array) -> np.ndarray:
    return np.array([STRIP_OF[channel] for channel in ak.flatten(events["signal_id"]).to_list()])


def samples_of(events: ak.Array) -> np.ndarray:
    return ak.to_numpy(ak.flatten(events["signal_adu"], axis=1)).astype(np.float64)


@pytest.mark.parametrize(("peaking_ns", "sample_ns"), [(1000.0, 1.0), (500.0, 0.5), (117.0, 0.2)])
def test_response_peaks_at_the_peaking_time(peaking_ns: float, sample_ns: float) -> None:
    response = shaper_response(peaking_ns, sample_ns)
    assert response[0] == 0
    assert response.argmax() * sample_ns == pytest.approx(peaking_ns, rel=0.005)
    assert response.max() == pytest.approx(1, abs=1e-4)
    assert -0.02 < response.min() < 0  # a small undershoot
    assert abs(response[-1]) < 1e-5


def test_written_as_feminos_daq_does(source: Made) -> None:
    assert not check(source.raw, raw(CONFIG))
    with uproot.open(source.path) as file:
        assert {"events", "run"} <= {key.split(";")[0] for key in file}
        tree = file["events"]
        assert {"timestamp", "signal_ids", "signal_data"} <= set(tree.keys())
        flat = tree["signal_data"].array()
        assert (ak.num(flat) == 512 * ak.num(tree["signal_ids"].array())).to_list() == [True] * len(
            flat
        )
    late = np.asarray(source.truth["time_ns"]) - np.asarray(source.raw["time_ns"])
    assert ((late >= 0) & (late < 10**6)).all()  # its clock counts ms
    assert np.asarray(source.truth["event_id"]).tolist() == source.raw["event_id"].to_list()


def test_pulses_stand_where_the_trigger_puts_them(source: Made) -> None:
    """First electron at sample 200, drift and diffusion of 0.9 us, peak 1000 ns later."""
    waves = samples_of(source.raw)
    waves -= waves[:, :150].mean(axis=1, keepdims=True)
    high = waves.max(axis=1) > 300
    peak = waves[high].argmax(axis=1)
    first = DEFAULT.start_sample + DEFAULT.peaking_ns / CONFIG.sample_ns
    assert peak.min() >= first - 1
    assert peak.max() < first + 900 / CONFIG.sample_ns + 2
    mean = waves[high][:, 150:].mean(axis=0)
    width = (mean > 0.5 * mean.max()).sum() * CONFIG.sample_ns
    assert width == pytest.approx(1.07 * DEFAULT.peaking_ns, rel=0.12)


def test_charge_of_the_avalanche_arrives_on_the_strips_in_time() -> None:
    """No charge is lost away from the border, and its mean time does not depend on the phase."""
    rng = np.random.default_rng(2)
    electrons = np.tile(np.array([[0.0, 0.0, 15.0]], np.float32), (4000, 1))
    config = DEFAULT.model_copy(update={"kind": "fe55"})
    offsets = np.arange(0, 4001, 200)
    found = collection.collect_in_time(
        rng, offsets, electrons, ionisation.drift_of(config, CONFIG), 192, 20, 80.0
    )
    assert found.strips.sum(axis=(1, 2, 3)) == pytest.approx(found.total, rel=1e-4)
    over_x = found.strips.sum(axis=(1, 2))
    mean = (over_x * np.arange(20)).sum(axis=1) / over_x.sum(axis=1) - found.phase
    # the first of 200 electrons comes 2.75 sigma before the mean; sigma is 245 um at 35 mm/us
    assert mean * 80.0 == pytest.approx(2.75 * 245 / 35, abs=9)


def test_same_physics_as_the_integrated_charges(source: Made, fe55: Made) -> None:
    ours, theirs = (np.asarray(run.truth["avalanche"]) for run in (source, fe55))
    error = np.hypot(ours.std() / np.sqrt(ours.size), theirs.std() / np.sqrt(theirs.size))
    assert abs(ours.mean() - theirs.mean()) < 4 * error


def test_pedestal_run_reads_every_channel(quiet: Made) -> None:
    assert ak.num(quiet.raw["signal_id"]).to_list() == [384] * 12
    assert set(quiet.truth["origin"].to_list()) == {"none"}
    strip, waves = strips_of(quiet.raw), samples_of(quiet.raw)
    noise = np.array([waves[strip == number].std() for number in range(384)])
    assert np.flatnonzero(noise == 0).tolist() == DEAD
    assert np.flatnonzero(noise > 20).tolist() == list(DEFAULT.noisy_strips_x)
    usual = np.delete(noise, [*DEAD, *DEFAULT.noisy_strips_x])
    assert np.median(usual) == pytest.approx(np.hypot(6, 2), rel=0.05)


def test_zero_suppression_keeps_pulses_and_what_is_noisy(source: Made) -> None:
    strip, waves = strips_of(source.raw), samples_of(source.raw)
    assert not np.isin(strip, DEAD).any()
    (loud,) = DEFAULT.noisy_strips_x
    assert (strip == loud).sum() == len(source.raw)
    rest = waves[strip != loud]
    height = rest[:, 150:450].max(axis=1) - rest[:, :150].mean(axis=1)
    assert height.min() > 4 * DEFAULT.strip_noise_adu * 0.8 - 6
    assert ak.num(source.raw["signal_id"]).to_numpy().mean() < 30


def test_samples_end_where_the_digitiser_does(tmp_path: Path) -> None:
    strong = made(tmp_path, "fe55", 20, strip_adu_per_electron=600.0)
    waves = samples_of(strong.raw)
    assert waves.max() == CONFIG.saturation_adu
    assert (waves == CONFIG.saturation_adu).sum(axis=1).max() > 5


def test_height_follows_the_gain(tmp_path: Path) -> None:
    still = {"strip_noise_adu": 0.01, "level_spread_adu": 0.0, "gain_per_day": 0.0}
    once, twice = (
        samples_of(made(tmp_path, "fe55", 30, strip_adu_per_electron=adu, **still).raw)
        for adu in (20.0, 40.0)
    )
    level = DEFAULT.strip_pedestal_adu
    ratio = np.sort(twice.max(axis=1))[-20:] - level
    assert ratio / (np.sort(once.max(axis=1))[-20:] - level) == pytest.approx(2, rel=0.1)


def test_background_holds_what_it_is_told(tmp_path: Path) -> None:
    sky = made(tmp_path, "background", 60)
    assert set(sky.truth["origin"].to_list()) <= set(ORIGINS)
    muon = np.array(sky.truth["origin"].to_list()) == "muon"
    assert muon.any()
    # a muon's track takes far more strips than an X-ray
    assert np.median(ak.num(sky.raw["signal_id"]).to_numpy()[muon]) > 40


def test_same_seed_same_samples(tmp_path: Path) -> None:
    digests = []
    for folder, seed in (("a", 5), ("b", 5), ("c", 6)):
        (tmp_path / folder).mkdir()
        waves = samples_of(made(tmp_path / folder, "fe55", 20, seed).raw)
        digests.append(hashlib.sha256(waves.tobytes()).hexdigest())
    assert digests[0] == digests[1] != digests[2]


def test_map_names_each_strip_once(tmp_path: Path) -> None:
    run = Run("map", "readout", START_NS, START_NS + 10**9)
    written = simulate(SimulatedRun(run, CONFIG, WaveformSimulation(kind="readout"), tmp_path, 1))
    assert len(read_plain(written.truth, TRUTH)) == 0
    (table,) = READOUT_MAP.read(SourceRequest(written.files[0], MAP, {}, 1000, 10**8))
    channel = np.asarray(table["channel"])
    assert np.unique(channel).size == 384
    assert not np.isin(channel % 72, (11, 22, 45, 56)).any()
    assert (channel % 72 < 68).all()
    position = np.asarray(table["position_mm"]).reshape(2, 192)
    assert (position[0] == position[1]).all()
    assert np.diff(position[0]) == pytest.approx(CONFIG.pitch_mm, abs=1e-5)
    assert position[0].mean() == pytest.approx(0, abs=1e-6)


def test_run_without_a_span_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a start and a stop"):
        simulate(SimulatedRun(Run("r", "fe55"), CONFIG, WaveformSimulation(), tmp_path, 1))
