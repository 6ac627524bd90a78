"""File formats that the Micromegas brings: FEMINOS ``.aqs`` files and read-out maps."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.api import InputError, LimitError, Source, SourceRequest, UsageError

if TYPE_CHECKING:
    from helioscope_micromegas.aqs import Events

logger = logging.getLogger(__name__)

_BLOCK_BYTES = 8 << 20
_LATEST_START_S = 4_102_444_800  # 2100-01-01


def recognises_aqs(path: Path) -> bool:
    """Say whether a file starts as an .aqs file does: run header, then an event or a frame."""
    from helioscope_micromegas.aqs import HEADER_BYTES, start_time_s

    with path.open("rb") as stream:
        head = stream.read(HEADER_BYTES + 2)
    start = start_time_s(head)
    if start is None or not 0 < start < _LATEST_START_S:
        return False
    word = int.from_bytes(head[HEADER_BYTES:], "little")
    return len(head) == HEADER_BYTES or word == 0x0009 or word & 0xFE00 in (0x0400, 0x0600)


def read_aqs(request: SourceRequest) -> Iterator[ak.Array]:
    """Yield the events of an .aqs file batch by batch.

    The only option is ``truncated``: ``"refuse"`` (default) ends with InputError where the file
    stops within an event; ``"keep"`` ends there with the whole events before, for files that are
    known to be cut.

    Raises
    ------
    InputError
        At the first word that breaks the format, after the whole events before it.
    LimitError
        Where one batch would take more than ``max_bytes``.
    UsageError
        For an unknown option.
    """
    from helioscope_micromegas import aqs

    keep = _truncated_option(request) == "keep"
    samples = int(request.schema["signal_adu"].axes[1])
    if not request.path.stat().st_size:
        logger.warning("%s: the file is empty, it holds no event", request.path)
        return
    with request.path.open("rb") as stream:
        start_s = aqs.start_time_s(stream.read(aqs.HEADER_BYTES))
        if start_s is None:
            raise InputError(
                where=str(request.path),
                found="no run header of a FEMINOS file",
                expected="the word 0x01xx and the start time",
                remedy="check that it is an .aqs file and whole",
            )
        yield from _events(request, stream, start_s * 1_000_000_000, samples, keep)


def _truncated_option(request: SourceRequest) -> str:
    unknown = sorted(set(request.options) - {"truncated", "format"})
    choice = request.options.get("truncated", "refuse")
    if unknown or choice not in ("refuse", "keep"):
        raise UsageError(
            where=f"source of {request.path.name}",
            found=f"option {unknown[0]}" if unknown else f"truncated = {choice!r}",
            expected="truncated = 'refuse' or 'keep'",
        )
    return str(choice)


def _events(
    request: SourceRequest, stream: BinaryIO, start_ns: int, samples: int, keep: bool
) -> Iterator[ak.Array]:
    from helioscope_micromegas import aqs, feminos_frames

    words, last, place, ended = np.empty(0, np.uint16), -1, aqs.HEADER_BYTES, False
    odd = False
    while True:
        found = aqs.find_events(words, samples, last, request.batch_events)
        if found.number.size:
            yield _batch(request, words, found, start_ns, samples)
            last = int(found.number[-1])
        place += 2 * found.consumed
        words = words[found.consumed :]
        if found.status not in (feminos_frames.COMPLETE, feminos_frames.NEEDS_MORE):
            raise _fault(request, found, place, last)
        if found.number.size == request.batch_events:
            continue
        if ended:
            if words.size or odd:
                fault = _cut_off(request, place, last)
                if not keep:
                    raise fault
                logger.warning("%s: %s; the whole events are kept", fault.where, fault.found)
            return
        fresh = stream.read(_BLOCK_BYTES)
        ended, odd = len(fresh) < _BLOCK_BYTES, len(fresh) % 2 == 1
        arrived = np.frombuffer(fresh, "<u2", count=len(fresh) // 2).astype(np.uint16)
        words = np.concatenate((words, arrived))


def _batch(
    request: SourceRequest,
    words: NDArray[np.uint16],
    found: Events,
    start_ns: int,
    samples: int,
) -> ak.Array:
    from helioscope_micromegas import aqs

    needed = found.signal_word.size * (2 * samples + 4) + found.number.size * 24
    if needed > request.max_bytes:
        raise LimitError(
            where=str(request.path),
            found=f"a batch of {found.number.size} events takes {needed} bytes",
            expected=f"at most {request.max_bytes}",
            remedy="lower the number of events to a batch",
        )
    adu = aqs.take_samples(words, found.signal_word, samples)
    offsets = ak.index.Index64(found.first_signal)
    values = ak.contents.RegularArray(
        ak.contents.NumpyArray(adu.reshape(-1)), samples, zeros_length=adu.shape[0]
    )
    ids = ak.contents.NumpyArray(found.signal_id)
    return ak.Array(
        ak.contents.RecordArray(
            [
                ak.contents.NumpyArray(found.number),
                ak.contents.NumpyArray(start_ns + aqs.TICK_NS * found.ticks),
                ak.contents.ListOffsetArray(offsets, ids),
                ak.contents.ListOffsetArray(offsets, values),
            ],
            ["event_id", "time_ns", "signal_id", "signal_adu"],
        )
    )


def _fault(request: SourceRequest, found: Events, place: int, last: int) -> InputError:
    from helioscope_micromegas import feminos_frames

    # the fault is counted from the words that were searched, `place` stands behind the whole ones
    byte = place + 2 * (found.fault_word - found.consumed)
    return InputError(
        where=f"{request.path}, byte {byte}, after event {last}",
        found=feminos_frames.FAULTS[found.status],
        expected="frames as the FEMINOS electronics writes them",
        remedy="fetch the file again from its archive, or leave it out with --skip-bad",
    )


def _cut_off(request: SourceRequest, place: int, last: int) -> InputError:
    return InputError(
        where=f"{request.path}, byte {place}, after event {last}",
        found="the file ends within an event",
        expected="the end of a built event",
        remedy="fetch the file again; for a file known to be cut, set truncated = 'keep' "
        "in the run's source",
    )


AQS = Source(
    name="feminos-aqs",
    recognises=recognises_aqs,
    read=read_aqs,
    description="Frames of the FEMINOS electronics (AFTER and AGET chips), .aqs.",
)
