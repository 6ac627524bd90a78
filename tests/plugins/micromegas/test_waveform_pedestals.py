"""Pedestals of waveform channels: found as put in, and what reconstruction makes of them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import awkward as ak
import numpy as np
import pytest

from helioscope.api import (
    Calibrated,
    Calibration,
    CalibrationInput,
    InputError,
    Run,
    Setup,
    UsageError,
    check,
    quality,
)
from helioscope.testing import conformance, rescaling_conformance
from helioscope_micromegas.channel_status import DEAD, GOOD, NOISY, UNKNOWN
from helioscope_micromegas.detector import (
    DETECTOR,
    ENERGY,
    PEDESTALS,
    READOUT,
    STRIP_GAIN,
    WAVEFORM_PEDESTALS,
)
from helioscope_micromegas.energy_calibration import table_of
from helioscope_micromegas.event_display import draw
from helioscope_micromegas.plugin import helioscope_calibrators
from helioscope_micromegas.settings import MicromegasSettings
from helioscope_micromegas.waveform_pedestals import (
    TABLE,
    WAVEFORM_PEDESTAL,
    WaveformPedestalSettings,
)

from . import feminos

PITCH = 0.5
X, Y, VETO, STRAY = list(range(100, 116)), list(range(300, 316)), 900, 950
DEAD_X, LOUD_X, UNREAD_X = 104, 109, 115
CONFIG = MicromegasSettings(readout="waveforms", veto_channels=(VETO,))
RUN = Run("r", "pedestal")
Waves = dict[int, list[int]]


def readout() -> Calibration:
    rows = [
        {"channel": channel, "plane": 0, "axis": axis, "position_mm": PITCH * place}
        for axis, channels in enumerate((X, Y))
        for place, channel in enumerate(channels)
    ]
    kinds = {"channel": np.int32, "plane": np.int32, "axis": np.int8, "position_mm": np.float64}
    columns = {key: np.array([row[key] for row in rows], kind) for key, kind in kinds.items()}
    return Calibration(READOUT, ak.Array(columns))


def events(waves: list[Waves]) -> ak.Array:
    counts = [len(event) for event in waves]
    ids = np.array([channel for event in waves for channel in event], np.int32)
    flat = np.array([wave for event in waves for wave in event.values()], np.int16)
    return ak.Array(
        {
            "event_id": np.arange(len(waves)),
            "time_ns": 10**18 + 10**9 * np.arange(len(waves)),
            "signal_id": ak.unflatten(ak.Array(ids), counts),
            "signal_adu": ak.unflatten(ak.Array(flat.reshape(-1, 512)), counts),
        }
    )


def level_of(channel: int) -> float:
    return 200.0 + channel % 100


def noise_of(channel: int) -> float:
    return {DEAD_X: 0.0, LOUD_X: 40.0}.get(channel, 6.0)


def pedestal_events(number: int, pulses: bool = False) -> list[Waves]:
    """Every channel at every trigger, whose level moves by 2 adu from one to the next."""
    rng = np.random.default_rng(8)
    found = []
    for event in range(number):
        waves = {}
        for channel in (*X, *Y, VETO, STRAY):
            if channel == UNREAD_X:
                continue
            wave = level_of(channel) + noise_of(channel) * rng.normal(size=512)
            wave += 2.0 * rng.normal() * (noise_of(channel) > 0)
            if pulses and (event + channel) % 3 == 0:
                wave[220:300] += 800
            waves[channel] = np.rint(wave).astype(int).tolist()
        found.append(waves)
    return found


def setup(config: MicromegasSettings = CONFIG, made: Calibrated | None = None) -> Setup:
    known = {READOUT: (readout(),)}
    if made is not None:
        known[WAVEFORM_PEDESTALS] = (Calibration(WAVEFORM_PEDESTALS, made.table),)
    return Setup("micromegas", RUN, config, known)


def calibrated(waves: list[Waves], **settings: object) -> Calibrated:
    raw = events(waves)
    given = CalibrationInput(setup(), lambda: iter((raw[: len(raw) // 2], raw[len(raw) // 2 :])))
    config = WaveformPedestalSettings.model_validate(settings)
    return WAVEFORM_PEDESTAL.calibration(config, {"pedestal": [given]})


@pytest.fixture(scope="module")
def pedestals() -> Calibrated:
    return calibrated(pedestal_events(40))


def by_channel(made: Calibrated) -> dict[int, dict[str, float]]:
    return {row["channel"]: row for row in made.table.to_list()}


def test_level_and_noise_are_those_put_in(pedestals: Calibrated) -> None:
    assert not check(pedestals.table, TABLE)
    found = by_channel(pedestals)
    for channel in {*X, *Y, VETO, STRAY} - {DEAD_X, LOUD_X, UNREAD_X}:
        row = found[channel]
        assert row["pedestal_adu"] == pytest.approx(level_of(channel), abs=4 * 2 / np.sqrt(40))
        assert row["noise_about_level_adu"] == pytest.approx(np.hypot(6, 0.29), rel=0.03)
        assert row["noise_adu"] == pytest.approx(np.sqrt(36 + 4 + 1 / 12), rel=0.08)
        assert row["n_samples"] == 40 * 512 * row["quiet_share"]
        assert row["status"] == GOOD


def test_dead_noisy_and_unread_channels(pedestals: Calibrated) -> None:
    status = {channel: row["status"] for channel, row in by_channel(pedestals).items()}
    assert {channel for channel, value in status.items() if value == DEAD} == {DEAD_X, UNREAD_X}
    assert {channel for channel, value in status.items() if value == NOISY} == {LOUD_X}
    (x, y, veto, stray) = pedestals.summary
    assert (x["reads"], x["dead"], x["noisy"]) == ("x", [DEAD_X, UNREAD_X], [LOUD_X])
    assert (y["channels"], veto["channels"], stray["channels"]) == (16, 1, 1)


def test_pulses_do_not_count(pedestals: Calibrated) -> None:
    clean, struck = by_channel(pedestals), by_channel(calibrated(pedestal_events(40, pulses=True)))
    for channel in (X[0], Y[3], VETO):
        row = struck[channel]
        assert 0.5 < row["quiet_share"] < 0.75
        assert row["noise_adu"] == pytest.approx(clean[channel]["noise_adu"], rel=0.15)
        assert row["status"] == GOOD


def test_samples_before_the_trigger_of_any_run_will_do() -> None:
    """Zero suppression leaves the channels with a pulse: silent ones are not known, not dead."""
    waves = [
        {channel: feminos.pulse(97 * n + channel, 700) for channel in (X[2], Y[2 + n % 2])}
        for n in range(40)
    ]
    with pytest.raises(InputError, match="sample_range"):
        calibrated(waves)
    found = by_channel(calibrated(waves, sample_range=(0, 140)))
    assert found[X[2]]["pedestal_adu"] == pytest.approx(250, abs=1)
    assert found[X[2]]["noise_adu"] == pytest.approx(6, rel=0.1)
    assert found[X[2]]["n_samples"] == 40 * 140
    assert found[X[5]]["status"] == UNKNOWN
    assert np.isnan(found[X[5]]["pedestal_adu"])


def test_channel_that_is_never_quiet_is_noisy() -> None:
    waves = pedestal_events(12)
    for event in waves:
        event[Y[4]] = feminos.pulse(1, 900)
    assert by_channel(calibrated(waves))[Y[4]]["status"] == NOISY


def test_impossible_ranges_and_channels_are_refused() -> None:
    waves = pedestal_events(3)
    with pytest.raises(UsageError, match="500 to 600"):
        calibrated(waves, sample_range=(500, 600))
    with pytest.raises(InputError, match="70000"):
        calibrated([{70_000: feminos.noise(1)}])
    with pytest.raises(InputError, match="at least 5000"):
        calibrated(waves, minimum_samples=5000)


def row_of(waves: Waves, known: Setup) -> dict[str, object]:
    (row,) = DETECTOR.reconstruction(known)(events([waves])).observables.to_list()
    return row


def hit(x: list[int], y: list[int], height: int = 500) -> Waves:
    return {
        channel: feminos.pulse(channel, height, level=round(level_of(channel)))
        for channel in (*x, *y)
    }


def test_dead_strip_is_bridged_and_flagged(pedestals: Calibrated) -> None:
    """Two silent strips part a cluster, unless one of the two is dead."""
    config = CONFIG.model_copy(update={"gap_strips": 0})
    waves = hit([103, 105], [306, 307])
    apart, joined = row_of(waves, setup(config)), row_of(waves, setup(config, pedestals))
    assert (apart["n_clusters_x"], joined["n_clusters_x"]) == (2, 1)
    assert joined["x_mm"] == pytest.approx(PITCH * 4, abs=0.02)
    assert not int(apart["quality"]) & quality.BAD_NEIGHBOUR.mask
    assert int(joined["quality"]) & quality.BAD_NEIGHBOUR.mask
    clean = row_of(hit([111, 112], [306, 307]), setup(config, pedestals))
    assert not int(clean["quality"]) & quality.BAD_NEIGHBOUR.mask


def test_noisy_and_named_channels_are_masked(pedestals: Calibrated) -> None:
    named = CONFIG.model_copy(update={"dead_channels": (Y[10],)})
    waves = hit([103], [306]) | hit([LOUD_X], [Y[10]], 5000)
    free, masked = row_of(waves, setup()), row_of(waves, setup(named, pedestals))
    assert (free["n_good"], masked["n_good"]) == (4, 2)
    assert (free["n_signals"], masked["n_signals"]) == (4, 2)
    assert int(free["quality"]) & quality.SATURATED.mask
    assert not int(masked["quality"]) & quality.SATURATED.mask
    alone = row_of(hit([103], [306]), setup())
    for column in ("energy_adu", "x_mm", "y_mm"):
        assert masked[column] == alone[column]


def test_veto_stays_whatever_its_noise(pedestals: Calibrated) -> None:
    table = ak.to_list(pedestals.table)
    for row in table:
        row["status"] = NOISY if row["channel"] == VETO else row["status"]
    known = setup(CONFIG, pedestals._replace(table=ak.Array(table)))
    assert row_of(hit([103], [306]) | {VETO: feminos.pulse(3, 600)}, known)["veto_adu"]


def test_level_and_noise_of_the_calibration_take_the_place_of_the_own(
    pedestals: Calibrated,
) -> None:
    """A pulse before the trigger raises a waveform's own level and noise and hides the signal."""
    wave = np.array(feminos.pulse(1, 150, level=round(level_of(103))))
    wave[30:110] += 300
    waves = hit([], [306]) | {103: wave.tolist()}
    assert row_of(waves, setup(CONFIG, pedestals))["n_good"] == 1
    update = {"level_from": "pedestals", "noise_from": "pedestals"}
    row = row_of(waves, setup(CONFIG.model_copy(update=update), pedestals))
    assert row["n_good"] == 2
    assert row["energy_x_adu"] == pytest.approx(3 * 150, abs=40)


