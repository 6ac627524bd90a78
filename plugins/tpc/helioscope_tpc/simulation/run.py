"""A simulated run: particles to a ROOT tree of raw events, with the truth beside."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.api import Simulated, SimulatedRun
from helioscope_tpc.simulation import electronics, ionisation, kinds, signals, sources, state
from helioscope_tpc.simulation.gas import gas_of
from helioscope_tpc.simulation.primaries import Primaries
from helioscope_tpc.simulation.settings import TpcSimulationSettings
from helioscope_tpc.simulation.truth import TRUTH

Real = NDArray[np.float64]

#: Events simulated together; bounds the memory to about 20 MB.
CHUNK = 128
TREE = "events"


def simulate(run: SimulatedRun) -> Simulated:
    """Simulate a run and write ``<name>.root`` and ``<name>.truth.parquet`` into its folder.

    Raises
    ------
    UsageError
        Where a run of a kind that calibrates does not hold what its kind says, or where gain or
        pedestals have drifted out of what can be digitised.
    """
    simulation: TpcSimulationSettings = kinds.filled(run.config, run.run)
    kinds.require_as_labelled(run.run, simulation)
    run = replace(run, config=simulation)
    config = run.detector_config
    state.require_working(config, simulation, span_of(run))
    rng = np.random.default_rng(run.seed)
    primaries = sources.everything(config, simulation, rng)
    number = int(primaries.event.max()) + 1 if len(primaries.event) else 0
    time_ns = _times(run, primaries, number, rng)
    order = np.argsort(time_ns, kind="stable")
    place = np.empty(number, np.int64)
    place[order] = np.arange(number)
    primaries = primaries._replace(event=place[primaries.event])
    rows = np.argsort(primaries.event, kind="stable")
    primaries = Primaries._make(column[rows] for column in primaries)
    raw = run.folder / f"{run.run.name}.root"
    truth = _write(raw, run, primaries, time_ns[order], rng)
    beside = run.folder / f"{run.run.name}.truth.parquet"
    ak.to_parquet(truth, str(beside), compression="zstd", list_to32=False, string_to32=False)
    return Simulated((raw,), beside, run.run, {"same_counts": [["wire", "samples_adu"]]})


def span_of(run: SimulatedRun) -> tuple[int, int]:
    """Give the start and stop of a run in POSIX ns; an hour from 1970 where it has none."""
    return run.run.start_ns or 0, run.run.stop_ns or 3_600_000_000_000


def _times(
    run: SimulatedRun, primaries: Primaries, number: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    start, stop = span_of(run)
    time_ns = rng.integers(start, max(stop, start + 1), number)
    if run.config.source != "axion" or not run.tracking or not run.config.photons:
        return time_ns
    solar = np.unique(primaries.event[primaries.source == "photon"])
    spans = np.array(run.tracking)
    lengths = np.cumsum(spans[:, 1] - spans[:, 0])
    drawn = rng.integers(0, lengths[-1], len(solar))
    which = np.searchsorted(lengths, drawn, "right")
    time_ns[solar] = spans[which, 1] - (lengths[which] - drawn)
    return time_ns


def _write(
    path: Path,
    run: SimulatedRun,
    primaries: Primaries,
    time_ns: NDArray[np.int64],
    rng: np.random.Generator,
) -> ak.Array:
    import uproot

    truths, first_id = [], 0
    with uproot.recreate(path, compression=uproot.ZLIB(1)) as file:
        tree = file.mktree(TREE, _branches(run.detector_config))
        for first in range(0, max(len(time_ns), 1), CHUNK):
            batch, truth = _chunk(run, primaries, time_ns, first, first_id, rng)
            truths.append(truth)
            first_id += len(batch["event_id"])
            if len(batch["event_id"]):
                tree.extend(batch)
    return ak.concatenate(truths)


def _branches(config: Any) -> dict[str, str]:
    veto = {"veto_time_ns": "int64"} if config.veto else {}
    # The samples of all wires of an event stand one after another: uproot 5.7 writes wrong
    # offsets for a branch that is jagged and of fixed length below.
    return {
        "event_id": "int64",
        "time_ns": "int64",
        **veto,
        "wire": "var * int16",
        "samples_adu": "var * int16",
    }


def _chunk(
    run: SimulatedRun,
    primaries: Primaries,
    time_ns: NDArray[np.int64],
    first: int,
    first_id: int,
    rng: np.random.Generator,
) -> tuple[dict[str, Any], ak.Array]:
    config, simulation = run.detector_config, run.config
    times = time_ns[first : first + CHUNK]
    mine = (primaries.event >= first) & (primaries.event < first + CHUNK)
    part = Primaries._make(column[mine] for column in primaries)
    part = part._replace(event=part.event - first)
    inside = part.passed & (part.source != "random")
    gas = gas_of(config, simulation)
    steps = ionisation.ionise(
        ionisation.Particles(
            part.event[inside], part.kind[inside], part.place_mm[inside], part.direction[inside],
            part.energy_kev[inside],
        ), gas, simulation.argon_share, rng,
    )  # fmt: skip
    charges = signals.collect(
        steps, len(times), chamber_of(config, simulation),
        signals.induced_shares(
            config.pitch_mm, simulation.anode_cathode_gap_mm, simulation.cathode_share
        ),
        signals.shaping_response(simulation.shaping_us, config.sample_us), gas.w_kev, rng,
    )  # fmt: skip
    idle = np.bincount(part.event[part.source == "random"], minlength=len(times)) > 0
    fired = electronics.triggers(charges.waves_kev, config, simulation.trigger_kev, rng) | idle
    event_id = np.where(fired, first_id + np.cumsum(fired) - 1, -1)
    read = electronics.read_out(
        charges.waves_kev[fired],
        state.days_drifted(simulation, times[fired], span_of(run)[0]),
        idle[fired], config, simulation, rng,
    )  # fmt: skip
    batch: dict[str, Any] = {"event_id": event_id[fired], "time_ns": times[fired]}
    if config.veto:
        is_muon = np.bincount(part.event[part.source == "muon"], minlength=len(times)) > 0
        batch["veto_time_ns"] = _veto(times, is_muon, simulation, rng)[fired]
    batch["wire"] = ak.unflatten(read.wire, read.wires_read)
    batch["samples_adu"] = ak.unflatten(
        read.samples_adu.reshape(-1), read.wires_read * config.samples
    )
    ionised: Real = np.bincount(steps.event, steps.electrons * gas.w_kev, len(times)).astype(float)
    return batch, _truth(part, inside, steps, event_id, times, charges.collected_kev, ionised)


def _truth(
    part: Primaries,
    inside: NDArray[np.bool_],
    steps: ionisation.Steps,
    event_id: NDArray[np.int64],
    times: NDArray[np.int64],
    collected: NDArray[np.float64],
    ionised: NDArray[np.float64],
) -> ak.Array:
    place = np.where((part.kind == ionisation.PHOTON)[:, None], np.nan, part.place_mm)
    converted = place[inside]
    known = np.isfinite(steps.conversion_mm[:, 0])
    converted[known] = steps.conversion_mm[known]
    place[inside] = converted
    x_mm, y_mm, z_mm = np.ascontiguousarray(place.T)
    return ak.Array(
        {
            "event_id": event_id[part.event],
            "time_ns": times[part.event],
            "source": ak.Array(part.source.tolist()) if len(part.source) else _no_names(),
            "energy_kev": part.energy_kev,
            "passed": part.passed,
            "x_mm": x_mm,
            "y_mm": y_mm,
            "z_mm": z_mm,
            "collected_kev": collected[part.event],
            "ionised_kev": ionised[part.event],
        }
    )


def _no_names() -> ak.Array:
    return TRUTH.empty()["source"]


def _veto(
    times: NDArray[np.int64],
    is_muon: NDArray[np.bool_],
    simulation: TpcSimulationSettings,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Give the last veto signal: just before a muon that it saw, else some accidental one."""
    accidental = times - (rng.exponential(1e9 / simulation.veto_rate_hz, len(times))).astype(int)
    seen = is_muon & (rng.random(len(times)) < simulation.veto_efficiency)
    return np.where(seen, times - rng.integers(50, 400, len(times)), accidental)


def chamber_of(config: Any, simulation: TpcSimulationSettings) -> signals.Chamber:
    """Collect the chamber from the detector's and the simulator's settings."""
    return signals.Chamber(
        int(config.anode_wires),
        int(config.cathode_wires),
        float(config.pitch_mm),
        float(config.drift_mm),
        float(simulation.drift_velocity_mm_per_us),
        float(simulation.attachment_length_mm),
        float(simulation.diffusion_transverse),
        float(simulation.diffusion_longitudinal),
        float(simulation.polya_theta),
        float(config.sample_us),
        int(config.samples),
        int(simulation.pretrigger_samples),
    )
