"""One simulated run: a ROOT file of raw events, and the truth as Parquet beside it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from helioscope.api import Column, Schema, Simulated, SimulatedRun, Simulator, UsageError
from helioscope_micromegas.settings import MicromegasSettings
from helioscope_micromegas.simulation.settings import MicromegasSimulation

_CHUNK = 2000

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
        Where the detector is read out as waveforms, or the run has no span.
    """
    from helioscope_micromegas.simulation import electronics, events, writing

    config: MicromegasSimulation = request.config
    detector: MicromegasSettings = request.detector_config
    run = request.run
    if detector.readout != "strips" or run.start_ns is None or run.stop_ns is None:
        raise UsageError(
            where=f"simulation of run '{run.name}'",
            found=f"read-out '{detector.readout}', span {run.start_ns} to {run.stop_ns}",
            expected="the read-out 'strips', and a start and a stop",
        )
    rng = np.random.default_rng(request.seed)
    plan = events.schedule(rng, config, (run.start_ns, run.stop_ns), request.tracking)
    path = request.folder / f"{run.name}.root"
    truth = request.folder / f"{run.name}_truth.parquet"
    with (
        writing.RootFile(path, detector.mesh_samples, config.compression) as root,
        writing.Truth(truth, TRUTH) as known,
    ):
        number = 0
        for first in range(0, plan.origin.size, _CHUNK):
            chunk = slice(first, first + _CHUNK)
            gain = electronics.gain_at(plan.time_ns[chunk], config, run.start_ns)
            number = _chunk(
                rng, plan.time_ns[chunk], gain, plan.origin[chunk], number, config, detector, root,
                known,
            )  # fmt: skip
    return Simulated((path,), truth, run)


def _chunk(
    rng: np.random.Generator,
    time_ns: NDArray[np.int64],
    gain: NDArray[np.float64],
    origin: NDArray[np.int8],
    number: int,
    config: MicromegasSimulation,
    detector: MicromegasSettings,
    root: object,
    known: object,
) -> int:
    """Simulate some events and write those that trigger; give the next event's number."""
    from helioscope_micromegas.simulation import collection, electronics, events, gas, tracks
    from helioscope_micromegas.simulation.particles import ORIGINS

    half = 0.5 * detector.n_strips * detector.pitch_mm
    particles, energy, point = events.ionising(rng, origin, config, half)
    quiet = config.kind == "pedestal"
    counts, electrons = tracks.free_electrons(
        rng, particles.is_muon, particles.energy_kev, particles.start_mm, particles.direction,
        (half, config.drift_mm),
        (gas.density_g_cm3(config.isobutane), config.pair_ev, config.fano),
    )  # fmt: skip
    per_event = np.bincount(particles.event, counts, origin.size).astype(np.int64)
    if quiet:
        per_event[:], electrons = 0, electrons[:0]
    offsets = np.concatenate(([0], np.cumsum(per_event))).astype(np.int64)
    drift = collection.Drift(
        1e-3 * config.drift_mm_per_us, 1e-3 * config.transverse_um_per_root_cm,
        1e-3 * config.longitudinal_um_per_root_cm, config.polya_theta,
        config.axis_share_spread, detector.pitch_mm, config.edge_sharing,
    )  # fmt: skip
    collected = collection.collect(
        rng, offsets, electrons, drift, detector.n_strips, detector.mesh_samples,
        config.mesh_start_sample, detector.mesh_sample_ns,
    )  # fmt: skip
    axes = electronics.strip_electronics(config, detector)
    x, y = (
        electronics.digitised_strips(rng, charge, axis, gain, config, detector.strip_saturation_adu)
        for charge, axis in zip((collected.x, collected.y), axes, strict=True)
    )
    mesh = electronics.digitised_mesh(rng, collected, gain, config, detector)
    threshold = config.mesh_threshold_kev * 1000.0 / config.pair_ev
    recorded = np.ones(origin.size, bool) if quiet else collected.total * gain > threshold
    event_id = np.full(origin.size, -1, np.int64)
    event_id[recorded] = number + np.arange(recorded.sum())
    root.write(event_id, time_ns, x, y, mesh, recorded)  # type: ignore[attr-defined]
    known.write(  # type: ignore[attr-defined]
        {
            "event_id": event_id, "time_ns": time_ns,
            "origin": np.array(["none" if quiet else ORIGINS[kind] for kind in origin], object),
            "energy_kev": energy, "x_mm": point[:, 0], "y_mm": point[:, 1],
            "height_mm": point[:, 2], "electrons": per_event, "avalanche": collected.total,
            "recorded": recorded,
        }
    )  # fmt: skip
    return number + int(recorded.sum())


SIMULATOR = Simulator(
    name="micromegas",
    detector="micromegas",
    version=2,
    config=MicromegasSimulation,
    truth=TRUTH,
    simulation=simulate,
    description="Strips and mesh of CAST's Micromegas: X-rays, muons, electrons, recoils.",
)
