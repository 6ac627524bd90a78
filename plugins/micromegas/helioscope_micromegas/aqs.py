"""The ``.aqs`` files of the FEMINOS electronics: frames of 16-bit words to events.

A file is a sequence of little-endian 16-bit words: a run header (prefix 0x01xx and a 32-bit
POSIX start time), then built events between the words 0x0009 and 0x0008. A built event holds
data frames of one or more front-end cards; a frame says its size in bytes and ends with 0x000F.
A card's first frame of an event carries a 48-bit clock (20 ns a tick) and the event's number,
its last one the bytes that the card sent, frame envelopes of 6 bytes left out. Prefixes are those of
``frame.h`` of feminos-daq (public, CEA Irfu); the reader is our own.

Every redundancy in the format is checked: a changed word shows unless it is a sample or keeps
all of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

TICK_NS = 20
CHANNELS_PER_CHIP = 72
CHIPS_PER_CARD = 4
HEADER_BYTES = 6
#: 32 cards of 4 chips of 80 channels with 512 samples, and their envelopes.
MAX_EVENT_WORDS = 32 * 4 * 80 * (512 + 10)

COMPLETE, NEEDS_MORE = 0, 1
UNCOUNTED = 1 << 20
FAULTS = {
    2: "a word that starts neither an event nor a frame",
    3: "a frame whose size is odd, below 8 bytes or beyond 65534",
    4: "a frame that does not end where its size says",
    5: "a word that no data frame holds",
    6: "a channel number that the chip does not have",
    7: "a channel with another number of samples than the settings say",
    8: "a channel that comes twice in one event",
    9: "more channels of a chip than it counted hits",
    10: "an event size that differs from the bytes that came",
    11: "cards that disagree on the event's number or clock",
    12: "an event number that does not rise",
    13: "a channel of another card than the frame's",
    14: "an event without a header, or a header that comes twice",
    15: "an event that goes on after its end, or has none",
    16: "an event larger than the electronics can send",
}


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
        `COMPLETE`, `NEEDS_MORE` (the words end within an event) or a key of `FAULTS`, and where.
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
    room = min(max_events, words.size // 10 + 1)
    signals = words.size // (samples + 1) + 1
    number, ticks = np.empty(room, np.int64), np.empty(room, np.int64)
    first = np.zeros(room + 1, np.int64)
    signal_id, signal_word = np.empty(signals, np.int32), np.empty(signals, np.int64)
    events, consumed, status, fault = _walk(
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
    out = np.empty((signal_word.size, samples), np.int16)
    _take(words, signal_word, out)
    return out


@numba.njit(cache=True, nogil=True)
def _take(words, signal_word, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    for i in range(out.shape[0]):
        start = signal_word[i]
        for j in range(out.shape[1]):
            out[i, j] = words[start + j] & 0x0FFF


@numba.njit(cache=True, nogil=True)
def _walk(words, samples, last, number, ticks, first, signal_id, signal_word):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Walk over built events; give how many are whole, the words used, the status, the place."""
    card_state = np.zeros(32, np.int8)
    card_bytes = np.zeros(32, np.int64)
    hits = np.zeros((32, CHIPS_PER_CARD), np.int64)
    seen = np.full(32 * CHIPS_PER_CARD * CHANNELS_PER_CHIP, -1, np.int64)
    events, signals, at, size = 0, 0, 0, words.size
    while events < number.size:
        begin = at
        while at < size and _is_other_frame(words[at]):
            if at + 1 >= size:
                return events, begin, NEEDS_MORE, at
            if words[at + 1] % 2 or words[at + 1] < 8:
                return events, begin, 3, at
            at += words[at + 1] // 2
        if at >= size:
            return events, begin, NEEDS_MORE if at > begin else COMPLETE, at
        if words[at] != 0x0009:
            return events, begin, 2, at
        at += 1
        card_state[:] = 0
        card_bytes[:] = 0
        hits[:] = UNCOUNTED
        header = False
        while True:
            if at - begin > MAX_EVENT_WORDS:
                return events, begin, 16, begin
            if at >= size:
                return events, begin, NEEDS_MORE, at
            word = words[at]
            if word == 0x0008:
                break
            if word & 0xFE00 != 0x0800:
                return events, begin, 2, at
            if at + 1 >= size:
                return events, begin, NEEDS_MORE, at
            length = np.int64(words[at + 1])
            if length % 2 or length < 8:
                return events, begin, 3, at
            stop = at + length // 2
            if stop > size:
                return events, begin, NEEDS_MORE, at
            if words[stop - 1] != 0x000F:
                return events, begin, 4, at
            card = word & 0x001F
            if card_state[card] == 2:
                return events, begin, 15, at
            card_bytes[card] += length - 6
            status, place, signals, header = _frame(
                words, at + 2, stop - 1, card, samples, events, header, number, ticks,
                card_state, card_bytes, hits, seen, signals, signal_id, signal_word,
            )  # fmt: skip
            if status != COMPLETE:
                return events, begin, status, place
            at = stop
        if not header:
            return events, begin, 14, begin
        for card in range(32):
            if card_state[card] == 1:
                return events, begin, 15, at
        if number[events] <= last:
            return events, begin, 12, begin
        last = number[events]
        at += 1
        events += 1
        first[events] = signals
    return events, at, COMPLETE, at


