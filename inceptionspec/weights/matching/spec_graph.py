"""A spec's network as a graph of layers, to be compared with that of a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from inceptionspec.ir.graph import Graph, Node
from inceptionspec.weights.matching.layer_graph import AVERAGE, CONCAT, MAX, LayerGraph, Value

_POOLS: Mapping[str, str] = {
    "max_pool": MAX,
    "global_max_pool": MAX,
    "avg_pool": AVERAGE,
    "global_avg_pool": AVERAGE,
    "adaptive_avg_pool": AVERAGE,
}
_MERGES = ("add", CONCAT, "multiply")
_NORM_WEIGHTS = frozenset({"beta", "gamma", "moving_mean", "moving_variance"})


def spec_graph(graph: Graph) -> LayerGraph:
    """The layers of a network; weights lead to numbers of nodes."""
    layers = LayerGraph()
    readers = Counter(source for node in graph.nodes for source in node.inputs)
    values: list[Value] = []
    for node in graph.nodes:
        sources = [values[source] for source in node.inputs]
        sole = bool(node.inputs) and readers[node.inputs[0]] == 1
        values.append(_value(layers, node, sources, sole))
    return layers


def exact_graph(graph: Graph) -> LayerGraph:
    """Every node with all that it says, so that those with one place in it are exchangeable."""
    layers = LayerGraph()
    for node in graph.nodes:
        commutes = node.op == "multiply" or (node.op == "add" and node.attributes["scale"] == 1)
        kind = node.op if commutes else f"exact {node.op}"
        weights = {weight.name: node.index for weight in node.weights}
        label = (kind, repr(sorted(node.attributes.items())), node.shape, node.head)
        layers.other(label, map(Value, node.inputs), weights, node.index)
    return layers


def _value(layers: LayerGraph, node: Node, sources: list[Value], sole: bool) -> Value:
    if not sources:
        return layers.source()
    if node.op in _MERGES:
        return layers.merge(node.op, sources)
    source = sources[0]
    if node.op in _POOLS:
        return layers.pool(_POOLS[node.op], source)
    if node.op == "batch_norm":
        weights = {weight.name: node.index for weight in node.weights}
        return layers.norm(source, weights, node.index, sole=sole)
    if not node.weights:
        return Value(source.vertex)
    if "norm" not in node.attributes:
        weights = {weight.name: node.index for weight in node.weights}
        shapes = {weight.name: weight.shape for weight in node.weights}
        return layers.channelwise(node.op, shapes, source, weights, node.index)
    return _product(layers, node, source)


def _product(layers: LayerGraph, node: Node, source: Value) -> Value:
    attributes = node.attributes
    shapes = {weight.name: weight.shape for weight in node.weights}
    own = {name: node.index for name in shapes if name not in _NORM_WEIGHTS}
    norm = {name: node.index for name in shapes if name in _NORM_WEIGHTS}
    window: tuple[Any, ...] = (
        attributes.get("stride", (1, 1)),
        attributes.get("dilation", (1, 1)),
        attributes.get("groups", 1),
    )
    depthwise = own.pop("depthwise_kernel", None)
    if depthwise is not None:
        shape = shapes["depthwise_kernel"]
        held = {"depthwise_kernel": node.index}
        if not own.keys() & {"pointwise_kernel"}:
            held.update(own)
        source = layers.product("depthwise", shape, source, held, node.index, (*window[:2], 1))
        window = ()
    kind = "conv_transpose" if node.op == "conv_transpose" else "conv"
    for kernel in ("kernel", "pointwise_kernel"):
        if kernel in own:
            source = layers.product(kind, shapes[kernel], source, own, node.index, window)
    if norm:
        source = layers.norm(source, norm, node.index, sole=True)
    plain = source.is_plain and attributes.get("activation") is None
    return Value(source.vertex, plain)
