"""The training of one discriminator as a calibration: model, card, figures, pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import awkward as ak

from helioscope.classification.metrics import efficiency_by_energy, rejection
from helioscope.classification.model import Kind
from helioscope.classification.model_file import Provenance, packed
from helioscope.classification.training import Recipe, Training, train
from helioscope.discriminators.runs import sample_of
from helioscope.discriminators.separation import CARD, Separation, TrainingSettings
from helioscope.errors import UsageError
from helioscope.model.time import parse_iso
from helioscope.plugin import Calibrated, CalibrationInput

#: Edges of the bins in which the efficiency is given, in keV.
ENERGY_EDGES_KEV = (0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 12.0)


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
    """Train one discriminator and store it as a calibration."""
    sample, listed = sample_of(separation, config, runs)
    training = train(sample, recipe_of(kind, config))
    figures = figures_of(training, config.efficiency)
    provenance = Provenance(
        detector=separation.detector,
        runs=listed,
        start_ns=_time(config.valid_from, "valid_from"),
        stop_ns=_time(config.valid_to, "valid_to"),
        metrics=figures,
    )
    card, attachments = packed(training, provenance)
    name = f"{separation.detector}-{kind}"
    return Calibrated(
        table=ak.Array(training.model.working_points.rows()),
        summary=[{"model": name, **figures}],
        attachments={CARD: _json(card), **attachments},
        metadata={"card_digest": card["digest"], "kind": kind, "metrics": figures},
    )


def figures_of(training: Training, efficiency: float) -> dict[str, Any]:
    """Give the figures of merit on held-out rows at one efficiency, as plain values."""
    background = rejection(training, efficiency)
    return {
        "efficiency": efficiency,
        "background_accepted": background.value,
        "background_accepted_low": background.low,
        "background_accepted_high": background.high,
        "background_passed": background.passed,
        "background_rows": background.total,
        "efficiency_by_energy": [
            {
                "low_kev": item.low_kev,
                "high_kev": item.high_kev,
                "efficiency": item.share.value,
                "low": item.share.low,
                "high": item.share.high,
                "rows": item.share.total,
            }
            for item in efficiency_by_energy(training, efficiency, ENERGY_EDGES_KEV)
        ],
    }


def _json(card: Mapping[str, Any]) -> bytes:
    import json

    return json.dumps(card, sort_keys=True, allow_nan=False).encode()


def _time(text: str, name: str) -> int | None:
    if not text:
        return None
    try:
        return parse_iso(text)
    except ValueError as error:
        raise UsageError(where=name, found=str(error), expected="ISO 8601 with offset") from error
