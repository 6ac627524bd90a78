"""The 48-column logs: columns, CET all year, damaged rows, clocks that disagree."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from helioscope.errors import InputError
from helioscope.model.time import NS_PER_S, parse_iso
from helioscope.sun.cast_angle_log import LABVIEW_EPOCH_S
from helioscope.sun.declared_columns import PointingColumns
from helioscope.sun.exposure import pointing_exposure
from helioscope.sun.pointing_files import read_pointing_log, recognised
from helioscope.sun.pointing_simulation import simulated_pointing

#: The one real row that is published with the description of the columns (2017-12-18).
REAL_ROW = [
    "1.000E+0", "0.000E+0", "1.8995E+4", "2.6464E+4", "0.000E+0", "0.000E+0",
    "12/18/17", "08:17:31", "3.596426251605E+9", "2.9891E+4", "2.5485E+4", "1.2464E+2",
    "-2.9800E-1", "5.1303E+0", "2.2223E+0", "1.9333E-3", "5.9178E-4", "12/18/17",
    "08:18:25", "124.812650", "-0.170349", "9.0170E+1", "-1.401E-3", "5.9000E+2",
    "5.9000E+2", "5.9000E+2", "-3.000E+0", "-3.000E+0", "-3.000E+0", "-3.000E+0",
    "-3.000E+0", "0.000E+0", "0.000E+0", "0.000E+0", "0.000E+0", "1.410E+0",
    "2.740E+0", "3.470E+1", "2.746E+1", "2.800E+2", "2.234E+2", "6.000E+1",
    "5.9000E+2", "2.9957E+4", "2.5910E+4", "-3.5384E+0", "1.1580E+1", "0.000E+0",
]  # fmt: skip
START = parse_iso("2017-07-10T01:30:00Z")
TRACKING = (START + 6300 * NS_PER_S, START + 9900 * NS_PER_S)


def row(time_ns: int, azimuth: float, altitude: float, flag: bool, labview_off_s: int = 0) -> str:
    cells = list(REAL_ROW)
    clock = datetime.fromtimestamp(time_ns // NS_PER_S, UTC) + timedelta(hours=1)
    cells[0] = f"{int(flag)}.000E+0"
    cells[6], cells[7] = f"{clock:%m/%d/%y}", f"{clock:%H:%M:%S}"
    cells[8] = f"{time_ns / NS_PER_S + LABVIEW_EPOCH_S + labview_off_s:.12E}".replace("E+09", "E+9")
    cells[11], cells[12] = f"{azimuth:.4E}", f"{altitude:.4E}"
    return "\t".join(cells)


def lines(labview_off_s: int = 0) -> list[str]:
    stop = START + 3 * 3600 * NS_PER_S
    rows = simulated_pointing((START, stop), [TRACKING], seed=2)
    moving = np.flatnonzero(np.diff(rows.time_ns, append=stop) < 2 * NS_PER_S)
    picked = moving[::60]
    return [
        row(
            int(rows.time_ns[i]),
            rows.horizontal_deg[i],
            rows.vertical_deg[i],
            TRACKING[0] <= rows.time_ns[i] < TRACKING[1],
            labview_off_s,
        )
        for i in picked
    ]


def written(folder: Path, rows: list[str]) -> Path:
    path = folder / "2017_07_10.log"
    path.write_text("CAST tracking\nsolar tracking?\tand so on\n" + "\n".join(rows) + "\n")
    return path


def test_the_published_row(tmp_path: Path) -> None:
    path = written(tmp_path, ["\t".join(REAL_ROW)])
    assert recognised(path, PointingColumns()) == "CAST tracking log"
    log = read_pointing_log([path])
    assert log.time_ns.tolist() == [parse_iso("2017-12-18T07:17:31.605Z")]
    assert (log.horizontal_deg[0], log.vertical_deg[0]) == (124.64, -0.298)


def test_a_summer_tracking_by_a_clock_that_is_cet_all_year(tmp_path: Path) -> None:
    exposure = pointing_exposure([written(tmp_path, lines())])
    (one,) = exposure.history.trackings
    # a row a minute: the ends are known to a minute, and never too wide
    assert 0 <= one.start_ns - TRACKING[0] <= 60 * NS_PER_S
    assert 0 <= TRACKING[1] - one.stop_ns <= 60 * NS_PER_S


def test_labview_clock_off_throughout_gives_way_to_date_and_time(tmp_path: Path) -> None:
    right = read_pointing_log([written(tmp_path, lines())])
    off = read_pointing_log([written(tmp_path, lines(labview_off_s=7200))])
    assert np.abs(off.time_ns - right.time_ns).max() <= NS_PER_S
    assert any("CET" in note for note in off.notes)


def test_rows_whose_clocks_disagree_are_set_apart(tmp_path: Path) -> None:
    good, shifted = lines(), lines(labview_off_s=3600)
    mixed = good[:30] + shifted[30:33] + good[33:]
    log = read_pointing_log([written(tmp_path, mixed)])
    assert len(log) == len(good) - 3
    assert log.bad_clock.duration_ns() == 4 * 60 * NS_PER_S
    excluded = pointing_exposure([written(tmp_path, mixed)]).as_json()["excluded"]
    assert [e["live_s"] for e in excluded if e["reason"] == "bad clock"] == [240.0]


def test_rows_cut_short_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = lines()
    rows[10] = "\t".join(rows[10].split()[:20])
    rows[11] = rows[11].replace(rows[11].split()[11], "nothing")
    log = read_pointing_log([written(tmp_path, rows)])
    assert len(log) == len(rows) - 2
    assert "2 rows cut short" in log.notes[0]


def test_a_file_of_damaged_rows_is_refused(tmp_path: Path) -> None:
    rows = lines()
    bad = [rows[0]] + ["\t".join(line.split()[:20]) for line in rows[1:]]
    with pytest.raises(InputError, match="damaged rows"):
        read_pointing_log([written(tmp_path, bad)])


def test_without_the_log_s_own_flag_nothing_is_tracking(tmp_path: Path) -> None:
    rows = ["0" + line[1:] for line in lines()]
    found = pointing_exposure([written(tmp_path, rows)]).as_json()
    assert found["tracking"] == []
    assert any(e["reason"] == "no solar tracking by the log's own flag" for e in found["excluded"])
