"""The schema of recipes: fresh, valid, and no stricter than the reader."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import corpus
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import Source
from inceptionspec.frontend.language.recipe_check import check_recipe
from inceptionspec.frontend.language.recipe_forms import ENUM_DOCS
from inceptionspec.frontend.language.recipe_schema import (
    SCHEMA_FILE,
    recipe_schema,
    schema_text,
)
from inceptionspec.frontend.reading.spec_files import RECIPES, builtin_names, open_spec
from inceptionspec.frontend.reading.yaml_reader import first_key, read

SCHEMA = recipe_schema()
VALIDATOR = Draft202012Validator(SCHEMA)


def test_the_committed_schema_is_the_generated_one() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), "run `make schema`"


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", builtin_names(RECIPES))
def test_built_in_recipes_are_valid(name: str) -> None:
    assert not list(VALIDATOR.iter_errors(read(open_spec(name, catalog=RECIPES))))


@pytest.mark.parametrize("file", [
    file for file in corpus.RECIPES
    if file.name[:5] in ("E0202", "E0205", "E0209") and file.stem not in (
        "E0202_other_kind",  # which kind it is, is known to its base alone
        "E0205_area", "E0205_never",  # two numbers against each other, or a text's
    )
], ids=lambda file: file.stem)  # fmt: skip
def test_an_editor_marks_what_keeps_to_no_form(file: Any) -> None:
    text = read(Source(file.name, file.read_text(encoding="utf-8")))
    assert list(VALIDATOR.iter_errors(text))


def _words(part: Any) -> Iterator[tuple[str, str]]:
    if isinstance(part, dict):
        yield from zip(part.get("enum", ()), part.get("enumDescriptions", ()), strict=True)
    for inner in part.values() if isinstance(part, dict) else part:
        if isinstance(inner, (dict, list)):
            yield from _words(inner)


def test_every_word_is_described() -> None:
    described = {word: text for word, text in _words(SCHEMA) if isinstance(word, str)}
    assert [word for word, text in described.items() if not text] == []
    assert set(ENUM_DOCS) == set(described)


PLAIN = json.loads(json.dumps(read(open_spec("inception_v3_2015", catalog=RECIPES))))
PLAIN |= {"phases": [{"name": "a", "epochs": 1}], "freeze": ["a*"], "evaluation": {"crops": 10}}
VALUES: list[Any] = [0, -1, 2.5, "x", "none", True, [], {}, [1, 2], {"kind": "l2"}, "8 epochs"]


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, (dict, list)):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            found += _places(part, (*path, key))
    return found


def _all_places() -> list[tuple[Any, ...]]:
    return [place for place in _places(PLAIN) if place != ("recipe",)]


@settings(max_examples=150)
@given(st.sampled_from(_all_places()), st.sampled_from(VALUES))
def test_the_schema_and_the_reader_agree_but_for_missing_kinds(
    place: tuple[Any, ...], value: Any
) -> None:
    mutated = json.loads(json.dumps(PLAIN))
    target = mutated
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = value
    by_schema = not list(VALIDATOR.iter_errors(mutated))
    try:
        found = check_recipe(read(Source("m.yaml", json.dumps(mutated))))
    except SpecError:
        assert not by_schema
        return
    missing = [one for one in found if one.message.endswith("lacks the key `kind`")]
    assert by_schema == (len(found) == len(missing)), (place, value)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("# a comment\n---\nrecipe: 1\nspec: 1\n", "recipe"),
        ("{recipe: 1}\n", "recipe"),
        ('"spec": 1\n', "spec"),
        ("", ""),
        ("\tx: 1\n", ""),
    ],
)
def test_the_first_key_tells_the_language(text: str, key: str) -> None:
    assert first_key(Source("x.yaml", text)) == key
