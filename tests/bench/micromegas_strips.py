"""Strips to observables, beside the awkward idiom that a user would write.

Both get the same jagged hits of 200 000 events and do the same: pedestals off, gains, threshold,
clusters with gaps, the main cluster, and of it place, spread, skewness, kurtosis, multiplicity
and share; the results are compared. The kernel also matches x and y and sets quality bits. Run
with ``python -m tests.bench.micromegas_strips``.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import awkward as ak
import click
import numpy as np

from helioscope_micromegas import strip_columns
from helioscope_micromegas.strips import AxisHits, Matching, Observed, axis_table, observe

EVENTS = 200_000
STRIPS = 192
PITCH = 0.35
THRESHOLD = 8.0
MATCHING = Matching(gap_strips=1, balance=0.5, time_ns=500.0, saturation_adu=4095.0)


def events(rng: np.random.Generator) -> AxisHits:
    """Draw clusters of X-rays: some six neighbouring strips with a bell of charge."""
    size = rng.integers(3, 10, EVENTS)
    offsets = np.concatenate(([0], np.cumsum(size)))
    first = rng.integers(2, STRIPS - 12, EVENTS)
    within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], size)
    strip = (np.repeat(first, size) + within).astype(np.int32)
    middle = np.repeat(0.5 * (size - 1), size)
    width = np.repeat(0.25 * size, size)
    charge = 300 * np.exp(-0.5 * ((within - middle) / width) ** 2) + rng.normal(0, 2, strip.size)
    return AxisHits(offsets, strip, charge.astype(np.float32), np.empty(0, np.float32))


def table() -> np.ndarray:
    """Make the table of an axis without pedestals."""
    position = (np.arange(STRIPS) - 0.5 * (STRIPS - 1)) * PITCH
    zero, one = np.zeros(STRIPS), np.ones(STRIPS)
    return axis_table(position, zero, np.full(STRIPS, THRESHOLD), one, np.zeros(STRIPS, bool))


def awkward_axis(strip: ak.Array, charge: ak.Array) -> dict[str, np.ndarray]:
    """Compute the observables of one axis as awkward's own idiom has it."""
    known = table()
    numbers = ak.num(strip)
    flat = np.asarray(ak.flatten(strip))
    net = (charge - ak.unflatten(known[strip_columns.PEDESTAL][flat], numbers)) * ak.unflatten(
        known[strip_columns.GAIN][flat], numbers
    )
    over = net > ak.unflatten(known[strip_columns.THRESHOLD][flat], numbers)
    strip, net = strip[over], net[over]
    clusters = cluster_counts(strip)
    hits_of = np.asarray(ak.flatten(clusters))
    position = known[strip_columns.POSITION][np.asarray(ak.flatten(strip))]
    nested = [
        ak.unflatten(ak.unflatten(values, hits_of), ak.num(clusters))
        for values in (np.asarray(ak.flatten(net)), position)
    ]
    weight, place = nested
    charges = ak.sum(weight, axis=2)
    main = ak.argmax(charges, axis=1, keepdims=True)
    weight, place = weight[main][:, 0], place[main][:, 0]
    total, mine = ak.sum(net, axis=1), ak.sum(weight, axis=1)
    centre = ak.sum(weight * place, axis=1) / mine
    off = place - centre
    variance = ak.sum(weight * off**2, axis=1) / mine
    found = {
        "total": total,
        "centre": centre,
        "sigma": np.sqrt(variance),
        "skew": ak.sum(weight * off**3, axis=1) / mine / variance**1.5,
        "kurtosis": ak.sum(weight * off**4, axis=1) / mine / variance**2 - 3,
        "fraction": mine / total,
        "multiplicity": ak.num(weight),
        "clusters": ak.num(charges),
    }
    return {name: ak.to_numpy(values) for name, values in found.items()}


def cluster_counts(strip: ak.Array) -> ak.Array:
    """Count the hits of each cluster: runs of strips with at most one missing between two."""
    flat = np.asarray(ak.flatten(strip))
    starts = np.ones(flat.size, bool)
    starts[1:] = np.diff(flat) > 2
    first = np.concatenate(([0], np.cumsum(np.asarray(ak.num(strip)))))[:-1]
    starts[first[first < flat.size]] = True
    counts = np.diff(np.append(np.flatnonzero(starts), flat.size))
    return ak.unflatten(counts, ak.sum(ak.unflatten(starts, ak.num(strip)), axis=1))


def median_s(work: Callable[[], object], times: int) -> list[float]:
    """Time some work several times."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return taken


def agree(ours: Observed, theirs: dict[str, np.ndarray], axis: int) -> None:
    """Demand that both gave the same."""
    wide = ours.counts[:, axis, 0] > 2
    for column, name in (
        (strip_columns.TOTAL, "total"), (strip_columns.CENTRE, "centre"),
        (strip_columns.SIGMA, "sigma"), (strip_columns.SKEW, "skew"),
        (strip_columns.KURTOSIS, "kurtosis"), (strip_columns.FRACTION, "fraction"),
    ):  # fmt: skip
        np.testing.assert_allclose(
            ours.axes[wide, axis, column], theirs[name][wide], rtol=1e-3, atol=1e-3
        )
    np.testing.assert_array_equal(ours.counts[:, axis, 0], theirs["multiplicity"])
    np.testing.assert_array_equal(ours.counts[:, axis, 1], theirs["clusters"])


def main() -> None:
    """Print both rates and their ratio."""
    rng = np.random.default_rng(1)
    x, y, axis = events(rng), events(rng), table()
    jagged = [
        (ak.unflatten(hits.strip, np.diff(hits.offsets)),
         ak.unflatten(hits.charge_adu, np.diff(hits.offsets)))
        for hits in (x, y)
    ]  # fmt: skip

    def ours() -> Observed:
        return observe(x, y, axis, axis, MATCHING)

    def peer() -> list[dict[str, np.ndarray]]:
        return [awkward_axis(*columns) for columns in jagged]

    for number, theirs in enumerate(peer()):
        agree(ours(), theirs, number)
    kernel, idiom = [], []
    for _ in range(5):
        kernel += median_s(ours, 3)
        idiom += median_s(peer, 1)
    slow, fast = float(np.median(kernel)), float(np.median(idiom))
    click.echo(f"strips to observables   {EVENTS / slow / 1e6:8.2f} M events/s")
    click.echo(f"awkward idiom           {EVENTS / fast / 1e6:8.2f} M events/s")
    click.echo(f"ratio                   {fast / slow:8.1f}   (goal: at least 12)")


if __name__ == "__main__":
    main()
