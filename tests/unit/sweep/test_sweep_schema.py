"""The schema of sweep files: fresh, valid, and no stricter than the reader."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import Source
from inceptionspec.sweep.evaluate import QUANTITIES
from inceptionspec.sweep.knobs import KNOBS
from inceptionspec.sweep.records import FIGURES
from inceptionspec.sweep.sweep_file import read_sweep
from inceptionspec.sweep.sweep_schema import SCHEMA_FILE, schema_text, sweep_schema

SCHEMA = sweep_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
GOOD: dict[str, Any] = {
    "sweep": 1,
    "name": "slimmer",
    "doc": "What it is for.",
    "spec": "inception_v3",
    "vary": {"width": [0.5, 1], "input": "224..299:75", "Mixed_6b.filters_7": 96, "flag": True},
    "sample": 5,
    "seed": 3,
    "where": "macs < 2G",
    "front": ["macs", "field:max"],
    "sort": "params",
    "top": "all",
    "digests": True,
}
VALUES: list[Any] = [0, -1, 2.5, "x", "all", True, [], {}, [1, 2], [1, [2]], ["macs"], {"a": 1}]


def is_read(data: Any) -> bool:
    try:
        read_sweep(Source("s.yaml", json.dumps(data)))
    except SpecError as error:
        # What a range means is no form: a schema knows nothing of it.
        return {one.code for one in error.findings} <= {"E0931", "E0932"}
    return True


def test_the_committed_schema_is_the_generated_one() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), "run `make schema`"


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_every_figure_and_every_knob_of_all_networks_is_offered_and_explained() -> None:
    offered = dict(
        zip(
            SCHEMA["properties"]["sort"]["anyOf"][0]["enum"],
            SCHEMA["properties"]["sort"]["anyOf"][0]["enumDescriptions"],
            strict=True,
        )
    )
    assert set(offered) == {f"{name}{most}" for name in QUANTITIES for most in ("", ":max")}
    assert offered["macs"] == f"{FIGURES['macs']}: less is better"
    assert offered["field:max"] == f"{FIGURES['field']}: more is better"
    knobs = SCHEMA["$defs"]["vary"]["properties"]
    assert {name: knob["description"] for name, knob in knobs.items()} == dict(KNOBS)


def test_a_good_file_is_valid() -> None:
    assert is_read(GOOD)
    assert not list(VALIDATOR.iter_errors(GOOD))


@pytest.mark.parametrize("key", list(GOOD))
@pytest.mark.parametrize("value", [*VALUES, None], ids=repr)
def test_the_schema_and_the_reader_agree(key: str, value: Any) -> None:
    changed = {**GOOD, key: value}
    if value is None:
        del changed[key]
    assert is_read(changed) == VALIDATOR.is_valid(changed)


@settings(max_examples=100)
@given(
    st.dictionaries(
        st.sampled_from(["width", "move", "Mixed_6b.filters_7"]),
        st.one_of(st.sampled_from(VALUES), st.lists(st.sampled_from(VALUES), max_size=3)),
    ),
    st.sampled_from([{}, {"evolve": 3}, {"more": 1}]),
)
def test_they_agree_about_knobs_and_keys(vary: dict[str, Any], more: dict[str, Any]) -> None:
    changed = {**GOOD, "vary": vary, **more}
    assert is_read(changed) == VALIDATOR.is_valid(changed)
