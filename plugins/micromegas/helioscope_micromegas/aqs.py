"""The ``.aqs`` files of the FEMINOS electronics: frames of 16-bit words to events.

A file is a sequence of little-endian 16-bit words: a run header (prefix 0x01xx and a 32-bit
POSIX start time), then built events between the words 0x0009 and 0x0008. A built event holds
data frames of one or more front-end cards; a frame says its size in bytes and ends with 0x000F.
A card's first frame of an event carries a 48-bit clock (20 ns a tick) and the event's number,
its last one the bytes that the card sent, frame envelopes of 6 bytes left out. The prefixes are
those of ``frame.h`` of feminos-daq (public, CEA Irfu); the reader is our own.

The format holds no checksum; what redundancy it has is checked. A changed word shows unless it is

- a sample,
- the number of a channel, moved to another between those that its chip sent before and after,
- the clock or the number of an event that only one card sent, where the number still rises. A
  clock that goes back is not refused, as a card's clock may be cleared: the event gets the
  quality bit ``time_backwards``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

TICK_NS = 20
HEADER_BYTES = 6


class Events(NamedTuple):
    """Events found in a stretch of words.

    Attributes
    ----------
    number, ticks
        int64 per event: its number and clock.
    first_signal
        int64, one longer than events: its signals are ``first_signal[i]:first_signal[i + 1]``.
    signal_id, signal_word
        int32 and int64 per signal: channel, and the word at which its samples start.
    consumed
        Words up to the end of the last whole event.
    status, fault_word
        `feminos_frames.COMPLETE`, ``NEEDS_MORE`` (the words end within an event) or a key of
        ``FAULTS``, and where.
    """

    number: NDArray[np.int64]
    ticks: NDArray[np.int64]
    first_signal: NDArray[np.int64]
    signal_id: NDArray[np.int32]
    signal_word: NDArray[np.int64]
    consumed: int
    status: int
    fault_word: int


def start_time_s(header: bytes) -> int | None:
    """Read the POSIX start of the run, or None where it is no header of an .aqs file."""
    if len(header) < HEADER_BYTES or header[1] != 0x01:
        return None
    return int.from_bytes(header[2:6], "little")


def find_events(
    words: NDArray[np.uint16], samples: int, last_number: int, max_events: int
) -> Events:
    """Find whole events from the start of some words on.

    Parameters
    ----------
    words
        uint16, the first of which starts an event.
    samples
        How many samples every channel must have.
    last_number
        Number of the event before, -1 at the start of a file.
    max_events
        Stop after as many.
    """
    from helioscope_micromegas import feminos_frames

    room = min(max_events, words.size // 10 + 1)
    signals = words.size // (samples + 1) + 1
    number, ticks = np.empty(room, np.int64), np.empty(room, np.int64)
    first = np.zeros(room + 1, np.int64)
    signal_id, signal_word = np.empty(signals, np.int32), np.empty(signals, np.int64)
    events, consumed, status, fault = feminos_frames.walk(
        words, samples, last_number, number, ticks, first, signal_id, signal_word
    )
    kept = int(first[events])
    return Events(
        number[:events], ticks[:events], first[: events + 1], signal_id[:kept],
        signal_word[:kept], int(consumed), int(status), int(fault),
    )  # fmt: skip


def take_samples(
    words: NDArray[np.uint16], signal_word: NDArray[np.int64], samples: int
) -> NDArray[np.int16]:
    """Copy the 12-bit samples of signals out of the words, int16 of (signals, samples)."""
    from helioscope_micromegas import feminos_frames

    out = np.empty((signal_word.size, samples), np.int16)
    feminos_frames.take(words, signal_word, out)
    return out
