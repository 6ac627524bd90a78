"""Fault 24: a pickle, an unknown type, a wrong digest, features in another order; and bombs."""

from __future__ import annotations

import copy
import io
import json
import os
import pickle
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.classification import toys

from helioscope.classification import archive
from helioscope.classification.cards import (
    Expected,
    Provenance,
    TrainingRun,
    card_digest,
    card_from_json,
)
from helioscope.classification.model_file import ARCHIVE, opened, packed
from helioscope.classification.training import Recipe, Training, train
from helioscope.errors import InputError, LimitError, UsageError

Card = dict[str, Any]
Stored = dict[str, tuple[Card, dict[str, bytes]]]

KINDS = ("cuts", "likelihood", "classifier")
RUNS = (TrainingRun("fe55-1", "fe55", 100, "aa"),)


@pytest.fixture(scope="module")
def stored(trained: dict[str, Training]) -> Stored:
    provenance = Provenance("toy", RUNS, start_ns=1000, stop_ns=2000, metrics={"rejection": 900.0})
    return {kind: packed(training, provenance) for kind, training in trained.items()}


def expected(model: str, **changed: Any) -> Expected:
    return replace(Expected("toy", model, toys.FEATURES, 1500), **changed)


def resigned(card: Card, **changed: Any) -> Card:
    """A card whose own digest is right again, as one who forges it would see to."""
    forged = {**copy.deepcopy(card), **changed}
    forged["digest"] = card_digest(forged)
    return forged


def forged_archive(card: Card, content: bytes) -> tuple[Card, dict[str, bytes]]:
    """A card that vouches for any content."""
    archives = {ARCHIVE: {"sha256": archive.digest(content), "bytes": len(content)}}
    return resigned(card, archives=archives), {ARCHIVE: content}


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_comes_back_as_it_was(
    stored: Stored, trained: dict[str, Training], kind: str
) -> None:
    card, attachments = stored[kind]
    again = card_from_json(json.dumps(card).encode(), "card")
    model = opened(again, attachments, expected(kind), "model")
    test = toys.sample(9, runs=1, rows=500)
    before = trained[kind].model.judged(test.values, test.energy_kev, 0.8)
    after = model.judged(test.values, test.energy_kev, 0.8)
    np.testing.assert_array_equal(before.score, after.score)
    np.testing.assert_array_equal(before.probability, after.probability)
    np.testing.assert_array_equal(before.accepted, after.accepted)


def test_the_card_tells_what_made_the_model(stored: Stored) -> None:
    card, attachments = stored["classifier"]
    assert [feature["name"] for feature in card["features"]] == [f.name for f in toys.FEATURES]
    assert card["training"]["runs"] == [
        {"name": "fe55-1", "kind": "fe55", "rows": 100, "digest": "aa"}
    ]
    assert set(card["libraries"]) == {"numpy", "scikit-learn", "skops"}
    assert card["metrics"] == {"rejection": 900.0}
    assert card["valid"] == {"start_ns": 1000, "stop_ns": 2000}
    assert card["archives"][ARCHIVE]["sha256"] == archive.digest(attachments[ARCHIVE])


@pytest.mark.parametrize("family", ["boosting", "mlp", "logistic"])
def test_the_same_training_gives_the_same_bytes(family: str) -> None:
    sample = toys.sample(4, runs=2, rows=400)
    first, second = (
        packed(train(sample, Recipe("classifier", family=family, folds=2)), Provenance("toy", ()))
        for _ in range(2)
    )
    assert first == second
    opened(*first, expected("classifier", time_ns=None), "model")


