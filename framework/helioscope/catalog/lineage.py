"""What made a product: everything that decides its bytes, and nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from helioscope.catalog.wording import changes, input_changes, setting_changes
from helioscope.errors import InputError


@dataclass(frozen=True)
class Lineage:
    """Everything that decides the bytes of a product; never hosts, dates or paths.

    Attributes
    ----------
    kind
        What it is the lineage of: ``observables``, ``candidates``, ``live_time``.
    data_model
        Version of the data model.
    schemas
        Version of each product schema that it keeps, by name.
    plugins
        Version of each plugin object that took part: ``{"detector ccd": 3}``.
    settings
        Plain JSON values: those of the plugins and of the framework, by part.
    calibrations
        Digests of the calibrations used, in order of time, by calibration name.
    inputs
        sha256 of the raw files, in the order in which they were read.
    parent
        The lineage of the product that it was made from.
    """

    kind: str
    data_model: int
    schemas: Mapping[str, int] = field(default_factory=dict)
    plugins: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    calibrations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    parent: Lineage | None = None

    def as_dict(self) -> dict[str, Any]:
        """Give the lineage as plain values."""
        return {
            "kind": self.kind,
            "data_model": self.data_model,
            "schemas": dict(self.schemas),
            "plugins": dict(self.plugins),
            "settings": dict(self.settings),
            "calibrations": {name: list(of) for name, of in self.calibrations.items()},
            "inputs": list(self.inputs),
            "parent": self.parent.as_dict() if self.parent else None,
        }

    def as_json(self) -> str:
        """Give the canonical JSON: sorted keys, no blanks, shortest form of each float."""
        return canonical_json(self.as_dict())

    @cached_property
    def digest(self) -> str:
        """The sha256 of the canonical JSON: the name of this lineage everywhere."""
        return hashlib.sha256(self.as_json().encode()).hexdigest()

    def ancestors(self) -> Iterator[Lineage]:
        """Go through the lineage itself and those it came from, the deepest product first."""
        here: Lineage | None = self
        while here:
            yield here
            here = here.parent

    @classmethod
    def from_json(cls, text: str) -> Lineage:
        """Read a lineage back.

        Raises
        ------
        InputError
            Where the text is not a lineage.
        """
        try:
            values = json.loads(text)
        except (ValueError, TypeError) as error:
            raise _no_lineage(error) from error
        return cls.from_dict(values)

    @classmethod
    def from_dict(cls, values: Any) -> Lineage:
        """Take a lineage from plain values, as `as_dict` gives them.

        Raises
        ------
        InputError
            Where they are none.
        """
        try:
            return cls._from_dict(values)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise _no_lineage(error) from error

    @classmethod
    def _from_dict(cls, values: Mapping[str, Any]) -> Lineage:
        parent = values["parent"]
        return cls(
            kind=str(values["kind"]),
            data_model=int(values["data_model"]),
            schemas=dict(values["schemas"]),
            plugins=dict(values["plugins"]),
            settings=dict(values["settings"]),
            calibrations={name: tuple(of) for name, of in values["calibrations"].items()},
            inputs=tuple(values["inputs"]),
            parent=cls._from_dict(parent) if parent is not None else None,
        )


def _no_lineage(error: Exception) -> InputError:
    return InputError(
        where="lineage",
        found=f"{type(error).__name__}: {error}",
        expected="the canonical JSON of a lineage",
    )


def canonical_json(value: Any) -> str:
    """Write plain values as the one JSON text that they have.

    Raises
    ------
    ValueError
        On NaN or an infinity, which JSON does not have.
    TypeError
        On anything that is not a plain value.
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def settings_digest(settings: Mapping[str, Any]) -> str:
    """Give the sha256 of the canonical JSON of some settings."""
    return hashlib.sha256(canonical_json(dict(settings)).encode()).hexdigest()


def differences(old: Lineage, new: Lineage) -> list[str]:
    """Say in words what differs between two lineages; an empty list means the same bytes."""
    found: list[str] = []
    if old.kind != new.kind:
        found.append(f"product: {old.kind} -> {new.kind}")
    if old.data_model != new.data_model:
        found.append(f"data model version: {old.data_model} -> {new.data_model}")
    found += changes("schema version of", old.schemas, new.schemas)
    found += changes("version of", old.plugins, new.plugins)
    found += setting_changes(old.settings, new.settings)
    found += changes("calibration", _shortened(old), _shortened(new))
    found += input_changes(*([(digest[:12], digest) for digest in of.inputs] for of in (old, new)))
    if old.parent and new.parent:
        found += [f"in its {new.parent.kind}: {text}" for text in
                  differences(old.parent, new.parent)]  # fmt: skip
    elif old.parent or new.parent:
        found.append(f"made from: {_parent_name(old)} -> {_parent_name(new)}")
    return found


def _shortened(lineage: Lineage) -> dict[str, str]:
    return {name: " ".join(d[:12] for d in of) for name, of in lineage.calibrations.items()}


def _parent_name(lineage: Lineage) -> str:
    return lineage.parent.kind if lineage.parent else "raw"
