"""Filming the Sun from the hall, and the offsets that its images give."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from helioscope.cli.main import cli
from helioscope.errors import InputError
from helioscope.model.time import NS_PER_S, iso, parse_iso
from helioscope.sun.alignment import SunImages, fitted
from helioscope.sun.ephemeris import sun_position
from helioscope.sun.filming import HorizonMask, filmings
from helioscope.sun.refraction import Air

#: A window of the hall that looks east, with the sill at 2 degrees.
WINDOW = "azimuth_deg,lower_deg,upper_deg\n91.5,2.0,12\n97.5,2.5,12\n"


def mask(folder: Path) -> HorizonMask:
    path = folder / "window.csv"
    path.write_text(WINDOW)
    return HorizonMask.read(path)


def test_through_a_window_to_the_east_the_sun_is_seen_in_march_and_september(
    tmp_path: Path,
) -> None:
    found = filmings(2005, tuple(range(1, 13)), mask(tmp_path))
    days = [datetime.fromtimestamp(one.start_ns // NS_PER_S, UTC) for one in found]
    assert {day.month for day in days} == {3, 9}
    assert len(days) == len({day.date() for day in days})
    assert 10 < len(days) < 40


def test_the_whole_disc_is_in_the_opening_with_refraction(tmp_path: Path) -> None:
    opening = mask(tmp_path)
    for one in filmings(2005, (3,), opening):
        times = np.arange(one.start_ns, one.stop_ns, 10 * NS_PER_S)
        seen = sun_position(times, air=Air())
        lower = np.interp(seen.azimuth_deg, opening.azimuth_deg, opening.lower_deg)
        assert (seen.altitude_deg - seen.radius_deg >= lower).all()
        assert one.duration_s >= 300


def test_more_air_shows_the_sun_earlier() -> None:
    thin = filmings(2005, (3,), air=Air(pressure_hpa=0.0))
    thick = filmings(2005, (3,), air=Air(pressure_hpa=1030.0, temperature_c=-10.0))
    assert len(thin) == len(thick) == 31
    earlier = [(a.start_ns - b.start_ns) / NS_PER_S for a, b in zip(thin, thick, strict=True)]
    # half a degree and more of lift at the horizon is some three to four minutes
    assert 150 < np.mean(earlier) < 260


@pytest.mark.parametrize(
    "text",
    ["a,b\n1,2\n", "azimuth_deg,lower_deg\n90,1\n80,1\n", "azimuth_deg,lower_deg\n1,x\n2,y\n"],
)
def test_a_wrong_mask_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "window.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=r"window\.csv"):
        HorizonMask.read(path)


def simulated_images(
    offset: tuple[float, float],
    seed: int,
    error_deg: float = 0.002,
    roll_deg: float = 0.0,
    scale: float = 1.0,
    scan_deg: float = 0.0,
) -> SunImages:
    """Make images of a camera with given offsets, in March, a picture in half a minute."""
    random = np.random.default_rng(seed)
    start = parse_iso("2005-03-20T06:10:00Z")
    times = start + np.arange(40) * 30 * NS_PER_S
    sun = sun_position(times, air=Air())
    off = random.uniform(-scan_deg, scan_deg, (2, times.size)) if scan_deg else np.zeros((2, 40))
    cosine = np.cos(np.radians(sun.altitude_deg))
    horizontal = sun.azimuth_deg - (off[0] + offset[0]) / cosine
    vertical = sun.altitude_deg - off[1] - offset[1]
    c, s = scale * np.cos(np.radians(roll_deg)), scale * np.sin(np.radians(roll_deg))
    across = c * off[0] - s * off[1] + random.normal(0, error_deg, 40)
    up = s * off[0] + c * off[1] + random.normal(0, error_deg, 40)
    return SunImages(times, horizontal, vertical, across, up, np.full(40, error_deg))


def test_offsets_come_back_within_their_errors() -> None:
    pulls = []
    for seed in range(60):
        found = fitted(simulated_images((0.021, -0.013), seed))
        assert found.across_error_deg == pytest.approx(0.002 / np.sqrt(40))
        pulls.append((found.across_deg - 0.021) / found.across_error_deg)
        pulls.append((found.up_deg + 0.013) / found.up_error_deg)
    assert abs(np.mean(pulls)) < 0.3
    assert 0.75 < np.std(pulls) < 1.25


def test_roll_and_scale_of_the_camera_come_back() -> None:
    pulls = []
    for seed in range(40):
        images = simulated_images((0.02, 0.01), seed, roll_deg=3.0, scale=1.02, scan_deg=0.2)
        found = fitted(images, camera=True)
        pulls.append(
            (
                (found.across_deg - 0.02) / found.across_error_deg,
                (found.up_deg - 0.01) / found.up_error_deg,
                (found.roll_deg - 3.0) / found.roll_error_deg,
                (found.scale - 1.02) / found.scale_error,
            )
        )
        assert found.degrees_of_freedom == 76
    assert (np.abs(np.mean(pulls, axis=0)) < 0.5).all()
    assert ((np.std(pulls, axis=0) > 0.65) & (np.std(pulls, axis=0) < 1.35)).all()


def test_without_a_scan_the_camera_cannot_be_told() -> None:
    with pytest.raises(InputError, match="same amount"):
        fitted(simulated_images((0.0, 0.0), 1), camera=True)


def test_errors_from_the_scatter_where_none_are_given() -> None:
    images = simulated_images((0.02, 0.01), 3)
    bare = SunImages(
        images.time_ns, images.horizontal_deg, images.vertical_deg, images.across_deg, images.up_deg
    )
    found = fitted(bare)
    assert found.across_error_deg == pytest.approx(0.002 / np.sqrt(40), rel=0.25)
    assert found.scatter_deg == pytest.approx(0.002, rel=0.25)


def test_filming_and_alignment_by_the_command_line(tmp_path: Path) -> None:
    window = tmp_path / "window.csv"
    window.write_text(WINDOW)
    asked = ["sun", "filming", "--year", "2005", "--horizon", str(window), "--json"]
    found = json.loads(CliRunner().invoke(cli(), asked).stdout)["filming"]
    assert {one["start_utc"][:7] for one in found} == {"2005-03", "2005-09"}
    images = simulated_images((0.021, -0.013), 7)
    path = tmp_path / "images.csv"
    lines = ["time_utc,horizontal_deg,vertical_deg,image_across_deg,image_up_deg,error_deg"]
    lines += [
        f"{iso(t)},{h:.5f},{v:.5f},{x:.5f},{y:.5f},0.002"
        for t, h, v, x, y in zip(
            images.time_ns, images.horizontal_deg, images.vertical_deg, images.across_deg,
            images.up_deg, strict=True,
        )
    ]  # fmt: skip
    path.write_text("\n".join(lines))
    result = CliRunner().invoke(cli(), ["sun", "alignment", str(path), "--json"])
    assert json.loads(result.stdout)["across_deg"] == pytest.approx(0.021, abs=0.0015)
    assert (
        "Add to the encoders" in CliRunner().invoke(cli(), ["sun", "alignment", str(path)]).stdout
    )


def test_too_few_images_and_a_wrong_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "images.csv"
    path.write_text("time_utc,horizontal_deg\nyesterday,1\n")
    with pytest.raises(InputError, match=r"images\.csv"):
        SunImages.read(path)
    nothing = np.zeros(1)
    one = SunImages(np.zeros(1, np.int64) + 10**18, nothing, nothing, nothing, nothing)
    with pytest.raises(InputError, match="1 images"):
        fitted(one)
