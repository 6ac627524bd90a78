"""The conformance kit: what every detector must keep, ours and a stranger's.

In a plugin's tests::

    from helioscope.testing import conformance

    def test_conformance():
        conformance(DETECTOR, setup, raw_batch)

`rescaling_conformance` does the same for the last step of a reconstruction that archived
observables can go through again, `source_conformance` for a file format.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import awkward as ak
import numpy as np

from helioscope.model.schema import Fault, check
from helioscope.plugin import (
    Detector,
    Mark,
    Reconstructed,
    Rescaling,
    Setup,
    Source,
    SourceRequest,
    promises,
)


class NonConformanceError(AssertionError):
    """A detector breaks one of the promises that every detector makes."""


def conformance(detector: Detector, setup: Setup, raw: ak.Array) -> None:
    """Check every promise on one raw batch.

    Parameters
    ----------
    detector
        The detector under test.
    setup
        Its settings and calibrations.
    raw
        A raw batch with at least two events, some of which leave observables.

    Raises
    ------
    NonConformanceError
        At the first promise that is broken, saying which.
    """
    if len(raw) < 2:
        raise ValueError("conformance needs a batch of at least two events")
    _keeps(promises.settings_faults(detector, setup.config), "what it says for its settings")
    _keeps(check(raw, detector.raw(setup.config)), "the raw batch does not keep its schema")
    untouched = digest(raw)
    whole = detector.reconstruction(setup)(raw)
    _keeps(promises.reconstruction_faults(detector, raw, whole), "the reconstruction")
    _demand(len(whole.observables) > 0, "no event left observables: the test would show nothing")
    _demand(digest(raw) == untouched, "the reconstruction changed its input")
    again = detector.reconstruction(setup)(raw)
    _demand(_same(whole, again), "the same batch twice gave two results")
    _empty_batch_works(detector, setup)
    for border in sorted({1, len(raw) // 3 or 1, len(raw) - 1}):
        _border_changes_nothing(detector, setup, raw, whole, border)
    _selection_changes_nothing(detector, setup, raw, whole)
    if detector.rescaling:
        same = detector.rescaling.rescaling(setup)(whole.observables)
        _demand(_same(whole._replace(observables=same), whole), "rescaling once more changed it")


def rescaling_conformance(detector: Detector, before: Setup, after: Setup, raw: ak.Array) -> None:
    """Check that observables made with one setup and rescaled with another are the other's.

    Parameters
    ----------
    before, after
        They differ in what the rescaling names and in nothing else.
    raw
        A raw batch, some events of which leave observables.

    Raises
    ------
    NonConformanceError
        At the first promise that is broken, saying which.
    ValueError
        Where the two setups cannot show anything.
    """
    last = detector.rescaling
    _demand(last is not None, "there is no rescaling")
    if last is None or _not_rescaled(last, before) != _not_rescaled(last, after):
        raise ValueError("the setups differ in more than the rescaling names")
    for what, said in _said(detector, last, before).items():
        same = said == _said(detector, last, after)[what]
        _demand(same, f"{what} differs between the settings, which a rescaling cannot make good")
    old, new = (detector.reconstruction(setup)(raw) for setup in (before, after))
    if digest(old.observables) == digest(new.observables):
        raise ValueError("both setups give the same observables: the test would show nothing")
    untouched = digest(old.observables)
    rescaled = last.rescaling(after)(old.observables)
    _demand(digest(old.observables) == untouched, "the rescaling changed its input")
    _keeps(promises.rescaling_faults(detector, old.observables, rescaled), "the rescaling")
    _demand(_same(old._replace(observables=rescaled), new), "it gave another result than raw data")
    chosen = np.arange(len(old.observables)) % 2 == 0
    some = last.rescaling(after)(old.observables[chosen])
    _demand(digest(some) == digest(new.observables[chosen]), "of a selection it gave other rows")
    empty = last.rescaling(after)(detector.observables.empty())
    _demand(not check(empty, detector.observables) and not len(empty), "no rows gave some")


def _not_rescaled(last: Rescaling, setup: Setup) -> tuple[object, object]:
    settings = setup.config.model_dump(exclude=set(last.settings))
    kept = {
        name: [calibration.digest or id(calibration.table) for calibration in of]
        for name, of in setup.calibrations.items()
        if name not in last.calibrations
    }
    return settings, kept


def _said(detector: Detector, last: Rescaling, setup: Setup) -> dict[str, object]:
    """Give what a detector says for its settings, by which raw data is read and time counted."""
    _keeps(promises.settings_faults(detector, setup.config), "what it says for its settings")
    needs = detector.calibrations(setup.config)
    return {
        "raw": detector.raw(setup.config),
        "frame_s": detector.frame_s(setup.config),
        "batch_events": detector.batch_events(setup.config),
        "calibrations": [need for need in needs if need.name not in last.calibrations],
    }


def source_conformance(source: Source, request: SourceRequest, apart_bytes: int) -> list[Mark]:
    """Check that a source can begin at each mark that it gives, and yields what a full pass does.

    Parameters
    ----------
    request
        Asks for a whole file.
    apart_bytes
        Bytes of the file between two marks.

    Returns
    -------
    list of Mark
        For checks of how many there are.

    Raises
    ------
    NonConformanceError
        At the first promise that is broken, saying which.
    """
    whole = [(digest(batch), len(batch)) for batch in source.read(request)]
    marks = list(source.marks(request, apart_bytes))
    if not marks:
        return marks
    ends = [(0, 0), (len(whole), sum(events for _, events in whole))]
    found = [(mark.batch, mark.event) for mark in (marks[0], marks[-1])]
    _demand(found == ends, f"the first and the last mark are {found} instead of {ends}")
    for mark in marks[:-1]:
        batches = source.read(replace(request, start=mark))
        rest = [(digest(batch), len(batch)) for batch in batches]
        _demand(rest == whole[mark.batch :], f"other batches from {mark} on than in a full pass")
        before = sum(events for _, events in whole[: mark.batch])
        _demand(before == mark.event, f"{before} events before {mark}")
    return marks


def digest(batch: ak.Array) -> str:
    """Hash the content of a batch: types, offsets and values."""
    form, length, buffers = ak.to_buffers(ak.to_packed(batch))
    sha = hashlib.sha256(f"{form.to_json()}{length}".encode())
    for name in sorted(buffers):
        sha.update(name.encode())
        sha.update(np.ascontiguousarray(buffers[name]).tobytes())
    return sha.hexdigest()


def _empty_batch_works(detector: Detector, setup: Setup) -> None:
    empty = detector.raw(setup.config).empty()
    result = detector.reconstruction(setup)(empty)
    _keeps(promises.reconstruction_faults(detector, empty, result), "of an empty batch")


def _border_changes_nothing(
    detector: Detector, setup: Setup, raw: ak.Array, whole: Reconstructed, border: int
) -> None:
    reconstruct = detector.reconstruction(setup)
    parts = [reconstruct(raw[:border]), reconstruct(raw[border:])]
    alone = detector.reconstruction(setup)(raw[border:])
    _demand(
        _same(parts[1], alone), f"what came before a border after {border} events changed the rest"
    )
    joined = Reconstructed(
        ak.concatenate([part.observables for part in parts]),
        _joined([part.dead_s for part in parts]),
        _joined([part.event_quality for part in parts]),
    )
    _demand(_same(whole, joined), f"a batch border after {border} events changed the result")


def _selection_changes_nothing(
    detector: Detector, setup: Setup, raw: ak.Array, whole: Reconstructed
) -> None:
    """Reconstruct every second event, as a view of the batch: awkward lays it out otherwise."""
    kept = np.arange(len(raw)) % 2 == 0
    result = detector.reconstruction(setup)(raw[kept])
    rows = np.isin(whole.observables["event_id"], np.asarray(raw["event_id"])[kept])
    expected = Reconstructed(
        whole.observables[rows], _chosen(whole.dead_s, kept), _chosen(whole.event_quality, kept)
    )
    _demand(_same(expected, result), "a selection of the batch's events gave another result")


def _chosen(column: np.ndarray | None, kept: np.ndarray) -> np.ndarray | None:
    return None if column is None else column[kept]


def _joined(columns: list[np.ndarray | None]) -> np.ndarray | None:
    present = [column for column in columns if column is not None]
    return np.concatenate(present) if present else None


def _same(first: Reconstructed, second: Reconstructed) -> bool:
    if digest(first.observables) != digest(second.observables):
        return False
    return _equal(first.dead_s, second.dead_s) and _equal(first.event_quality, second.event_quality)


def _equal(first: np.ndarray | None, second: np.ndarray | None) -> bool:
    if first is None or second is None:
        return first is second
    return np.array_equal(first, second)


def _keeps(faults: Sequence[Fault], what: str) -> None:
    _demand(not faults, f"{what}: " + "; ".join(map(str, faults)))


def _demand(holds: bool, broken: str) -> None:
    if not holds:
        raise NonConformanceError(broken)
