"""The query grammar: which runs, in words, to a condition with bound parameters.

    query      = and-part { "or" and-part }
    and-part   = factor { "and" factor }
    factor     = "not" factor | "(" query ")" | comparison
    comparison = field ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) value
               | field "in" "(" value { "," value } ")"
               | field "like" value

Fields are ``run``, ``detector``, ``kind``, ``state``, ``start`` and ``stop``. Text stands in
quotes; times are ISO 8601, with or without quotes, UTC where they name no offset. In ``like`` a
``*`` stands for any text. Nothing is ever evaluated, and no text reaches the database but as a
bound parameter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

import sqlalchemy as sa

from helioscope.catalog import tables
from helioscope.errors import UsageError, nearest
from helioscope.model.time import parse_iso

Condition = sa.ColumnElement[bool]

_TEXTS: dict[str, sa.Column[str]] = {
    "run": tables.runs.c.name,
    "detector": tables.runs.c.detector,
    "kind": tables.runs.c.kind,
    "state": tables.runs.c.state,
}
_TIMES: dict[str, sa.Column[int]] = {"start": tables.runs.c.start_ns, "stop": tables.runs.c.stop_ns}
_FIELDS = (*_TEXTS, *_TIMES)
_WORDS = ("and", "or", "not", "in", "like")
_SIGNS = ("=", "!=", "<=", ">=", "<", ">")
_LONGEST, _DEEPEST = 4000, 40

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>"[^"]*"|'[^']*')
    | (?P<time>\d{4}-\d\d-\d\d(?:T[0-9:.]+(?:Z|[+-]\d\d:\d\d)?)?)
    | (?P<word>[A-Za-z_]\w*)
    | (?P<sign><=|>=|!=|=|<|>|\(|\)|,)
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    position: int


def condition(query: str) -> Condition:
    """Turn a query into a condition over the table of runs.

    Raises
    ------
    UsageError
        Where the query is wrong, with the character at which it is and the nearest right word.
    """
    if len(query) > _LONGEST:
        raise UsageError(
            where="query", found=f"{len(query)} characters", expected=f"{_LONGEST} at the most"
        )
    parser = _Parser(_tokens(query))
    parsed = parser.alternatives(0)
    parser.expect_end()
    return parsed


def _tokens(query: str) -> list[_Token]:
    tokens: list[_Token] = []
    position, end = 0, len(query.rstrip())
    while position < end:
        match = _TOKEN.match(query, position)
        kind = match.lastgroup if match else None
        if match is None or kind not in ("text", "time", "word", "sign"):
            start = position + len(query[position:]) - len(query[position:].lstrip())
            _refuse(start, query[start : start + 12], 'a word, a sign, a time or text in "quotes"')
        text = match[kind]
        shown = text[1:-1] if kind == "text" else text
        tokens.append(_Token(kind, shown, match.start(kind)))
        position = match.end()
    return [*tokens, _Token("end", "", end)]


class _Parser:
    """Reads tokens from left to right; each method reads one rule of the grammar."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.at = 0

    def alternatives(self, depth: int) -> Condition:
        parts = [self.conjunction(depth)]
        while self.take_word("or"):
            parts.append(self.conjunction(depth))
        return sa.or_(*parts) if len(parts) > 1 else parts[0]

    def conjunction(self, depth: int) -> Condition:
        parts = [self.factor(depth)]
        while self.take_word("and"):
            parts.append(self.factor(depth))
        return sa.and_(*parts) if len(parts) > 1 else parts[0]

    def factor(self, depth: int) -> Condition:
        if depth > _DEEPEST:
            _refuse(self.here.position, "deeper nesting", f"{_DEEPEST} levels at the most")
        if self.take_word("not"):
            return sa.not_(self.factor(depth + 1))
        if self.take_sign("("):
            inner = self.alternatives(depth + 1)
            self.need_sign(")")
            return inner
        return self.comparison()

    def comparison(self) -> Condition:
        field = self.next()
        name = field.text.lower()
        if field.kind != "word" or name not in _FIELDS:
            _refuse(field.position, field.text, _suggestion(field.text))
        if self.take_word("in"):
            return self.members(name)
        if self.take_word("like"):
            return self.pattern(name)
        sign = self.next()
        if sign.kind != "sign" or sign.text not in _SIGNS:
            _refuse(sign.position, sign.text, f"one of {' '.join(_SIGNS)}, in, like")
        if name in _TIMES:
            return _compared(_TIMES[name], sign.text, self.time())
        return _compared(_TEXTS[name], sign.text, self.text(name))

    def members(self, name: str) -> Condition:
        self.need_sign("(")
        texts, times = [], []
        while True:
            if name in _TIMES:
                times.append(self.time())
            else:
                texts.append(self.text(name))
            if not self.take_sign(","):
                break
        self.need_sign(")")
        return _TIMES[name].in_(times) if name in _TIMES else _TEXTS[name].in_(texts)

    def pattern(self, name: str) -> Condition:
        if name in _TIMES:
            _refuse(self.here.position, "like", f"= < > for the time '{name}'")
        wanted = self.text(name)
        escaped = re.sub(r"([\\%_])", r"\\\1", wanted).replace("*", "%")
        return _TEXTS[name].like(escaped, escape="\\")

    def text(self, field: str) -> str:
        token = self.next()
        if token.kind != "text" or not _storable(token.text):
            _refuse(token.position, token.text, f'text in quotes: {field} = "..."')
        return token.text

    def time(self) -> int:
        token = self.next()
        if token.kind not in ("time", "text"):
            _refuse(token.position, token.text, "a time like 2004-05-01 or 2004-05-01T06:00:00Z")
        try:
            return _time_ns(token.text)
        except ValueError as error:
            _refuse(token.position, token.text, f"a time: {error}")

    @property
    def here(self) -> _Token:
        return self.tokens[self.at]

    def next(self) -> _Token:
        token = self.here
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def take_word(self, word: str) -> bool:
        found = self.here.kind == "word" and self.here.text.lower() == word
        self.at += found
        return found

    def take_sign(self, sign: str) -> bool:
        found = self.here.kind == "sign" and self.here.text == sign
        self.at += found
        return found

    def need_sign(self, sign: str) -> None:
        if not self.take_sign(sign):
            _refuse(self.here.position, self.here.text, f"'{sign}'")

    def expect_end(self) -> None:
        if self.here.kind != "end":
            found = self.here
            hint = nearest(found.text, ["and", "or"]) if found.kind == "word" else "'and' or 'or'"
            _refuse(found.position, found.text, f"the end, {hint}")


def _compared(column: sa.Column[str] | sa.Column[int], sign: str, value: str | int) -> Condition:
    return {
        "=": column.__eq__, "!=": column.__ne__, "<": column.__lt__,
        "<=": column.__le__, ">": column.__gt__, ">=": column.__ge__,
    }[sign](value)  # fmt: skip


def _storable(text: str) -> bool:
    """Say whether a database takes a text: no NUL, and no byte that was not UTF-8."""
    return "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


def _time_ns(text: str) -> int:
    """Read a time; a bare day begins at midnight, and UTC is meant where no offset stands."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return parse_iso(f"{text}T00:00:00Z")
    return parse_iso(text if re.search(r"(Z|[+-]\d\d:\d\d)$", text) else f"{text}Z")


def _suggestion(word: str) -> str:
    return f"a field: {nearest(word, list(_FIELDS))}"


def _refuse(position: int, found: str, expected: str) -> NoReturn:
    raise UsageError(
        where=f"query, character {position + 1}",
        found=ascii(found)[1:-1] or "the end",
        expected=expected,
    )
