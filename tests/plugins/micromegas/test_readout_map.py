"""Read-out maps: from text to a calibration, and what is wrong with wrong ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

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
    SourceRequest,
    UsageError,
    check,
    quality,
)
from helioscope.testing import conformance
from helioscope_micromegas.detector import DETECTOR
from helioscope_micromegas.observables import (
    MISMATCHED,
    NO_CHARGE,
    ONE_AXIS,
    UNMAPPED_CHANNEL,
)
from helioscope_micromegas.readout_map import (
    MAP,
    READOUT,
    READOUT_MAP,
    ReadoutSettings,
    axis_maps,
)
from helioscope_micromegas.settings import MicromegasSettings

from . import feminos

CONFIG = MicromegasSettings(readout="waveforms", veto_channels=(900,))
TEXT = "plane,daq_id,axis,strip_pos_mm_in_module\n0,7,X,1.0\n0,5,X,0.5\n1,9,Y,2.0\n0,8,Y,3.5\n"


def calibrated(folder: Path, text: str, **options: str) -> Calibrated:
    path = folder / "map.csv"
    path.write_text(text)
    request = SourceRequest(path, MAP, options, 1000, 10**8)
    setup = Setup("micromegas", Run("readout", "readout"), CONFIG)
    given = CalibrationInput(setup, lambda: READOUT_MAP.read(request))
    return READOUT.calibration(ReadoutSettings(offset_mm=-1.0), {"readout": [given]})


def test_strips_in_order_of_plane_and_position(tmp_path: Path) -> None:
    made = calibrated(tmp_path, TEXT)
    assert not check(made.table, MAP)
    x, y = axis_maps(Calibration("micromegas-readout", made.table))
    assert x.channel.tolist() == [5, 7]
    assert x.position_mm.tolist() == [-0.5, 0.0]
    assert y.channel.tolist() == [8, 9]
    assert y.plane.tolist() == [0, 1]


def test_recognised_by_its_columns(tmp_path: Path) -> None:
    (tmp_path / "map.txt").write_text(TEXT)
    (tmp_path / "other.csv").write_text("energy,count\n1,2\n")
    (tmp_path / "empty.csv").write_text("")
    assert READOUT_MAP.recognises(tmp_path / "map.txt")
    assert not READOUT_MAP.recognises(tmp_path / "other.csv")
    assert not READOUT_MAP.recognises(tmp_path / "empty.csv")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (TEXT + "0,7,Y,9.0\n", "channel 7 twice"),
        (TEXT + "0,70,X,1.0\n", "twice"),
        (TEXT + "0,70,Z,1.0\n", "line 6"),
        (TEXT + "0,70,X,nan\n", "nan"),
        (TEXT + "0,x,X,4\n", "invalid literal"),
        ("plane,daq_id,axis\n0,1,X\n", "strip_pos_mm_in_module"),
        (TEXT.splitlines()[0] + "\n", "no channel"),
    ],
)
def test_wrong_maps_are_refused(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        calibrated(tmp_path, text)


def test_columns_can_be_named(tmp_path: Path) -> None:
    text = "ch,axis,mm\n3,X,0.5\n4,Y,0.7\n"
    made = calibrated(tmp_path, text, channel="ch", position="mm")
    assert made.table["channel"].to_list() == [3, 4]
    with pytest.raises(UsageError, match="chanel"):
        calibrated(tmp_path, text, chanel="ch")


def events(*signals: dict[int, list[int]]) -> ak.Array:
    ids = [list(event) for event in signals]
    flat = np.array([wave for event in signals for wave in event.values()], np.int16)
    counts = [len(event) for event in signals]
    waves = ak.unflatten(ak.from_regular(ak.from_numpy(flat.reshape(-1, 512)), 0), counts)
    return ak.Array(
        {
            "event_id": np.arange(len(signals)),
            "time_ns": np.arange(len(signals)) * 1000,
            "signal_id": ak.values_astype(ak.Array(ids), np.int32),
            "signal_adu": waves,
        }
    )


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    made = calibrated(tmp_path, TEXT)
    known = {"micromegas-readout": (Calibration("micromegas-readout", made.table),)}
    return Setup("micromegas", Run("r", "science"), CONFIG, known)


def test_channel_that_is_not_in_the_map_is_flagged_and_left_out(setup: Setup) -> None:
    raw = events(
        {5: feminos.pulse(1, 500), 8: feminos.pulse(2, 500)},
        {5: feminos.pulse(1, 500), 8: feminos.pulse(2, 500), 33: feminos.pulse(3, 800)},
        {5: feminos.pulse(1, 500), 100_000: feminos.pulse(3, 800)},
        {5: feminos.pulse(1, 500), 8: feminos.pulse(2, 500), 33: feminos.noise(3)},
    )
    rows = DETECTOR.reconstruction(setup)(raw).observables
    bits = np.asarray(rows["quality"])
    assert ((bits & UNMAPPED_CHANNEL.mask) != 0).tolist() == [False, True, True, True]
    assert ((bits & ONE_AXIS.mask) != 0).tolist() == [False, False, True, False]
    assert rows["energy_adu"][0] == rows["energy_adu"][1]
    assert rows["y_mm"][2] == 0


def test_events_without_a_place_leave_a_row_and_are_no_candidates(setup: Setup) -> None:
    """Axes that do not agree, and a pulse in no strip of the map: nobody knows where it was."""
    raw = events(
        {5: feminos.pulse(1, 500), 8: feminos.pulse(2, 500)},
        {5: feminos.pulse(1, 3000), 8: feminos.pulse(2, 300)},
        {33: feminos.pulse(3, 800)},
    )
    config = CONFIG.model_copy(update={"minimum_good_signals": 0})
    rows = DETECTOR.reconstruction(replace(setup, config=config))(raw).observables
    bits = np.asarray(rows["quality"])
    assert ((bits & MISMATCHED.mask) != 0).tolist() == [False, True, False]
    assert ((bits & NO_CHARGE.mask) != 0).tolist() == [False, False, True]
    mask = quality.excluding_mask(DETECTOR.quality_bits)
    assert {ONE_AXIS.mask, MISMATCHED.mask, NO_CHARGE.mask} <= {mask & (1 << n) for n in range(32)}


def test_events_without_a_good_signal_leave_no_row_but_their_quality(setup: Setup) -> None:
    raw = events({5: feminos.noise(1)}, {5: feminos.pulse(1, 500), 8: feminos.pulse(2, 400)})
    result = DETECTOR.reconstruction(setup)(raw)
    assert result.observables["event_id"].to_list() == [1]
    assert result.event_quality is not None
    assert len(result.event_quality) == 2


def test_veto_gives_amplitude_time_and_coincidence(setup: Setup) -> None:
    raw = events(
        {5: feminos.pulse(1, 500), 8: feminos.pulse(2, 500), 900: feminos.pulse(3, 700, at=300)},
        {5: feminos.pulse(1, 500), 8: feminos.pulse(2, 500), 900: feminos.noise(4)},
    )
    rows = DETECTOR.reconstruction(setup)(raw).observables
    assert rows["veto_amplitude_adu"][0] == pytest.approx(700, abs=25)
    assert rows["veto_time_ns"][0] == pytest.approx(300 * 80, abs=6 * 80)
    assert rows["veto_signal_id"].to_list() == [[900], [900]]
    hit = (np.asarray(rows["quality"]) & quality.COINCIDENCE.mask) != 0
    assert hit.tolist() == [True, False]
    assert rows["n_signals"].to_list() == [2, 2]


def test_saturated_strip_is_flagged(setup: Setup) -> None:
    raw = events({5: feminos.pulse(1, 5000), 8: feminos.pulse(2, 500)})
    rows = DETECTOR.reconstruction(setup)(raw).observables
    assert np.asarray(rows["quality"])[0] & quality.SATURATED.mask


def test_waveforms_that_do_not_match_their_channels_are_refused(setup: Setup) -> None:
    raw = events({5: feminos.pulse(1, 500)}, {5: feminos.pulse(1, 500), 8: feminos.pulse(1, 500)})
    broken = ak.with_field(raw, ak.Array([[5, 8], [5]]), "signal_id")
    broken = ak.with_field(broken, ak.values_astype(broken["signal_id"], np.int32), "signal_id")
    with pytest.raises(InputError, match="events 0 to 1"):
        DETECTOR.reconstruction(setup)(broken)


def test_conformance(setup: Setup) -> None:
    many = [
        {5: feminos.pulse(n, 300 + n), 8: feminos.pulse(n + 50, 250), 900: feminos.noise(n)}
        for n in range(12)
    ]
    conformance(DETECTOR, setup, events(*many, {5: feminos.noise(3)}))
