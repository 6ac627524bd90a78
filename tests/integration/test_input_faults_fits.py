"""FITS files that are truncated, damaged, lying or bombs: rows 1, 6, 7 and 9 of the promises."""

from __future__ import annotations

import gzip
import logging
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helioscope.errors import ExitCode, HelioscopeError, InputError
from helioscope.io.fits_frames import SOURCE
from helioscope.model.products import RAW
from helioscope.model.schema import Column
from helioscope.plugin import SourceRequest

ROWS, COLUMNS, FRAMES = 20, 6, 40
FRAME = Column("frame_adu", "int16", "adu", "Frame.", (ROWS, COLUMNS))
SCHEMA = RAW.extended("ccd_raw", 1, (FRAME,))
OPTIONS = {"start": "2004-05-01T05:00:00Z", "frame_period_s": 0.0718}


def values() -> np.ndarray:
    return np.random.default_rng(5).normal(100, 9, (FRAMES, ROWS, COLUMNS)).astype(np.int16)


def native() -> fits.BinTableHDU:
    columns = [
        fits.Column("TIME", "1K", unit="ns", array=np.arange(FRAMES) + 10**18),
        fits.Column("FRAME", f"{ROWS * COLUMNS}I", dim=f"({COLUMNS},{ROWS})", array=values()),
    ]
    return fits.BinTableHDU.from_columns(columns, name="FRAMES")


def rice() -> fits.CompImageHDU:
    return fits.CompImageHDU(values(), compression_type="RICE_1")


def written(path: Path, hdu: Any) -> Path:
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(path, checksum=True)
    return path


def read(path: Path, max_bytes: int = 2**24) -> list[Any]:
    """Give times and frames as they come, batch by batch."""
    request = SourceRequest(path, SCHEMA, OPTIONS, 7, max_bytes)
    return [
        (np.asarray(batch["time_ns"]), np.asarray(batch["frame_adu"]))
        for batch in SOURCE.read(request)
    ]


