import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helioscope.catalog.query import condition
from helioscope.catalog.rows import RunRow
from helioscope.catalog.store import Catalog
from helioscope.errors import UsageError
from helioscope.model.time import parse_iso

APRIL, MAY, JUNE = (parse_iso(f"2004-0{month}-01T00:00:00Z") for month in (4, 5, 6))
RUNS = [
    RunRow("a_1", "ccd", "science", APRIL, MAY),
    RunRow("ab1", "ccd", "fe55", MAY, JUNE),
    RunRow("b-1", "micromegas", "science", MAY, None),
    RunRow("tpc-1", "tpc", "science", None, None, state="bad", reason="no clock"),
]


@pytest.fixture
def filled(catalog: Catalog) -> Catalog:
    catalog.register_runs(RUNS)
    return catalog


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ('detector = "ccd"', ["a_1", "ab1"]),
        ('detector = "micromegas" and start >= 2004-05-01 and kind = "science"', ["b-1"]),
        ("start < 2004-05-01T00:00:00Z", ["a_1"]),
        ("start <= '2004-05-01T02:00:00+02:00'", ["a_1", "ab1", "b-1"]),
        ("stop = 2004-06-01T00:00", ["ab1"]),
        ('detector = "tpc" or detector = "ccd" and kind = "fe55"', ["ab1", "tpc-1"]),
        ('(detector = "tpc" or detector = "ccd") and kind = "science"', ["a_1", "tpc-1"]),
        ('not kind = "science"', ["ab1"]),
        ('NOT (kind != "science" OR state = "bad")', ["a_1", "b-1"]),
        ('run in ("a_1", "b-1", "none")', ["a_1", "b-1"]),
        ('run like "a*"', ["a_1", "ab1"]),
        ('run like "a_*"', ["a_1"]),
        ('run like "A*"', []),
        ('run like "%"', []),
        ('run like "*1"', ["a_1", "ab1", "b-1", "tpc-1"]),
        ("run = 'tpc-1'", ["tpc-1"]),
    ],
)
def test_a_query_finds_its_runs(filled: Catalog, query: str, names: list[str]) -> None:
    assert sorted(run.name for run in filled.runs(condition(query))) == names


@pytest.mark.parametrize(
    ("query", "position", "expected"),
    [
        ('detectr = "ccd"', 1, "did you mean 'detector'?"),
        ('detector = ccd', 12, "text in quotes"),
        ('detector == "ccd"', 11, "text in quotes"),
        ('detector "ccd"', 10, "one of ="),
        ('detector = "ccd" adn kind = "x"', 18, "did you mean 'and'?"),
        ('detector = "ccd', 12, "quotes"),
        ('(detector = "ccd"', 18, "')'"),
        ("start > 2004-13-01", 9, "a time"),
        ('start > "tomorrow"', 9, "a time"),
        ("start like '2004*'", 12, "= < >"),
        ("start < 9999-01-01", 9, "2262"),
        ("stop in (1066-10-14)", 10, "1678"),
        ("run = 'a\udcff'", 7, "text in quotes"),
        ("", 1, "a field"),
        ('run = "a"; DROP TABLE runs', 10, "a word"),
        ("run = 'a' or 1=1", 14, "a word"),
        ("__import__('os')", 1, "a field"),
        ("run in ()", 9, "text in quotes"),
    ],
)  # fmt: skip
def test_a_wrong_query_says_where_and_what(query: str, position: int, expected: str) -> None:
    with pytest.raises(UsageError) as fault:
        condition(query)
    assert fault.value.where == f"query, character {position}"
    assert expected in fault.value.expected


@pytest.mark.parametrize(
    "value", ["'; DROP TABLE runs; --", "x' OR '1'='1", "%", "\\", ":name", "?", "\u2019 OR 1=1"]
)
def test_no_value_leaves_its_place(filled: Catalog, value: str) -> None:
    quote = '"' if "'" in value else "'"
    assert filled.runs(condition(f"run = {quote}{value}{quote}")) == []
    assert len(filled.runs()) == len(RUNS)


@pytest.mark.parametrize("query", ["(" * 5000, "not " * 900 + 'run = "a"', 'run = "a" or ' * 1000])
def test_a_query_cannot_exhaust_the_parser(query: str) -> None:
    with pytest.raises(UsageError):
        condition(query)


@given(st.text(max_size=60))
def test_any_text_is_a_query_or_a_usage_error(text: str) -> None:
    with contextlib.suppress(UsageError):
        condition(text)


@given(st.text(st.characters(exclude_characters='"\0', exclude_categories=["Cs"]), max_size=30))
def test_every_value_is_a_bound_parameter(value: str) -> None:
    compiled = condition(f'run = "{value}"').compile()
    assert str(compiled) == "runs.name = :name_1"
    assert compiled.params == {"name_1": value}
