"""Tile-compressed images (Rice, gzip) in FITS: checked tile by tile before astropy unpacks them.

FITS standard 4.0, section 10 (tiled image compression).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import ceil, prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helioscope.errors import InputError, LimitError
from helioscope.io import fits_checksums
from helioscope.io.byte_streams import ByteStream
from helioscope.io.fits_headers import Hdu, check_mandatory
from helioscope.io.fits_layouts import TableColumn, table_columns

ALGORITHMS = ("RICE_1", "RICE_ONE", "GZIP_1", "GZIP_2")
_RICE_BLOCK = 32
#: Bits that a block of so many pixels takes at the least, by bytes of a pixel.
_RICE_BLOCK_BITS = {1: 3, 2: 4, 4: 5}
#: Deflate cannot unfold more than this (zlib's technical notes).
_DEFLATE_LIMIT = 1032


def is_tiled(hdu: Hdu) -> bool:
    """Say whether a binary table holds a tile-compressed image."""
    return hdu.kind == "BINTABLE" and hdu.cards.get("ZIMAGE") is True


def image_of(hdu: Hdu) -> Hdu:
    """Give the unit with the cards of the image that it holds.

    Raises
    ------
    InputError
        Where these break the standard.
    """
    cards = dict(hdu.cards)
    for key, value in hdu.cards.items():
        if key == "ZBITPIX" or key.startswith("ZNAXIS"):
            cards[key[1:]] = value
    image = replace(hdu, cards=cards)
    check_mandatory(image)
    algorithm = hdu.text("ZCMPTYPE").strip()
    if algorithm not in ALGORITHMS:
        raise hdu.fault(f"ZCMPTYPE = {algorithm!r}", f"one of {', '.join(ALGORITHMS)}")
    _check_parameters(hdu, image)
    return image


def _check_parameters(hdu: Hdu, image: Hdu) -> None:
    """Refuse parameters of the Rice algorithm that contradict the image's type."""
    allowed = {"BLOCKSIZE": (16, 32), "BYTEPIX": (abs(image.integer("BITPIX")) // 8,)}
    for key, name in hdu.cards.items():
        if key.startswith("ZNAME") and name in allowed:
            value = hdu.integer(f"ZVAL{key[5:]}")
            if value not in allowed[str(name)]:
                raise hdu.fault(f"{name} = {value}", f"one of {allowed[str(name)]}")


def tile_shape(hdu: Hdu, image: Hdu) -> tuple[int, ...]:
    """Give ZTILE1, ZTILE2, …, each within its axis.

    Raises
    ------
    InputError
        Where they are not, or the table has not one row a tile.
    """
    tiles = tuple(
        hdu.integer(f"ZTILE{i + 1}", size if i == 0 else 1) for i, size in enumerate(image.axes)
    )
    for index, (tile, size) in enumerate(zip(tiles, image.axes, strict=True), 1):
        if not 1 <= tile <= size:
            raise hdu.fault(f"ZTILE{index} = {tile} on an axis of {size}", "a tile within it")
    number = prod(ceil(size / tile) for size, tile in zip(image.axes, tiles, strict=True))
    if hdu.axes[1] != number:
        raise hdu.fault(f"{hdu.axes[1]} rows for {number} tiles", "a row for each tile")
    return tiles


def check_tiles(stream: ByteStream, hdu: Hdu, image: Hdu, max_bytes: int) -> None:
    """Read the unit's data once: its tile table, checked, and its checksums.

    Raises
    ------
    InputError
        Where a tile lies outside the heap, is too small for its pixels, or a checksum is wrong.
    LimitError
        Where the table or a tile exceeds the memory limit.
    """
    tiles = tile_shape(hdu, image)
    pixel_bytes = abs(image.integer("BITPIX")) // 8
    packed_bytes = hdu.data_bytes if stream.packed else prod(hdu.axes)
    if max(packed_bytes, prod(tiles) * pixel_bytes) > max_bytes:
        raise LimitError(
            where=f"{hdu.where}, HDU {hdu.index}",
            found=f"a tile table of {packed_bytes} bytes, tiles of {prod(tiles)} pixels",
            expected=f"at most {max_bytes} bytes",
        )
    table = np.empty(prod(hdu.axes), np.uint8)
    stream.fill(table, f"the tile table of HDU {hdu.index}")
    column = table_columns(hdu).get("COMPRESSED_DATA")
    if column is None or column.letter not in "PQ":
        raise hdu.fault("no column COMPRESSED_DATA of arrays", "a tile-compressed image")
    pixels = _tile_pixels(image, tiles)
    _check_descriptors(hdu, _descriptors(hdu, column, table), pixels, pixel_bytes)
    _check_sums(stream, hdu, table)


def _descriptors(hdu: Hdu, column: TableColumn, table: NDArray[np.uint8]) -> NDArray[np.int64]:
    form = ">i4" if column.letter == "P" else ">i8"
    rows = table.reshape(hdu.axes[1], hdu.axes[0])[:, column.offset : column.offset + column.bytes]
    pairs: NDArray[np.int64] = np.ascontiguousarray(rows).view(form).astype(np.int64)
    return pairs.reshape(-1, 2)


def _tile_pixels(image: Hdu, tiles: tuple[int, ...]) -> NDArray[np.int64]:
    """Give the pixels of each tile; those at the far edges may be smaller."""
    pixels = np.ones(1, np.int64)
    for size, tile in zip(image.axes, tiles, strict=True):
        lengths = np.minimum(tile, size - tile * np.arange(ceil(size / tile), dtype=np.int64))
        pixels = np.outer(lengths, pixels).reshape(-1)
    return pixels


def _check_descriptors(
    hdu: Hdu, descriptors: NDArray[np.int64], pixels: NDArray[np.int64], pixel_bytes: int
) -> None:
    table_bytes = prod(hdu.axes)
    heap = hdu.integer("PCOUNT") - (hdu.integer("THEAP", table_bytes) - table_bytes)
    length, offset = descriptors.T
    if hdu.text("ZCMPTYPE").startswith("RICE"):
        least = pixels // _RICE_BLOCK * _RICE_BLOCK_BITS[pixel_bytes] // 8 + pixel_bytes
    else:
        least = pixels * pixel_bytes // _DEFLATE_LIMIT + 1
    wrong = (length < least) | (offset < 0) | (offset > heap - length)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise hdu.fault(
            f"tile {row}: {length[row]} bytes at {offset[row]} of a heap of {heap}",
            f"at least {least[row]} bytes within the heap",
        )


def _check_sums(stream: ByteStream, hdu: Hdu, table: NDArray[np.uint8]) -> None:
    if not fits_checksums.declared(hdu):
        return
    checksum = fits_checksums.Checksum()
    checksum.add(table)
    fits_checksums.add_rest(stream, hdu, checksum)
    fits_checksums.verify(hdu, checksum)


def iterate_tiles(hdu: Hdu, path: Path, frames: int, step: int) -> Iterator[NDArray[Any]]:
    """Unpack a checked unit ``step`` frames at a time, as stored: BZERO is not applied.

    Raises
    ------
    InputError
        Where a tile cannot be unpacked.
    """
    from astropy.io import fits

    try:
        with fits.open(path, do_not_scale_image_data=True, memmap=True) as opened:
            section = opened[hdu.index].section
            for first in range(0, frames, step):
                last = min(first + step, frames)
                yield section[first:last] if len(section.shape) == 3 else section[:][np.newaxis]
    except GeneratorExit:
        raise
    except Exception as error:  # whatever the damaged bytes lead to
        raise InputError(
            where=f"{path}, HDU {hdu.index}",
            found=f"a tile that cannot be unpacked: {error}",
            expected="an undamaged file",
            remedy="copy it again from where it was taken",
        ) from error
