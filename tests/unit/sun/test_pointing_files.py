"""Every form of pointing log, recognised by its content and read to the same pointing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import uproot
from pyarrow import parquet

from helioscope.errors import InputError, UsageError
from helioscope.model.time import NS_PER_S
from helioscope.sun.cast_angle_log import LABVIEW_EPOCH_S
from helioscope.sun.declared_columns import PointingColumns
from helioscope.sun.exposure import PointingExposure, pointing_exposure
from helioscope.sun.pointing_files import read_pointing_log, recognised
from helioscope.sun.pointing_log import PointingRows
from helioscope.sun.pointing_settings import PointingSettings

from .conftest import TRACKING


def columns_of(rows: PointingRows) -> dict[str, np.ndarray]:
    return {
        "time_ns": rows.time_ns,
        "horizontal_deg": rows.horizontal_deg,
        "vertical_deg": rows.vertical_deg,
    }


def is_the_day(exposure: PointingExposure, rows: PointingRows) -> None:
    assert np.array_equal(exposure.log.time_ns[:3], rows.time_ns[:3])
    (one,) = exposure.history.trackings
    assert abs(one.start_ns - TRACKING[0]) < 6 * NS_PER_S
    assert abs(one.stop_ns - TRACKING[1]) < 6 * NS_PER_S
    assert not exposure.notes


def test_cast_angle_log(cast_log: Path, day: PointingRows) -> None:
    assert recognised(cast_log, PointingColumns()) == "CAST angle log"
    exposure = pointing_exposure([cast_log])
    is_the_day(exposure, day)
    log = read_pointing_log([cast_log])
    assert np.array_equal(log.time_ns, day.time_ns)
    assert np.allclose(log.vertical_deg, day.vertical_deg, atol=1e-6)


def test_parquet(tmp_path: Path, day: PointingRows) -> None:
    path = tmp_path / "pointing.log"  # the name says nothing
    parquet.write_table(pa.table(columns_of(day)), path)
    assert recognised(path, PointingColumns()) == "Parquet"
    is_the_day(pointing_exposure([path]), day)


@pytest.mark.parametrize("writer", ["mktree", "mkrntuple"])
def test_root(tmp_path: Path, day: PointingRows, writer: str) -> None:
    path = tmp_path / "pointing.dat"
    with uproot.recreate(path) as file:
        table = columns_of(day)
        file.mktree("other", {"x": np.float64})
        types = {name: values.dtype for name, values in table.items()}
        tree = getattr(file, writer)("pointing", types)
        tree.extend(table)
    assert recognised(path, PointingColumns()) == "ROOT"
    is_the_day(pointing_exposure([path]), day)


SCALES = {
    "unix_s": lambda t: t / 1e9,
    "unix_ms": lambda t: t // 1_000_000,
    "labview_s": lambda t: t / 1e9 + LABVIEW_EPOCH_S,
    "mjd_utc": lambda t: t / 86_400e9 + 40_587,
}


@pytest.mark.parametrize("scale", SCALES)
def test_declared_columns_and_time_scales(tmp_path: Path, day: PointingRows, scale: str) -> None:
    path = tmp_path / "pointing.csv"
    rows = zip(SCALES[scale](day.time_ns), day.vertical_deg, day.horizontal_deg, strict=True)
    lines = [f"{t!r};{v:.5f};{h:.5f}".replace("np.float64(", "").replace("np.int64(", "")
             .replace(")", "") for t, v, h in rows]  # fmt: skip
    path.write_text("stamp;alt;az\n" + "\n".join(lines) + "\n")
    declared = PointingColumns(time="stamp", horizontal="az", vertical="alt", time_scale=scale)
    exposure = pointing_exposure([path], PointingSettings(columns=declared))
    (one,) = exposure.history.trackings
    assert abs(one.start_ns - TRACKING[0]) < 6 * NS_PER_S
    log = read_pointing_log([path], declared)
    tolerance_ns = 2_000 if scale == "mjd_utc" else 500
    assert np.abs(log.time_ns - day.time_ns).max() < tolerance_ns


@pytest.mark.parametrize("zone", ["UTC", "+01:00", "Europe/Zurich"])
def test_text_times_in_a_zone(tmp_path: Path, day: PointingRows, zone: str) -> None:
    hours = 0 if zone == "UTC" else 3600
    path = tmp_path / "pointing.csv"
    lines = [
        f"{datetime.fromtimestamp(t // NS_PER_S + hours, UTC):%Y-%m-%d %H:%M:%S},{h},{v}"
        for t, h, v in zip(day.time_ns, day.horizontal_deg, day.vertical_deg, strict=True)
    ]
    path.write_text("clock,horizontal_deg,vertical_deg\n" + "\n".join(lines))
    declared = PointingColumns(time="clock", time_scale="iso", zone=zone)
    log = read_pointing_log([path], declared)
    assert np.array_equal(log.time_ns, day.time_ns)


def test_an_unknown_zone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pointing.csv"
    path.write_text("time_ns,horizontal_deg,vertical_deg\n2017-11-20 00:00:00,1,1\n")
    with pytest.raises(UsageError, match="Europe/Zurich"):
        read_pointing_log([path], PointingColumns(time_scale="iso", zone="Europe/Zürich"))


def test_valves_field_and_flag_forbid_tracking(tmp_path: Path, day: PointingRows) -> None:
    middle = (TRACKING[0] + TRACKING[1]) // 2
    quarter = (TRACKING[0] + middle) // 2
    table = columns_of(day) | {
        "magnet_field_t": np.where(day.time_ns < quarter, 8.8, 0.0),
        "valves_open": day.time_ns < middle,
    }
    table["magnet_field_t"][day.time_ns >= middle] = 8.8
    path = tmp_path / "pointing.parquet"
    parquet.write_table(pa.table(table), path)
    found = pointing_exposure([path]).as_json()
    (one,) = found["tracking"]
    assert one["live_s"] == pytest.approx(600, abs=6)
    why = {e["reason"]: e["live_s"] for e in found["excluded"] if "Sun" not in e["reason"]}
    assert why["magnet not at field"] == pytest.approx(600, abs=2)
    assert why["valves closed"] == pytest.approx(1200, abs=6)


def test_several_files_in_any_order(tmp_path: Path, day: PointingRows) -> None:
    parts = np.array_split(np.arange(day.time_ns.size), 3)
    paths = []
    for number, part in enumerate(parts):
        path = tmp_path / f"{number}.parquet"
        parquet.write_table(pa.table({k: v[part] for k, v in columns_of(day).items()}), path)
        paths.append(path)
    is_the_day(pointing_exposure(paths[::-1]), day)


@pytest.mark.parametrize("content", [b"", b"\x00" * 500, b"a,b,c\n1,2,3\n", b"PAR1nothing",
                                     b"root\x00\x00"])  # fmt: skip
def test_a_file_that_is_no_log_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "nothing.log"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"nothing\.log"):
        read_pointing_log([path])


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.log"):
        read_pointing_log([tmp_path / "gone.log"])


@pytest.mark.parametrize("damage", ["letters", "columns", "date"])
def test_a_damaged_angle_log_names_the_file(tmp_path: Path, cast_log: Path, damage: str) -> None:
    lines = cast_log.read_text().splitlines()
    if damage == "letters":
        lines[100] = lines[100].replace("\t   ", "\t x ", 1)
    elif damage == "columns":
        lines[100] = lines[100].split("\t")[0]
    else:
        lines[100] = lines[100].replace("/2017", "/20x7")
    path = tmp_path / "damaged.log"
    path.write_text("\n".join(lines))
    with pytest.raises(InputError, match=r"damaged\.log"):
        read_pointing_log([path])


def test_a_log_without_rows_gives_no_exposure(tmp_path: Path, cast_log: Path) -> None:
    path = tmp_path / "empty.log"
    path.write_text(cast_log.read_text().splitlines()[0] + "\r\n\r\n")
    exposure = pointing_exposure([path])
    assert exposure.as_json() == {"tracking": [], "background_s": 0.0, "excluded": []}
    assert exposure.tagged() == []
    assert np.isnan(exposure.sun_offset_deg(np.array([0, 1]))).all()
