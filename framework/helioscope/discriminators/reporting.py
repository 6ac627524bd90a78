"""What a training shows: figures of merit as plain values, a summary, and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helioscope.classification import figures
from helioscope.classification.cuts import SequentialCuts
from helioscope.classification.drift import Distributions, Drift
from helioscope.classification.importance import permutation_importance
from helioscope.classification.metrics import (
    Share,
    area_under_curve,
    efficiency_by_energy,
    rejection,
    roc,
)
from helioscope.classification.model import Kind
from helioscope.classification.training import Training

#: Edges of the bins in which the efficiency is given, in keV.
ENERGY_EDGES_KEV = (0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 12.0)
#: Efficiencies at which the ROC is drawn.
NOMINAL = tuple(percent / 100 for percent in range(30, 99, 2))

Trainings = Mapping[Kind, Training]


def metrics_of(trainings: Trainings, kind: Kind, efficiency: float) -> dict[str, Any]:
    """Give the figures of merit of one training on held-out rows, as plain values."""
    training = trainings[kind]
    return {
        "efficiency": efficiency,
        "background_accepted": _plain(rejection(training, efficiency)),
        "area_under_curve": area_under_curve(training.held_out, training.sample.xray),
        "efficiency_by_energy": [
            {"low_kev": item.low_kev, "high_kev": item.high_kev, **_plain(item.share)}
            for item in efficiency_by_energy(training, efficiency, ENERGY_EDGES_KEV)
        ],
    }


def summary_of(trainings: Trainings, efficiency: float) -> list[dict[str, Any]]:
    """List the figures on held-out rows, one a line: background, efficiencies, cut flow."""
    rows: list[dict[str, Any]] = []
    for kind, training in trainings.items():
        rows.append(_row(kind, "background accepted", "", rejection(training, efficiency)))
        rows += [
            _row(kind, "X-ray efficiency", f"{item.low_kev:g}-{item.high_kev:g} keV", item.share)
            for item in efficiency_by_energy(training, efficiency, ENERGY_EDGES_KEV)
        ]
        rows += _cut_flow(training, efficiency)
    return rows


def _row(model: str, quantity: str, of: str, share: Share) -> dict[str, Any]:
    return {"model": model, "quantity": quantity, "of": of, **_plain(share)}


def _plain(share: Share) -> dict[str, Any]:
    return share._asdict()


def _cut_flow(training: Training, efficiency: float) -> list[dict[str, Any]]:
    """Count, for sequential cuts, the background and the X-rays left after each cut."""
    model, sample = training.model, training.sample
    if not isinstance(model.scorer, SequentialCuts):
        return []
    rows = []
    for xray, name in ((False, "background"), (True, "X-rays")):
        chosen = sample.taken(sample.xray == xray)
        deviations = model.decorrelation(chosen.values, chosen.energy_kev)
        threshold = model.working_points.threshold(chosen.energy_kev, efficiency)
        rows += [
            {
                "model": "cuts",
                "quantity": f"{name} left after cut",
                "of": count.cut,
                "value": count.remaining / len(chosen),
                "passed": count.remaining,
                "total": len(chosen),
                "passed_alone": count.passed_alone,
            }
            for count in model.scorer.flow(sample.features, deviations, threshold)
        ]
    return rows


def pictures_of(trainings: Trainings, kind: Kind, efficiency: float) -> dict[str, bytes]:
    """Draw the pictures of one training; the ROC and the efficiency show all that were made."""
    training = trainings[kind]
    curves = {name: roc(item, NOMINAL) for name, item in trainings.items()}
    by_energy = {
        name: efficiency_by_energy(item, efficiency, ENERGY_EDGES_KEV)
        for name, item in trainings.items()
    }
    importances = permutation_importance(training, efficiency)
    return {
        "roc.svg": figures.roc_figure(curves, efficiency),
        "efficiency.svg": figures.efficiency_figure(by_energy, efficiency),
        "scores.svg": figures.scores_figure(training),
        "importance.svg": figures.importance_figure(importances, efficiency),
        "drift.svg": figures.drift_figure(drift_within(training)),
    }


def drift_within(training: Training) -> dict[str, list[Drift]]:
    """Compare the last block of each class with the blocks before it."""
    sample, decorrelation = training.sample, training.model.decorrelation
    names = tuple(feature.name for feature in sample.features)
    found = {}
    for xray, title in ((True, "Last X-ray block"), (False, "Last background block")):
        of_class = sample.taken(sample.xray == xray)
        last = of_class.block == of_class.block.max()
        before, after = of_class.taken(~last), of_class.taken(last)
        known = Distributions.of(before, decorrelation, xray=xray)
        found[title] = known.drift(names, decorrelation, after.values, after.energy_kev)
    return found
