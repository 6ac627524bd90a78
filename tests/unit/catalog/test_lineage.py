from dataclasses import replace

import pytest

from helioscope.catalog.lineage import Lineage, differences
from helioscope.errors import InputError

OBSERVABLES = Lineage(
    kind="observables",
    data_model=1,
    schemas={"ccd-observables": 2},
    plugins={"detector ccd": 3},
    settings={"ccd": {"threshold_sigma": 4.0, "nodes": 64}},
    calibrations={"ccd-gain": ("a" * 64,), "ccd-dark": ("b" * 64, "c" * 64)},
    inputs=("1" * 64, "2" * 64),
)
CANDIDATES = Lineage("candidates", 1, plugins={"discriminator spot": 1}, parent=OBSERVABLES)


def test_the_order_of_keys_changes_nothing() -> None:
    turned = replace(
        OBSERVABLES,
        settings={"ccd": {"nodes": 64, "threshold_sigma": 4.0}},
        calibrations=dict(reversed(OBSERVABLES.calibrations.items())),
    )
    assert turned.digest == OBSERVABLES.digest


def test_json_gives_the_same_lineage_back() -> None:
    assert Lineage.from_json(CANDIDATES.as_json()) == CANDIDATES
    assert [step.kind for step in CANDIDATES.ancestors()] == ["candidates", "observables"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"settings": {"ccd": {"threshold_sigma": 5.0, "nodes": 64}}},
         "setting ccd.threshold_sigma: 4.0 -> 5.0"),
        ({"settings": {"ccd": {"threshold_sigma": 4.0}}}, "setting ccd.nodes: 64 -> (none)"),
        ({"plugins": {"detector ccd": 4}}, "version of detector ccd: 3 -> 4"),
        ({"schemas": {"ccd-observables": 3}}, "schema version of ccd-observables: 2 -> 3"),
        ({"data_model": 2}, "data model version: 1 -> 2"),
        ({"inputs": ("1" * 64, "3" * 64)}, "inputs: 222222222222 -> 333333333333"),
        ({"inputs": ("2" * 64, "1" * 64)}, "inputs: the same files in another order"),
        ({"inputs": ("1" * 64, "2" * 64, "2" * 64)}, "inputs: (none) -> 222222222222"),
        ({"calibrations": {**OBSERVABLES.calibrations, "ccd-gain": ("d" * 64,)}},
         "calibration ccd-gain: aaaaaaaaaaaa -> dddddddddddd"),
    ],
)  # fmt: skip
def test_each_change_changes_the_digest_and_is_said(change: dict[str, object], words: str) -> None:
    changed = replace(OBSERVABLES, **change)  # type: ignore[arg-type]
    assert changed.digest != OBSERVABLES.digest
    assert differences(OBSERVABLES, changed) == [words]
    child = replace(CANDIDATES, parent=changed)
    assert child.digest != CANDIDATES.digest
    assert differences(CANDIDATES, child) == [f"in its observables: {words}"]


def test_a_change_of_type_alone_is_said() -> None:
    changed = replace(OBSERVABLES, settings={"ccd": {"threshold_sigma": "4.0", "nodes": 64}})
    assert changed.digest != OBSERVABLES.digest
    assert differences(OBSERVABLES, changed) == ['setting ccd.threshold_sigma: 4.0 -> "4.0"']


def test_times_digests_and_tags_are_said_as_people_read_them() -> None:
    day = 86_400 * 10**9

    def tagged(edges: list[int], *labels: tuple[str, str], start_ns: int = 0) -> Lineage:
        settings = {
            "run": {"start_ns": start_ns},
            "pointing": {"sha256": [str(len(edges)) * 64]},
            "tags": {"edges_ns": edges, "labels": [list(label) for label in labels]},
        }
        return Lineage("candidates", 1, settings=settings)

    quiet, moving, tracking = ("background", ""), ("excluded", "moving"), ("tracking", "")
    one = tagged([day], quiet, moving)
    other = tagged([day, 2 * day, 3 * day], quiet, moving, tracking, quiet, start_ns=day)
    assert differences(one, other) == [
        "setting pointing.sha256: 111111111111 -> 333333333333",
        "setting run.start_ns: 1970-01-01T00:00:00Z -> 1970-01-02T00:00:00Z",
        "tag of [1970-01-03T00:00:00Z, 1970-01-04T00:00:00Z): excluded (moving) -> tracking",
        "tag of [1970-01-04T00:00:00Z, open): excluded (moving) -> background",
    ]
    edges = [number * day for number in range(40)]
    many = tagged(edges, quiet, *[moving, quiet] * 20)
    assert differences(tagged([], quiet), many)[-1] == "further stretches of another tag: 16"


def test_equal_lineages_have_no_differences() -> None:
    assert differences(CANDIDATES, Lineage.from_json(CANDIDATES.as_json())) == []


def test_what_json_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        _ = replace(OBSERVABLES, settings={"x": float("nan")}).digest
    with pytest.raises(TypeError):
        _ = replace(OBSERVABLES, settings={"x": object()}).digest


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"kind": "x"}', "null"])
def test_what_is_no_lineage_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="lineage"):
        Lineage.from_json(text)
