"""What differs between the settings of two lineages, in words that people read."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from helioscope.catalog.rows import span
from helioscope.model.time import iso

#: What a raw file is called in words, and its digest.
Input = tuple[str, str]

#: Stretches of time whose tag changed that are told one by one.
_TOLD = 4


def setting_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Say in words what differs between two nested settings.

    Times are written as dates, digests short, and the tags of time as the stretches over which
    they differ.
    """
    before, after = flat(old), flat(new)
    words: list[str] = []
    if _has_tags(before) and _has_tags(after):
        words = _tag_changes(_taken(before), _taken(after))
    return changes("setting", before, after) + words


def changes(what: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Say in words which of some named values are others, or are there in one alone."""
    words: list[str] = []
    for name in sorted(old.keys() | new.keys()):
        if name in old and name in new and _text(old[name]) == _text(new[name]):
            continue
        before, after = (_word(name, of[name]) if name in of else "(none)" for of in (old, new))
        if before == after:  # of other types
            before, after = _text(old[name]), _text(new[name])
        words.append(f"{what} {name}: {before} -> {after}")
    return words


def input_changes(old: Sequence[Input], new: Sequence[Input]) -> list[str]:
    """Say in words which raw files are others, or that they come in another order."""
    gone, come = _only(old, new), _only(new, old)
    if gone or come:
        return [f"inputs: {', '.join(gone) or '(none)'} -> {', '.join(come) or '(none)'}"]
    same = [digest for _, digest in old] == [digest for _, digest in new]
    return [] if same else ["inputs: the same files in another order"]


def _only(some: Sequence[Input], others: Sequence[Input]) -> list[str]:
    left = Counter(digest for _, digest in others)
    words = []
    for word, digest in some:
        if left[digest]:
            left[digest] -= 1
        else:
            words.append(word)
    return words


def flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Flatten nested mappings to dotted names: ``{"ccd.threshold_sigma": 4.0}``."""
    result: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            result.update(flat(value, f"{prefix}{name}."))
        else:
            result[f"{prefix}{name}"] = value
    return result


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _word(name: str, value: Any) -> str:
    if name.endswith("_ns") and isinstance(value, int):
        return iso(value)
    if name.endswith("sha256") and isinstance(value, list | tuple):
        return " ".join(str(digest)[:12] for digest in value)
    return value if isinstance(value, str) else _text(value)


_EDGES, _LABELS = "tags.edges_ns", "tags.labels"

#: Ascending edges, and the label before the first and after each.
_Tags = tuple[Sequence[int], Sequence[Sequence[str]]]


def _has_tags(values: Mapping[str, Any]) -> bool:
    return len(values.get(_LABELS, ())) == len(values.get(_EDGES, ())) + 1


def _taken(values: dict[str, Any]) -> _Tags:
    return values.pop(_EDGES), values.pop(_LABELS)


def _tag_changes(old: _Tags, new: _Tags) -> list[str]:
    edges: list[int | None] = [None, *sorted({*old[0], *new[0]}), None]
    stretches: list[tuple[int | None, int | None, str]] = []
    for start, stop in pairwise(edges):
        before, after = _label(old, start), _label(new, start)
        if before == after:
            continue
        words = f"{before} -> {after}"
        joins = bool(stretches) and stretches[-1][1:] == (start, words)
        stretches.append((stretches.pop()[0] if joins else start, stop, words))
    told = [f"tag of {span(start, stop)}: {words}" for start, stop, words in stretches[:_TOLD]]
    more = len(stretches) - _TOLD
    return [*told, f"further stretches of another tag: {more}"] if more > 0 else told


def _label(tags: _Tags, start: int | None) -> str:
    edges, labels = tags
    tag, reason = labels[0 if start is None else bisect_right(edges, start)]
    return f"{tag} ({reason})" if reason else tag
