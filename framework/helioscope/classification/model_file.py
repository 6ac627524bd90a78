"""A model with its card: written by training, and refused on loading where anything disagrees."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helioscope.classification.archive import (
    RETRAIN,
    archived,
    digest,
    library_versions,
    restored,
)
from helioscope.classification.cards import (
    CARD_VERSION,
    Expected,
    Provenance,
    card_digest,
    check_card,
    check_expected,
)
from helioscope.classification.cuts import SequentialCuts
from helioscope.classification.drift import Distributions
from helioscope.classification.estimators import Classifier
from helioscope.classification.features import Decorrelation, Feature
from helioscope.classification.likelihood import LikelihoodRatio
from helioscope.classification.model import Model, Scorer
from helioscope.classification.probability import ProbabilityCurve
from helioscope.classification.training import Training
from helioscope.classification.working_point import WorkingPoints
from helioscope.errors import InputError

#: Name of the archive among a calibration's attachments.
ARCHIVE = "model.skops"
#: Reference rows of each class, and how far their scores may be off on loading.
REFERENCE_ROWS = 16
REFERENCE_TOLERANCE = 1e-6


def packed(training: Training, provenance: Provenance) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Give a model as a card of plain values and, for a classifier, an archive beside it.

    Returns
    -------
    card
        Ready for JSON, with its own digest.
    attachments
        ``{"model.skops": …}`` for a classifier, empty for cuts and likelihood ratios, which
        are plain numbers in the card.
    """
    model = training.model
    attachments = _attachments(model.scorer)
    card: dict[str, Any] = {
        "card_version": CARD_VERSION,
        "detector": provenance.detector,
        "energy": provenance.energy,
        "kind": model.kind,
        "features": [asdict(feature) for feature in model.features],
        "libraries": library_versions(),
        "recipe": asdict(training.recipe),
        "training": {
            "runs": [asdict(run) for run in provenance.runs],
            "xray_rows": int(training.sample.xray.sum()),
            "background_rows": int((~training.sample.xray).sum()),
            "folds": len(training.by_fold),
        },
        "metrics": dict(provenance.metrics),
        "valid": {"start_ns": provenance.start_ns, "stop_ns": provenance.stop_ns},
        "parameters": _parameters(model),
        "archives": {
            name: {"sha256": digest(content), "bytes": len(content)}
            for name, content in attachments.items()
        },
        "reference": _reference(training),
        "distributions": {
            name: Distributions.of(training.sample, model.decorrelation, xray=xray).as_dict()
            for name, xray in (("xray", True), ("background", False))
        },
    }
    plain: dict[str, Any] = json.loads(json.dumps(card, allow_nan=False))
    plain["digest"] = card_digest(plain)
    return plain, attachments


def opened(
    card: Mapping[str, Any], attachments: Mapping[str, bytes], expected: Expected, where: str
) -> Model:
    """Build a model from its card and archive.

    Raises
    ------
    InputError
        The card or the archive is damaged, not a model, or names a type that is not allowed;
        or the reference scores do not come out within `REFERENCE_TOLERANCE`.
    UsageError
        It is a model of something else: detector, kind, features or their order, validity.
    LimitError
        It is larger than a model can be.
    """
    check_card(card, where)
    check_expected(card, expected, where)
    try:
        model = _model(card, attachments, where)
        _check_reference(model, card, where)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
        raise InputError(
            where=where, found=f"a damaged model: {error}", expected="a whole one", remedy=RETRAIN
        ) from error
    return model


def _attachments(scorer: Scorer) -> dict[str, bytes]:
    return {ARCHIVE: archived(scorer.estimator)} if isinstance(scorer, Classifier) else {}


def _parameters(model: Model) -> dict[str, Any]:
    scorer = model.scorer
    if isinstance(scorer, SequentialCuts | LikelihoodRatio):
        plain: dict[str, Any] = scorer.as_dict()
    elif isinstance(scorer, Classifier):
        plain = {"family": scorer.family, "ratio": scorer.ratio.as_dict()}
    else:
        raise TypeError(f"a {type(scorer).__name__} has no stored form")
    return {
        "decorrelation": model.decorrelation.as_dict(),
        "scorer": plain,
        "curve": model.curve.as_dict(),
        "working_points": model.working_points.as_dict(),
    }


def _reference(training: Training) -> dict[str, Any]:
    """Score some rows of each class, spread over the sample, to be scored again on loading."""
    sample = training.sample
    rows = np.concatenate([_spread(sample.xray == label) for label in (True, False)])
    values, energy = sample.values[rows], sample.energy_kev[rows]
    scores = training.model.scores(values, energy)
    return {
        "values": values.tolist(),
        "energy_kev": energy.tolist(),
        "scores": scores.tolist(),
        "probabilities": training.model.curve.at(scores).tolist(),
    }


def _spread(chosen: NDArray[np.bool_]) -> NDArray[np.intp]:
    rows = np.flatnonzero(chosen)
    chosen_rows: NDArray[np.intp] = rows[np.linspace(0, len(rows) - 1, REFERENCE_ROWS).astype(int)]
    return chosen_rows


def _model(card: Mapping[str, Any], attachments: Mapping[str, bytes], where: str) -> Model:
    parameters = card["parameters"]
    features = tuple(Feature(**plain) for plain in card["features"])
    return Model(
        kind=card["kind"],
        features=features,
        decorrelation=Decorrelation.from_dict(parameters["decorrelation"]),
        scorer=_scorer(card, attachments, where),
        curve=ProbabilityCurve.from_dict(parameters["curve"]),
        working_points=WorkingPoints.from_dict(parameters["working_points"]),
    )


def _scorer(card: Mapping[str, Any], attachments: Mapping[str, bytes], where: str) -> Scorer:
    plain = card["parameters"]["scorer"]
    if card["kind"] == "cuts":
        return SequentialCuts.from_dict(plain)
    if card["kind"] == "likelihood":
        return LikelihoodRatio.from_dict(plain)
    if ARCHIVE not in attachments:
        raise InputError(where=where, found="no archive", expected=ARCHIVE, remedy=RETRAIN)
    estimator = restored(
        attachments[ARCHIVE], card["archives"][ARCHIVE]["sha256"], f"{where}, {ARCHIVE}"
    )
    ratio = LikelihoodRatio.from_dict(plain["ratio"])
    return Classifier.around(plain["family"], ratio, estimator)


def _check_reference(model: Model, card: Mapping[str, Any], where: str) -> None:
    """Score the reference rows again; a library that computes differently shows here."""
    reference = card["reference"]
    values = np.array(reference["values"], np.float64)
    scores = model.scores(values, np.array(reference["energy_kev"], np.float64))
    for name, found in (("scores", scores), ("probabilities", model.curve.at(scores))):
        wanted = np.array(reference[name], np.float64)
        off = np.abs(found - wanted) / np.maximum(1.0, np.abs(wanted))
        if not len(wanted) or not (off <= REFERENCE_TOLERANCE).all():
            raise InputError(
                where=where,
                found=f"reference {name} off by up to {np.nanmax(off):.2g}",
                expected=f"within {REFERENCE_TOLERANCE:g}; written with {card.get('libraries')}",
                remedy=RETRAIN,
            )
