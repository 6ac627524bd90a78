"""The pulse finder: several pulses in each waveform, with what is measured on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from helioscope.waveforms.baselines import Baselines, flat_waveforms

if TYPE_CHECKING:
    from helioscope.waveforms.kernels.pulses import Packed


@dataclass(frozen=True)
class PulseSearch:
    """What counts as a pulse and how it is measured; samples and adu throughout.

    A pulse is an unbroken run of at least ``minimum_points`` samples more than
    ``max(threshold_sigma * sigma, threshold_adu)`` away from the baseline.

    Attributes
    ----------
    baseline_start, baseline_stop
        Half-open window in which level and noise are taken, unless they are given.
    search_start, search_stop
        Half-open window in which pulses are looked for; ``search_stop`` 0 means to the end.
    minimum_spread_sigma
        The samples of a pulse must vary by more than this (population standard deviation in
        units of the noise), which refuses flat steps; 0 asks nothing.
    split_fraction
        Two maxima in one run are two pulses where the valley between them falls below this
        fraction of the smaller one and lies ``threshold`` below it; 0 never splits.
    margin_before, margin_after
        Samples added to the charge before and after the run, up to the neighbouring run.
    fraction
        Fraction of the amplitude at which the time of a pulse is taken on its rising edge.
    negative
        Pulses go down from the baseline; what is measured on them is positive all the same.
    """

    baseline_start: int = 0
    baseline_stop: int = 40
    search_start: int = 0
    search_stop: int = 0
    threshold_sigma: float = 5.0
    threshold_adu: float = 0.0
    minimum_points: int = 1
    minimum_spread_sigma: float = 0.0
    split_fraction: float = 0.0
    margin_before: int = 0
    margin_after: int = 0
    fraction: float = 0.5
    negative: bool = False


@dataclass(frozen=True)
class Pulses:
    """Pulses in the order of their waveforms and of time, one value a pulse.

    Times are in samples from the start of the waveform; a sample's own time is its index.

    Attributes
    ----------
    waveform
        int32: number of the waveform.
    left, right
        int32: half-open run of samples over threshold.
    peak
        int32: the sample of the maximum, the first of equal ones.
    amplitude_adu
        float32: maximum over the baseline.
    charge_adu
        float32: sum over the baseline from ``left`` to ``right``, with the margins.
    three_point_adu
        float32: the maximum and its two neighbours over the baseline.
    time_samples
        float32: where the rising edge crosses ``fraction`` of the amplitude.
    rise_samples
        float32: from 10 % to 90 % of the amplitude on the rising edge.
    width_samples
        float32: full width at half maximum.
    baselines
        Of each waveform, as measured or as given.
    peak_adu
        float32 [waveforms]: largest sample in the search window over the baseline.
    """

    waveform: NDArray[np.int32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    peak: NDArray[np.int32]
    amplitude_adu: NDArray[np.float32]
    charge_adu: NDArray[np.float32]
    three_point_adu: NDArray[np.float32]
    time_samples: NDArray[np.float32]
    rise_samples: NDArray[np.float32]
    width_samples: NDArray[np.float32]
    baselines: Baselines
    peak_adu: NDArray[np.float32]

    @property
    def points(self) -> NDArray[np.int32]:
        """Number of samples over threshold."""
        number: NDArray[np.int32] = self.right - self.left
        return number

    def __len__(self) -> int:
        return int(self.waveform.size)


def find_pulses(
    samples_adu: NDArray[np.int16],
    search: PulseSearch,
    *,
    offsets: NDArray[np.int64] | None = None,
    given: Baselines | None = None,
) -> Pulses:
    """Find and measure every pulse in one pass over the samples.

    Parameters
    ----------
    samples_adu
        int16 [n, samples], or flat with ``offsets`` where the waveforms differ in length.
    search
        Thresholds and windows.
    offsets
        int64 [n + 1], for flat samples.
    given
        Level and noise from elsewhere (pedestals of a calibration), one for each waveform.
        A waveform whose level or noise is not finite gives no pulse.

    Raises
    ------
    ValueError
        Where windows hold no sample or arrays do not fit one another.
    """
    from helioscope.waveforms.kernels import pulses as kernels

    flat, bounds = flat_waveforms(samples_adu, offsets)
    number = bounds.size - 1
    mean, sigma = _levels(search, given, number)
    if search.negative:
        flat = np.invert(flat)  # -s - 1: reverses the order and cannot overflow
        mean = -mean - 1.0
    peak_adu = np.zeros(number, np.float32)
    places = np.empty((max(256, number), 4), np.int32)
    measures = np.empty((places.shape[0], 6), np.float32)
    done = found = 0
    while True:
        done, found = kernels.search_pulses(
            flat, bounds, done, found, _packed(search), given is None,
            mean, sigma, peak_adu, places, measures,
        )  # fmt: skip
        if done == number:
            break
        places = np.concatenate((places, np.empty_like(places)))
        measures = np.concatenate((measures, np.empty_like(measures)))
    if search.negative:
        mean = -mean - 1.0
    waveform, left, right, peak = (places[:found, column].copy() for column in range(4))
    amplitude, charge, three, time, rise, width = (
        measures[:found, column].copy() for column in range(6)
    )
    return Pulses(
        waveform, left, right, peak, amplitude, charge, three, time, rise, width,
        Baselines(mean, sigma), peak_adu,
    )  # fmt: skip


def _packed(search: PulseSearch) -> Packed:
    """Give the settings with the types that the loops were compiled for."""
    from helioscope.waveforms.kernels.pulses import Packed

    return Packed(
        baseline_start=int(search.baseline_start),
        baseline_stop=int(search.baseline_stop),
        search_start=int(search.search_start),
        search_stop=int(search.search_stop),
        threshold_sigma=float(search.threshold_sigma),
        threshold_adu=float(search.threshold_adu),
        minimum_points=int(search.minimum_points),
        minimum_spread_sigma=float(search.minimum_spread_sigma),
        split_fraction=float(search.split_fraction),
        margin_before=int(search.margin_before),
        margin_after=int(search.margin_after),
        fraction=float(search.fraction),
    )


def _levels(
    search: PulseSearch, given: Baselines | None, number: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if given is None:
        if not 0 <= search.baseline_start < search.baseline_stop:
            window = f"[{search.baseline_start}, {search.baseline_stop})"
            raise ValueError(f"baseline window {window} holds no sample")
        return np.empty(number), np.empty(number)
    mean = np.array(given.mean_adu, np.float64)
    sigma = np.array(given.sigma_adu, np.float64)
    if mean.shape != (number,) or sigma.shape != (number,):
        raise ValueError(f"{mean.size} baselines given for {number} waveforms")
    return mean, sigma
