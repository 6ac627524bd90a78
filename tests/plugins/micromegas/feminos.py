"""Writes .aqs files word by word as the FEMINOS electronics does, for tests of the reader."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

import numpy as np

SAMPLES = 512
#: card -> (chip, channel) -> samples
Cards = Mapping[int, Mapping[tuple[int, int], Sequence[int]]]


def frame(card: int, words: Sequence[int]) -> bytes:
    """Wrap words in a data frame of a card."""
    size = 2 * (len(words) + 3)
    return struct.pack(f"<{len(words) + 3}H", 0x0800 | card, size, *words, 0x000F)


def signal(card: int, chip: int, channel: int, samples: Sequence[int]) -> list[int]:
    words = [0xC000 | card << 9 | chip << 7 | channel, *(0x3000 | value for value in samples)]
    return words + [0] * (len(words) % 2)


def daq_id(word: int) -> int:
    """Number the channel of a channel word: card x 288 + chip x 72 + channel."""
    return 288 * (word >> 9 & 31) + 72 * (word >> 7 & 3) + (word & 0x7F)


def header(number: int, ticks: int) -> bytes:
    """The words with which a card starts an event: type, clock, number."""
    return struct.pack("<HIHI", 0x00F3, ticks & 0xFFFFFFFF, ticks >> 32, number)


def event(number: int, ticks: int, cards: Cards, reset_channels: int = 0) -> bytes:
    """One built event; each card sends a frame a channel, the first with the header.

    Each chip counts as many ``reset_channels`` among its hits, which are not sent.
    """
    body = b""
    for card, channels in cards.items():
        words = list(struct.unpack("<6H", header(number, ticks)))
        chips = [chip for chip, _ in channels]
        words += [
            0x8000 | card << 9 | chip << 7 | chips.count(chip) + reset_channels for chip in range(4)
        ]
        words += [0x1000 | chip << 10 | 77 for chip in range(4)]
        frames = []
        for (chip, channel), samples in channels.items():
            frames.append(words + signal(card, chip, channel, samples))
            words = []
        frames = frames or [words]
        sent = sum(2 * len(part) for part in frames) + 4
        frames[-1] = frames[-1] + [0x00E0 | sent >> 16, sent & 0xFFFF]
        body += b"".join(frame(card, part) for part in frames)
    return struct.pack("<H", 9) + body + struct.pack("<H", 8)


def run(start_s: int, events: Sequence[bytes]) -> bytes:
    return struct.pack("<HI", 0x0150, start_s) + b"".join(events)


def noise(seed: int, level: int = 250) -> list[int]:
    values = np.random.default_rng(seed).normal(level, 6, SAMPLES)
    return np.clip(values, 0, 4095).astype(int).tolist()


def pulse(seed: int, height: int, at: int = 220, level: int = 250) -> list[int]:
    """Noise with a pulse of a rise of 20 samples and a fall of 40."""
    time = np.arange(SAMPLES) - at
    shape = np.where(time < 0, np.exp(-((time / 20.0) ** 2)), np.exp(-((time / 40.0) ** 2)))
    return np.clip(np.array(noise(seed, level)) + height * shape, 0, 4095).astype(int).tolist()
