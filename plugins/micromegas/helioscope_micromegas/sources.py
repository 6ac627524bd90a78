"""File formats that the Micromegas brings: FEMINOS ``.aqs`` files and read-out maps."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.api import InputError, LimitError, Mark, Source, SourceRequest, UsageError

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
    known to be cut. Event numbers that are missing are warned of.

    Raises
    ------
    InputError
        Where the schema has no signals; at the first word that breaks the format, after the
        whole events before it.
    LimitError
        Where one batch would take more than ``max_bytes``.
    UsageError
        For an unknown option.
    """
    keep = _truncated_option(request) == "keep"
    samples = _samples(request)
    if not request.path.stat().st_size:
        logger.warning("%s: the file is empty, it holds no event", request.path)
        return
    start_ns = _start_s(request) * 1_000_000_000
    last = request.start.place[1] if request.start.place else -1
    for words, found, _ in _walk(request, samples, keep):
        _warn_of_gaps(request.path, found.number, last)
        last = int(found.number[-1])
        yield _batch(request, words, found, start_ns, samples)


def aqs_marks(request: SourceRequest, apart_bytes: int) -> list[Mark]:
    """Find borders of batches by a walk over the frames; no sample is taken out.

    Raises
    ------
    InputError
        As `read_aqs`.
    """
    keep = _truncated_option(request) == "keep"
    samples = _samples(request)
    marks, last = [Mark()], Mark()
    if request.path.stat().st_size:
        for _, _, last in _walk(request, samples, keep):
            reached = marks[-1].place[0] if marks[-1].place else 0
            if last.place[0] - reached >= apart_bytes:
                marks.append(last)
    return [*(mark for mark in marks if mark != last), last]


def _warn_of_gaps(path: Path, number: NDArray[np.int64], last: int) -> None:
    """Say which events the electronics numbered and the file does not hold."""
    before = np.concatenate(([last if last >= 0 else number[0] - 1], number[:-1]))
    gaps = np.flatnonzero(number - before > 1)
    if gaps.size:
        first = gaps[0]
        missing = int((number - before - 1).sum())
        logger.warning(
            "%s: %d event numbers are missing, the first between events %d and %d",
            path, missing, before[first], number[first],
        )  # fmt: skip


def _samples(request: SourceRequest) -> int:
    """Give the samples of a signal; a schema without signals is no detector's of this read-out."""
    if "signal_adu" not in request.schema:
        raise InputError(
            where=str(request.path),
            found="signals of the FEMINOS electronics",
            expected=f"the columns of {request.schema.name}, which has no 'signal_adu'",
            remedy="read it as raw data of a detector whose signals are sampled",
        )
    return int(request.schema["signal_adu"].axes[1])


def _start_s(request: SourceRequest) -> int:
    from helioscope_micromegas import aqs

    with request.path.open("rb") as stream:
        start_s = aqs.start_time_s(stream.read(aqs.HEADER_BYTES))
    if start_s is None:
        raise InputError(
            where=str(request.path),
            found="no run header of a FEMINOS file",
            expected="the word 0x01xx and the start time",
            remedy="check that it is an .aqs file and whole",
        )
    return start_s


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


def _walk(
    request: SourceRequest, samples: int, keep: bool
) -> Iterator[tuple[NDArray[np.uint16], Events, Mark]]:
    """Find the events batch by batch: the words that they are in, their places, the border after.

    The place of a mark is the byte at which the next event begins, the number of the event
    before, and the byte up to which the file had been read: a batch ends there at the latest.
    """
    from helioscope_micromegas import aqs, feminos_frames

    batch, event, _ = request.start
    place, last, read_to = request.start.place or (aqs.HEADER_BYTES, -1, aqs.HEADER_BYTES)
    words = np.empty(0, np.uint16)
    with request.path.open("rb") as stream:
        for arrived in _blocks(stream, place, read_to):
            words, full = np.concatenate((words, arrived)), True
            while full:
                found = aqs.find_events(words, samples, last, request.batch_events)
                place += 2 * found.consumed
                if found.number.size:
                    last = int(found.number[-1])
                    batch, event = batch + 1, event + found.number.size
                    yield words, found, Mark(batch, event, (place, last, stream.tell()))
                words = words[found.consumed :]
                if found.status not in (feminos_frames.COMPLETE, feminos_frames.NEEDS_MORE):
                    raise _fault(request, found, place, last)
                full = found.number.size == request.batch_events
        if stream.tell() != place:
            fault = _cut_off(request, place, last)
            if not keep:
                raise fault
            logger.warning("%s: %s; the whole events are kept", fault.where, fault.found)


def _blocks(stream: BinaryIO, place: int, read_to: int) -> Iterator[NDArray[np.uint16]]:
    """Read a file from one byte up to another, then on in blocks of fixed length."""
    stream.seek(place)
    wanted, ended = read_to - place, False
    while not ended:
        fresh = stream.read(wanted)
        ended, wanted = len(fresh) < wanted, _BLOCK_BYTES
        yield np.frombuffer(fresh, "<u2", count=len(fresh) // 2).astype(np.uint16)


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
    marks=aqs_marks,
    description="Frames of the FEMINOS electronics (AFTER and AGET chips), .aqs.",
)
