"""Frames from FITS files of all forms, against what was put in."""

from __future__ import annotations

import gzip
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from helioscope.errors import InputError, UsageError
from helioscope.io.fits_frames import SOURCE
from helioscope.model.products import RAW
from helioscope.model.schema import Column, Schema, check
from helioscope.model.time import parse_iso
from helioscope.plugin import SourceRequest
from helioscope.testing import source_conformance

START_NS = 1_083_387_600_000_000_000
PERIOD_NS = 71_800_000
ROWS, COLUMNS = 20, 6


def raw_schema(dtype: str = "int16", rows: int = ROWS, columns: int = COLUMNS) -> Schema:
    frame = Column("frame_adu", dtype, "adu", "Frame.", (rows, columns))
    return RAW.extended("ccd_raw", 1, (frame,))


def request(path: Path, schema: Schema | None = None, **options: object) -> SourceRequest:
    return SourceRequest(path, schema or raw_schema(), options, 7, 2**24)


def frames(number: int, dtype: str = "int16") -> np.ndarray:
    limits = np.iinfo(dtype)
    values = np.random.default_rng(number).integers(
        limits.min, limits.max, (number, ROWS, COLUMNS), dtype, endpoint=True
    )
    values[0, 0, :2] = limits.min, limits.max
    return values


def write_table(
    path: Path,
    values: np.ndarray,
    time: np.ndarray | None = None,
    form: str = "1K",
    unit: str | None = "ns",
    cards: dict[str, object] | None = None,
    checksum: bool | str = True,
) -> None:
    zero = 32768 if values.dtype == np.uint16 else None
    if time is None:
        time = START_NS + PERIOD_NS * np.arange(len(values))
    code = f"{ROWS * COLUMNS}{'J' if values.dtype.itemsize == 4 else 'I'}"
    columns = [
        fits.Column("TIME", form, unit=unit, array=time),
        fits.Column("FRAME", code, dim=f"({COLUMNS},{ROWS})", bzero=zero, array=values),
    ]
    table = fits.BinTableHDU.from_columns(columns, name="FRAMES")
    table.header.update(cards or {})
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(path, checksum=checksum)


def joined(asked: SourceRequest) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    batches = list(SOURCE.read(asked))
    for batch in batches:
        assert check(batch, asked.schema) == []
        assert len(batch) <= asked.batch_events
    columns = [[np.asarray(batch[name]) for batch in batches] for name in asked.schema.names]
    return tuple(np.concatenate(column) for column in columns)  # type: ignore[return-value]


@pytest.mark.parametrize("dtype", ["int16", "uint16", "int32"])
@pytest.mark.parametrize("packed", [False, True])
def test_native_table_comes_back_as_written(tmp_path: Path, dtype: str, packed: bool) -> None:
    values = frames(23, dtype)
    path = tmp_path / "run.fits"
    write_table(path, values)
    if packed:
        content, path = path.read_bytes(), tmp_path / "run.fits.gz"
        path.write_bytes(gzip.compress(content))
    asked = request(path, raw_schema(dtype))
    event_id, time_ns, read = joined(asked)
    assert SOURCE.recognises(path)
    assert SOURCE.count(asked) == 23
    np.testing.assert_array_equal(read, values)
    np.testing.assert_array_equal(event_id, np.arange(23))
    np.testing.assert_array_equal(time_ns, START_NS + PERIOD_NS * np.arange(23))


@pytest.mark.parametrize("form", ["table", "packed", "cube", "tiled"])
def test_reading_begins_at_any_mark(tmp_path: Path, form: str) -> None:
    path, options = tmp_path / "run.fits", {}
    if form in ("table", "packed"):
        write_table(path, frames(23))
    else:
        kind = fits.CompImageHDU if form == "tiled" else fits.ImageHDU
        fits.HDUList([fits.PrimaryHDU(), kind(frames(23))]).writeto(path, checksum=True)
        options = {"start": "2004-05-01T05:00:00Z", "frame_period_s": 0.0718}
    if form == "packed":
        path.write_bytes(gzip.compress(path.read_bytes()))
    asked = replace(request(path, **options), first_event_id=100)
    frame_bytes = 2 * ROWS * COLUMNS
    inner = form in ("table", "cube")
    assert len(source_conformance(SOURCE, asked, 1)) == (5 if inner else 2)
    assert len(source_conformance(SOURCE, asked, 15 * frame_bytes)) == (3 if inner else 2)


