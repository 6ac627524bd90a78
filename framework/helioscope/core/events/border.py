"""Crossing the border to a plugin: read-only in, checked out, and whatever it raises named."""

from __future__ import annotations

import errno
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

import awkward as ak
import numpy as np

from helioscope.errors import HelioscopeError, OutputError, PluginError
from helioscope.model import layouts
from helioscope.model.products import DISCRIMINATION, DISCRIMINATION_BY_CUTS
from helioscope.model.schema import Fault, check
from helioscope.plugin import (
    Calibrated,
    CalibrationInput,
    Calibrator,
    Detector,
    Discriminate,
    Discriminator,
    Reconstruct,
    Reconstructed,
    Rescale,
    Simulated,
    SimulatedRun,
    Simulator,
    promises,
)

#: What the system says where nothing more can be written.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

T = TypeVar("T")


def read_only(batch: ak.Array) -> ak.Array:
    """Give the same batch over buffers that cannot be written; no value is copied."""
    return ak.Array(layouts.read_only(batch.layout), behavior=batch.behavior)


def owner_of(plugin: Detector | Discriminator | Calibrator | Simulator) -> str:
    """Name a plugin in a fault."""
    return f"{type(plugin).__name__.lower()} '{plugin.name}' {plugin.version}"


def require_settings(plugin: Detector | Discriminator | Calibrator, config: object) -> None:
    """Ask a plugin what it says for its settings, before any data is read.

    Raises
    ------
    PluginError
        Where it raises, or says what it may not.
    """
    owner, where = owner_of(plugin), "what it says for its settings"
    with guarded(owner, where, seed=0):
        faults = promises.settings_faults(plugin, config)
    _require(faults, owner, where)


def reconstructed(
    detector: Detector, reconstruct: Reconstruct, raw: ak.Array, where: str, seed: int
) -> Reconstructed:
    """Call a reconstruction on one batch and check what it gives.

    Raises
    ------
    PluginError
        Where it raises, or gives what no reconstruction may.
    """
    owner = owner_of(detector)
    with guarded(owner, where, seed):
        result = reconstruct(read_only(raw))
    _require(promises.reconstruction_faults(detector, raw, result), owner, where)
    dead_s, bits = result.dead_s, result.event_quality
    return Reconstructed(
        result.observables,
        np.zeros(len(raw)) if dead_s is None else dead_s,
        np.zeros(len(raw), np.uint32) if bits is None else bits,
    )


def rescaled(
    detector: Detector, rescale: Rescale, observables: ak.Array, where: str, seed: int
) -> ak.Array:
    """Call a rescaling on the rows of one batch and check what it gives.

    Raises
    ------
    PluginError
        Where it raises, gives what the schema does not allow, or other rows.
    """
    owner = owner_of(detector)
    with guarded(owner, where, seed):
        result = rescale(read_only(observables))
    _require(promises.rescaling_faults(detector, observables, result), owner, where)
    return result


def calibrated(
    calibrator: Calibrator,
    config: object,
    inputs: Mapping[str, list[CalibrationInput]],
    where: str,
    seed: int,
) -> Calibrated:
    """Call a calibrator and check what it gives.

    Raises
    ------
    PluginError
        Where it raises, or gives what no calibrator may.
    """
    owner = owner_of(calibrator)
    with guarded(owner, where, seed):
        made = calibrator.calibration(config, inputs)
    _require(promises.calibration_faults(calibrator, made), owner, where)
    return made


def simulated(simulator: Simulator, asked: SimulatedRun) -> Simulated:
    """Call a simulator and check that its files are there.

    Raises
    ------
    PluginError
        Where it raises, or its files are not where they should be.
    """
    owner, where = owner_of(simulator), f"run {asked.run.name}"
    with guarded(owner, where, asked.seed):
        made = simulator.simulation(asked)
    _require(promises.simulation_faults(asked.folder, made), owner, where)
    return made


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
    owner = owner_of(discriminator)
    with guarded(owner, where, seed):
        verdict = discriminate(read_only(observables))
    _require(check(verdict, DISCRIMINATION_BY_CUTS if cuts else DISCRIMINATION), owner, where)
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
    except (Exception, SystemExit) as error:  # an interruption is neither, and passes
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


def _require(faults: Sequence[Fault], owner: str, where: str) -> None:
    if faults:
        raise PluginError(
            where=f"{owner}, {where}",
            found="\n    ".join(map(str, faults)),
            remedy="report it to the plugin's authors",
        )
