"""The channels of the waveform read-out: what each one reads, its level, its noise."""

from __future__ import annotations

from typing import NamedTuple

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from helioscope.api import Baselines, Calibration, InputError
from helioscope_micromegas.channel_status import DEAD, NOISY
from helioscope_micromegas.readout_map import AxisMap, axis_maps
from helioscope_micromegas.settings import MicromegasSettings
from helioscope_micromegas.strips import axis_table

#: What a channel reads besides the axes 0 (x) and 1 (y).
UNMAPPED, VETO, MASKED = -1, -2, -3


class Channels:
    """What is known of every channel; holds no events.

    Attributes
    ----------
    mapped
        Whether there is a read-out map.
    tables
        The strips of x and y as `strips.axis_table`; strips of masked channels are dead.
    """

    def __init__(
        self,
        config: MicromegasSettings,
        readout: Calibration | None,
        pedestals: Calibration | None,
    ) -> None:
        maps = axis_maps(readout)
        self.mapped = readout is not None
        masked = _masked(config, pedestals)
        known = [np.asarray(config.veto_channels, np.int64), masked]
        known += [axis.channel.astype(np.int64) for axis in maps]
        if pedestals is not None:
            known.append(np.asarray(pedestals.table["channel"]))
        size = 1 + max(int(channels.max(initial=0)) for channels in known)
        self._axis = np.full(size, UNMAPPED, np.int8)
        self._strip = np.zeros(size, np.int32)
        for number, axis in enumerate(maps):
            self._axis[axis.channel] = number
            self._strip[axis.channel] = np.arange(axis.channel.size, dtype=np.int32)
        self._axis[masked] = MASKED
        self._axis[list(config.veto_channels)] = VETO
        self.tables = _table(maps[0], masked), _table(maps[1], masked)
        self._level, self._noise = _levels(config, pedestals, size)

    def places(self, ids: NDArray[np.int32]) -> tuple[NDArray[np.int8], NDArray[np.int32]]:
        """Give axis and strip of each signal; a channel that no map knows is unmapped."""
        known = (ids >= 0) & (ids < self._axis.size)
        safe = np.where(known, ids, 0)
        axis = np.where(known, self._axis[safe], np.int8(UNMAPPED)).astype(np.int8)
        return axis, self._strip[safe]

    def levels(
        self, ids: NDArray[np.int32], own: Baselines
    ) -> tuple[Baselines, NDArray[np.bool_] | None]:
        """Put the calibration's level and noise in the place of the waveforms' own.

        Returns
        -------
        tuple
            The levels, and which signals are of a channel that no calibration knows, whose own
            values stay. None where all are the waveforms' own by the settings.
        """
        if self._level is None and self._noise is None:
            return own, None
        mean, sigma = own
        unknown = np.zeros(ids.size, bool)
        if self._level is not None:
            mean, missing = _filled(self._level, ids, mean)
            unknown |= missing
        if self._noise is not None:
            sigma, missing = _filled(self._noise, ids, sigma)
            unknown |= missing
        return Baselines(mean, sigma), unknown


def _filled(
    table: NDArray[np.float64], ids: NDArray[np.int32], own: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    inside = (ids >= 0) & (ids < table.size)
    values = np.where(inside, table[np.where(inside, ids, 0)], np.nan)
    missing = np.isnan(values)
    return np.where(missing, own, values), missing


def _levels(
    config: MicromegasSettings, pedestals: Calibration | None, size: int
) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
    """Give level and noise by channel where the settings want them from the calibration."""
    if pedestals is None:
        return None, None
    table = pedestals.table
    from_table = config.level_from == "pedestals"
    columns = []
    for source, name in (
        (config.level_from, "pedestal_adu"),
        (config.noise_from, "noise_adu" if from_table else "noise_about_level_adu"),
    ):
        values = np.full(size, np.nan)
        values[np.asarray(table["channel"])] = np.asarray(table[name])
        columns.append(values if source == "pedestals" else None)
    return columns[0], columns[1]


def _masked(config: MicromegasSettings, pedestals: Calibration | None) -> NDArray[np.int64]:
    """List the channels that are not to be used."""
    named = np.asarray(config.dead_channels, np.int64)
    if pedestals is None:
        return named
    table = pedestals.table
    bad = np.isin(np.asarray(table["status"]), (DEAD, NOISY))
    return np.union1d(named, np.asarray(table["channel"], np.int64)[bad])


def _table(axis: AxisMap, masked: NDArray[np.int64]) -> NDArray[np.float64]:
    size = axis.channel.size
    zeros, dead = np.zeros(size), np.isin(axis.channel, masked)
    return axis_table(axis.position_mm, zeros, zeros, np.ones(size), dead, axis.plane)


class FlatWaveforms(NamedTuple):
    """A batch laid flat.

    ``offsets`` int64 [events + 1]; ``channel`` int32 and ``samples_adu`` int16 [:, samples] one a
    signal.
    """

    offsets: NDArray[np.int64]
    channel: NDArray[np.int32]
    samples_adu: NDArray[np.int16]


def flat_waveforms(raw: ak.Array, samples: int) -> FlatWaveforms:
    """Lay a batch flat.

    Raises
    ------
    InputError
        Where an event has not as many waveforms as channels.
    """
    ids, adu = ak.to_packed(raw["signal_id"]).layout, ak.to_packed(raw["signal_adu"]).layout
    offsets = np.asarray(ids.offsets, np.int64)
    differ = np.diff(offsets) != np.diff(np.asarray(adu.offsets))
    if differ.any():
        first, last = np.asarray(raw["event_id"])[np.flatnonzero(differ)[[0, -1]]]
        raise InputError(
            where=f"events {first} to {last}",
            found="signal_id and signal_adu differ in length",
            expected="one waveform a channel",
        )
    flat = np.asarray(ak.flatten(ak.Array(adu), axis=None), np.int16)
    return FlatWaveforms(offsets, np.asarray(ids.content.data), flat.reshape(-1, samples))