def test_channel_that_the_pedestals_do_not_know_keeps_its_own_and_is_flagged(
    pedestals: Calibrated,
) -> None:
    config = CONFIG.model_copy(update={"level_from": "pedestals"})
    without = pedestals.table[np.asarray(pedestals.table["channel"]) != 103]
    line = {
        "time_ns": 10**18, "source": "strips", "per_kev": 300.0, "per_kev_err": 1.0, "fwhm": 0.2,
        "fwhm_err": 0.01, "escape_kev": 2.9, "escape_share": 0.1,
    }  # fmt: skip
    flags, charges = [], []
    for made in (pedestals, pedestals._replace(table=without)):
        known = setup(config, made)
        calibrations = {**known.calibrations, ENERGY: (Calibration(ENERGY, table_of([line])),)}
        row = row_of(hit([103], [306]), replace(known, calibrations=calibrations))
        flags.append(bool(int(row["quality"]) & quality.UNCALIBRATED.mask))
        charges.append(row["energy_x_adu"])
    assert flags == [False, True]
    assert charges[1] == pytest.approx(charges[0], abs=3 * 4)


def test_pedestals_are_required_where_the_settings_name_them() -> None:
    def optional(**update: str) -> bool:
        needs = DETECTOR.calibrations(CONFIG.model_copy(update=update))
        return next(need.optional for need in needs if need.name == WAVEFORM_PEDESTALS)

    assert optional()
    assert not optional(level_from="pedestals")
    assert not optional(noise_from="pedestals")


