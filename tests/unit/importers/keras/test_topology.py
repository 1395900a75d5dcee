"""A model's JSON to a flat list of layers, in both dialects; forms that specs lack are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from keras_models import (
    Tensor,
    Written,
    functional,
    image,
    layer,
    layers_of,
    nested,
    operation,
    read,
    sequential,
    write_json,
)

from inceptionspec.diagnostics.diagnostic import SpecError


def inputs_of(folder: Path, model: Any) -> dict[str, tuple[str, ...]]:
    return {one.name: one.inputs for one in read(write_json(folder, model)).layers}


def refused(folder: Path, model: Any) -> list[tuple[str, str]]:
    with pytest.raises(SpecError) as raised:
        read(write_json(folder, model))
    return [(one.code, one.message) for one in raised.value.findings]


def relu(name: str, *inputs: Any) -> Written:
    return layer("Activation", name, *inputs, activation="relu")


BRANCHED = (
    image(),
    relu("a", "in"),
    relu("b", "in"),
    layer("Add", "sum", ["a", "b"]),
    relu("end", "sum"),
)


@pytest.mark.parametrize("keras", [2, 3])
def test_both_dialects_say_which_layer_reads_which(keras: int, tmp_path: Path) -> None:
    assert inputs_of(tmp_path, functional(*BRANCHED, keras=keras)) == {
        "a": ("",),
        "b": ("",),
        "sum": ("a", "b"),
        "end": ("sum",),
    }


def test_layers_come_before_their_readers_in_whatever_order_the_file_has_them(
    tmp_path: Path,
) -> None:
    mixed = [BRANCHED[0], *reversed(BRANCHED[1:])]
    assert list(inputs_of(tmp_path, functional(*mixed, outputs=["end"]))) == [
        "b", "a", "sum", "end",
    ]  # fmt: skip


def test_layers_that_no_output_needs_are_left_out_whatever_they_are(tmp_path: Path) -> None:
    model = functional(*BRANCHED, layer("LSTM", "aside", "a"), outputs=["sum"])
    assert list(inputs_of(tmp_path, model)) == ["a", "b", "sum"]


def test_a_sequential_model_is_a_row(tmp_path: Path) -> None:
    model = sequential(image(), relu("a"), relu("b"))
    assert inputs_of(tmp_path, model) == {"a": ("",), "b": ("a",)}


def test_the_shape_may_stand_in_the_first_layer(tmp_path: Path) -> None:
    first = layer("Activation", "a", activation="relu", batch_input_shape=[None, 9, None, 2])
    network = read(write_json(tmp_path, sequential(first, relu("b"))))
    assert (network.size, network.channels) == ((9, None), 2)


def test_the_shape_may_stand_where_the_model_was_built(tmp_path: Path) -> None:
    model = sequential(relu("a"))
    model["config"]["build_input_shape"] = [None, 5, 6, 7]
    network = read(write_json(tmp_path, model))
    assert (network.size, network.channels) == ((5, 6), 7)


def test_old_sequential_models_are_a_list(tmp_path: Path) -> None:
    model = sequential(image(), relu("a"))
    model["config"] = model["config"]["layers"]
    assert inputs_of(tmp_path, model) == {"a": ("",)}


@pytest.mark.parametrize("keras", [2, 3])
def test_nested_models_are_opened(keras: int, tmp_path: Path) -> None:
    inner = functional(
        image(4, 4, 3, name="inner"), relu("a", "inner"), relu("b", "a"), keras=keras
    )
    row = sequential(image(4, 4, 3), relu("c"), nested(inner, "deeper"))
    model = functional(
        image(4, 4, 3), nested(row, "row", "in"), relu("b", "row"), keras=keras, name="outer"
    )
    assert inputs_of(tmp_path, model) == {
        "c": ("",),
        "a": ("c",),
        "row/deeper/b": ("a",),
        "b": ("row/deeper/b",),
    }


def test_a_nested_model_may_have_several_inputs_and_outputs(tmp_path: Path) -> None:
    inner = functional(
        image(name="one"), image(name="two"), relu("a", "one"), relu("b", "two"),
        outputs=["a", "b"],
    )  # fmt: skip
    model = functional(
        image(),
        relu("x", "in"),
        nested(inner, "pair", ["x", "in"]),
        layer("Add", "sum", [Tensor("pair", 1), Tensor("pair", 0)]),
    )
    assert inputs_of(tmp_path, model) == {
        "x": ("",), "a": ("x",), "b": ("",), "sum": ("b", "a"),
    }  # fmt: skip


def test_all_outputs_are_kept(tmp_path: Path) -> None:
    model = functional(*BRANCHED, outputs=["b", "end"])
    assert read(write_json(tmp_path, model)).outputs == ("b", "end")
    model["config"]["output_layers"] = {"main": ["end", 0, 0], "aux": ["a", 0, 0]}
    assert read(write_json(tmp_path, model)).outputs == ("end", "a")
    model["config"]["output_layers"] = ["end", 0, 0]
    assert read(write_json(tmp_path, model)).outputs == ("end",)


def test_the_name_and_the_source_are_kept(tmp_path: Path) -> None:
    network = read(write_json(tmp_path, functional(*BRANCHED, name="mine")))
    assert (network.name, network.source) == ("mine", "model.json")
    for name in ("", "model_1", "functional", "sequential_12"):
        (tmp_path / "model.json").rename(tmp_path / "cats.json")
        (tmp_path / "cats.json").write_text(json.dumps(functional(*BRANCHED, name=name)))
        assert read(tmp_path / "cats.json").name == "cats"
        (tmp_path / "cats.json").rename(tmp_path / "model.json")


def test_shared_layers_are_refused_by_name(tmp_path: Path) -> None:
    twice = relu("shared", "in")._replace(calls=2)
    other = relu("again", "in")._replace(calls=2)
    assert refused(tmp_path, functional(image(), twice, other, relu("end", "shared"))) == [
        ("E0723", "layers of the class `Activation` are called more than once: `shared`, `again`")
    ]


def test_several_inputs_are_refused_by_name(tmp_path: Path) -> None:
    model = functional(image(), image(name="other"), layer("Add", "sum", ["in", "other"]))
    assert refused(tmp_path, model) == [
        ("E0723", "the model has several inputs, and a spec has one: `in`, `other`")
    ]


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((8, 8, None), "the number of channels of the model's input is open"),
        ((8,), "no map of height, width and channels"),
        ((8, 8, 0), "no map of height, width and channels"),
        ((8, 8.5, 3), "no map of height, width and channels"),
        ((2, 8, 8, 3), "no map of height, width and channels"),
    ],
)
def test_inputs_that_are_no_pictures_are_refused(
    shape: tuple[Any, ...], words: str, tmp_path: Path
) -> None:
    ((code, message),) = refused(tmp_path, functional(image(*shape), relu("a", "in")))
    assert code == "E0723"
    assert words in message


def test_a_model_that_was_never_built_is_refused(tmp_path: Path) -> None:
    ((code, message),) = refused(tmp_path, sequential(relu("a")))
    assert (code, message) == (
        "E0723", "the file does not say which shape the model's input has",
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["MyModel", "mine>MyModel", "Lambda", "Functional"])
def test_classes_without_topology_are_refused(kind: str, tmp_path: Path) -> None:
    ((code, message),) = refused(tmp_path, {"class_name": kind, "config": {"units": 3}})
    assert code == "E0723"
    assert f"the class `{kind.rpartition('>')[2]}` lists no layers" in message


def test_a_model_that_puts_out_its_input_is_refused(tmp_path: Path) -> None:
    model = functional(image(), layer("Identity", "same", "in"))
    assert refused(tmp_path, model) == [("E0723", "the model puts out what comes in")]


def test_one_of_several_outputs_of_a_layer_is_refused(tmp_path: Path) -> None:
    model = functional(image(), relu("a", "in"), relu("b", Tensor("a", 1)))
    assert refused(tmp_path, model) == [("E0722", "one of several outputs of `a` is read: `b`")]


def cyclic() -> Any:
    return functional(image(), relu("a", "b"), layer("Add", "b", ["a", "in"]))


def _without_outputs() -> Any:
    model = functional(image(), relu("a", "in"))
    model["config"]["output_layers"] = []
    return model


def million() -> Any:
    return functional(image(), *(relu(f"r{number}", "in") for number in range(10_001)))


MALFORMED = {
    "a circle": (cyclic, "read each other in a circle: `a`, `b`"),
    "an unknown layer": (lambda: functional(image(), relu("a", "x")), "reads `x`"),
    "two of one name": (
        lambda: functional(image(), relu("a", "in"), relu("a", "in")), "two of its layers",
    ),
    "no nodes": (lambda: functional(image(), relu("a")), "nothing says what the layer `a` reads"),
    "no outputs": (_without_outputs, "the model puts out nothing"),
    "no list": (lambda: {"class_name": "Model", "config": {"layers": [3]}}, "malformed"),
    "no class": (lambda: {"config": {"layers": [{}]}}, "a layer has no class"),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_what_keras_does_not_write_is_a_finding(name: str, tmp_path: Path) -> None:
    make, words = MALFORMED[name]
    with pytest.raises(SpecError) as raised:
        read(write_json(tmp_path, make()))
    (finding,) = raised.value.findings
    assert finding.code == "E0703"
    assert words in " ".join(finding.notes)


def test_too_many_layers_are_refused_before_any_is_read(tmp_path: Path) -> None:
    assert refused(tmp_path, million()) == [("E0505", "the model has more than 10,000 layers")]


def test_nesting_without_end_is_a_finding(tmp_path: Path) -> None:
    text = '{"class_name":"Model","config":{"layers":[' * 2_000
    file = tmp_path / "model.json"
    file.write_text(text + "]}}" * 2_000)
    with pytest.raises(SpecError) as raised:
        read(file)
    assert raised.value.findings[0].code == "E0703"


def test_deeply_nested_models_are_read(tmp_path: Path) -> None:
    model = sequential(image(), relu("a"))
    for number in range(60):
        model = sequential(image(), nested(model, f"m{number}"), relu(f"r{number}"))
    network = read(write_json(tmp_path, model))
    assert len(layers_of(network)) == 61


def test_arguments_that_nest_too_deep_are_a_finding(tmp_path: Path) -> None:
    model = functional(image(), relu("a", "in"))
    deep: Any = []
    for _ in range(50):
        deep = [deep]
    model["config"]["layers"][1]["inbound_nodes"] = [{"args": deep, "kwargs": {}}]
    with pytest.raises(SpecError) as raised:
        read(write_json(tmp_path, model))
    assert "nests too deep" in " ".join(raised.value.findings[0].notes)


def test_every_malformed_part_is_a_finding(tmp_path: Path) -> None:
    """Each value of a model in turn becomes something else."""
    model = functional(*BRANCHED, operation("Multiply", "twice", "end", 2.0))
    text = json.dumps(model)
    places = list(_places(model))
    assert len(places) > 60
    for place in places:
        for other in (None, 3, "x", [], {}, [[["a", 0]]], {"class_name": 3}):
            changed = json.loads(text)
            owner = changed
            for key in place[:-1]:
                owner = owner[key]
            owner[place[-1]] = other
            try:
                read(write_json(tmp_path, changed))
            except SpecError as error:
                assert error.findings[0].code in {"E0703", "E0721", "E0722", "E0723"}, place


def _places(value: Any, front: tuple[Any, ...] = ()) -> Any:
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in parts:
        yield (*front, key)
        if isinstance(part, dict | list):
            yield from _places(part, (*front, key))
