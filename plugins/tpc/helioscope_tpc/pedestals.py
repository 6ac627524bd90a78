"""Pedestal and noise of every wire from triggers without a particle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat, PositiveInt

from helioscope.api import (
    Calibrated,
    CalibrationInput,
    ChannelMoments,
    Column,
    InputError,
    Schema,
    Settings,
    coherent_noise_removed,
    quiet_waveforms,
)
from helioscope_tpc.settings import TpcSettings
from helioscope_tpc.waveforms import Waveforms, read_waveforms

Real = NDArray[np.float64]

TABLE = Schema(
    "tpc_pedestals",
    1,
    (
        Column("wire", "int16", "", "Number of the wire."),
        Column("pedestal_adu", "float64", "adu", "Mean level."),
        Column(
            "noise_adu", "float64", "adu", "Standard deviation of the samples, shared noise in."
        ),
        Column("white_noise_adu", "float64", "adu", "The same without what the plane shares."),
        Column("waveforms", "int64", "", "Waveforms that it was taken from."),
    ),
)


class PedestalsSettings(Settings):
    """A waveform with a sample farther than ``clip_sigma`` off is left out."""

    clip_sigma: PositiveFloat = Field(
        default=7.0,
        description="A waveform with a sample farther off is left out, in units of the noise.",
    )
    minimum_waveforms: PositiveInt = Field(
        default=5, description="A wire with fewer has no pedestal."
    )


def calibrate(
    settings: PedestalsSettings, runs: Mapping[str, list[CalibrationInput]]
) -> Calibrated:
    """Take mean and noise of every wire; wires with too few waveforms get NaN.

    Raises
    ------
    InputError
        Where the runs hold no waveform at all.
    """
    inputs = [one for group in runs.values() for one in group]
    config: TpcSettings = inputs[0].setup.config
    level, rest = ChannelMoments(config.wires), ChannelMoments(config.wires)
    waveforms = np.zeros(config.wires, np.int64)
    for found in _quiet(inputs, config, settings.clip_sigma):
        waveforms += np.bincount(found.wire, minlength=config.wires)
        level.add(found.wire, found.samples_adu)
        rest.add(found.wire, _without_shared(found, config))
    if not waveforms.any():
        names = ", ".join(one.setup.run.name for one in inputs)
        raise InputError(where=f"runs {names}", found="no waveform", expected="random triggers")
    pedestal, noise = level.mean_and_sigma()
    _, white = rest.mean_and_sigma()
    few = waveforms < settings.minimum_waveforms
    for values in (pedestal, noise, white):
        values[few] = np.nan
    table = ak.zip(
        {
            "wire": np.arange(config.wires, dtype=np.int16),
            "pedestal_adu": pedestal,
            "noise_adu": noise,
            "white_noise_adu": white,
            "waveforms": waveforms,
        }
    )
    return Calibrated(table, _summary(config, pedestal, noise, white, waveforms))


def _quiet(
    inputs: list[CalibrationInput], config: TpcSettings, clip_sigma: float
) -> Iterator[Waveforms]:
    for one in inputs:
        for batch in one.batches():
            found = read_waveforms(batch, config)
            quiet = quiet_waveforms(found.samples_adu, clip_sigma)
            yield found._replace(
                event=found.event[quiet], wire=found.wire[quiet],
                samples_adu=found.samples_adu[quiet],
            )  # fmt: skip


def _without_shared(found: Waveforms, config: TpcSettings) -> Real:
    """Give the samples about their level, without what their plane shares.

    The shared noise is a mean of n wires and takes 1/n of a wire's own noise with it, so what is
    left is scaled up by the root of n/(n-1).
    """
    group = 2 * found.event + (found.wire >= config.anode_wires)
    level = found.samples_adu.mean(axis=1, dtype=np.float64)
    quiet = np.ones(len(level), bool)
    cleaned, noise, _ = coherent_noise_removed(
        found.samples_adu, group, level, quiet, config.minimum_quiet_wires
    )
    number = np.bincount(group, minlength=len(noise))[group].astype(np.float64)
    taken = np.isfinite(noise[group]) & (number > 1)
    scale = np.where(taken, np.sqrt(number / np.maximum(number - 1, 1)), 1.0)
    rest: Real = (cleaned - level[:, None]) * scale[:, None]
    return rest


def _summary(
    config: TpcSettings, pedestal: Real, noise: Real, white: Real, waveforms: NDArray[np.int64]
) -> list[dict[str, Any]]:
    planes = {
        "anodes": slice(None, config.anode_wires),
        "cathodes": slice(config.anode_wires, None),
    }
    return [
        {
            "plane": name,
            "wires": int(np.isfinite(pedestal[part]).sum()),
            "pedestal_adu": _mean(pedestal[part]),
            "noise_adu": _mean(noise[part]),
            "white_noise_adu": _mean(white[part]),
            "waveforms": int(waveforms[part].sum()),
        }
        for name, part in planes.items()
    ]


def _mean(values: Real) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")
