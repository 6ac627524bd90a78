"""The training of one discriminator as a calibration: model, card, figures, pictures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import awkward as ak

from helioscope.classification.cards import Provenance
from helioscope.classification.model import Kind
from helioscope.classification.model_file import packed
from helioscope.classification.training import Recipe, Training, train
from helioscope.discriminators.reporting import metrics_of, pictures_of, summary_of
from helioscope.discriminators.runs import sample_of
from helioscope.discriminators.separation import CARD, KINDS, Separation
from helioscope.discriminators.settings import TrainingSettings
from helioscope.errors import UsageError
from helioscope.model.time import parse_iso
from helioscope.plugin import Calibrated, CalibrationInput


def recipe_of(kind: Kind, config: TrainingSettings) -> Recipe:
    """Give the recipe that the settings ask for."""
    return Recipe(
        kind=kind,
        family=config.family,
        density=config.density,
        probability=config.probability,
        folds=config.folds,
        energy_range_kev=(config.energy_min_kev, config.energy_max_kev),
        seed=config.seed,
    )


def calibrated(
    separation: Separation,
    kind: Kind,
    config: TrainingSettings,
    runs: Mapping[str, list[CalibrationInput]],
) -> Calibrated:
    """Train one discriminator and store it as a calibration.

    The classifier's pictures show cuts and likelihood ratio beside it, trained on the same
    rows and held out in the same folds.
    """
    sample, listed = sample_of(separation, config, runs)
    compared: tuple[Kind, ...] = KINDS if kind == "classifier" else (kind,)
    trainings = {name: train(sample, recipe_of(name, config)) for name in compared}
    metrics = metrics_of(trainings, kind, config.efficiency)
    provenance = Provenance(
        detector=separation.detector,
        runs=listed,
        start_ns=_time(config.valid_from, "valid_from"),
        stop_ns=_time(config.valid_to, "valid_to"),
        energy=separation.energy,
        metrics=metrics,
    )
    training: Training = trainings[kind]
    card, attachments = packed(training, provenance)
    return Calibrated(
        table=ak.Array(training.model.working_points.rows()),
        summary=summary_of(trainings, config.efficiency),
        figures=pictures_of(trainings, kind, config.efficiency),
        attachments={CARD: _json(card), **attachments},
        metadata={"card_digest": card["digest"], "kind": kind, "metrics": metrics},
    )


def _json(card: Mapping[str, Any]) -> bytes:
    return json.dumps(card, sort_keys=True, allow_nan=False).encode()


def _time(text: str, name: str) -> int | None:
    if not text:
        return None
    try:
        return parse_iso(text)
    except ValueError as error:
        raise UsageError(where=name, found=str(error), expected="ISO 8601 with offset") from error
