"""Crossing the border to a plugin: read-only in, checked out, and whatever it raises named."""

from __future__ import annotations

import errno
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.errors import HelioscopeError, OutputError, PluginError
from helioscope.model import layouts
from helioscope.model.products import DISCRIMINATION, DISCRIMINATION_BY_CUTS
from helioscope.model.schema import Schema, check
from helioscope.plugin import (
    Detector,
    Discriminate,
    Discriminator,
    Reconstruct,
    Reconstructed,
    Rescale,
)

#: What the system says where nothing more can be written.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

T = TypeVar("T")
N = TypeVar("N", np.float64, np.uint32)


def read_only(batch: ak.Array) -> ak.Array:
    """Give the same batch over buffers that cannot be written; no value is copied."""
    return ak.Array(layouts.read_only(batch.layout), behavior=batch.behavior)


def reconstructed(
    detector: Detector, reconstruct: Reconstruct, raw: ak.Array, where: str, seed: int
) -> Reconstructed:
    """Call a reconstruction on one batch and check what it gives.

    Raises
    ------
    PluginError
        Where it raises, or gives what its schema does not allow.
    """
    owner = f"detector '{detector.name}' {detector.version}"
    with guarded(owner, where, seed):
        result = reconstruct(read_only(raw))
    if not isinstance(result, Reconstructed):
        raise PluginError(
            where=f"{owner}, {where}", found=type(result).__name__, expected="Reconstructed"
        )
    _require(result.observables, detector.observables, owner, where)
    _require_known_events(result.observables, raw, owner, where)
    dead_s = _per_event(result.dead_s, np.float64, len(raw), "dead_s", owner, where)
    if not (dead_s >= 0).all():
        raise PluginError(
            where=f"{owner}, {where}", found="dead_s negative or NaN", expected=">= 0"
        )
    bits = _per_event(result.event_quality, np.uint32, len(raw), "event_quality", owner, where)
    return Reconstructed(result.observables, dead_s, bits)


def rescaled(
    detector: Detector, rescale: Rescale, observables: ak.Array, where: str, seed: int
) -> ak.Array:
    """Call a rescaling on the rows of one batch and check what it gives.

    Raises
    ------
    PluginError
        Where it raises, gives what the schema does not allow, or other rows.
    """
    owner = f"detector '{detector.name}' {detector.version}"
    with guarded(owner, where, seed):
        result = rescale(read_only(observables))
    _require(result, detector.observables, owner, where)
    for name in ("event_id", "time_ns"):
        if not np.array_equal(result[name], observables[name]):
            raise PluginError(
                where=f"{owner}, {where}", found=f"rescaled rows of another {name}",
                expected="the same rows in the same order",
            )  # fmt: skip
    return result


def discriminated(
    discriminator: Discriminator,
    discriminate: Discriminate,
    observables: ak.Array,
    where: str,
    seed: int,
    cuts: int = 0,
) -> ak.Array:
    """Call a discrimination on the rows of one batch and check what it gives.

    Parameters
    ----------
    cuts
        How many cuts the discriminator names.

    Raises
    ------
    PluginError
        Where it raises, does not give one score and decision for each row, or decides against
        its own cuts.
    """
    owner = f"discriminator '{discriminator.name}' {discriminator.version}"
    with guarded(owner, where, seed):
        verdict = discriminate(read_only(observables))
    _require(verdict, DISCRIMINATION_BY_CUTS if cuts else DISCRIMINATION, owner, where)
    if len(verdict) != len(observables):
        raise PluginError(
            where=f"{owner}, {where}", found=f"{len(verdict)} rows", expected=f"{len(observables)}"
        )
    if cuts:
        _require_decision_by_cuts(verdict, cuts, owner, where)
    return verdict


def _require_decision_by_cuts(verdict: ak.Array, cuts: int, owner: str, where: str) -> None:
    failed = np.asarray(verdict["cuts_failed"])
    unknown = (failed >> np.uint64(cuts)) != 0
    if unknown.any():
        raise PluginError(
            where=f"{owner}, {where}",
            found=f"cuts_failed of {failed[unknown][0]:#x}",
            expected=f"bits of the {cuts} cuts that it names",
        )
    against = int(((failed == 0) != np.asarray(verdict["accepted"])).sum())
    if against:
        raise PluginError(
            where=f"{owner}, {where}",
            found=f"{against} rows accepted against a cut, or rejected by none",
            expected="the rows accepted that fail no cut",
        )


def prepared(owner: str, run: str, prepare: Callable[[], T]) -> T:
    """Let a plugin make itself ready for a run.

    Raises
    ------
    PluginError
        Where it raises anything but an error of helioscope's own.
    """
    with guarded(owner, f"run {run}", seed=0):
        return prepare()


@contextmanager
def guarded(owner: str, where: str, seed: int) -> Iterator[None]:
    """Run a plugin's code: its own random state, and its exceptions under its name.

    Errors of helioscope's own (an input that the plugin refuses) pass as they are; that the disk
    is full, as a simulator that writes files may find, is no fault of the plugin.
    """
    numpy_state, python_state = np.random.get_state(), random.getstate()  # noqa: NPY002
    np.random.seed(seed % 2**32)  # noqa: NPY002 - the plugin's code may use the global state
    random.seed(seed)
    try:
        yield
    except HelioscopeError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            raise OutputError(
                where=f"{owner}, {where}",
                found=error.strerror or str(error),
                expected="a disk with room",
                remedy="make room or choose another --out; nothing half-written was left",
            ) from error
        raise PluginError(
            where=f"{owner}, {where}",
            found=f"{type(error).__name__}: {error}",
            remedy="report it to the plugin's authors with the traceback that --traceback prints",
        ) from error
    finally:
        np.random.set_state(numpy_state)  # noqa: NPY002
        random.setstate(python_state)


def _require(batch: ak.Array, schema: Schema, owner: str, where: str) -> None:
    faults = check(batch, schema)
    if faults:
        raise PluginError(
            where=f"{owner}, {where}",
            found="\n    ".join(map(str, faults)),
            expected=f"the schema '{schema.name}' version {schema.version}",
            remedy="see 'helioscope schema'",
        )


def _require_known_events(rows: ak.Array, raw: ak.Array, owner: str, where: str) -> None:
    known = np.isin(np.asarray(rows["event_id"]), np.asarray(raw["event_id"]))
    if not known.all():
        raise PluginError(
            where=f"{owner}, {where}",
            found=f"observables of event {np.asarray(rows['event_id'])[~known][0]}",
            expected="only events of the batch",
        )


def _per_event(
    values: NDArray[N] | None, dtype: type[N], events: int, name: str, owner: str, where: str
) -> NDArray[N]:
    if values is None:
        return np.zeros(events, dtype)
    column = np.asarray(values)
    if column.shape != (events,) or column.dtype != np.dtype(dtype):
        raise PluginError(
            where=f"{owner}, {where}",
            found=f"{name} of shape {column.shape}, {column.dtype}",
            expected=f"({events},), {np.dtype(dtype)}",
        )
    return column
