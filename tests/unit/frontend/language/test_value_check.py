"""The quick yes of `plain_test` against jsonschema, which decides."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from inceptionspec.frontend.language import forms as language
from inceptionspec.frontend.language.forms import with_arguments
from inceptionspec.frontend.language.value_check import admits, plain_test
from inceptionspec.ops import OPS
from inceptionspec.ops import attribute_types as kinds
from inceptionspec.ops import epilogue as affine
from inceptionspec.ops.attribute_types import Kind

KINDS = [
    value
    for module in (kinds, language, affine)
    for value in vars(module).values()
    if isinstance(value, Kind)
] + [attribute.kind for op in OPS.values() for attribute in op.attributes]

SCALARS = st.one_of(
    st.integers(-3, 12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.sampled_from(["same", "3x3", "map", "input", "$x", "none", "relu", "auto", "", "W0101",
                     "299x299", "any", "<= 5e9", "batch_norm", "x\n", "10"]),
    st.just(10**30),
)  # fmt: skip
KEYS = st.sampled_from(
    ["top", "bottom", "left", "right", "op", "scale", "normal", "mode", "W0104", "x"]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=6,
)


@pytest.mark.parametrize("arguments", [False, True])
@given(kind=st.sampled_from(KINDS), value=VALUES)
def test_what_is_plainly_valid_is_valid(arguments: bool, kind: Kind, value: Any) -> None:
    schema = with_arguments(kind) if arguments else kind.schema
    if plain_test(schema)(value):
        assert Draft202012Validator(schema).is_valid(value)


@given(kind=st.sampled_from(KINDS), value=VALUES)
def test_jsonschema_has_the_last_word(kind: Kind, value: Any) -> None:
    assert admits(kind, value) == Draft202012Validator(kind.schema).is_valid(value)


def test_infinities_and_nan_are_of_no_kind() -> None:
    for value in (float("inf"), float("nan"), [float("inf")], {"x": float("nan")}):
        assert not any(admits(kind, value) for kind in KINDS)
