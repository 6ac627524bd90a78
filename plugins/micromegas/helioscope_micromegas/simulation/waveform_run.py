"""One simulated run read out as waveforms: a ROOT file as feminos-daq writes, or the map."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helioscope.api import Simulated, SimulatedRun, Simulator
from helioscope_micromegas.settings import MicromegasSettings
from helioscope_micromegas.simulation.run import TRUTH, Chunk, chunks
from helioscope_micromegas.simulation.settings import WaveformSimulation

_CHUNK = 200
_NS_PER_MS = 1_000_000
#: Channels of an AGET chip that read strips; 11, 22, 45 and 56 of its 68 have no input.
_INPUTS = tuple(number for number in range(68) if number not in (11, 22, 45, 56))
_CHANNELS_PER_CHIP = 72

#: What a job has to say to read such a file.
SOURCE: dict[str, Any] = {
    "tree": "events",
    "number_events": True,
    "time_unit": "ms",
    "branches": {
        "time_ns": "timestamp",
        "signal_id": "signal_ids",
        "signal_adu": "signal_data",
    },
}


def simulate(request: SimulatedRun) -> Simulated:
    """Write one run: ``NAME.root``, or ``NAME.csv`` with the read-out map, and the truth.

    Raises
    ------
    UsageError
        Where the run has no span, or simulator, detector and run do not agree.
    """
    from helioscope_micromegas.simulation import agreement, writing

    request = agreement.agreed(request)
    run, config, detector = request.run, request.config, request.detector_config
    truth = request.folder / f"{run.name}_truth.parquet"
    with writing.Truth(truth, TRUTH) as known:
        if config.kind == "readout":
            path = request.folder / f"{run.name}.csv"
            write_map(path, detector)
            return Simulated((path,), truth, run)
        path = request.folder / f"{run.name}.root"
        with writing.RootFile(path, writing.WAVEFORM_BRANCHES, config.compression) as root:
            root.file.mktree("run", {"number": "int32"}).extend({"number": np.zeros(1, np.int32)})
            number = 0
            for chunk in chunks(request, _CHUNK):
                columns, truths = _chunk(chunk, request, number)
                root.write(columns, truths["recorded"])
                known.write(truths)
                number += int(truths["recorded"].sum())
    return Simulated((path,), truth, run, SOURCE)


def channels(strips: int) -> NDArray[np.int32]:
    """Give the channel (card x 288 + chip x 72 + input) of x strips and then of y strips."""
    number = np.arange(2 * strips)
    chip, place = number // len(_INPUTS), number % len(_INPUTS)
    channel: NDArray[np.int32] = _CHANNELS_PER_CHIP * chip + np.array(_INPUTS, np.int32)[place]
    return channel.astype(np.int32)


def write_map(path: Path, detector: MicromegasSettings) -> None:
    """Write the read-out map as comma-separated text."""
    from helioscope_micromegas.strip_readout import strip_positions

    position = strip_positions(detector)
    lines = ["plane,daq_id,axis,strip_pos_mm_in_module"]
    for axis, part in zip("XY", np.split(channels(detector.n_strips), 2), strict=True):
        lines += [f"0,{c},{axis},{mm:.6f}" for c, mm in zip(part, position, strict=True)]
    path.write_text("\n".join(lines) + "\n")


def _chunk(
    chunk: Chunk, request: SimulatedRun, number: int
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Simulate some events; give their branches and their truth."""
    from helioscope_micromegas.simulation import collection, ionisation, writing

    config, detector = request.config, request.detector_config
    made = ionisation.ionised(chunk.rng, chunk.origin, config, detector)
    drift = ionisation.drift_of(config, detector)
    arriving = collection.collect_in_time(
        chunk.rng, made.offsets, made.electrons, drift, detector.n_strips,
        _steps(config, detector), detector.sample_ns,
    )  # fmt: skip
    recorded = ionisation.triggered(arriving.total, chunk.gain, config)
    truths = ionisation.truth_columns(
        chunk.time_ns, chunk.origin, made, arriving.total, recorded, number,
        config.kind == "pedestal",
    )  # fmt: skip
    counts, channel, samples = _digitised(chunk, arriving.strips, config, detector)
    columns = writing.waveform_columns(chunk.time_ns // _NS_PER_MS, counts, channel, samples)
    return columns, truths


def _steps(config: WaveformSimulation, detector: MicromegasSettings) -> int:
    """Give how many samples the slowest electrons take, diffusion and the clock's phase in."""
    root = np.sqrt(0.1 * config.drift_mm)
    longest = config.drift_mm + 10e-3 * config.longitudinal_um_per_root_cm * root
    return int(np.ceil(1e3 * longest / config.drift_mm_per_us / detector.sample_ns)) + 3


def _digitised(
    chunk: Chunk,
    arriving: NDArray[np.float32],
    config: WaveformSimulation,
    detector: MicromegasSettings,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int16]]:
    """Give waveforms an event, their channels and their samples."""
    from helioscope_micromegas.simulation.electronics import strip_electronics
    from helioscope_micromegas.simulation.shaping import digitise, shaper_response

    events, _, strips, steps = arriving.shape
    axes = strip_electronics(config, detector)
    gain, level, noise = (
        np.concatenate([getattr(axis, name) for axis in axes])
        for name in ("gain", "pedestal_adu", "noise_adu")
    )
    loud = np.isin(np.arange(2 * strips), config.noisy_strips_x)
    always = np.full(2 * strips, config.kind == "pedestal") | loud
    counts = np.empty(events, np.int64)
    strip = np.empty(events * 2 * strips, np.int32)
    samples = np.empty((events * 2 * strips, detector.samples), np.int16)
    used = digitise(
        chunk.rng, arriving.reshape(events, 2 * strips, steps),
        shaper_response(config.peaking_ns, detector.sample_ns),
        chunk.gain, config.strip_adu_per_electron * gain, level, noise, config.level_spread_adu,
        config.start_sample, config.zero_suppression_sigma, always,
        float(detector.saturation_adu), counts, strip, samples,
    )  # fmt: skip
    return counts, channels(strips)[strip[:used]], samples[:used]


WAVEFORM_SIMULATOR = Simulator(
    name="micromegas-waveforms",
    detector="micromegas",
    version=2,
    config=WaveformSimulation,
    truth=TRUTH,
    simulation=simulate,
    description="The same on AGET or AFTER chips, a waveform a strip; and the read-out map.",
)
