"""Columns, schemas and the check of a batch."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helioscope.model import products
from helioscope.model.columns import batch_of, text_column
from helioscope.model.schema import TYPES, Column, Schema, check

PULSES = Schema(
    "pulses",
    1,
    (
        Column("event_id", "int64", "", "Number."),
        Column("samples_adu", "int16", "ADU", "Samples.", ("var", 4)),
        Column("energy_kev", "float32", "keV", "Energy.", (), 0.0),
    ),
)


def pulses(**changes: ak.Array) -> ak.Array:
    samples = ak.contents.ListOffsetArray(
        ak.index.Index64(np.array([0, 2, 2])), ak.contents.NumpyArray(np.zeros((2, 4), np.int16))
    )
    columns = {
        "event_id": np.array([1, 2]),
        "samples_adu": ak.Array(samples),
        "energy_kev": np.array([1.5, 0.0], np.float32),
    } | changes
    return ak.zip(columns, depth_limit=1)


def test_a_batch_that_keeps_its_schema_has_no_fault() -> None:
    assert check(pulses(), PULSES) == []


def test_every_fault_is_listed_at_once() -> None:
    wrong = pulses(energy_kev=np.array([1.5, -0.5], np.float32), extra=np.zeros(2))
    wrong = ak.without_field(wrong, "samples_adu")
    faults = {fault.column: fault for fault in check(wrong, PULSES)}
    assert set(faults) == {"extra", "samples_adu", "energy_kev"}
    assert "no such column" in faults["samples_adu"].found
    assert "-0.5" in faults["energy_kev"].found
    assert ">= 0 keV" in faults["energy_kev"].expected


@pytest.mark.parametrize(
    ("column", "values", "found"),
    [
        ("event_id", np.array([1, 2], np.int32), "int32"),
        ("event_id", ak.Array([1, None]), "option"),
        ("samples_adu", ak.Array([[[1, 2, 3, 4]], []]), "var * var * int64"),
        ("energy_kev", np.array([np.nan, 1], np.float32), "NaN"),
        ("energy_kev", ak.Array(["a", "b"]), "string"),
    ],
)
def test_a_column_of_another_type_is_a_fault(column: str, values: ak.Array, found: str) -> None:
    (fault,) = check(pulses(**{column: values}), PULSES)
    assert fault.column == column
    assert found in fault.found


def test_what_is_no_record_array_is_a_fault() -> None:
    assert check(ak.Array([1, 2]), PULSES)[0].column == "(batch)"


@pytest.mark.parametrize("schema", [*products.PRODUCTS, PULSES], ids=lambda schema: schema.name)
def test_an_empty_batch_keeps_its_schema(schema: Schema) -> None:
    assert len(schema.empty()) == 0
    assert check(schema.empty(), schema) == []


@given(st.sampled_from(TYPES), st.lists(st.sampled_from(["var", 0, 3]), max_size=3))
def test_an_empty_column_of_any_type_and_axes_keeps_its_schema(
    dtype: str, axes: list[int | str]
) -> None:
    schema = Schema("any", 1, (Column("values", dtype, "", "", tuple(axes)),))  # type: ignore[arg-type]
    assert check(schema.empty(), schema) == []


def test_unknown_types_and_double_names_are_refused() -> None:
    with pytest.raises(ValueError, match="float16"):
        Column("values", "float16", "", "")
    with pytest.raises(ValueError, match="event_id"):
        Schema("twice", 1, (products.EVENT_ID, products.EVENT_ID))


def test_every_column_of_every_product_has_a_meaning() -> None:
    for schema in products.PRODUCTS:
        for column in schema.columns:
            assert column.meaning.endswith("."), f"{schema.name}.{column.name}"


@given(st.lists(st.integers(0, 2), max_size=30))
def test_text_columns_repeat_their_texts(index: list[int]) -> None:
    texts = ["background", "tracking", "excluded"]
    column = text_column(texts, np.array(index, np.int64))
    assert column.tolist() == [texts[i] for i in index]


def test_a_batch_built_from_columns_takes_the_types_of_its_schema() -> None:
    batch = batch_of(
        {"score": np.array([0.5, 1.0]), "accepted": np.array([True, False])},
        products.DISCRIMINATION,
    )
    assert check(batch, products.DISCRIMINATION) == []
    assert batch["score"].tolist() == [0.5, 1.0]
