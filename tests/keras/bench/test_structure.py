"""Which layer of a Keras model is which of another."""

from __future__ import annotations

from math import prod
from typing import Any

import keras
import pytest

import inceptionspec
from inceptionspec.bench.workers.structure import graph_part, keras_part, matching_weights


def model(merge: Any) -> Any:
    images = keras.Input((4, 4, 3))
    one = keras.layers.Conv2D(4, 1)(images)
    three = keras.layers.Conv2D(4, 3, padding="same")(images)
    return keras_part(merge(one, three))


@pytest.mark.parametrize(
    "operation", [lambda one, three: one + three, lambda one, three: keras.ops.add(three, one)]
)
def test_a_sum_may_be_an_operation_or_a_layer(operation: Any) -> None:
    layer = model(lambda one, three: keras.layers.Add()([one, three]))
    pairs = matching_weights(layer, model(operation))
    assert pairs is not None
    assert sorted(tuple(first.shape) for first, _ in pairs) == [
        (1, 1, 3, 4), (3, 3, 3, 4), (4,), (4,),
    ]  # fmt: skip


def test_a_concatenation_is_no_sum() -> None:
    layer = model(lambda one, three: keras.layers.Concatenate()([one, three]))
    assert matching_weights(layer, model(lambda one, three: one + three)) is None


def test_dense_grouped_and_nested_layers_are_found_again() -> None:
    graph = inceptionspec.load("convnext_tiny").graph
    theirs = keras.applications.ConvNeXtTiny(weights=None, classifier_activation=None)
    pairs = matching_weights(keras_part(theirs.outputs[0]), graph_part(graph, graph.main))
    assert pairs is not None
    found = {key: variable.shape for variable, key in pairs}
    sizes = {
        (node.path, weight.name): weight.shape for node in graph.nodes for weight in node.weights
    }
    assert set(found) == set(sizes)
    assert {key: prod(shape) for key, shape in found.items()} == {
        key: prod(shape) for key, shape in sizes.items()
    }
