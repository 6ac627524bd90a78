"""The verbs that list what is installed: plugins, schema."""

from __future__ import annotations

import json
from collections.abc import Callable

Cli = Callable[..., tuple[int, str, str]]


def test_plugins_lists_what_each_brings(helioscope: Cli) -> None:
    code, out, _ = helioscope("plugins", "--json")
    found = json.loads(out)
    kinds = {(row["kind"], row["name"]) for row in found["plugins"]}
    assert code == 0
    assert {("detector", "ccd"), ("simulator", "tpc"), ("source", "feminos-aqs")} <= kinds
    assert found["failures"] == []
    assert "proportional-counter" in helioscope("plugins")[1]


def test_schema_of_a_product_has_units_and_meanings(helioscope: Cli) -> None:
    code, out, _ = helioscope("schema", "candidates", "--json")
    columns = {row["column"]: row for row in json.loads(out)["candidates"]}
    assert code == 0
    assert columns["energy_kev"]["unit"] == "keV"
    assert all(row["meaning"] for row in columns.values())


def test_schema_prints_the_settings_of_a_plugin(helioscope: Cli) -> None:
    code, out, _ = helioscope("schema", "proportional-counter.settings", "--json")
    rows = json.loads(out)["proportional-counter.settings"]
    assert code == 0
    assert [(row["setting"], row["type"], row["default"]) for row in rows] == [
        ("ev_per_adu", "float", 10.0),
        ("dead_time_s", "float", 0.001),
    ]


def test_every_setting_of_the_detectors_has_a_meaning(helioscope: Cli) -> None:
    tables = json.loads(helioscope("schema", "--json")[1])
    settings = {name: rows for name, rows in tables.items() if name.endswith(".settings")}
    assert len(settings) > 20
    assert [
        f"{name}: {row['setting']}"
        for name, rows in settings.items()
        for row in rows
        if not row["meaning"] and "proportional-counter" not in name
    ] == []


def test_schema_prints_all_of_it(helioscope: Cli) -> None:
    code, out, _ = helioscope("schema", "--json")
    names = set(json.loads(out))
    assert code == 0
    assert {"raw", "candidates", "quality", "tpc.observables", "simulator.ccd.settings"} <= names


def test_schema_of_a_wrong_name_says_the_nearest(helioscope: Cli) -> None:
    code, _, err = helioscope("schema", "ccd-observables")
    assert code == 2
    assert "did you mean 'ccd.observables'?" in err
