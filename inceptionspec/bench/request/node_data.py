"""Layers of a graph as plain data for JSON, which a worker makes layers of again.

What changes training alone is left out, so that layers which compute the same are equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from inceptionspec.diagnostics.source import external
from inceptionspec.ir.graph import Graph, Node, Origin
from inceptionspec.ops import OPS
from inceptionspec.ops.record import Shape, Weight

NodeData = dict[str, Any]
_NOT_COMPUTED = frozenset(
    {"bias_init", "bias_l2", "depthwise_init", "depthwise_l2", "fixed", "init", "l2", "rate"}
)
"""Attributes that no emitter for inference reads."""
_NOWHERE = Origin(external("a benchmark"))


def node_data(node: Node) -> NodeData:
    """What a layer computes, without its name and what it reads."""
    attributes = {
        attribute.name: attribute.kind.write(node.attributes[attribute.name])
        for attribute in OPS[node.op].attributes
        if attribute.name in node.attributes and attribute.name not in _NOT_COMPUTED
    }
    weights = [[weight.name, list(weight.shape)] for weight in node.weights]
    return {
        "op": node.op,
        "attributes": attributes,
        "shape": list(node.shape),
        "weights": weights,
    }


def node_of(data: Mapping[str, Any], index: int, inputs: Sequence[int]) -> Node:
    """A layer from its data; its path is a number."""
    known = {attribute.name: attribute for attribute in OPS[data["op"]].attributes}
    shape: Shape = tuple(data["shape"])
    attributes = {name: known[name].kind.parse(value) for name, value in data["attributes"].items()}
    return Node(
        index=index,
        path=f"layer_{index}",
        op=data["op"],
        attributes=attributes,
        inputs=tuple(inputs),
        shape=shape,
        weights=tuple(Weight(name, tuple(shape)) for name, shape in data["weights"]),
        scope="",
        branch="",
        head="",
        group="",
        origin=_NOWHERE,
    )


def graph_data(graph: Graph, indices: Sequence[int], ends: Mapping[str, int]) -> dict[str, Any]:
    """Some layers of a graph, the input first, and those that are its outputs."""
    places = {index: place for place, index in enumerate(indices)}
    nodes = [graph.nodes[index] for index in indices]
    return {
        "nodes": [
            {**node_data(node), "inputs": [places[source] for source in node.inputs]}
            for node in nodes
        ],
        "outputs": [places[index] for index in ends.values()],
    }


def graph_of(data: Mapping[str, Any]) -> Graph:
    """A graph of nothing but layers."""
    nodes = tuple(node_of(each, index, each["inputs"]) for index, each in enumerate(data["nodes"]))
    return Graph("", "", nodes, (), (), "", {}, {}, None)
