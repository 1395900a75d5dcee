"""The variables of a Keras model by a layer's path and a weight's name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import keras

from inceptionspec.backends.keras.shared import NORM, layer_name
from inceptionspec.ir.graph import Graph, Node

#: Keras' name of a weight, where it is not the graph's.
_KERAS_NAMES: Mapping[tuple[str, str], str] = MappingProxyType(
    {("depthwise_conv", "depthwise_kernel"): "kernel", ("layer_scale", "gamma"): "kernel"}
)
_NORM_WEIGHTS = frozenset({"beta", "gamma", "moving_mean", "moving_variance"})


def built_nodes(model: keras.Model, graph: Graph) -> list[int]:
    """The numbers of the nodes whose layers a model of a graph has."""
    names = {layer.name for layer in model.layers}
    return [node.index for node in graph.nodes if layer_name(node) in names]


def weight_values(model: keras.Model, graph: Graph) -> dict[tuple[str, str], Any]:
    """The arrays that a model of a graph holds, by a layer's path and a weight's name.

    Those of layers that the model leaves out are left out.
    """
    layers = {layer.name: layer for layer in model.layers}
    return {
        (node.path, weight.name): _as_number(variable_of(layers, node, weight.name).numpy())
        for node in graph.nodes
        if layer_name(node) in layers
        for weight in node.weights
    }


def _as_number(array: Any) -> Any:
    """An array of the type that weights have: a count of Keras' is an integer."""
    return array.astype("float32") if array.dtype.kind == "i" else array


def assign(model: keras.Model, graph: Graph, values: Mapping[tuple[str, str], Any]) -> None:
    """Give a model that `build` made of a graph these weights.

    Raises:
        KeyError: a weight of a layer that the model has is not among them.
    """
    layers = {layer.name: layer for layer in model.layers}
    for node in graph.nodes:
        for weight in node.weights:
            variable = variable_of(layers, node, weight.name)
            if variable is not None:
                variable.assign(values[node.path, weight.name])
    refresh(model)


def refresh(model: keras.Model) -> None:
    """Let layers take over what was assigned to their variables.

    Keras' `Normalization` computes by copies of its mean and variance.
    """
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()


def variable_of(layers: Mapping[str, Any], node: Node, weight: str) -> Any:
    """The variable of a model that is a node's weight; None where the model has none.

    Args:
        layers: the model's layers by name.
        node: a node of the graph that the model was made of.
        weight: the name of one of its weights.
    """
    own_norm = weight in _NORM_WEIGHTS and "norm" in node.attributes
    layer = layers.get(layer_name(node, NORM if own_norm else ""))
    if layer is None:
        return None
    name = _KERAS_NAMES.get((node.op, weight), weight)
    return next((variable for variable in layer.variables if variable.name == name), None)
