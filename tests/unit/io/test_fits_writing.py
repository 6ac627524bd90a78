"""FITS tables written batch by batch: astropy reads the rows and finds the checksums right."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from helioscope.io.fits_checksums import Checksum
from helioscope.io.fits_writing import BLOCK, encoded, write_table

ROW = np.dtype([("A", ">i2"), ("B", ">f8"), ("C", "u1")])  # 11 bytes: batches end within words

#: The example of the FITS standard, appendix J.3, which writes the complement of its sum.
EXAMPLE = 868_229_149 ^ 0xFFFFFFFF


def table(rows: int) -> np.ndarray:
    random = np.random.default_rng(rows)
    made = np.empty(rows, ROW)
    made["A"], made["B"] = np.arange(rows), random.normal(size=rows)
    made["C"] = np.where(random.random(rows) < 0.5, ord("T"), ord("F"))
    return made


@pytest.mark.parametrize("sizes", [[], [0], [1], [700], [5, 0, 1, 3, 1000]])
def test_a_table_written_in_batches_is_whole(tmp_path: Path, sizes: list[int]) -> None:
    columns = [fits.Column("A", "1I"), fits.Column("B", "1D"), fits.Column("C", "1L")]
    header = fits.BinTableHDU.from_columns(columns, name="ROWS").header
    path = tmp_path / "a.fits"
    batches = [table(size) for size in sizes]
    with path.open("w+b") as file:
        file.write(fits.PrimaryHDU().header.tostring().encode())
        assert write_table(file, header, iter(batches)) == sum(sizes)
        assert file.tell() == path.stat().st_size or not file.flush()
    assert path.stat().st_size % BLOCK == 0
    expected = np.concatenate([np.empty(0, ROW), *batches])
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # astropy only warns of a wrong checksum
        with fits.open(path, checksum=True) as opened:
            opened.verify("exception")
            found = opened["ROWS"].data
            assert found["A"].tolist() == expected["A"].tolist()
            assert found["B"].tolist() == expected["B"].tolist()
            assert found["C"].tolist() == (expected["C"] == ord("T")).tolist()
    path.write_bytes(path.read_bytes().replace(b"ROWS", b"COWS"))
    with pytest.warns(UserWarning, match="Checksum verification failed"):
        fits.getheader(path, 1, checksum=True)


@pytest.mark.parametrize("value", [0, 1, 0xFFFFFFFF, 0x3A3A3A3A, 0xE8E8E8E8, EXAMPLE])
def test_sixteen_letters_add_up_to_the_sum(value: int) -> None:
    text = encoded(value)
    assert len(text) == 16
    assert text.isalnum()
    back = Checksum()
    back.add((text[1:] + text[:1]).encode())
    back.add((4 * (0xFFFFFFFF - 0x30303030)).to_bytes(8, "big"))
    assert back.value % 0xFFFFFFFF == value % 0xFFFFFFFF
    if value == EXAMPLE:
        assert text == "hcHjjc9ghcEghc9g"