@numba.njit(cache=True, nogil=True)
def _is_other_frame(word):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return word & 0xFE00 == 0x0600 or word & 0xFE00 == 0x0400


@numba.njit(cache=True, nogil=True)
def _frame(  # type: ignore[no-untyped-def]  # noqa: ANN202, C901, PLR0912
    words, at, stop, card, samples, event, header, number, ticks,  # noqa: ANN001
    card_state, card_bytes, hits, seen, signals, signal_id, signal_word,  # noqa: ANN001
):  # fmt: skip
    """Read one data frame between its envelope; give status, place, signals so far, header."""
    while at < stop:
        word = words[at]
        if word & 0xC000 == 0xC000:
            if (word & 0x3E00) >> 9 != card:
                return 13, at, signals, header
            chip, channel = (word & 0x0180) >> 7, word & 0x007F
            if channel >= CHANNELS_PER_CHIP:
                return 6, at, signals, header
            identity = (card * CHIPS_PER_CARD + chip) * CHANNELS_PER_CHIP + channel
            if seen[identity] == event:
                return 8, at, signals, header
            seen[identity] = event
            if card_state[card] != 1:
                return 14, at, signals, header
            if hits[card, chip] == 0:
                return 9, at, signals, header
            if hits[card, chip] != UNCOUNTED:  # an AFTER chip counts no hits
                hits[card, chip] -= 1
            if at + 1 + samples > stop:
                return 7, at, signals, header
            for j in range(at + 1, at + 1 + samples):
                if words[j] & 0xF000 != 0x3000:
                    return 7, j, signals, header
            signal_id[signals] = identity
            signal_word[signals] = at + 1
            signals += 1
            at += 1 + samples
            if at < stop and words[at] & 0xF000 == 0x3000:
                return 7, at, signals, header
            if at < stop and words[at] == 0:  # pads an odd number of words
                at += 1
        elif word & 0xC000 == 0x8000:
            chip = (word & 0x0180) >> 7
            if (word & 0x3E00) >> 9 != card or card_state[card] != 1 or hits[card, chip] != UNCOUNTED:
                return 13, at, signals, header
            hits[card, chip] = word & 0x007F
            at += 1
        elif word & 0xF000 == 0x1000:
            at += 1
        elif word & 0xFFF0 == 0x00F0:
            if card_state[card] != 0 or at + 6 > stop:
                return 14, at, signals, header
            card_state[card] = 1
            tick = np.int64(words[at + 1]) | np.int64(words[at + 2]) << 16
            tick |= np.int64(words[at + 3]) << 32
            count = np.int64(words[at + 4]) | np.int64(words[at + 5]) << 16
            if header and (tick != ticks[event] or count != number[event]):
                return 11, at, signals, header
            ticks[event], number[event] = tick, count
            header = True
            at += 6
        elif word & 0xFFF0 == 0x00E0:
            if card_state[card] != 1 or at + 2 > stop:
                return 14, at, signals, header
            sent = np.int64(word & 0x000F) << 16 | np.int64(words[at + 1])
            if sent != card_bytes[card]:
                return 10, at, signals, header
            card_state[card] = 2
            at += 2
        else:
            return 5, at, signals, header
    return COMPLETE, at, signals, header
