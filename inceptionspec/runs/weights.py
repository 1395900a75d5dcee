"""Values into the variables of a Keras model that was built from a graph."""

from __future__ import annotations

from typing import Any

from inceptionspec.graph import Graph, Node
from inceptionspec.runs.data import Values

_NORM_WEIGHTS = frozenset({"beta", "gamma", "moving_mean", "moving_variance"})


def give(model: Any, graph: Graph, values: Values) -> None:
    """Assign all weights of the layers that the model has."""
    from inceptionspec.backends.keras.naming import NORM, layer_name

    layers = {layer.name: layer for layer in model.layers}
    for node in graph.nodes:
        for weight in node.weights:
            own = weight.name in _NORM_WEIGHTS and node.op != "batch_norm"
            layer = layers.get(layer_name(node, NORM if own else ""))
            if layer is not None:
                _variable(layer, node, weight.name).assign(values[node.path, weight.name])


def _variable(layer: Any, node: Node, name: str) -> Any:
    wanted = "kernel" if (node.op, name) == ("depthwise_conv", "depthwise_kernel") else name
    return next(one for one in layer.variables if one.name == wanted)
