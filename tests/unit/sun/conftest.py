"""A simulated day of the magnet, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from helioscope.model.time import NS_PER_S, parse_iso
from helioscope.sun.pointing_log import PointingRows
from helioscope.sun.pointing_simulation import simulated_pointing, write_cast_angle_log

DAY = parse_iso("2017-11-20T00:00:00Z")
TRACKING = (parse_iso("2017-11-20T06:20:00Z"), parse_iso("2017-11-20T07:00:00Z"))


@pytest.fixture(scope="session")
def day() -> PointingRows:
    """One day with one tracking of 40 minutes."""
    return simulated_pointing((DAY, DAY + 86_400 * NS_PER_S), [TRACKING], seed=1)


@pytest.fixture(scope="session")
def cast_log(day: PointingRows, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same day as a file in CAST's form."""
    path = tmp_path_factory.mktemp("pointing") / "Angles_data_2017-11-20.log"
    write_cast_angle_log(path, day)
    return path
