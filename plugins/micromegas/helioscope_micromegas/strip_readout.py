"""Strips read as integrated charges with the mesh pulse: from a raw batch to observables."""

from __future__ import annotations

from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.api import Calibration, InputError, Reconstructed, quality
from helioscope_micromegas import mesh, observables
from helioscope_micromegas.rows import Measured, assemble
from helioscope_micromegas.settings import MicromegasSettings
from helioscope_micromegas.strips import AxisHits, Matching, axis_table, observe
from helioscope_micromegas.vetoes import Vetoes

_NO_TIME = np.empty(0, np.float32)


class StripReadout:
    """Reconstruction of one run; holds the axis tables and settings and no events."""

    def __init__(
        self,
        config: MicromegasSettings,
        pedestals: Calibration | None,
        gains: Calibration | None,
    ) -> None:
        self.config = config
        self.matching = Matching(
            config.gap_strips,
            config.match_balance,
            config.match_time_ns,
            config.strip_saturation_adu,
        )
        self.tables = (
            strip_table(config, 0, pedestals, gains),
            strip_table(config, 1, pedestals, gains),
        )

    def reconstruct(self, raw: ak.Array) -> Reconstructed:
        """Take one raw batch to observables without energies."""
        config = self.config
        x, y = axis_hits(raw, "x"), axis_hits(raw, "y")
        seen = observe(x, y, *self.tables, self.matching)
        pulses = mesh.measure_mesh(
            mesh_samples(raw, config.mesh_samples),
            config.mesh_sample_ns,
            config.mesh_baseline_samples,
            config.mesh_smoothing_samples,
            config.mesh_saturation_adu,
        )
        events = len(raw)
        bits = np.where(pulses.saturated, np.uint32(quality.SATURATED.mask), np.uint32(0))
        if config.energy_from == "mesh":
            noise = config.mesh_threshold_sigma * pulses.measures[:, mesh.RMS]
            flat = pulses.measures[:, mesh.AMPLITUDE] <= noise
            bits[flat] |= np.uint32(observables.NO_MESH_PULSE.mask)
        columns: dict[str, NDArray[np.generic]] = {
            "baseline_mean_adu": pulses.measures[:, mesh.BASELINE],
            "baseline_sigma_adu": pulses.measures[:, mesh.RMS],
            "n_signals": np.diff(x.offsets) + np.diff(y.offsets),
            "mesh_amplitude_adu": pulses.measures[:, mesh.AMPLITUDE],
            "mesh_integral_adu_ns": pulses.measures[:, mesh.INTEGRAL],
            "mesh_rise_ns": pulses.measures[:, mesh.RISE],
            "mesh_width_ns": pulses.measures[:, mesh.WIDTH],
            "mesh_time_ns": pulses.measures[:, mesh.TIME],
            "mesh_baseline_adu": pulses.measures[:, mesh.BASELINE],
            "mesh_baseline_rms_adu": pulses.measures[:, mesh.RMS],
        }
        kept = seen.hits >= config.minimum_good_signals
        measured = Measured(
            np.asarray(raw["event_id"]), np.asarray(raw["time_ns"]), seen, columns,
            Vetoes.none(events), bits.astype(np.uint32), kept,
        )  # fmt: skip
        return assemble(measured, config)


def strip_positions(config: MicromegasSettings) -> NDArray[np.float64]:
    """Give the centres of the strips of an axis in mm, the middle of the plane at 0."""
    places = np.arange(config.n_strips, dtype=np.float64) - 0.5 * (config.n_strips - 1)
    positions: NDArray[np.float64] = places * config.pitch_mm
    return positions


def strip_table(
    config: MicromegasSettings,
    axis: int,
    pedestals: Calibration | None,
    gains: Calibration | None,
) -> NDArray[np.float64]:
    """Build the table of one axis (0 x, 1 y) from calibrations and settings."""
    strips = config.n_strips
    pedestal = np.full(strips, config.nominal_strip_pedestal_adu)
    noise = np.full(strips, config.nominal_strip_noise_adu)
    dead = np.zeros(strips, bool)
    dead[list((config.dead_strips_x, config.dead_strips_y)[axis])] = True
    gain = np.ones(strips)
    if pedestals is not None:
        number, level_adu, spread_adu, status = _of_axis(
            pedestals, axis, "pedestal_adu", "noise_adu", "status"
        )
        pedestal[number], noise[number] = level_adu, spread_adu
        dead[number] |= status != 0
    if gains is not None:
        number, of_strip = _of_axis(gains, axis, "gain")
        gain[number] = of_strip
    threshold = config.strip_threshold_sigma * noise
    return axis_table(strip_positions(config), pedestal, threshold, gain, dead)


def _of_axis(calibration: Calibration, axis: int, *names: str) -> list[NDArray[Any]]:
    """Give the numbers of the strips of an axis that a table has, and columns for them."""
    columns = (np.asarray(calibration.table[name]) for name in ("axis", "strip", *names))
    chosen = next(columns) == axis
    return [column[chosen] for column in columns]


def axis_hits(raw: ak.Array, axis: str) -> AxisHits:
    """Lay the strips of one axis of a batch flat.

    Raises
    ------
    InputError
        Where an event has not as many charges as strips, with the events.
    """
    strip = ak.to_packed(raw[f"{axis}_strip"]).layout
    charge = ak.to_packed(raw[f"{axis}_charge_adu"]).layout
    offsets = np.asarray(strip.offsets, np.int64)
    differ = np.diff(offsets) != np.diff(np.asarray(charge.offsets))
    if differ.any():
        first, last = np.asarray(raw["event_id"])[np.flatnonzero(differ)[[0, -1]]]
        raise InputError(
            where=f"events {first} to {last}",
            found=f"{axis}_strip and {axis}_charge_adu differ in length",
            expected="one charge a strip",
            remedy="leave the file out with --skip-bad, or fetch it again from the archive",
        )
    return AxisHits(
        offsets, np.asarray(strip.content.data), np.asarray(charge.content.data), _NO_TIME
    )


def mesh_samples(raw: ak.Array, samples: int) -> NDArray[np.int16]:
    """Give the mesh pulses of a batch as int16 [events, samples]."""
    layout = raw["mesh_adu"].layout
    if layout.is_numpy:
        return np.asarray(layout.data).reshape(-1, samples)
    pulses: NDArray[np.int16] = ak.to_numpy(raw["mesh_adu"], allow_missing=False)
    return pulses.reshape(-1, samples)
