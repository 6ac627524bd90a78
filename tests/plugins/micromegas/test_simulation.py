"""The simulation against physics that is known from elsewhere."""

from __future__ import annotations

import hashlib
from pathlib import Path

import awkward as ak
import numpy as np
import pytest

from helioscope.api import Run, Setup, SimulatedRun, UsageError, check
from helioscope_micromegas.detector import DETECTOR
from helioscope_micromegas.settings import MicromegasSettings
from helioscope_micromegas.simulation import gas, particles, tracks
from helioscope_micromegas.simulation.electronics import gain_at
from helioscope_micromegas.simulation.events import primakoff_energies, schedule
from helioscope_micromegas.simulation.run import simulate
from helioscope_micromegas.simulation.settings import MicromegasSimulation

from .conftest import START_NS, Made, make

RNG = np.random.default_rng(7)
HALF, DRIFT = 33.6, 30.0
BARE = Setup("micromegas", Run("r", "science"), MicromegasSettings())


def test_attenuation_agrees_with_xraydb() -> None:
    import xraydb

    energy = np.array([1.5, 2.0, 3.0, 4.5, 5.9, 8.0, 10.0])
    ours = gas.attenuation_per_mm(energy, 0.0)
    theirs = 0.1 * gas.ARGON_G_CM3 * xraydb.mu_chantler("Ar", 1000 * energy)
    assert ours == pytest.approx(theirs, rel=0.03)


@pytest.mark.parametrize(("kev", "g_cm2"), [(10, 3.43e-4), (50, 5.35e-3), (100, 1.77e-2)])
def test_range_stays_near_the_csda_range_of_estar(kev: float, g_cm2: float) -> None:
    """The practical range is shorter than the path; ESTAR (NIST) gives the path in argon."""
    found = 0.1 * tracks.range_mm(kev, 1.0)
    assert 0.5 * g_cm2 < found < 1.05 * g_cm2


def electrons_of(
    kev: float, number: int = 400, kind: int = tracks.ELECTRON
) -> tuple[np.ndarray, np.ndarray]:
    start = np.tile([0.0, 0.0, 15.0], (number, 1))
    return tracks.free_electrons(
        np.random.default_rng(5), np.full(number, kind, np.int8), np.full(number, kev), start,
        particles.isotropic(RNG, number), (HALF, DRIFT), (1.7e-3, 26.3, 0.2),
    )  # fmt: skip


def test_ionisation_of_a_stopped_electron() -> None:
    counts, electrons = electrons_of(6.0)
    assert counts.mean() == pytest.approx(6000 / 26.3, rel=0.02)
    assert counts.std() == pytest.approx(np.sqrt(0.2 * 6000 / 26.3), rel=0.5)
    assert counts.sum() == len(electrons)
    distance = np.linalg.norm(electrons - [0, 0, 15], axis=1)
    assert distance.max() < tracks.range_mm(6.0, 1.7e-3) * 1.01


def test_absorption_depth_and_escape() -> None:
    """The escape share at 5.9 keV is yield x K share x the chance to leave the gas."""
    config = MicromegasSimulation()
    number = 20_000
    energy = np.full(number, 5.9)
    point = particles.conversion_points(RNG, energy, np.zeros(number), np.zeros(number), config)
    depth = DRIFT - point[:, 2]
    per_mm = gas.attenuation_per_mm(np.array([5.9]), config.isobutane)[0]
    assert (depth >= 0).all()
    assert (depth <= DRIFT).all()
    inside = depth < 5
    assert inside.mean() == pytest.approx(
        np.expm1(-5 * per_mm) / np.expm1(-DRIFT * per_mm), abs=0.015
    )
    whole = particles.photons(RNG, np.arange(number), energy, point, config, HALF)
    deposit = np.bincount(whole.event, whole.energy_kev, number)
    escaped = deposit < 4
    assert deposit[escaped] == pytest.approx(5.9 - gas.ARGON_K_LINE_KEV, abs=0.02)
    assert deposit[~escaped] == pytest.approx(5.9, abs=0.02)
    most = gas.ARGON_K_YIELD * gas.ARGON_K_SHARE
    assert 0.3 * most < escaped.mean() < most


@pytest.mark.parametrize(
    ("kev", "least", "most"), [(5, 0.20, 0.27), (10, 0.23, 0.30), (50, 0.33, 0.41)]
)
def test_recoil_is_a_point_of_a_quarter_of_its_energy(
    kev: float, least: float, most: float
) -> None:
    """Lindhard's share rises slowly with energy; it all ionises at one place."""
    counts, electrons = electrons_of(kev, kind=tracks.RECOIL)
    assert least < counts.mean() * 26.3e-3 / kev < most
    assert np.ptp(electrons, axis=0).max() == 0
    assert counts.sum() == len(electrons)


def test_muons_cross_the_gas_and_leave_the_known_ionisation() -> None:
    config = MicromegasSimulation()
    muons = particles.muons(RNG, np.arange(3000), config, HALF)
    assert (muons.direction[:, 1] < 0).all()
    assert (np.abs(muons.start_mm[:, :2]) <= HALF).all()
    counts, electrons = tracks.free_electrons(
        RNG, muons.kind, muons.energy_kev, muons.start_mm, muons.direction, (HALF, DRIFT),
        (1.7e-3, 26.3, 0.2),
    )  # fmt: skip
    assert (np.abs(electrons[:, :2]) <= HALF + 1e-3).all()
    # a minimum ionising particle makes about 94 pairs a cm in argon; mean chord 4V/S
    chord = 4 * (2 * HALF) ** 2 * DRIFT / (2 * (2 * HALF) ** 2 + 4 * 2 * HALF * DRIFT)
    assert counts.mean() / (0.1 * chord) == pytest.approx(94 * 2, rel=0.4)


