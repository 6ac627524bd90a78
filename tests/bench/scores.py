"""The speed of a classifier's scores: the walk over its trees against scikit-learn.

The peer is ``predict_proba`` of the same HistGradientBoosting model, on the same rows, in large
batches on one core. Run with ``python -m tests.bench.scores``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import click
import numpy as np
from numpy.typing import NDArray

ROWS = 200_000
FEATURES = 12
REPEATS = 5

Floats = NDArray[np.float64]


def rows_and_classes(rows: int, seed: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Make rows whose classes depend on features alone and together."""
    generator = np.random.default_rng(seed)
    values = generator.normal(size=(rows, FEATURES))
    signal = values[:, 0] + values[:, 1] ** 2 - values[:, 2] * values[:, 3]
    return values, signal + generator.normal(size=rows) > 1


def median_seconds(works: list[Callable[[], Floats]]) -> list[float]:
    """Time each in turn, so that both see the same machine; give the medians."""
    seconds = np.empty((REPEATS, len(works)))
    for repeat in range(REPEATS):
        for place, work in enumerate(works):
            started = time.perf_counter()
            work()
            seconds[repeat, place] = time.perf_counter() - started
    return [float(value) for value in np.median(seconds, axis=0)]


def boosting_rates() -> list[tuple[str, float, float, float, float]]:
    """Give name, rows/s of scikit-learn, rows/s of ours, ratio and largest difference."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    from helioscope.classification.trees import Forest

    values, classes = rows_and_classes(ROWS, 1)
    found = []
    for name, settings in (
        ("100 trees of 31 leaves", {"max_iter": 100, "max_leaf_nodes": 31}),
        ("as trained here", {"max_iter": 120, "max_leaf_nodes": 24, "max_depth": 6}),
    ):
        model = HistGradientBoostingClassifier(early_stopping=False, random_state=0, **settings)
        model.fit(values[:50_000], classes[:50_000])
        forest = Forest.of(model)

        def ours(forest: Forest = forest) -> Floats:
            return 1 / (1 + np.exp(-forest.scores(values)))

        def theirs(model: HistGradientBoostingClassifier = model) -> Floats:
            return np.asarray(model.predict_proba(values)[:, 1])

        difference = float(np.abs(ours() - theirs()).max())
        theirs_s, ours_s = median_seconds([theirs, ours])
        found.append((name, ROWS / theirs_s, ROWS / ours_s, theirs_s / ours_s, difference))
    return found


def main() -> None:
    """Print the ratios; both run on one thread."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        click.echo("HistGradientBoosting        predict_proba     the walk   ratio  difference")
        for name, theirs, ours, ratio, difference in boosting_rates():
            click.echo(
                f"{name:26s} {theirs / 1e6:8.2f} M/s {ours / 1e6:8.2f} M/s {ratio:6.2f} "
                f"{difference:10.1e}"
            )


if __name__ == "__main__":
    main()