def frames(path: Path) -> np.ndarray:
    return np.concatenate([frames for _, frames in read(path)])


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sound files of every form, which read without a fault."""
    folder = tmp_path_factory.mktemp("sound")
    written(folder / "native", native())
    written(folder / "cube", fits.ImageHDU(values()))
    written(folder / "rice", rice())
    (folder / "gzip").write_bytes(gzip.compress((folder / "native").read_bytes(), mtime=0))
    for path in folder.iterdir():
        np.testing.assert_array_equal(frames(path), values())
    return folder


@pytest.mark.parametrize("form", ["native", "cube", "rice", "gzip"])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_truncated_anywhere_is_an_input_error_naming_the_file(
    sound: Path, tmp_path: Path, form: str, data: st.DataObject
) -> None:
    content = (sound / form).read_bytes()
    path = tmp_path / f"{form}-cut.fits"
    path.write_bytes(content[: data.draw(st.integers(1, len(content) - 1))])
    with pytest.raises(InputError, match=path.name) as caught:
        read(path)
    assert caught.value.exit_code == ExitCode.INPUT
    assert caught.value.expected


@pytest.mark.parametrize("form", ["native", "cube", "rice", "gzip"])
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_flipped_bit_is_noticed_or_changes_nothing(
    sound: Path, tmp_path: Path, form: str, data: st.DataObject
) -> None:
    """What no checksum covers (a keyword's own name, a date inside gzip) must not matter."""
    content = bytearray((sound / form).read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path = tmp_path / f"{form}-flipped.fits"
    path.write_bytes(bytes(content))
    try:
        batches = read(path)
    except HelioscopeError:
        return
    for found, wanted in zip(batches, read(sound / form), strict=True):
        np.testing.assert_array_equal(found[0], wanted[0])
        np.testing.assert_array_equal(found[1], wanted[1])


@pytest.mark.parametrize("packed", [False, True])
def test_a_datasum_alone_is_verified(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / "summed.fits"
    fits.HDUList([fits.PrimaryHDU(), native()]).writeto(path, checksum="datasum")
    content = bytearray(path.read_bytes())
    assert b"CHECKSUM" not in content
    content[-2880 - 1] ^= 1
    path.write_bytes(gzip.compress(bytes(content)) if packed else bytes(content))
    with pytest.raises(InputError, match="DATASUM"):
        read(path)


def test_an_empty_file_holds_no_frame_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "empty.fits"
    path.touch()
    with caplog.at_level(logging.WARNING):
        assert read(path) == []
    assert "empty.fits" in caplog.text


def test_a_table_without_rows_gives_no_batch(tmp_path: Path) -> None:
    table = native()
    empty = fits.BinTableHDU(table.data[:0], table.header)
    assert read(written(tmp_path / "none.fits", empty)) == []


def card(key: str, value: object) -> bytes:
    shown = f"'{value}'".ljust(20) if isinstance(value, str) else str(value).rjust(20)
    return f"{key:8}= {shown}".encode().ljust(80)


def replaced(content: bytes, key: str, value: object) -> bytes:
    """Give the file with the last card of this name changed."""
    place = content.rindex(f"{key:8}=".encode())
    return content[:place] + card(key, value) + content[place + 80 :]


#: fault -> (form, keyword, value)
LIES: dict[str, tuple[str, str, object]] = {
    "bitpix": ("native", "BITPIX", 12),
    "naxis-huge": ("native", "NAXIS", 999),
    "naxis-negative": ("native", "NAXIS", -1),
    "rows-huge": ("native", "NAXIS2", 10**15),
    "rows-negative": ("native", "NAXIS2", -3),
    "row-length": ("native", "NAXIS1", 10**9),
    "heap-negative": ("native", "PCOUNT", -2880),
    "frame-format": ("native", "TFORM2", "999999999I"),
    "frame-shape": ("native", "TDIM2", "(99999,99999)"),
    "fields": ("native", "TFIELDS", 10**8),
    "cube-huge": ("cube", "NAXIS3", 10**12),
    "cube-bitpix": ("cube", "BITPIX", 64),
    "cube-float": ("cube", "BITPIX", -32),
    "rice-tile-huge": ("rice", "ZTILE1", 10**9),
    "rice-tile-zero": ("rice", "ZTILE1", 0),
    "rice-tile-negative": ("rice", "ZTILE2", -1),
    "rice-tile-larger": ("rice", "ZTILE2", 20),
    "rice-axis-huge": ("rice", "ZNAXIS3", 10**9),
    "rice-axis-negative": ("rice", "ZNAXIS1", -64),
    "rice-bitpix": ("rice", "ZBITPIX", 8),
    "rice-algorithm": ("rice", "ZCMPTYPE", "PLIO_1"),
    "rice-heap": ("rice", "PCOUNT", 16),
    "datasum": ("native", "DATASUM", "123456789"),
    "checksum": ("native", "CHECKSUM", "aaaaaaaaaaaaaaaa"),
}


def unsummed(content: bytes) -> bytes:
    """Give the file without its checksums."""
    return content.replace(b"DATASUM =", b"XATASUM =").replace(b"CHECKSUM=", b"XHECKSUM=")


def test_lying_headers_end_in_input_errors_fast_and_small(
    sound: Path, tmp_path: Path, read_in_process: Callable[..., Any]
) -> None:
    paths = []
    for fault, (form, key, value) in LIES.items():
        paths.append(tmp_path / f"{fault}.fits")
        content = (sound / form).read_bytes()
        if not key.endswith("SUM"):  # the lie itself must be found, not the header's checksum
            content = unsummed(content)
        paths[-1].write_bytes(replaced(content, key, value))
    paths += [tmp_path / "control.fits"]
    paths[-1].write_bytes((sound / "native").read_bytes())
    readings = read_in_process("fits", SCHEMA, paths, **OPTIONS)
    assert readings.pop("control.fits").rows == FRAMES
    for name, reading in readings.items():
        assert reading.error.get("exit_code") == ExitCode.INPUT, (name, reading)
        assert reading.seconds < 1, (name, reading)
        assert reading.grown_mb < 100, (name, reading)


def test_descriptors_outside_the_heap_are_refused(sound: Path, tmp_path: Path) -> None:
    content = bytearray((sound / "rice").read_bytes())
    with fits.open(sound / "rice", disable_image_compression=True) as file:
        place = file[1].fileinfo()["datLoc"]
    content[place : place + 8] = np.array([64, 2**30], ">i4").tobytes()
    path = tmp_path / "heap.fits"
    path.write_bytes(unsummed(bytes(content)))
    with pytest.raises(InputError, match="tile 0"):
        read(path)


def test_bombs_end_at_the_limit(tmp_path: Path, read_in_process: Callable[..., Any]) -> None:
    zeros = np.zeros(0)

    def packed(path: Path, header: fits.Header, zero_bytes: int) -> Path:
        squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
        with path.open("wb") as file:
            file.write(squeeze.compress(header.tostring().encode()))
            for _ in range(zero_bytes // 2**20):
                file.write(squeeze.compress(bytes(2**20)))
            file.write(squeeze.flush())
        return path

    image = fits.ImageHDU(zeros).header
    image.update({"BITPIX": 16, "NAXIS": 2, "NAXIS1": 30000, "NAXIS2": 30000})
    primary = fits.PrimaryHDU().header
    primary.update({"BITPIX": 16, "NAXIS": 2})
    primary.set("NAXIS1", 30000, after="NAXIS")
    primary.set("NAXIS2", 30000, after="NAXIS1")
    cube = primary.copy()
    cube.update({"NAXIS": 3, "NAXIS1": COLUMNS, "NAXIS2": ROWS})
    cube.set("NAXIS3", 2**20, after="NAXIS2")
    paths = [
        packed(tmp_path / "image.fits.gz", primary, 64 * 2**20),
        packed(tmp_path / "cube.fits.gz", cube, ROWS * COLUMNS * 2 * 2**20),
    ]
    plain = tmp_path / "wide.fits"
    with plain.open("wb") as file:
        file.write(primary.tostring().encode())
        file.truncate(2880 + -(-30000 * 30000 * 2 // 2880) * 2880)
    readings = read_in_process("fits", SCHEMA, [*paths, plain], **OPTIONS)
    for name, reading in readings.items():
        assert reading.error.get("exit_code") == ExitCode.LIMIT, (name, reading)
        assert reading.grown_mb < 100, (name, reading)
        assert reading.seconds < 1, (name, reading)
