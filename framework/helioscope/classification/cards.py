"""Cards of models: what a model is, made from and good for, and the checks before it is used."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from helioscope.classification.archive import RETRAIN
from helioscope.classification.features import Feature
from helioscope.errors import InputError, LimitError, UsageError

#: Raises whenever the form of a card changes.
CARD_VERSION = 1
MAX_CARD_BYTES = 16 * 2**20


@dataclass(frozen=True)
class TrainingRun:
    """A run that a model was trained on."""

    name: str
    kind: str
    rows: int
    digest: str


@dataclass(frozen=True)
class Provenance:
    """What a model was made from and for.

    Attributes
    ----------
    energy
        Name of the energy column, in keV.
    start_ns, stop_ns
        The interval for which it is valid, half open; None is open.
    """

    detector: str
    runs: tuple[TrainingRun, ...]
    start_ns: int | None = None
    stop_ns: int | None = None
    energy: str = "energy_kev"
    metrics: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Expected:
    """What the one who loads a model needs it to be."""

    detector: str
    kind: str
    features: tuple[Feature, ...]
    time_ns: int | None = None


def card_digest(card: Mapping[str, Any]) -> str:
    """Give the sha256 of a card's canonical JSON, its own digest left out."""
    content = {key: value for key, value in card.items() if key != "digest"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def card_from_json(text: bytes, where: str) -> dict[str, Any]:
    """Read a card from JSON, within `MAX_CARD_BYTES`.

    Raises
    ------
    LimitError, InputError
        Where it is too large, or no JSON object (a pickle, say).
    """
    if len(text) > MAX_CARD_BYTES:
        raise LimitError(where=where, found=f"{len(text)} bytes", expected=f"<= {MAX_CARD_BYTES}")
    try:
        card = json.loads(text)
    except (ValueError, RecursionError) as error:
        found = f"no JSON ({type(error).__name__}); nothing was loaded"
        raise InputError(where=where, found=found, expected="a model card") from error
    if not isinstance(card, dict):
        raise InputError(where=where, found=type(card).__name__, expected="a model card")
    return card


def check_card(card: Mapping[str, Any], where: str) -> None:
    """Refuse a card of another form, or one whose digest is not its own, with InputError."""
    if card.get("card_version") != CARD_VERSION:
        raise InputError(
            where=where,
            found=f"card version {card.get('card_version')!r}",
            expected=str(CARD_VERSION),
            remedy=RETRAIN,
        )
    try:
        found = card_digest(card)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(where=where, found=f"a damaged card: {error}") from error
    if found != card.get("digest"):
        raise InputError(
            where=where,
            found=f"card with sha256 {found}",
            expected=f"sha256 {card.get('digest')}",
            remedy=RETRAIN,
        )


def check_expected(card: Mapping[str, Any], expected: Expected, where: str) -> None:
    """Refuse a model made for something else, or for another time, with UsageError."""
    wanted = [asdict(feature) for feature in expected.features]
    for name, found, want in (
        ("detector", card.get("detector"), expected.detector),
        ("kind", card.get("kind"), expected.kind),
        ("features in order", _names(card.get("features")), _names(wanted)),
        ("features", card.get("features"), wanted),
    ):
        if found != want:
            raise UsageError(
                where=where, found=f"{name}: {found}", expected=f"{want}", remedy=RETRAIN
            )
    valid = card.get("valid") or {}
    start, stop = valid.get("start_ns"), valid.get("stop_ns")
    time_ns = expected.time_ns
    if time_ns is not None and not (start or time_ns) <= time_ns < (stop or time_ns + 1):
        raise UsageError(
            where=where,
            found=f"a model valid from {start} to {stop} ns",
            expected=f"one valid at {time_ns} ns",
            remedy="choose another analysis tag, or train a model for this time",
        )


def _names(features: Any) -> list[Any]:
    if not isinstance(features, Sequence):
        return []
    return [item.get("name") if isinstance(item, Mapping) else None for item in features]