def test_primakoff_spectrum_has_the_published_mean() -> None:
    """<E> = 4.2 keV for the whole spectrum; between 1 and 12 keV it is a little higher."""
    assert primakoff_energies(RNG, 40_000).mean() == pytest.approx(4.3, abs=0.1)


def test_axions_come_while_tracking_only() -> None:
    config = MicromegasSimulation(kind="background", solar_hz=5.0, background_hz=1.0)
    window = (START_NS + 10**11, START_NS + 2 * 10**11)
    plan = schedule(np.random.default_rng(2), config, (START_NS, START_NS + 10**12), (window,))
    axions = plan.time_ns[plan.origin == particles.ORIGINS.index("axion")]
    assert axions.size == pytest.approx(500, abs=120)
    assert axions.min() >= window[0]
    assert axions.max() < window[1]
    assert (np.diff(plan.time_ns) >= 0).all()


def test_same_seed_same_bytes_in_truth(folder: Path, tmp_path: Path) -> None:
    digests = []
    for place, seed in ((folder, 5), (tmp_path, 5), (tmp_path, 6)):
        made = make(place, "fe55", 200, seed)
        buffers = ak.to_buffers(ak.to_packed(made.raw))[2]
        content = b"".join(np.ascontiguousarray(buffers[key]).tobytes() for key in sorted(buffers))
        digests.append(hashlib.sha256(content).hexdigest())
    assert digests[0] == digests[1] != digests[2]


def test_gain_drifts_from_the_start_of_a_run_or_from_its_epoch() -> None:
    day = 86_400 * 10**9
    times = START_NS + np.array([0, day, 2 * day])
    config = MicromegasSimulation(gain_per_day=0.04)
    assert gain_at(times, config, START_NS) == pytest.approx([1.0, 1.04, 1.08])
    fixed = config.model_copy(update={"gain_epoch_ns": START_NS + day})
    assert gain_at(times, fixed, START_NS) == pytest.approx([0.96, 1.0, 1.04])


def test_a_run_of_any_season_has_the_same_charge(fe55: Made, tmp_path: Path) -> None:
    late = make(tmp_path, "fe55", 400, start_ns=START_NS + 10 * 365 * 86_400 * 10**9)
    here, there = (np.median(ak.sum(made.raw["x_charge_adu"], axis=1)) for made in (fe55, late))
    assert there == pytest.approx(here, rel=0.05)


def test_position_of_single_clusters(fe55: Made) -> None:
    config = MicromegasSettings(
        nominal_strip_pedestal_adu=60, nominal_strip_noise_adu=4, dead_strips_x=(47,),
        dead_strips_y=(131, 132),
    )  # fmt: skip
    rows = DETECTOR.reconstruction(Setup("micromegas", fe55.run, config))(fe55.raw).observables
    truth = fe55.truth[np.searchsorted(fe55.truth["event_id"], rows["event_id"])]
    single = (np.asarray(rows["n_clusters_x"]) == 1) & (np.asarray(rows["n_clusters_y"]) == 1)
    single &= np.asarray(truth["electrons"]) > 190
    off = np.asarray(rows["x_mm"])[single] - np.asarray(truth["x_mm"])[single]
    assert single.mean() > 0.7
    assert np.sqrt(np.mean(off**2)) < 0.15
    assert abs(off.mean()) < 0.01


def test_written_events_keep_the_raw_schema(background: Made) -> None:
    assert not check(background.raw, DETECTOR.raw(MicromegasSettings()))
    assert len(background.raw) == len(background.truth)
    assert background.raw["event_id"].to_list() == list(range(len(background.raw)))
    assert background.raw["time_ns"].to_list() == background.truth["time_ns"].to_list()


@pytest.mark.parametrize(
    ("label", "asked", "held"),
    [
        ("fe55", None, {"fe55"}),
        ("xray", None, {"tube"}),
        ("pedestal", None, {"none"}),
        ("science", "fe55", {"fe55"}),
        ("lines", None, {"line"}),
    ],
)
def test_a_run_holds_what_its_kind_says(
    tmp_path: Path, label: str, asked: str | None, held: set[str]
) -> None:
    run = Run("r", label, START_NS, START_NS + 10**9)
    config = MicromegasSimulation.model_validate({"kind": asked, "events": 20})
    made = simulate(SimulatedRun(run, MicromegasSettings(), config, tmp_path, 1))
    assert set(ak.from_parquet(made.truth)["origin"].to_list()) == held


@pytest.mark.parametrize(
    ("label", "asked"), [("fe55", "background"), ("background", "xray"), ("readout", None)]
)
def test_a_kind_that_says_otherwise_is_refused(
    tmp_path: Path, label: str, asked: str | None
) -> None:
    run = Run("r", label, START_NS, START_NS + 10**9)
    config = MicromegasSimulation.model_validate({"kind": asked})
    with pytest.raises(UsageError, match=f"kind '{label}'"):
        simulate(SimulatedRun(run, MicromegasSettings(), config, tmp_path, 1))
    assert not list(tmp_path.iterdir())


def test_waveform_read_out_is_not_simulated(tmp_path: Path) -> None:
    config = MicromegasSettings(readout="waveforms")
    run = Run("r", "fe55", START_NS, START_NS + 10**9)
    with pytest.raises(UsageError, match="waveforms"):
        simulate(SimulatedRun(run, config, MicromegasSimulation(), tmp_path, 1))
