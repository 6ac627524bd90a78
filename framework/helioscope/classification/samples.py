"""Labelled rows for training: features, energies, classes, and the blocks they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from helioscope.classification.features import Feature, finite_rows
from helioscope.errors import UsageError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """Rows of observables with their class and their block of time.

    Attributes
    ----------
    features
        In order; columns of ``values``.
    values
        float64 (rows, features).
    energy_kev
        float64 (rows,).
    xray
        bool (rows,): True for X-rays (calibration source), False for background.
    block
        int64 (rows,): rows of one block are kept together by every division into folds.
        No block holds both classes.
    """

    features: tuple[Feature, ...]
    values: Floats
    energy_kev: Floats
    xray: NDArray[np.bool_]
    block: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.energy_kev)

    def taken(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Sample:
        """Give the sample of some of the rows."""
        return replace(
            self,
            values=self.values[rows],
            energy_kev=self.energy_kev[rows],
            xray=self.xray[rows],
            block=self.block[rows],
        )

    def usable(self, energy_range_kev: tuple[float, float]) -> Sample:
        """Give the rows with finite features and an energy in the range."""
        low, high = energy_range_kev
        kept = finite_rows(self.values, self.energy_kev)
        return self.taken(kept & (self.energy_kev >= low) & (self.energy_kev <= high))


def on_lines(
    energy_kev: Floats, lines_kev: Sequence[float], resolution: float, width: float = 2.0
) -> NDArray[np.bool_]:
    """Say which rows of a source run lie on one of its lines.

    Rows beside the lines are background, or X-rays that lost charge; neither should teach
    what an X-ray looks like.

    Parameters
    ----------
    energy_kev
        float64 (rows,).
    lines_kev
        The lines of the source; an empty sequence accepts every row.
    resolution
        Standard deviation over energy at 5.9 keV; it goes as the root of the energy.
    width
        Half-width of the window in standard deviations.
    """
    if not lines_kev:
        return np.ones(len(energy_kev), bool)
    lines = np.asarray(lines_kev, np.float64)
    sigma = resolution * np.sqrt(5.9 * lines)
    near = np.abs(energy_kev[:, None] - lines) <= width * sigma
    return np.asarray(near.any(axis=1), np.bool_)


def time_blocks(
    run: NDArray[np.int64], time_ns: NDArray[np.int64], at_least: int
) -> NDArray[np.int64]:
    """Give each row its block of data taking: its run, or a stretch of it where runs are few.

    Parameters
    ----------
    run
        int64 (rows,): number of the run of each row.
    time_ns
        int64 (rows,).
    at_least
        Blocks wanted. With fewer runs, each is cut into stretches of time of equal counts.

    Returns
    -------
    int64 (rows,)
        Block numbers from 0 without gaps, in the order of runs and time.
    """
    numbers = np.unique(run)
    if len(numbers) == 0:
        return np.zeros(0, np.int64)
    parts = -(-at_least // len(numbers)) if len(numbers) < at_least else 1
    block = np.zeros(len(run), np.int64)
    for number in numbers:
        rows = np.flatnonzero(run == number)
        ordered = rows[np.argsort(time_ns[rows], kind="stable")]
        block[ordered] = number * parts + np.arange(len(rows)) * parts // max(1, len(rows))
    return np.unique(block, return_inverse=True)[1].astype(np.int64)


def folds(sample: Sample, wanted: int) -> NDArray[np.int64]:
    """Deal whole blocks into folds, each class apart, so that every fold holds both.

    Returns
    -------
    int64 (rows,)
        Number of the fold in which a row is held out.

    Raises
    ------
    UsageError
        Where a class has fewer than two blocks: nothing could be held out.
    """
    from sklearn.model_selection import GroupKFold

    blocks = {True: 0, False: 0}
    for label in blocks:
        blocks[label] = len(np.unique(sample.block[sample.xray == label]))
    count = min(wanted, *blocks.values())
    if count < 2:
        raise UsageError(
            where="training sample",
            found=f"{blocks[True]} blocks of X-rays and {blocks[False]} of background",
            expected="at least two of each, so that one can be held out",
            remedy="add calibration and background runs",
        )
    fold = np.zeros(len(sample), np.int64)
    for label in blocks:
        rows = np.flatnonzero(sample.xray == label)
        split = GroupKFold(count).split(rows, groups=sample.block[rows])
        for number, (_, held_out) in enumerate(split):
            fold[rows[held_out]] = number
    return fold
