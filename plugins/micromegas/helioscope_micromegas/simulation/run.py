"""One simulated run: a ROOT file of raw events, and the truth as Parquet beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helioscope.api import Column, Schema, Simulated, SimulatedRun, Simulator, UsageError
from helioscope_micromegas.settings import MicromegasSettings
from helioscope_micromegas.simulation.settings import MicromegasSimulation

_CHUNK = 2000


@dataclass(frozen=True)
class Chunk:
    """Some events of a run: times, origins, the avalanche's mean gain then, and what draws."""

    rng: np.random.Generator
    time_ns: NDArray[np.int64]
    origin: NDArray[np.int8]
    gain: NDArray[np.float64]


TRUTH = Schema(
    "micromegas_truth",
    1,
    (
        Column("event_id", "int64", "", "Number of the event within its run."),
        Column("time_ns", "int64", "ns", "When it came, since 1970-01-01 UTC."),
        Column("origin", "string", "", "fe55, line, axion, muon, gamma, contained, neutron, ..."),
        Column("energy_kev", "float32", "keV", "Of the photon or the particle."),
        Column("x_mm", "float32", "mm", "Where it converted or entered."),
        Column("y_mm", "float32", "mm", "Where it converted or entered."),
        Column("height_mm", "float32", "mm", "Height of that point above the mesh."),
        Column("electrons", "int32", "", "Free electrons in the gas."),
        Column("avalanche", "float32", "", "Charge after the avalanche over the mean gain."),
        Column("recorded", "bool", "", "Whether the mesh pulse passed the trigger."),
    ),
)


def simulate(request: SimulatedRun) -> Simulated:
    """Write one run: ``NAME.root`` with the tree ``events``, and ``NAME_truth.parquet``.

    Raises
    ------
    UsageError
        Where the detector is read out as waveforms, the run has no span, or simulator, detector
        and run do not agree.
    """
    from helioscope_micromegas.simulation import agreement, writing

    request = agreement.agreed(request)
    detector: MicromegasSettings = request.detector_config
    run = request.run
    if detector.readout != "strips":
        raise UsageError(
            where=f"simulation of run '{run.name}'",
            found=f"read-out '{detector.readout}'",
            expected="the read-out 'strips'",
            remedy="take the simulator 'micromegas-waveforms'",
        )
    path = request.folder / f"{run.name}.root"
    truth = request.folder / f"{run.name}_truth.parquet"
    with (
        writing.RootFile(
            path, writing.strip_branches(detector.mesh_samples), request.config.compression
        ) as root,
        writing.Truth(truth, TRUTH) as known,
    ):
        number = 0
        for chunk in chunks(request, _CHUNK):
            columns, truths = _chunk(chunk, request, number)
            root.write(columns, truths["recorded"])
            known.write(truths)
            number += int(truths["recorded"].sum())
    return Simulated((path,), truth, run)


def chunks(request: SimulatedRun, size: int) -> Iterator[Chunk]:
    """Cut the events of a run into chunks.

    Raises
    ------
    UsageError
        Where the run has no span.
    """
    from helioscope_micromegas.simulation import electronics, events

    run, config = request.run, request.config
    if run.start_ns is None or run.stop_ns is None:
        raise UsageError(
            where=f"simulation of run '{run.name}'",
            found=f"span {run.start_ns} to {run.stop_ns}",
            expected="a start and a stop",
        )
    rng = np.random.default_rng(request.seed)
    plan = events.schedule(rng, config, (run.start_ns, run.stop_ns), request.tracking)
    for first in range(0, plan.origin.size, size):
        time_ns = plan.time_ns[first : first + size]
        gain = electronics.gain_at(time_ns, config, run.start_ns)
        yield Chunk(rng, time_ns, plan.origin[first : first + size], gain)


def _chunk(
    chunk: Chunk, request: SimulatedRun, number: int
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Simulate some events; give their branches and their truth."""
    from helioscope_micromegas.simulation import collection, electronics, ionisation, writing

    config, detector = request.config, request.detector_config
    rng, gain = chunk.rng, chunk.gain
    made = ionisation.ionised(rng, chunk.origin, config, detector)
    collected = collection.collect(
        rng, made.offsets, made.electrons, ionisation.drift_of(config, detector),
        detector.n_strips, detector.mesh_samples, config.mesh_start_sample,
        detector.mesh_sample_ns,
    )  # fmt: skip
    axes = electronics.strip_electronics(config, detector)
    x, y = (
        electronics.digitised_strips(rng, charge, axis, gain, config, detector.strip_saturation_adu)
        for charge, axis in zip((collected.x, collected.y), axes, strict=True)
    )
    mesh = electronics.digitised_mesh(rng, collected, gain, config, detector)
    recorded = ionisation.triggered(collected.total, gain, config)
    truths = ionisation.truth_columns(
        chunk.time_ns, chunk.origin, made, collected.total, recorded, number,
        config.kind == "pedestal",
    )  # fmt: skip
    columns = {"event_id": truths["event_id"], "time_ns": chunk.time_ns, "mesh_adu": mesh}
    return columns | writing.strip_columns(x, y), truths


SIMULATOR = Simulator(
    name="micromegas",
    detector="micromegas",
    version=3,
    config=MicromegasSimulation,
    truth=TRUTH,
    simulation=simulate,
    description="Strips and mesh of CAST's Micromegas: X-rays, muons, electrons, recoils.",
)