def test_who_begins_within_and_comes_to_the_end_checks_the_whole_unit(tmp_path: Path) -> None:
    path = tmp_path / "run.fits"
    write_table(path, frames(23))
    content = bytearray(path.read_bytes())
    content[content.index(b"END", 3000) // 2880 * 2880 + 2880 + 100] ^= 1
    path.write_bytes(content)
    late = SOURCE.marks(request(path), 1)[2]
    batches = SOURCE.read(replace(request(path), start=late))
    assert len(next(batches)) == 7
    with pytest.raises(InputError, match="checksum is wrong"):
        list(batches)


@pytest.mark.parametrize("damaged", [False, True])
def test_a_datasum_set_flush_right_is_read(tmp_path: Path, damaged: bool) -> None:
    path = tmp_path / "run.fits"
    write_table(path, frames(3), checksum="datasum")
    content = bytearray(path.read_bytes())
    start = content.rindex(b"DATASUM = '") + len(b"DATASUM = '")
    stop = content.index(b"'", start)
    digits = bytes(content[start:stop]).strip()
    content[start - 1 : start + 13] = b"'" + digits.rjust(12) + b"'"
    content[-1] ^= damaged
    path.write_bytes(content)
    if damaged:
        with pytest.raises(InputError, match="DATASUM"):
            joined(request(path))
    else:
        np.testing.assert_array_equal(joined(request(path))[2], frames(3))


def test_smaller_type_in_the_file_is_widened_and_a_larger_one_refused(tmp_path: Path) -> None:
    values = frames(3, "uint16")
    write_table(tmp_path / "run.fits", values)
    read = joined(request(tmp_path / "run.fits", raw_schema("int32")))[2]
    np.testing.assert_array_equal(read, values)
    with pytest.raises(InputError, match=r"uint16(.|\n)*int16"):
        joined(request(tmp_path / "run.fits", raw_schema("int16")))


@pytest.mark.parametrize(
    ("system", "shift_s"), [("UTC", 0.0), ("TT", 32.184 + 32.0), ("TAI", 32.0)]
)
def test_floating_times_count_from_mjdref_in_the_time_system(
    tmp_path: Path, system: str, shift_s: float
) -> None:
    """TAI was 32 s ahead of UTC from 1999 to 2005 (IERS Bulletin C), TT 32.184 s more."""
    seconds = np.array([0.5, 1.25, 86399.0])
    cards = {"MJDREFI": 53126, "MJDREFF": 0.25, "TIMESYS": system, "TIMEUNIT": "s"}
    write_table(tmp_path / "run.fits", frames(3), seconds + shift_s, "1D", None, cards)
    reference = parse_iso("2004-05-01T06:00:00Z")
    time_ns = joined(request(tmp_path / "run.fits"))[1]
    np.testing.assert_allclose(time_ns - reference, seconds * 1e9, atol=200)


def test_cube_takes_start_from_header_and_period_from_options(tmp_path: Path) -> None:
    values = frames(9)
    cube = fits.PrimaryHDU(values)
    cube.header["DATE-OBS"] = "2004-05-01T05:00:00.25"
    cube.writeto(tmp_path / "cube.fits", checksum=True)
    asked = request(tmp_path / "cube.fits", frame_period_s=0.0718)
    _, time_ns, read = joined(asked)
    np.testing.assert_array_equal(read, values)
    start = parse_iso("2004-05-01T05:00:00.25Z")
    np.testing.assert_array_equal(time_ns, start + PERIOD_NS * np.arange(9))
    with pytest.raises(InputError, match="frame_period_s"):
        joined(request(tmp_path / "cube.fits"))


@pytest.mark.parametrize("dtype", ["int16", "uint16", "int32"])
@pytest.mark.parametrize("tile", [None, (2, 5, COLUMNS)])
@pytest.mark.parametrize("kind", ["RICE_1", "GZIP_2"])
def test_tile_compressed_cube(
    tmp_path: Path, dtype: str, tile: tuple[int, ...] | None, kind: str
) -> None:
    values = frames(17, dtype)
    cube = fits.CompImageHDU(values, compression_type=kind, tile_shape=tile)
    path = tmp_path / "cube.fits"
    fits.HDUList([fits.PrimaryHDU(), cube]).writeto(path, checksum=True)
    options = {"start": "2004-05-01T05:00:00Z", "frame_period_s": 0.0718}
    asked = request(path, raw_schema(dtype), **options)
    _, time_ns, read = joined(asked)
    np.testing.assert_array_equal(read, values)
    np.testing.assert_array_equal(np.diff(time_ns), PERIOD_NS)
    assert SOURCE.count(asked) == 17


def test_rice_image_in_a_gzip_file(tmp_path: Path) -> None:
    values = frames(1)[0]
    image = fits.CompImageHDU(values, compression_type="RICE_1")
    image.header["DATE-OBS"] = "2004-05-01"
    path = tmp_path / "image.fits.gz"
    fits.HDUList([fits.PrimaryHDU(), image]).writeto(path)
    _, time_ns, read = joined(request(path))
    np.testing.assert_array_equal(read[0], values)
    assert time_ns[0] == parse_iso("2004-05-01T00:00:00Z")


def test_unknown_option_names_the_nearest(tmp_path: Path) -> None:
    write_table(tmp_path / "run.fits", frames(1))
    with pytest.raises(UsageError, match="did you mean 'frame_column'"):
        joined(request(tmp_path / "run.fits", frame_colum="X"))


@pytest.mark.skipif(
    "HELIOSCOPE_REALDATA" not in os.environ, reason="HELIOSCOPE_REALDATA is not set"
)
def test_real_exposures_read_as_astropy_reads_them() -> None:
    folder = Path(os.environ["HELIOSCOPE_REALDATA"]) / "fe55_ccd"
    paths = sorted(folder.glob("*.fit.gz"))
    assert paths
    schema = raw_schema("uint16", 1040, 2152)
    for path in paths:
        asked = request(path, schema, time_keyword="IMG_TS")
        _, time_ns, read = joined(asked)
        with fits.open(path) as opened:
            np.testing.assert_array_equal(read[0], opened[0].data)
            assert time_ns[0] == parse_iso(opened[0].header["IMG_TS"])


def test_a_detector_without_frames_is_told_the_file(tmp_path: Path) -> None:
    write_table(tmp_path / "a.fits", frames(2))
    wires = RAW.extended("wires", 1, (Column("wire", "int16", "", "Wire.", ("var",)),))
    with pytest.raises(UsageError, match=r"a\.fits: a FITS file .* columns wire \(wires\)"):
        next(iter(SOURCE.read(request(tmp_path / "a.fits", wires))))
