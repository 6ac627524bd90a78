"""The running checksum of FITS data, against the definition in the standard's appendix J."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from helioscope.io.fits_checksums import Checksum, word_sum


def by_definition(content: bytes) -> int:
    """Add 32-bit big-endian words in ones' complement: a carry comes in again below."""
    total = 0
    padded = content + bytes(-len(content) % 4)
    for start in range(0, len(padded), 4):
        total += int.from_bytes(padded[start : start + 4], "big")
        if total > 0xFFFFFFFF:
            total = (total & 0xFFFFFFFF) + 1
    return total


@given(st.lists(st.binary(max_size=70), max_size=8))
def test_pieces_of_any_length_sum_to_the_whole(pieces: list[bytes]) -> None:
    running = Checksum()
    for piece in pieces:
        running.add(piece)
    assert running.value == by_definition(b"".join(pieces))


def test_a_long_run_of_the_largest_words_does_not_overflow() -> None:
    assert word_sum(np.full(2**22 + 4, 255, np.uint8)) == (2**20 + 1) * 0xFFFFFFFF


def test_every_word_counts() -> None:
    words = np.random.default_rng(1).integers(0, 2**32, 300_001, np.uint32)
    assert word_sum(words.astype(">u4").view(np.uint8)) == int(words.astype(object).sum())
