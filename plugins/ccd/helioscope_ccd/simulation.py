"""The CCD simulator: native FITS frames, and the truth beside them as Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from helioscope.api import Column, Schema, Simulated, SimulatedRun, Simulator, UsageError
from helioscope_ccd.settings import CcdSettings
from helioscope_ccd.simulation_settings import CcdSimulation

if TYPE_CHECKING:
    from helioscope_ccd.camera import Camera
    from helioscope_ccd.geometry import Geometry
    from helioscope_ccd.particles import Particles
    from helioscope_ccd.photons import Clock

#: POSIX start of a run that names none: 2004-05-01T00:00:00Z.
DEFAULT_START_NS = 1_083_369_600_000_000_000

TRUTH = Schema(
    "ccd_truth",
    1,
    (
        Column("kind", "string", "", "photon or track."),
        Column("event_id", "int64", "", "Frame that its charge comes with."),
        Column("time_ns", "int64", "ns", "Arrival since 1970-01-01 UTC."),
        Column("source", "int16", "", "Number of the photon source in the settings; -1 a track."),
        Column("x_mm", "float64", "mm", "Where it entered, across."),
        Column("y_mm", "float64", "mm", "Where it entered, up."),
        Column("depth_um", "float64", "um", "Depth of absorption; 0 for a track."),
        Column("energy_kev", "float64", "keV", "Photon energy, or the track's energy loss."),
        Column("out_of_time", "bool", "", "It arrived during the read-out."),
        Column("pixel", "int32", "", "Pixels with its charge, row x columns + column.", ("var",)),
        Column("pixel_kev", "float32", "keV", "Its charge in each of them.", ("var",)),
    ),
)


def camera_of(config: CcdSettings, settings: CcdSimulation, layout: Geometry) -> Camera:
    """Make the camera that the settings describe."""
    from helioscope_ccd.camera import CameraTraits, camera

    return camera(
        CameraTraits(
            settings.camera_seed, settings.offset_adu, settings.column_offset_adu,
            settings.pixel_offset_adu, settings.noise_electrons, settings.noise_spread,
            config.pair_ev, config.nominal_ev_per_adu, settings.gain_spread, settings.cti,
            settings.hot, settings.flickering, settings.dead,
        ),
        layout,
    )  # fmt: skip


def simulate(request: SimulatedRun) -> Simulated:
    """Write one run: ``NAME.fits``, ``NAME_truth.parquet`` and ``NAME_camera.parquet``.

    Raises
    ------
    UsageError
        Where the camera's converter gives no integers, or the run's kind is not what is to be
        simulated.
    """
    from helioscope_ccd.chain import layout_of
    from helioscope_ccd.native import FrameWriter
    from helioscope_ccd.photons import Clock
    from helioscope_ccd.truth import TruthWriter, write_camera

    config: CcdSettings = request.detector_config
    settings: CcdSimulation = request.config
    _demand_simulable(config)
    _demand_as_labelled(request.run.kind, request.run.name, settings)
    layout = layout_of(config)
    camera = camera_of(config, settings, layout)
    frame_ns, readout_ns = round(config.frame_s * 1e9), round(config.readout_s * 1e9)
    start_ns = DEFAULT_START_NS if request.run.start_ns is None else request.run.start_ns
    clock = Clock(start_ns, frame_ns, readout_ns)
    request.folder.mkdir(parents=True, exist_ok=True)
    path = request.folder / f"{request.run.name}.fits"
    truth = request.folder / f"{request.run.name}_truth.parquet"
    write_camera(request.folder / f"{request.run.name}_camera.parquet", camera)
    rng = np.random.default_rng([request.seed, 0x51])
    unsigned = config.adu_type == "uint16"
    with (
        FrameWriter(path, settings.frames, config.rows, config.columns, unsigned=unsigned) as raw,
        TruthWriter(truth, config.columns, config.pair_ev) as record,
    ):
        batches = _batches(config, settings, layout, camera, clock, request.tracking, rng)
        for first, frames, made in batches:
            numbers = np.arange(first, first + len(frames))
            raw.write(clock.frame_start_ns(numbers), frames)
            record.write(made)
    stop_ns = start_ns + settings.frames * frame_ns
    run = type(request.run)(request.run.name, request.run.kind, start_ns, stop_ns)
    return Simulated((path,), truth, run)


def _batches(
    config: CcdSettings, settings: CcdSimulation, layout: Geometry, camera: Camera, clock: Clock,
    tracking: tuple[tuple[int, int], ...], rng: np.random.Generator,
) -> Iterator[tuple[int, NDArray[np.float32], Particles]]:  # fmt: skip
    """Simulate the run batch by batch: number of the first frame, raw values, what made them."""
    from helioscope_ccd.exposure import Silicon, expose
    from helioscope_ccd.particles import particles

    silicon = Silicon(
        settings.thickness_um, settings.cloud_initial_um, settings.cloud_drift_um, config.pair_ev,
        config.fano,
    )  # fmt: skip
    limits = (0.0, 65535.0) if config.adu_type == "uint16" else (-32768.0, 32767.0)
    limits = (limits[0], min(limits[1], config.saturation_adu))
    size = max(1, min(256, 8_000_000 // (config.rows * config.columns)))
    for first in range(0, settings.frames, size):
        frames = min(size, settings.frames - first)
        made = particles(
            settings, first, frames, clock, tracking, layout, config.pixel_um, silicon, camera, rng
        )
        hits = made.hits
        raw = expose(
            made.frame[hits.owner] - first, hits, frames, camera, config.pair_ev, layout,
            settings.common_mode_adu, limits, rng,
        )  # fmt: skip
        yield first, raw, made


def _demand_simulable(config: CcdSettings) -> None:
    if config.adu_type == "float32":
        raise UsageError(
            where="simulator ccd",
            found="adu_type = 'float32'",
            expected="int16 or uint16: what a camera's converter gives",
        )


def _demand_as_labelled(kind: str, name: str, settings: CcdSimulation) -> None:
    """Refuse dark frames with photons, and 55Fe frames without: they would calibrate."""
    spectra = [source.spectrum for source in settings.sources if source.rate_hz > 0]
    wrong = bool(spectra) if kind == "dark" else kind == "fe55" and "fe55" not in spectra
    if wrong:
        raise UsageError(
            where=f"simulation of run '{name}'",
            found=f"a run of kind '{kind}' with {', '.join(spectra) or 'no'} photons",
            expected="no photons in a dark run, those of 55Fe in an fe55 run",
            remedy="correct [[simulator.sources]], or the run's kind",
        )


SIMULATOR = Simulator(
    name="ccd",
    detector="ccd",
    version=1,
    config=CcdSimulation,
    truth=TRUTH,
    simulation=simulate,
    description="Photons, tracks and a camera's flaws in native FITS frames.",
)
