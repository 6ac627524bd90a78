"""The pictures: drawn from a real judgement, reproducible, and honest where there is nothing."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
from click.testing import CliRunner

from helioscope.cli.main import cli
from helioscope.model.intervals import Intervals
from helioscope.sun.exposure import pointing_exposure
from helioscope.sun.pictures import _by_day, calendar_picture, tracking_picture


def paths_in(svg: bytes) -> int:
    return sum(1 for node in ET.fromstring(svg).iter() if node.tag.endswith("}path"))


def test_a_tracking_is_drawn_and_twice_the_same(cast_log: Path) -> None:
    exposure = pointing_exposure([cast_log])
    first = tracking_picture(exposure)
    assert first == tracking_picture(exposure)
    assert paths_in(first) > 50
    assert len(first) < 1_000_000
    nothing = tracking_picture(exposure, number=5)
    assert paths_in(nothing) < paths_in(first)


def test_a_calendar_has_a_bar_for_each_part_of_a_day(cast_log: Path) -> None:
    history = pointing_exposure([cast_log]).history
    drawn = paths_in(calendar_picture(history.trackings, history.at_rest))
    assert drawn > paths_in(calendar_picture((), Intervals.of([])))


def test_days_are_cut_at_midnight() -> None:
    hour = 3_600_000_000_000
    days, bottoms, heights = _by_day(Intervals.of([(20 * hour, 52 * hour)]))
    assert days.tolist() == [0, 1, 2]
    assert bottoms.tolist() == [20, 0, 0]
    assert heights.tolist() == [4, 24, 4]
    assert all(values.size == 0 for values in _by_day(Intervals.of([])))
    assert np.isclose(heights.sum(), 32)


def test_pictures_by_the_command_line(cast_log: Path, tmp_path: Path) -> None:
    day, season = tmp_path / "day.svg", tmp_path / "season.svg"
    asked = ["sun", "exposure", "--pointing", str(cast_log), "--picture", str(day)]
    result = CliRunner().invoke(cli(), [*asked, "--calendar", str(season)])
    assert result.exit_code == 0, result.output
    assert "tracking:   0.66" in result.stdout
    assert paths_in(day.read_bytes()) > 50
    assert paths_in(season.read_bytes()) > 20
