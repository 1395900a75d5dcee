"""A recipe for a network: weights of heads, and the layers that patterns mean."""

from __future__ import annotations

from functools import cache

import pytest
from recipes import TWO_HEADS, fitted, recipe

import inceptionspec
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.frontend.reading.spec_files import RECIPES, SPECS, builtin_names
from inceptionspec.ir.graph import Graph
from inceptionspec.training.fitting import HeadTerm, fit
from inceptionspec.training.recipes.load import load_recipe


def test_weights_are_the_specs_unless_the_recipe_says_otherwise() -> None:
    plain = fitted().terms
    assert plain == (
        HeadTerm("Aux", "Aux/Dense", 0.4, 0.0), HeadTerm("Logits", "Logits/Dense", 1.0, 0.1),
    )  # fmt: skip
    said = fitted("loss: {auxiliary: 0.3, label_smoothing: 0.2}").terms
    assert [(term.weight, term.label_smoothing) for term in said] == [(0.3, 0.2), (1.0, 0.2)]
    named = "loss: {auxiliary: 0.3, heads: {Aux: 0.7, Logits: {label_smoothing: 0}}}"
    assert [(term.weight, term.label_smoothing) for term in fitted(named).terms] == [
        (0.7, 0.0), (1.0, 0.0),
    ]  # fmt: skip


def test_a_head_without_weight_is_left_out_and_a_main_one_weighs_1() -> None:
    without = TWO_HEADS.replace("    loss_weight: 0.4\n", "").replace("    loss_weight: 1\n", "")
    assert [(term.head, term.weight) for term in fitted(network=without).terms] == [("Logits", 1.0)]
    assert [term.head for term in fitted("loss: {auxiliary: 0}").terms] == ["Logits"]


def test_a_pattern_means_all_that_is_inside() -> None:
    v3 = {"network": "inception_v3_keras"}
    (frozen,) = fitted("freeze: [Mixed_5b]", **v3).frozen.values()
    assert len(frozen) == 9
    assert all(path.startswith("Mixed_5b") for path in frozen)
    (starred,) = fitted('freeze: ["Mixed_5*/Branch_0"]', **v3).frozen.values()
    assert starred == {f"Mixed_5{letter}/Branch_0/Conv2d_0a_1x1" for letter in "bcd"}
    (but,) = fitted('freeze: ["Mixed_5[bc]", "!*/Branch_[1-3]"]', **v3).frozen.values()
    assert {path for path in but if path.count("/") == 2} == {
        path for path in starred if not path.startswith("Mixed_5d")
    }
    (rest,) = fitted('freeze: ["!Second"]').frozen.values()
    assert "Second" not in rest
    assert "First" in rest
    (head,) = fitted("freeze: [Second, Aux]").frozen.values()
    assert head == {"Second", "Aux/Pool", "Aux/Dense"}


def test_body_and_heads_are_parts_of_any_network() -> None:
    heads = {"Aux/Pool", "Aux/Dense", "Logits/Pool", "Logits/Dropout", "Logits/Dense"}
    (body,) = fitted("freeze: body").frozen.values()
    assert body == {node.path for node in fitted().graph.nodes} - heads
    said = fitted("initial_weights: {from: given, new: heads}")
    assert said.new == heads


def test_dropout_is_the_recipes_where_the_network_has_some() -> None:
    def rates(text: str) -> list[float]:
        graph = fitted(text, network="inception_v3").graph
        return [node.attributes["rate"] for node in graph.nodes if node.op == "dropout"]

    assert rates("") == [0.2]
    assert rates("dropout: 0") == [0]
    assert not [node for node in fitted("dropout: 0.5", network="vgg16").graph.nodes
                if node.op == "dropout"]  # fmt: skip


@cache
def _graph(spec: str) -> Graph:
    return inceptionspec.load(spec).graph


@pytest.mark.parametrize("name", builtin_names(RECIPES))
def test_every_built_in_recipe_fits_every_built_in_network(name: str) -> None:
    read = load_recipe(name)
    for spec in builtin_names(SPECS):
        graph = _graph(spec)
        if graph.heads:
            assert fit(read, graph).terms
        else:
            with pytest.raises(SpecError, match="no head"):
                fit(read, graph)


def test_every_misfit_is_named_at_once_with_its_place() -> None:
    text = "loss: {heads: {Auxx: 1, Main: 1}}\nfreeze: [Frist, Second]\n"
    graph = inceptionspec.loads(TWO_HEADS).graph
    with pytest.raises(SpecError) as caught:
        fit(recipe(text), graph)
    assert [(one.code, one.primary.span.line) for one in caught.value.findings] == [
        ("E0901", 4), ("E0901", 4), ("E0901", 5),
    ]  # fmt: skip
    helps = [one.helps[0] for one in caught.value.findings]
    assert helps == [
        "did you mean `Aux`?", "its heads are `Aux` and `Logits`", "did you mean `First`?",
    ]  # fmt: skip


def test_a_phase_is_blamed_where_its_pattern_stands() -> None:
    text = """
phases:
  - {name: a, epochs: 2}
  - {name: b, epochs: 2, freeze: [Nowhere]}
"""
    with pytest.raises(SpecError) as caught:
        fitted(text)
    (found,) = caught.value.findings
    assert (found.primary.span.line, found.primary.span.column) == (7, 35)
