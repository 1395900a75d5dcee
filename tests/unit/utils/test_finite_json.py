"""JSON from anywhere, in which every number is finite."""

from __future__ import annotations

import pytest

from inceptionspec.utils.finite_json import NotFiniteError, parse_finite_json


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("1", 1),
        (b"[1.5, -0.0]", [1.5, -0.0]),
        ("1" * 18, int("1" * 18)),
        ("1" * 30, float("1" * 30)),
        ('{"a": null}', {"a": None}),
    ],
)
def test_numbers_are_kept(text: str | bytes, data: object) -> None:
    found = parse_finite_json(text)
    assert found == data
    assert type(found) is type(data)


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", "-Infinity", "1e400", "-" + "9" * 400])
def test_a_number_without_a_finite_value(text: str) -> None:
    with pytest.raises(NotFiniteError):
        parse_finite_json(text)


@pytest.mark.parametrize(
    "text", ["", "{", b"\xff", "[" * 100_000, "\ufeff1", "[" + "[]," * 300_000, b"," * 600_000]
)
def test_what_is_not_json(text: str | bytes) -> None:
    with pytest.raises(ValueError) as caught:
        parse_finite_json(text)
    assert not isinstance(caught.value, NotFiniteError)