class Mark:
    """Pickles into a call that leaves a mark when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_never_loaded(stored: Stored, tmp_path: Path, protocol: int) -> None:
    mark = tmp_path / "mark"
    bomb = pickle.dumps(Mark(mark), protocol=protocol)
    with pytest.raises(InputError, match="nothing was loaded"):
        opened(*forged_archive(stored["classifier"][0], bomb), expected("classifier"), "model")
    with pytest.raises(InputError, match="nothing was loaded"):
        card_from_json(bomb, "card")
    assert not mark.exists()
    pickle.loads(bomb)
    assert mark.exists(), "the bomb would have left no mark: the test shows nothing"


def test_a_pickle_within_an_archive_is_never_loaded(stored: Stored, tmp_path: Path) -> None:
    """An array entry that is really a pickled object array."""
    card, attachments = stored["classifier"]
    bomb = io.BytesIO()
    np.save(bomb, np.array([Mark(tmp_path / "mark")], dtype=object), allow_pickle=True)
    content = rewritten(attachments[ARCHIVE], {"0.npy": bomb.getvalue()})
    with pytest.raises(InputError):
        opened(*forged_archive(card, content), expected("classifier"), "model")
    assert not (tmp_path / "mark").exists()


def rewritten(
    content: bytes, changed: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(target, "w", method) as new,
    ):
        for name in old.namelist():
            new.writestr(name, changed.get(name, old.read(name)))
    return target.getvalue()


@pytest.mark.parametrize(
    "node",
    [
        {"__class__": "system", "__module__": "os", "__loader__": "FunctionNode"},
        {"__class__": "partial", "__module__": "functools", "__loader__": "PartialNode"},
        {"__class__": "RandomForestClassifier", "__module__": "sklearn.ensemble._forest",
         "__loader__": "ObjectNode"},
        {"__class__": "dict", "__module__": "builtins", "__loader__": "MethodNode"},
        {"__class__": "str", "__module__": "builtins"},
    ],
)  # fmt: skip
def test_a_type_that_is_not_on_the_list_is_refused(stored: Stored, node: dict[str, str]) -> None:
    card, attachments = stored["classifier"]
    with zipfile.ZipFile(io.BytesIO(attachments[ARCHIVE])) as old:
        schema = json.loads(old.read("schema.json"))
    schema["content"]["content"]["extra"] = {**node, "__id__": 99999, "content": {}}
    content = rewritten(attachments[ARCHIVE], {"schema.json": json.dumps(schema).encode()})
    with pytest.raises(InputError, match="types that a model does not have"):
        opened(*forged_archive(card, content), expected("classifier"), "model")


def test_another_estimator_than_the_card_says_is_refused(
    stored: Stored, trained: dict[str, Training]
) -> None:
    sample = toys.sample(4, runs=2, rows=400)
    other = packed(
        train(sample, Recipe("classifier", family="logistic", folds=2)), Provenance("toy", ())
    )
    card = stored["classifier"][0]
    with pytest.raises(InputError, match="LogisticRegression"):
        opened(*forged_archive(card, other[1][ARCHIVE]), expected("classifier"), "model")


@settings(max_examples=60, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_of_the_archive_is_noticed(stored: Stored, place: float, bit: int) -> None:
    card, attachments = stored["classifier"]
    damaged = bytearray(attachments[ARCHIVE])
    damaged[int(place * len(damaged))] ^= 1 << bit
    with pytest.raises(InputError, match="sha256"):
        opened(card, {ARCHIVE: bytes(damaged)}, expected("classifier"), "model")


@settings(max_examples=60, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_never_crashes_even_where_the_digest_is_forged(
    stored: Stored, trained: dict[str, Training], place: float, bit: int
) -> None:
    """It is refused, or (an unused value, a comment) the model still is the same."""
    card, attachments = stored["classifier"]
    damaged = bytearray(attachments[ARCHIVE])
    damaged[int(place * len(damaged))] ^= 1 << bit
    try:
        model = opened(*forged_archive(card, bytes(damaged)), expected("classifier"), "model")
    except (InputError, LimitError):
        return
    test = toys.sample(9, runs=1, rows=200)
    np.testing.assert_array_equal(
        model.scores(test.values, test.energy_kev),
        trained["classifier"].model.scores(test.values, test.energy_kev),
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_card_is_noticed(stored: Stored, kind: str) -> None:
    card, attachments = stored[kind]
    changed = copy.deepcopy(card)
    changed["parameters"]["curve"]["nodes"][0][0] += 1e-3
    with pytest.raises(InputError, match="card with sha256"):
        opened(changed, attachments, expected(kind), "model")


def test_other_features_or_another_order_are_refused(stored: Stored) -> None:
    for kind in KINDS:
        for wanted in (toys.FEATURES[::-1], toys.FEATURES[1:], toys.FEATURES[1:2]):
            with pytest.raises(UsageError, match="features"):
                opened(*stored[kind], expected(kind, features=wanted), "model")


def test_a_model_of_another_detector_kind_or_time_is_refused(stored: Stored) -> None:
    card, attachments = stored["cuts"]
    for wrong in (
        {"detector": "other"},
        {"kind": "likelihood"},
        {"time_ns": 999},
        {"time_ns": 2000},
    ):
        with pytest.raises(UsageError):
            opened(card, attachments, expected("cuts", **wrong), "model")
    opened(card, attachments, expected("cuts", time_ns=1000), "model")


@pytest.mark.parametrize("kind", KINDS)
def test_reference_scores_that_differ_are_refused(stored: Stored, kind: str) -> None:
    card, attachments = stored[kind]
    reference = copy.deepcopy(card["reference"])
    reference["scores"][3] += 1e-5 * max(1.0, abs(reference["scores"][3]))
    with pytest.raises(InputError, match="reference scores"):
        opened(resigned(card, reference=reference), attachments, expected(kind), "model")


def test_a_missing_archive_and_a_card_of_another_version_are_refused(stored: Stored) -> None:
    card, attachments = stored["classifier"]
    with pytest.raises(InputError, match="no archive"):
        opened(card, {}, expected("classifier"), "model")
    with pytest.raises(InputError, match="card version"):
        opened(resigned(card, card_version=2), attachments, expected("classifier"), "model")


def test_a_bomb_ends_at_the_limit_without_being_unpacked(stored: Stored) -> None:
    card, _ = stored["classifier"]
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bomb:
        with bomb.open("0.npy", "w", force_zip64=True) as entry:
            for _ in range(320):
                entry.write(bytes(2**20))
        bomb.writestr("schema.json", "{}")
    assert len(target.getvalue()) < 2**20
    with pytest.raises(LimitError):
        opened(*forged_archive(card, target.getvalue()), expected("classifier"), "model")


def test_a_bomb_that_lies_about_its_size_is_refused(stored: Stored) -> None:
    """The directory says 10 bytes; the stream holds 64 MB."""
    card, _ = stored["classifier"]
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("schema.json", bytes(2**26))
    lying = target.getvalue().replace((2**26).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert lying != target.getvalue()
    with pytest.raises(InputError):
        opened(*forged_archive(card, lying), expected("classifier"), "model")


def test_an_array_that_claims_more_than_it_holds_is_refused(stored: Stored) -> None:
    card, attachments = stored["classifier"]
    huge = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        huge, {"descr": "<f8", "fortran_order": False, "shape": (10**12,)}
    )
    content = rewritten(attachments[ARCHIVE], {"0.npy": huge.getvalue()})
    with pytest.raises(InputError):
        opened(*forged_archive(card, content), expected("classifier"), "model")


def test_packings_that_cannot_be_bounded_are_refused(stored: Stored) -> None:
    card, attachments = stored["classifier"]
    content = rewritten(attachments[ARCHIVE], {}, zipfile.ZIP_BZIP2)
    with pytest.raises(InputError):
        opened(*forged_archive(card, content), expected("classifier"), "model")


def test_deeply_nested_json_is_refused(stored: Stored) -> None:
    card, attachments = stored["classifier"]
    nested = b"[" * 200_000 + b"]" * 200_000
    with pytest.raises(InputError):
        card_from_json(nested, "card")
    content = rewritten(attachments[ARCHIVE], {"schema.json": nested})
    with pytest.raises(InputError):
        opened(*forged_archive(card, content), expected("classifier"), "model")
