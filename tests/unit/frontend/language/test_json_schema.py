"""The generated schema: fresh, valid, and of one mind with the reader."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import Source
from inceptionspec.frontend.language.checker import check
from inceptionspec.frontend.language.enum_docs import ENUM_DOCS
from inceptionspec.frontend.language.json_schema import SCHEMA_FILE, json_schema, schema_text
from inceptionspec.frontend.reading.spec_files import builtin_names, open_spec
from inceptionspec.frontend.reading.yaml_reader import read
from inceptionspec.frontend.writing.yaml_writer import spec_text
from inceptionspec.ops import LAYER_OPS

SCHEMA = json_schema()
VALIDATOR = Draft202012Validator(SCHEMA)


def test_the_committed_schema_is_the_generated_one() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), "run `make schema`"


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", builtin_names())
def test_built_in_specs_are_valid(name: str) -> None:
    assert not list(VALIDATOR.iter_errors(read(open_spec(name))))


def test_every_operator_attribute_is_described() -> None:
    for name, op in LAYER_OPS.items():
        properties = SCHEMA["$defs"][f"op_{name}"]["properties"]
        assert SCHEMA["$defs"][f"op_{name}"]["additionalProperties"] is False
        for attribute in op.attributes:
            assert properties[attribute.name]["description"] == attribute.doc


def test_every_word_is_described() -> None:
    for part in _parts(SCHEMA):
        words = [word for word in part.get("enum", ()) if isinstance(word, str)]
        described = dict(zip(part.get("enum", ()), part.get("enumDescriptions", ()), strict=True))
        assert [word for word in words if not described[word]] == []
    assert set(ENUM_DOCS) <= {word for part in _parts(SCHEMA) for word in _words(part)}


def _words(part: dict[str, Any]) -> list[Any]:
    return [*part.get("enum", ()), *([part["const"]] if "const" in part else [])]


def _parts(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value:
        if isinstance(part, (dict, list)):
            yield from _parts(part)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key, part in value.items():
            found += _places(part, (*path, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            found += _places(part, (*path, index))
    return found


PLAIN = json.loads(json.dumps(read(open_spec("inception_v3"))))
PLACES = [place for place in _places(PLAIN) if place != ("spec",)]
VALUES: list[Any] = [0, -1, 2.5, "x", "$classes", True, [], {}, "3x3", "same", {"op": "conv"}]


@settings(max_examples=150)
@given(st.sampled_from(PLACES), st.sampled_from(VALUES))
def test_the_schema_and_the_reader_agree_on_mutated_specs(
    place: tuple[Any, ...], value: Any
) -> None:
    mutated = json.loads(json.dumps(PLAIN))
    target = mutated
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = value
    by_schema = not list(VALIDATOR.iter_errors(mutated))
    try:
        by_reader = not check(read(Source("m.yaml", spec_text(mutated))))
    except SpecError:
        by_reader = False
    assert by_schema == by_reader, (place, value)


def test_the_reader_reads_what_other_tools_write() -> None:
    text = yaml.safe_dump(PLAIN, sort_keys=False)
    assert not check(read(Source("dumped.yaml", text)))
