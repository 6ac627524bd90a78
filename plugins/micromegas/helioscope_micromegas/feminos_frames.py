"""The compiled walk over FEMINOS frames, and what may be wrong with them."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

CHANNELS_PER_CHIP = 72
CHIPS_PER_CARD = 4
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
    8: "a channel that does not rise within its chip",
    9: "more channels of a chip than it counted hits",
    10: "an event size that differs from the bytes that came",
    11: "cards that disagree on the event's number or clock",
    12: "an event number that does not rise",
    13: "a channel of another card than the frame's",
    14: "an event without a header, or a header that comes twice",
    15: "an event that goes on after its end, or has none",
    16: "an event larger than the electronics can send",
    17: "chips of one card that counted differently many hits beyond the channels they sent",
}


@numba.njit(cache=True, nogil=True)
def take(words: NDArray[np.uint16], signal_word: NDArray[np.int64], out: NDArray[np.int16]) -> None:
    """Copy the samples of each signal, without their prefixes, into a row of ``out``."""
    for i in range(out.shape[0]):
        start = signal_word[i]
        for j in range(out.shape[1]):
            out[i, j] = words[start + j] & 0x0FFF


@numba.njit(cache=True, nogil=True)
def walk(
    words: NDArray[np.uint16],
    samples: int,
    last: int,
    number: NDArray[np.int64],
    ticks: NDArray[np.int64],
    first: NDArray[np.int64],
    signal_id: NDArray[np.int32],
    signal_word: NDArray[np.int64],
) -> tuple[int, int, int, int]:
    """Walk over built events; give how many are whole, the words used, the status, the place."""
    card_state = np.zeros(32, np.int8)
    card_bytes = np.zeros(32, np.int64)
    hits = np.zeros((32, CHIPS_PER_CARD), np.int64)
    above = np.zeros((32, CHIPS_PER_CARD), np.int64)  # the channel that each chip sent last
    events, signals, at = 0, 0, 0
    while events < number.size:
        begin = at
        status, at = _between(words, at)
        if status != COMPLETE:
            return events, begin, status, at
        if at == words.size:
            return events, at, COMPLETE, at
        card_state[:] = 0
        card_bytes[:] = 0
        hits[:] = UNCOUNTED
        above[:] = -1
        status, at, signals, header = _event(
            words, at, samples, events, number, ticks, card_state, card_bytes, hits, above,
            signals, signal_id, signal_word,
        )  # fmt: skip
        if status != COMPLETE:
            return events, begin, status, at
        if not header:
            return events, begin, 14, begin
        if (card_state == 1).any():
            return events, begin, 15, begin
        if number[events] <= last:
            return events, begin, 12, begin
        last = number[events]
        events += 1
        first[events] = signals
    return events, at, COMPLETE, at


@numba.njit(cache=True, nogil=True)
def _between(words, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Step over monitoring and configuration frames to the next event or the end."""
    while at < words.size and _is_other_frame(words[at]):
        if at + 1 == words.size:
            return NEEDS_MORE, at
        if words[at + 1] % 2 or words[at + 1] < 8:
            return 3, at
        if at + words[at + 1] // 2 > words.size:
            return NEEDS_MORE, at
        at += words[at + 1] // 2
    if at < words.size and words[at] != 0x0009:
        return 2, at
    return COMPLETE, at


@numba.njit(cache=True, nogil=True)
def _event(  # type: ignore[no-untyped-def]  # noqa: ANN202, C901
    words, begin, samples, event, number, ticks, card_state, card_bytes, hits, above,  # noqa: ANN001
    signals, signal_id, signal_word,  # noqa: ANN001
):  # fmt: skip
    """Read one built event; give status, the word behind it, signals so far, header."""
    header, size, at = False, words.size, begin + 1
    while at < size and words[at] != 0x0008:
        if at - begin > MAX_EVENT_WORDS:
            return 16, begin, signals, header
        if words[at] & 0xFE00 != 0x0800:
            return 2, at, signals, header
        if at + 1 == size:
            break
        length = np.int64(words[at + 1])
        if length % 2 or length < 8:
            return 3, at, signals, header
        stop = at + length // 2
        if stop > size:
            break
        card = words[at] & 0x001F
        if words[stop - 1] != 0x000F:
            return 4, at, signals, header
        if card_state[card] == 2:
            return 15, at, signals, header
        card_bytes[card] += length - 6
        status, at, signals, header = _frame(
            words, at + 2, stop - 1, card, samples, event, header, number, ticks,
            card_state, card_bytes, hits, above, signals, signal_id, signal_word,
        )  # fmt: skip
        if status != COMPLETE:
            return status, at, signals, header
        at = stop
    if at >= size or words[at] != 0x0008:
        return NEEDS_MORE, at, signals, header
    return COMPLETE, at + 1, signals, header


@numba.njit(cache=True, nogil=True)
def _same_surplus(left):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Say whether all chips that count hits counted as many beyond those that came.

    AGET chips count the reset channels too, which are not sent: two in each chip.
    """
    first = UNCOUNTED
    for hits in left:
        if hits == UNCOUNTED:
            continue
        if first != UNCOUNTED and hits != first:
            return False
        first = hits
    return True


@numba.njit(cache=True, nogil=True)
def _word(words, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return np.int64(words[at])


@numba.njit(cache=True, nogil=True)
def _is_other_frame(word):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return word & 0xFE00 == 0x0600 or word & 0xFE00 == 0x0400


@numba.njit(cache=True, nogil=True)
def _frame(  # type: ignore[no-untyped-def]  # noqa: ANN202, C901
    words, at, stop, card, samples, event, header, number, ticks,  # noqa: ANN001
    card_state, card_bytes, hits, above, signals, signal_id, signal_word,  # noqa: ANN001
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
            if channel <= above[card, chip]:
                return 8, at, signals, header
            above[card, chip] = channel
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
            signal_id[signals] = (card * CHIPS_PER_CARD + chip) * CHANNELS_PER_CHIP + channel
            signal_word[signals] = at + 1
            signals += 1
            at += 1 + samples
            if at < stop and words[at] & 0xF000 == 0x3000:
                return 7, at, signals, header
            if at < stop and words[at] == 0:  # pads an odd number of words
                at += 1
        elif word & 0xC000 == 0x8000:
            chip = (word & 0x0180) >> 7
            if (
                (word & 0x3E00) >> 9 != card
                or card_state[card] != 1
                or hits[card, chip] != UNCOUNTED
            ):
                return 13, at, signals, header
            hits[card, chip] = word & 0x007F
            at += 1
        elif word & 0xF000 == 0x1000:
            at += 1
        elif word & 0xFFF0 == 0x00F0:
            if card_state[card] != 0 or at + 6 > stop:
                return 14, at, signals, header
            card_state[card] = 1
            tick = _word(words, at + 1) | _word(words, at + 2) << 16 | _word(words, at + 3) << 32
            count = _word(words, at + 4) | _word(words, at + 5) << 16
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
            if not _same_surplus(hits[card]):
                return 17, at, signals, header
            card_state[card] = 2
            at += 2
        else:
            return 5, at, signals, header
    return COMPLETE, at, signals, header
