"""Pedestal and noise of every channel that is read out as waveforms; dead and noisy ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Self

import awkward as ak
import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from helioscope.api import (
    Calibrated,
    CalibrationInput,
    Calibrator,
    ChannelMoments,
    Column,
    InputError,
    Requirement,
    Schema,
    UsageError,
    quiet_waveforms,
)
from helioscope_micromegas.channel_status import (
    DEAD,
    GOOD,
    NOISY,
    UNKNOWN,
    StatusSettings,
    status_of,
)
from helioscope_micromegas.channels import FlatWaveforms, flat_waveforms
from helioscope_micromegas.detector import READOUT, WAVEFORM_PEDESTALS, only
from helioscope_micromegas.readout_map import axis_maps
from helioscope_micromegas.settings import MicromegasSettings

#: Channel numbers are 16 bits wide (feminos-daq).
_CHANNELS = 1 << 16
_READS = ("x", "y", "veto", "unmapped")

TABLE = Schema(
    "micromegas_waveform_pedestals",
    1,
    (
        Column("channel", "int32", "", "Channel of the electronics.", minimum=0),
        Column("pedestal_adu", "float64", "adu", "Mean of its samples; NaN without any."),
        Column("noise_adu", "float64", "adu", "Standard deviation of its samples."),
        Column(
            "noise_about_level_adu", "float64", "adu", "The same about each waveform's own level."
        ),
        Column("n_samples", "int64", "", "Samples that it was taken from.", minimum=0),
        Column("quiet_share", "float64", "", "Share of its waveforms without a pulse."),
        Column("status", "int8", "", "0 good, 1 dead, 2 noisy, 3 not known.", minimum=0),
    ),
)


class WaveformPedestalSettings(StatusSettings):
    """Which samples are taken, and when a channel is dead or noisy beside its axis."""

    sample_range: tuple[int, int] | None = Field(
        default=None,
        strict=False,
        description="Samples that are taken; give those before the trigger where the run has "
        "pulses. All where not given.",
    )
    clip_sigma: float = Field(
        default=7.0,
        gt=3,
        description="Waveforms with a sample farther from the median are left out.",
    )
    least_quiet_share: float = Field(
        default=0.5, ge=0, le=1, description="Noisy where a smaller share of waveforms is left."
    )
    minimum_samples: int = Field(
        default=1000, ge=16, description="Not known with fewer; refused where all have fewer."
    )

    @model_validator(mode="after")
    def _range_rises(self) -> Self:
        if self.sample_range and not 0 <= self.sample_range[0] < self.sample_range[1]:
            raise ValueError(f"sample_range {self.sample_range} must rise from 0 or above")
        return self


class Sums:
    """What the waveforms of a run add up to, by channel number."""

    def __init__(self, config: WaveformPedestalSettings) -> None:
        self.config = config
        self.events = self.length = 0
        self.waveforms = np.zeros(_CHANNELS, np.int64)
        self.quiet = np.zeros(_CHANNELS, np.int64)
        self.level, self.rest = ChannelMoments(_CHANNELS), ChannelMoments(_CHANNELS)

    def add(self, batch: FlatWaveforms) -> None:
        """Add the waveforms of some events.

        Raises
        ------
        InputError
            Where a channel number is beyond what the electronics has.
        """
        channel = batch.channel
        if channel.size and not 0 <= channel.min() <= channel.max() < _CHANNELS:
            raise InputError(
                where="pedestals",
                found=f"channels {channel.min()} to {channel.max()}",
                expected=f"channels of 0 to {_CHANNELS - 1}",
            )
        start, stop = self.config.sample_range or (0, batch.samples_adu.shape[1])
        taken = batch.samples_adu[:, start:stop]
        quiet = quiet_waveforms(taken, self.config.clip_sigma)
        self.length = stop - start
        self.events += batch.offsets.size - 1
        self.waveforms += np.bincount(channel, minlength=_CHANNELS)
        self.quiet += np.bincount(channel[quiet], minlength=_CHANNELS)
        kept = taken[quiet]
        self.level.add(channel[quiet], kept)
        self.rest.add(channel[quiet], kept, kept.mean(axis=1, dtype=np.float64))


def calibrate(
    config: WaveformPedestalSettings, runs: Mapping[str, list[CalibrationInput]]
) -> Calibrated:
    """Measure level and noise of each channel from its waveforms without a pulse.

    A channel of the read-out map that was not recorded is dead where most channels were recorded
    at most triggers, and not known in runs with zero suppression.

    Raises
    ------
    InputError
        Where no channel has enough samples.
    UsageError
        Where the range of samples is none of the waveforms'.
    """
    inputs = runs["pedestal"]
    setup = inputs[0].setup
    detector: MicromegasSettings = setup.config
    _require_range(config, detector)
    sums = Sums(config)
    for batch in _batches(inputs, detector.samples):
        sums.add(batch)
    if sums.level.number.max() < config.minimum_samples:
        raise InputError(
            where="pedestals",
            found=f"at most {int(sums.level.number.max())} samples of a channel without a pulse",
            expected=f"at least {config.minimum_samples}",
            remedy="take a longer pedestal run; for a run with pulses set sample_range",
        )
    reads = np.full(_CHANNELS, _READS.index("unmapped"), np.int8)
    for number, axis in enumerate(axis_maps(only(setup, READOUT))):
        reads[axis.channel] = number
    reads[list(detector.veto_channels)] = _READS.index("veto")
    channel = np.flatnonzero((sums.waveforms > 0) | (reads != _READS.index("unmapped")))
    table = _table(channel, reads[channel], sums)
    return Calibrated(table, _summary(table, reads[channel]))


def _batches(inputs: list[CalibrationInput], samples: int) -> Iterator[FlatWaveforms]:
    return (flat_waveforms(batch, samples) for run in inputs for batch in run.batches())


def _require_range(config: WaveformPedestalSettings, detector: MicromegasSettings) -> None:
    start, stop = config.sample_range or (0, detector.samples)
    if not 0 <= start < stop <= detector.samples:
        raise UsageError(
            where="pedestals: sample_range",
            found=f"{start} to {stop}",
            expected=f"a range within {detector.samples} samples",
        )


def _table(channel: NDArray[np.int64], reads: NDArray[np.int8], sums: Sums) -> ak.Array:
    config = sums.config
    level, noise = (values[channel] for values in sums.level.mean_and_sigma())
    about_level = sums.rest.mean_and_sigma()[1][channel]
    number, waveforms = sums.level.number[channel], sums.waveforms[channel]
    share = np.divide(
        sums.quiet[channel], waveforms, out=np.zeros(channel.size), where=waveforms > 0
    )
    status = np.full(channel.size, UNKNOWN, np.int8)
    for kind in range(len(_READS)):
        mine = reads == kind
        measured = number[mine] >= config.minimum_samples
        status[mine] = status_of(noise[mine], measured, config)
    enough = waveforms * sums.length >= config.minimum_samples
    status[enough & (share < config.least_quiet_share)] = NOISY
    whole = np.median(waveforms[waveforms > 0]) > 0.5 * sums.events
    status[(waveforms == 0) & whole] = DEAD
    return ak.Array(
        {
            "channel": channel.astype(np.int32),
            "pedestal_adu": level,
            "noise_adu": noise,
            "noise_about_level_adu": about_level,
            "n_samples": number,
            "quiet_share": share,
            "status": status,
        }
    )


def _summary(table: ak.Array, reads: NDArray[np.int8]) -> list[dict[str, Any]]:
    rows = []
    for kind, name in enumerate(_READS):
        mine = table[reads == kind]
        if not len(mine):
            continue
        status, channel = np.asarray(mine["status"]), np.asarray(mine["channel"])
        good = mine[status == GOOD]
        rows.append(
            {
                "reads": name,
                "channels": len(mine),
                "pedestal_adu": _middle(good["pedestal_adu"]),
                "noise_adu": _middle(good["noise_adu"]),
                "dead": channel[status == DEAD].tolist(),
                "noisy": channel[status == NOISY].tolist(),
                "not_known": int((status == UNKNOWN).sum()),
            }
        )
    return rows


def _middle(values: ak.Array) -> float:
    return float(np.median(np.asarray(values))) if len(values) else float("nan")


WAVEFORM_PEDESTAL = Calibrator(
    name=WAVEFORM_PEDESTALS,
    detector="micromegas",
    version=1,
    config=WaveformPedestalSettings,
    run_kinds=("pedestal",),
    product="raw",
    table=TABLE,
    calibration=calibrate,
    calibrations=lambda _config: (Requirement(READOUT, optional=True),),
    applies=lambda config: config.readout == "waveforms",
    description="Pedestal and noise of each waveform channel, dead and noisy ones.",
)
