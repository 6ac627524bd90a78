"""Integrated charges and a mesh pulse to rows: what bad ones do, by events made by hand."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from helioscope.api import Run, Setup, quality
from helioscope.testing import conformance
from helioscope_micromegas.detector import DETECTOR
from helioscope_micromegas.event_display import draw
from helioscope_micromegas.observables import NO_MESH_PULSE, QUALITY, REPEATED_STRIP
from helioscope_micromegas.settings import MicromegasSettings

TIME_NS = np.arange(2500)
PULSE = np.where(TIME_NS > 600, 1500.0 * np.exp(-(TIME_NS - 600) / 300), 0.0)
GOOD = {90: 500.0, 91: 900.0, 92: 400.0}


def mesh(shape: np.ndarray, noise_adu: float = 4.0) -> np.ndarray:
    noise = np.random.default_rng(7).normal(250, noise_adu, 2500) if noise_adu else 250.0
    return np.rint(shape + noise).astype(np.int16)


def batch(*events: tuple[list[tuple[int, float]], np.ndarray]) -> ak.Array:
    """Give events of x hits and a mesh pulse each; y always has the same good cluster."""
    x = [hits for hits, _ in events]
    numbers = np.arange(len(events))
    columns = {"event_id": numbers, "time_ns": numbers * 10**9}
    for axis, own in (("x", x), ("y", [list(GOOD.items())] * len(events))):
        strips = ak.Array([[strip for strip, _ in hits] for hits in own])
        charges = ak.Array([[charge for _, charge in hits] for hits in own])
        columns[f"{axis}_strip"] = ak.values_astype(strips, np.int32)
        columns[f"{axis}_charge_adu"] = ak.values_astype(charges, np.float32)
    columns["mesh_adu"] = ak.to_regular(ak.from_numpy(np.stack([pulse for _, pulse in events])))
    return ak.Array(columns)


def setup(**settings: object) -> Setup:
    return Setup("micromegas", Run("r", "science"), MicromegasSettings(**settings), {})


def reconstructed(raw: ak.Array, **settings: object) -> ak.Array:
    conformance(DETECTOR, setup(**settings), raw)
    return DETECTOR.reconstruction(setup(**settings))(raw).observables


def has(rows: ak.Array, bit: quality.QualityBit) -> list[bool]:
    return ((np.asarray(rows["quality"]) & bit.mask) != 0).tolist()


HITS = list(GOOD.items())
PULSES = {
    "good": mesh(PULSE),
    "inverted": mesh(-PULSE),
    "noise": mesh(np.zeros(2500)),
    "flat": mesh(np.zeros(2500), noise_adu=0),
    "before the trigger": mesh(np.roll(PULSE, -500)),
}


def test_energy_that_the_mesh_did_not_give_is_marked_and_excluded() -> None:
    rows = reconstructed(batch(*[(HITS, pulse) for pulse in PULSES.values()]))
    assert has(rows, NO_MESH_PULSE) == [False, True, True, True, True]
    assert [name for name, bit in zip(PULSES, has(rows, quality.NEGATIVE), strict=True) if bit][
        :2
    ] == ["inverted", "before the trigger"]
    assert rows["energy_kev"][0] > 1
    assert rows["energy_kev"][1] == 0
    assert NO_MESH_PULSE.excludes
    assert quality.NEGATIVE.excludes


def test_energy_from_the_strips_does_not_need_the_mesh() -> None:
    raw = batch(*[(HITS, pulse) for pulse in PULSES.values()])
    rows = reconstructed(raw, energy_from="strips")
    assert not any(has(rows, NO_MESH_PULSE))
    assert not any(has(rows, quality.NEGATIVE))
    assert rows["energy_kev"].to_list() == pytest.approx([rows["energy_strips_kev"][0]] * 5)


@pytest.mark.parametrize("second", [(91, 900.0), (91, 300.0)])
def test_strip_that_comes_twice_counts_once_and_excludes(second: tuple[int, float]) -> None:
    rows = reconstructed(
        batch((HITS, PULSES["good"]), ([*HITS, second], PULSES["good"]), (HITS, PULSES["good"]))
    )
    assert has(rows, REPEATED_STRIP) == [False, True, False]
    assert rows["energy_x_adu"][1] == rows["energy_x_adu"][0]
    assert rows["n_good"].to_list() == [6, 6, 6]
    assert REPEATED_STRIP.excludes


def test_all_strips_of_a_large_detector_count() -> None:
    """Every second of 4000 strips, one cluster each as dead strips do not lie between."""
    many = [(strip, 100.0) for strip in range(0, 4000, 2)]
    raw = batch((many, PULSES["good"]), (HITS, PULSES["good"]))
    rows = reconstructed(raw, n_strips=4000, gap_strips=0)
    assert rows["energy_x_adu"][0] == pytest.approx(100.0 * 2000)
    assert rows["n_clusters_x"][0] == 2000
    assert rows["n_good"].to_list() == [2003, 6]


def test_picture_leaves_out_a_strip_that_the_detector_does_not_have() -> None:
    raw = batch(([*HITS, (9999, 700.0), (-3, 500.0)], PULSES["good"]), (HITS, PULSES["good"]))
    made = DETECTOR.reconstruction(setup())(raw)
    assert b"<svg" in draw(setup(), raw, made)


def test_bits_do_not_overlap() -> None:
    numbers = [bit.bit for bit in (*quality.COMMON, *QUALITY)]
    assert len(set(numbers)) == len(numbers)
