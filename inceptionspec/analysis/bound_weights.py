"""Weights that fit one input size alone."""

from __future__ import annotations

from inceptionspec.ir.graph import Graph, Node
from inceptionspec.ops.window import FOLLOWS_INPUT


def bound_weights(graph: Graph) -> frozenset[int]:
    """Nodes with a weight whose shape follows the input size.

    They are convolutions whose kernel was taken from the map (``kernel: map``, or
    ``clip: true`` where it cut), and dense layers that read a flattened map.
    """
    follows = _following(graph)
    return frozenset(
        node.index
        for node in graph.nodes
        if node.weights
        and (node.attributes.get(FOLLOWS_INPUT) or (node.op == "dense" and follows[node.inputs[0]]))
    )


def _following(graph: Graph) -> list[bool]:
    """Whether the height and width of a map, or the length of a vector, follow the input."""
    follows: list[bool] = []
    for node in graph.nodes:
        before = not node.inputs or any(follows[index] for index in node.inputs)
        follows.append(before and not _is_constant(node))
    return follows


def _is_constant(node: Node) -> bool:
    """Whether a node yields one size, or one number of features, whatever it reads."""
    if node.op in ("dense", "squeeze", "global_avg_pool", "global_max_pool", "adaptive_avg_pool"):
        return True
    covers = node.attributes.get(FOLLOWS_INPUT) and not node.attributes["clip"]
    return bool(covers) and node.attributes["padding"] != "same"
