"""Level and noise of each channel over many waveforms, pulses kept out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

_BLOCK = 4096
#: A median absolute deviation to a standard deviation, for a normal distribution.
_MAD_TO_SIGMA = 1.4826
#: Samples are whole numbers, so that a channel without noise has a spread of 0.
_ROUNDING_ADU = 0.5


class ChannelMoments:
    """Sums over the samples of each channel; neither order nor batches matter.

    Attributes
    ----------
    number
        int64 [channels]: samples added so far.
    """

    def __init__(self, channels: int) -> None:
        self.number = np.zeros(channels, np.int64)
        self._total = np.zeros(channels)
        self._squares = np.zeros(channels)

    def add(
        self,
        channel: NDArray[np.integer],
        samples_adu: NDArray[np.generic],
        about_adu: NDArray[np.float64] | None = None,
    ) -> None:
        """Add waveforms, any real type of [n, samples], each of the channel beside it.

        With ``about_adu``, one value a waveform, the samples are counted from there.
        """
        channels = self.number.size
        totals, squares = np.empty(len(channel)), np.empty(len(channel))
        for part in _blocks(len(channel)):
            values = samples_adu[part].astype(np.float64)
            if about_adu is not None:
                values -= about_adu[part, None]
            totals[part], squares[part] = values.sum(axis=1), (values**2).sum(axis=1)
        self.number += np.bincount(channel, minlength=channels) * samples_adu.shape[1]
        self._total += np.bincount(channel, totals, channels)
        self._squares += np.bincount(channel, squares, channels)

    def mean_and_sigma(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give mean and population standard deviation; NaN for a channel without samples."""
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = self._total / self.number
            sigma = np.sqrt(np.maximum(self._squares / self.number - mean**2, 0.0))
        return mean, sigma


def quiet_waveforms(samples_adu: NDArray[np.generic], clip_sigma: float) -> NDArray[np.bool_]:
    """Say which waveforms show noise alone: no sample far from the median.

    Far is more than ``clip_sigma`` robust deviations, ``1.4826 MAD + 0.5 adu``, so that a pulse
    raises its waveform's own measure little.

    Parameters
    ----------
    samples_adu
        Any real type of [n, samples], one sample at least.

    Returns
    -------
    NDArray
        bool [n].
    """
    quiet = np.empty(len(samples_adu), bool)
    for part in _blocks(len(samples_adu)):
        values = samples_adu[part].astype(np.float64)
        off = np.abs(values - np.median(values, axis=1, keepdims=True))
        spread = np.median(off, axis=1) * _MAD_TO_SIGMA + _ROUNDING_ADU
        quiet[part] = off.max(axis=1) < clip_sigma * spread
    return quiet


def _blocks(number: int) -> Iterator[slice]:
    """Cut waveforms into blocks, so that a batch is never there a second time as float64."""
    return (slice(first, first + _BLOCK) for first in range(0, number, _BLOCK))