def test_a_read_out_has_the_calibrators_that_its_events_allow() -> None:
    """Pedestals and trained models are of one read-out each; strip gains need the mesh pulse."""
    having = [
        {item.name for item in helioscope_calibrators() if item.applies(config)}
        for config in (MicromegasSettings(), CONFIG)
    ]
    kinds = ("cuts", "likelihood", "classifier")
    trained = {f"micromegas-{kind}" for kind in kinds}
    of_waveforms = {f"micromegas-waveforms-{kind}" for kind in kinds}
    assert having[0] - having[1] == {PEDESTALS, STRIP_GAIN, *trained}
    assert having[1] - having[0] == {WAVEFORM_PEDESTALS, *of_waveforms}
    assert having[0] & having[1] == {READOUT, ENERGY}


def test_conformance_with_pedestals(pedestals: Calibrated) -> None:
    update = {"level_from": "pedestals", "noise_from": "pedestals"}
    known = setup(CONFIG.model_copy(update=update), pedestals)
    waves = [hit([103 + n % 8], [306]) | {STRAY: feminos.pulse(n, 200)} for n in range(12)]
    conformance(DETECTOR, known, events(waves))
    other = replace(
        known, config=known.config.model_copy(update={"nominal_strip_adu_per_kev": 9.0})
    )
    rescaling_conformance(DETECTOR, known, other, events(waves))


def test_event_is_drawn_by_axis_with_its_masked_strips(pedestals: Calibrated) -> None:
    """Without a map there are no axes: all strips, the vetoes, and heights by channel."""
    veto = {VETO: feminos.pulse(3, 600)}
    raw = events([hit([103, 105], [306]) | veto, hit([111], [312])])
    pictures = []
    for known in (setup(CONFIG, pedestals), setup(), replace(setup(), calibrations={})):
        drawn = ET.fromstring(draw(known, raw, DETECTOR.reconstruction(known)(raw)))
        ids = [item.get("id", "") for item in drawn.iter()]
        assert sum(name.startswith("axes_") for name in ids) == 2 * 3
        pictures.append(sum(name.startswith("patch_") for name in ids))
    # the masked strips of both axes are shaded, in each event
    assert pictures[0] - pictures[1] == 2 * 3
