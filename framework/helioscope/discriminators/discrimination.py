"""The three discriminators of a detector, each judging by the model that holds for a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import awkward as ak
import numpy as np

from helioscope.classification.model import Kind, Model
from helioscope.discriminators.separation import CARD, KINDS, NAMES, Separation, matrix, name_of
from helioscope.discriminators.settings import WorkingPointSettings
from helioscope.errors import InputError
from helioscope.model.cuts import failed_cuts
from helioscope.plugin import Discriminate, Discriminator, Requirement, Setup


def discriminators(separation: Separation) -> list[Discriminator]:
    """Make the three discriminators of a detector."""
    return [
        Discriminator(
            name=name_of(separation, kind),
            detector=separation.detector,
            version=separation.version,
            config=WorkingPointSettings,
            discrimination=_Discrimination(separation, kind),
            calibrations=_Needs(name_of(separation, kind)),
            cuts=_Names(separation if kind == "cuts" else None),
            description=NAMES[kind],
        )
        for kind in KINDS
    ]


def loaded(separation: Separation, kind: Kind, setup: Setup) -> Model:
    """Give the model that holds for a run, checked against all that its card says.

    Raises
    ------
    InputError, UsageError, LimitError
        Where it is damaged, too large, or made for something else.
    """
    from helioscope.classification.cards import Expected, card_from_json
    from helioscope.classification.model_file import opened

    name = name_of(separation, kind)
    calibration = setup.calibration(name)
    where = f"calibration '{name}' version {calibration.version}"
    if CARD not in calibration.attachments:
        raise InputError(where=where, found="no card", expected=f"an attachment {CARD}")
    card = card_from_json(calibration.attachments[CARD], where)
    if calibration.metadata.get("card_digest") != card.get("digest"):
        raise InputError(
            where=where,
            found=f"a card with digest {card.get('digest')}",
            expected=f"digest {calibration.metadata.get('card_digest')}",
        )
    expected = Expected(separation.detector, kind, separation.features, setup.run.start_ns)
    return opened(card, calibration.attachments, expected, where)


@dataclass(frozen=True)
class _Needs:
    name: str

    def __call__(self, config: Any) -> tuple[Requirement, ...]:
        return (Requirement(self.name),)


@dataclass(frozen=True)
class _Names:
    """Names of the sequential cuts; of none where there is no separation."""

    separation: Separation | None

    def __call__(self, config: Any) -> tuple[str, ...]:
        if self.separation is None:
            return ()
        return ("finite features", *(feature.name for feature in self.separation.features))


@dataclass(frozen=True)
class _Discrimination:
    separation: Separation
    kind: Kind

    def __call__(self, setup: Setup) -> Discriminate:
        model = loaded(self.separation, self.kind, setup)
        efficiency = setup.config.efficiency

        def discriminate(observables: ak.Array) -> ak.Array:
            values, energy_kev = matrix(self.separation, observables)
            judged = model.judged(values, energy_kev, efficiency)
            score = judged.probability.astype(np.float32)
            verdict: dict[str, Any] = {"score": score, "accepted": judged.accepted}
            if self.kind == "cuts":
                passed = model.cuts_passed(values, energy_kev, efficiency)
                verdict["cuts_failed"] = failed_cuts(passed, len(values))
            return ak.Array(verdict)

        return discriminate
