"""The pass over frames: clusters, patterns, tracks and damaged pixels, on frames made by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from helioscope.api import quality as common
from helioscope_ccd import quality
from helioscope_ccd.frames import FrameChain
from helioscope_ccd.geometry import geometry
from helioscope_ccd.maps import Thresholds, pixel_maps

ROWS, COLUMNS = 40, 32
NOISE, GAIN = 4.0, 0.005
LIMITS = Thresholds(6.5, 3.0, 12.0, 15.0, 32767.0)


def chain(bad: np.ndarray | None = None, tracks_per_frame: int = 5) -> FrameChain:
    shape = ROWS, COLUMNS
    layout = geometry(ROWS, COLUMNS, 150.0)
    nothing = np.zeros(shape, bool)
    maps = pixel_maps(
        layout, np.full(shape, 300.0), np.full(shape, NOISE), nothing if bad is None else bad,
        np.full(shape, GAIN), LIMITS,
    )  # fmt: skip
    return FrameChain(layout.spans, ROWS, COLUMNS, maps, quality.bits(), tracks_per_frame)


CHAIN = chain()


def frame(charges: dict[tuple[int, int], int], level: int = 300, seed: int = 1) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0.0, 1.0, (ROWS, COLUMNS))
    values = np.rint(level + noise).astype(np.int16)
    for (row, column), adu in charges.items():
        values[row, column] += adu
    return values


SHAPES = {
    0: {(0, 0): 500},
    1: {(0, 0): 500, (1, 0): 200},
    2: {(0, 0): 500, (0, 1): 200},
    3: {(0, 0): 500, (-1, 0): 200},
    4: {(0, 0): 500, (0, -1): 200},
    5: {(0, 0): 500, (1, 0): 200, (0, 1): 150},
    6: {(0, 0): 500, (-1, 0): 200, (0, 1): 150},
    7: {(0, 0): 500, (-1, 0): 200, (0, -1): 150},
    8: {(0, 0): 500, (1, 0): 200, (0, -1): 150},
    9: {(0, 0): 500, (1, 0): 200, (0, 1): 150, (1, 1): 90},
    11: {(0, 0): 500, (-1, 0): 200, (0, -1): 150, (-1, -1): 90},
    13: {(0, 0): 500, (0, 1): 200, (0, -1): 200},
}


@pytest.mark.parametrize("pattern", sorted(SHAPES))
def test_every_shape_has_its_pattern(pattern: int) -> None:
    found, _ = CHAIN(frame({(20 + y, 15 + x): q for (y, x), q in SHAPES[pattern].items()})[None])
    assert found["pattern"].tolist() == [pattern]
    assert (found["row"][0], found["column"][0]) == (20, 15)
    assert found["pha_adu"][0] == pytest.approx(sum(SHAPES[pattern].values()), abs=12)
    assert found["energy_kev"][0] == pytest.approx(GAIN * found["pha_adu"][0], rel=1e-5)


def test_two_events_across_a_corner_are_no_single_photon() -> None:
    found, _ = CHAIN(frame({(20, 15): 500, (21, 16): 400})[None])
    assert found["pattern"].tolist() == [13]
    assert found["quality"][0] & common.PILE_UP.mask


def test_a_weak_pixel_across_a_corner_is_noise() -> None:
    found, _ = CHAIN(frame({(20, 15): 500, (21, 16): 18})[None])
    assert found["pattern"].tolist() == [0]


@hypothesis_settings(max_examples=60)
@given(
    st.integers(-17, 17), st.integers(-12, 12), st.sampled_from(sorted(SHAPES)),
    st.integers(-250, 250),
)  # fmt: skip
def test_a_shifted_cluster_under_any_common_mode_stays_the_same(
    rows: int, columns: int, pattern: int, level: int
) -> None:
    places = {(20 + y, 15 + x): q for (y, x), q in SHAPES[pattern].items()}
    moved = {(y + rows, x + columns): q for (y, x), q in places.items()}
    first, _ = CHAIN(frame(places)[None])
    second, _ = CHAIN(frame(moved, level=300 + level)[None])
    assert second["pattern"].tolist() == first["pattern"].tolist()
    assert second["row"][0] - first["row"][0] == rows
    assert second["column"][0] - first["column"][0] == columns
    assert second["pha_adu"][0] == pytest.approx(first["pha_adu"][0], abs=16)


@hypothesis_settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 5)), unique=True, max_size=20))
def test_separate_events_are_all_found_with_their_charge(cells: list[tuple[int, int]]) -> None:
    places = {(2 + 5 * y, 2 + 5 * x): 300 + 40 * y + 5 * x for y, x in cells}
    found, _ = CHAIN(frame(places)[None])
    got = {(int(c["row"]), int(c["column"])): float(c["pha_adu"]) for c in found}
    assert set(got) == set(places)
    for place, charge in places.items():
        assert got[place] == pytest.approx(charge, abs=12)


def test_the_pass_agrees_with_plain_numpy_and_scipy() -> None:
    from scipy import ndimage

    rng = np.random.default_rng(5)
    frames = np.rint(300 + rng.normal(0, NOISE, (60, ROWS, COLUMNS)))
    frames += np.rint(rng.normal(0, 20, (60, ROWS, 1)))
    hits = rng.integers(0, [60, ROWS, COLUMNS], (400, 3))
    frames[hits[:, 0], hits[:, 1], hits[:, 2]] += rng.integers(60, 900, 400)
    found, _ = CHAIN(frames.astype(np.int16))
    signal = frames - 300.0
    signal -= np.median(signal, axis=2)[:, :, None]
    expected = 0.0
    seeds = 0
    for one in signal:
        above = one > 3.0 * NOISE
        label, _ = ndimage.label(above)  # 4-connected
        strong = np.unique(label[one > 6.5 * NOISE])
        seeds += len(strong)
        expected += sum(one[label == index].sum() for index in strong)
    assert len(found) <= seeds
    assert found["pha_adu"].sum() == pytest.approx(expected, rel=1e-5)


def test_a_track_costs_its_columns_and_their_neighbours() -> None:
    track = {(10 + step, 15): 6000 for step in range(4)}
    photons = {(30, 16): 500, (30, 17): 0, (30, 20): 500, (35, 25): 500, (25, 17): 400}
    found, told = CHAIN(frame(track | photons)[None])
    assert told["tracks"].tolist() == [1]
    assert told["lost_pixels"].tolist() == [3 * ROWS]
    places = {(int(c["row"]), int(c["column"])) for c in found}
    assert places == {(30, 20), (35, 25), (25, 17)}
    beside = found[found["column"] == 17]
    assert beside["quality"][0] & quality.NEAR_REJECTED.mask


def test_many_tracks_reject_the_whole_frame() -> None:
    tracks = {(5 + 6 * index, 3 + 5 * index): 6000 for index in range(5)}
    found, told = CHAIN(np.stack([frame(tracks | {(2, 28): 500}), frame({(2, 28): 500})]))
    assert told["lost_pixels"].tolist() == [ROWS * COLUMNS, 0]
    assert told["quality"][0] & quality.FRAME_REJECTED.mask
    assert found["frame"].tolist() == [1]


def test_bad_pixels_make_no_event_and_mark_their_neighbours() -> None:
    bad = np.zeros((ROWS, COLUMNS), bool)
    bad[20, 15] = True
    found, _ = chain(bad)(frame({(20, 15): 900, (20, 16): 400, (5, 5): 400})[None])
    marks = {(int(c["row"]), int(c["column"])): int(c["quality"]) for c in found}
    assert set(marks) == {(20, 16), (5, 5)}
    assert marks[20, 16] & common.BAD_NEIGHBOUR.mask
    assert marks[5, 5] == 0


def test_the_edge_is_marked() -> None:
    found, _ = CHAIN(frame({(0, 10): 400, (20, 31): 400, (20, 15): 400})[None])
    assert [bool(q & common.EDGE.mask) for q in found["quality"]] == [True, False, True]


def test_a_pixel_far_below_its_level_is_damage() -> None:
    found, told = CHAIN(frame({(20, 15): -200, (20, 16): 400})[None])
    assert told["quality"][0] & common.NEGATIVE.mask
    assert found["quality"][0] & common.BAD_NEIGHBOUR.mask


def test_a_saturated_pixel_is_told() -> None:
    full = frame({})
    full[20, 15] = 32767
    _, told = CHAIN(full[None])
    assert told["quality"][0] & common.SATURATED.mask


def test_more_clusters_than_there_is_room_for() -> None:
    crowded = {(y, x): 400 for y in range(1, 40, 3) for x in range(1, 32, 3)}
    frames = np.stack([frame(crowded)] * 80)
    found, _ = CHAIN(frames)
    assert len(found) == 80 * len(crowded)
    assert np.bincount(found["frame"]).tolist() == [len(crowded)] * 80
