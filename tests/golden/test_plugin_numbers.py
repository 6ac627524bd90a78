"""The output of every plugin on a fixed simulation: it changes only together with a version."""

from __future__ import annotations

from dataclasses import replace

import awkward as ak
import numpy as np
import pytest
from tests.golden.chains import COMMAND, RUNS, START_NS, Part, changes, numbers_of, parts, read


@pytest.fixture(scope="module", params=list(RUNS))
def found(request: pytest.FixtureRequest) -> tuple[list[Part], list[Part]]:
    """What the plugins of a detector make today, and the golden numbers."""
    return parts(request.param), read(request.param)


def test_the_output_changes_only_with_a_version(found: tuple[list[Part], list[Part]]) -> None:
    today, golden = ([(p.kind, p.name, p.version) for p in of] for of in found)
    assert today == golden, f"versions rose or plugins came: run {COMMAND}"
    for new, old in zip(*found, strict=True):
        # The first in the chain is the cause; what comes after it changes with it.
        assert changes(new, old) == [], (
            f"the output of {new.kind} '{new.name}' {new.version} changed; if that is meant, "
            f"raise its version and run {COMMAND}"
        )


def test_every_plugin_has_numbers_whose_change_is_noticed(
    found: tuple[list[Part], list[Part]],
) -> None:
    for part in found[1]:
        filled = {column: of for column, of in part.numbers.items() if of["finite"]}
        assert filled, part.name
        for column, of in filled.items():
            for what, value in (("sum", of["sum"] + 0.03 * of["size"] + 1e-9), ("finite", 0.0)):
                other = part.numbers | {column: of | {what: value}}
                assert changes(replace(part, numbers=other), part) != [], (column, what)


@pytest.mark.parametrize("time_ns", [START_NS, 0], ids=["absolute", "from-the-trigger"])
def test_a_change_of_a_few_nanoseconds_is_noticed(time_ns: int) -> None:
    old, new = (
        Part("detector", "any", 1, numbers_of(ak.Array({"mesh_time_ns": time_ns + late})))
        for late in (np.arange(60), np.arange(60) + 5)
    )
    assert changes(new, old) != []
