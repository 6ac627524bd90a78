"""Why two versions of a calibration differ, in words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helioscope.catalog.rows import CalibrationRow
from helioscope.catalog.store import Catalog
from helioscope.catalog.wording import Input, changes, input_changes, setting_changes
from helioscope.core.calibrations.stored_calibrations import record
from helioscope.errors import InputError


def differences(old: CalibrationRow, new: CalibrationRow) -> list[str]:
    """Say what differs in what two versions were made of, by and with.

    Raises
    ------
    InputError
        Where the record of one is gone or damaged.
    """
    before, after = record(old), record(new)
    made_by = {"calibrator": old.made_by}, {"calibrator": new.made_by}
    words = changes("made by", *made_by) if old.made_by != new.made_by else []
    for name in ("plugins", "calibrations"):
        if name in before and name in after:  # older records do not tell them
            words += changes(name.removesuffix("s"), _short(before[name]), _short(after[name]))
    words += setting_changes(before["settings"], after["settings"])
    return words + input_changes(_inputs(old, before), _inputs(new, after))


def made_anew(catalog: Catalog, new: CalibrationRow) -> list[str]:
    """Say why a version was made beside an older one of the same runs; nothing without one."""
    runs = record(new)["runs"]
    for old in reversed(catalog.calibration_versions(new.detector, new.name)):
        try:
            if old.version < new.version and record(old)["runs"] == runs:
                return differences(old, new)
        except InputError:
            continue  # its record is damaged, as 'helioscope verify' tells
    return []


def _short(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: " ".join(digest[:12] for digest in value) if isinstance(value, list) else value
        for name, value in values.items()
    }


def _inputs(row: CalibrationRow, about: Mapping[str, Any]) -> list[Input]:
    names = [Path(place).name for place in about["inputs"]]
    pairs = zip(names, row.inputs, strict=False)
    return [(f"{name} ({digest[:12]})", digest) for name, digest in pairs]
