"""Weights that fit one input size alone."""

from __future__ import annotations

from inceptionspec.ir.graph import Graph, Node
from inceptionspec.ops import OPS
from inceptionspec.ops.window import FOLLOWS_INPUT


def bound_weights(graph: Graph) -> frozenset[int]:
    """Nodes with a weight whose shape follows the input size.

    They are convolutions whose kernel was taken from the map (``kernel: map``, or
    ``clip: true`` where it cut), and dense layers that read a flattened map.
    """
    return frozenset(
        node.index
        for node in graph.nodes
        if node.weights
        and (node.attributes.get(FOLLOWS_INPUT) or (node.op == "dense" and _flat(node, graph)))
    )


def _flat(node: Node, graph: Graph) -> bool:
    """Whether a dense layer reads a flattened map, perhaps through layers in place."""
    source = graph.nodes[node.inputs[0]]
    while source.op != "flatten" and OPS[source.op].in_place:
        source = graph.nodes[source.inputs[0]]
    return source.op == "flatten" and len(graph.nodes[source.inputs[0]].shape) == 3
