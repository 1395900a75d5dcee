"""The names that TF-Slim gives to a network's variables. Nothing here needs TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from inceptionspec.ir.graph import Graph, Node
from inceptionspec.ops.record import Weight

#: The last part of a variable's name, by the name of the weight in the graph.
SLIM_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "kernel": "weights",
        "depthwise_kernel": "depthwise_weights",
        "pointwise_kernel": "pointwise_weights",
        "bias": "biases",
        "beta": "BatchNorm/beta",
        "gamma": "BatchNorm/gamma",
        "moving_mean": "BatchNorm/moving_mean",
        "moving_variance": "BatchNorm/moving_variance",
    }
)


class StoredVariable(NamedTuple):
    """A variable as a TF-Slim checkpoint holds it: which node's weight it is, and its name."""

    name: str
    node: Node
    weight: Weight

    @property
    def shape(self) -> tuple[int, ...]:
        """Its dimensions, those of the weight."""
        return self.weight.shape


def stored_variables(graph: Graph) -> tuple[StoredVariable, ...]:
    """Every variable of a network under its name in a checkpoint, in TF-Slim's order.

    A name is the checkpoint's scope, the layer's path, and TF-Slim's word for the weight:
    ``InceptionV3/Mixed_5b/Branch_0/Conv2d_0a_1x1/BatchNorm/beta``.
    """
    prefix = f"{graph.checkpoint_scope}/" if graph.checkpoint_scope else ""
    return tuple(
        StoredVariable(f"{prefix}{node.path}/{_slim_name(node, weight)}", node, weight)
        for node in graph.nodes
        for weight in node.weights
    )


def _slim_name(node: Node, weight: Weight) -> str:
    # The path of a layer that is no product is the scope of its weights, as that of a norm.
    return SLIM_NAMES[weight.name] if "norm" in node.attributes else weight.name
