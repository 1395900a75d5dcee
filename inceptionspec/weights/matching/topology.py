"""Matching by topology: layers of a file that stand where those of a network stand.

A file that holds a model says which layer reads which. Its graph and that of the network are
colored together, so that layers of one color have one kernel and one place. What is as good as
another, because exchanging both changes nothing in the network, is taken in order. What is not
is a tie, and left to the user.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from inceptionspec.ir.graph import Graph, Node
from inceptionspec.weights.files.weight_file import StoredLayer, WeightFile, stored_layers
from inceptionspec.weights.matching.arrangement import flattened
from inceptionspec.weights.matching.keras_graph import keras_graph
from inceptionspec.weights.matching.layer_graph import LayerGraph, Vertex
from inceptionspec.weights.matching.onnx_graph import onnx_graph
from inceptionspec.weights.matching.plan import (
    STATISTICS,
    LayerPlan,
    Plan,
    Request,
    final_layers,
    settle_absent,
    source_of,
)
from inceptionspec.weights.matching.refinement import Members, Refinement
from inceptionspec.weights.matching.spec_graph import exact_graph, spec_graph
from inceptionspec.weights.naming.layer_names import NORM_WEIGHTS
from inceptionspec.weights.naming.scheme import Layout

RULE = "topology"
SCHEME = "the graph of the file"
_KERAS = ("Keras", "TensorFlow.js")


class Tie(NamedTuple):
    """Layers of a file that may each be one of some layers of a network."""

    paths: tuple[str, ...]
    names: tuple[str, ...]


class Topology(NamedTuple):
    """What a file's graph says of a network.

    Attributes:
        plan: the layers that it settles.
        ties: those that it does not.
    """

    plan: Plan
    ties: tuple[Tie, ...]


def by_topology(graph: Graph, file: WeightFile, request: Request) -> Topology | None:
    """The match of a file's graph with a network; None where the file has none, or nothing fits."""
    theirs = _graph_of(file, stored_layers(file))
    if theirs is None:
        return None
    ours = spec_graph(graph)
    found = Refinement(ours, theirs)
    exchangeable = _exchangeable(graph, ours)
    open_classes = found.choose(exchangeable) if found.open_classes() else []
    if not found.is_consistent():
        return None
    plan = _planned(graph, file, request, ours, theirs, found)
    ties = tuple(_ties(graph, request, ours, theirs, open_classes))
    return Topology(plan, ties) if plan.found or ties else None


def _graph_of(file: WeightFile, stored: Sequence[StoredLayer]) -> LayerGraph | None:
    if not stored:
        return None
    if "ONNX" in file.format:
        return onnx_graph(stored, file.tensors)
    return keras_graph(stored, file.tensors) if file.format.startswith(_KERAS) else None


def _exchangeable(graph: Graph, ours: LayerGraph) -> Callable[[Sequence[int]], bool]:
    """Whether vertices have one place in the network with all that the spec says."""
    exact = exact_graph(graph)
    colors = Refinement(exact, exact)

    def may(vertices: Sequence[int]) -> bool:
        owners = [ours.vertices[index].owner for index in vertices]
        return None not in owners and len({colors.color(owner) for owner in owners}) == 1

    return may


def _planned(
    graph: Graph,
    file: WeightFile,
    request: Request,
    ours: LayerGraph,
    theirs: LayerGraph,
    found: Refinement,
) -> Plan:
    layers = {
        index: LayerPlan(graph.nodes[index], RULE)
        for index in sorted(request.asked)
        if graph.nodes[index].weights
    }
    consumed: set[str] = set()
    finals = final_layers(graph)
    of_onnx = "ONNX" in file.format
    for one, other in found.pairs.items():
        mine, held = ours.vertices[one], theirs.vertices[other]
        for weight, array in held.weights.items():
            consumed.add(array.name)
            index, name = _place(mine, weight)
            if index not in layers:
                continue
            plan = layers[index]
            if of_onnx and name == "kernel" and _rows_unknown(plan.node, graph, array.layout):
                continue
            plan.sources[name] = source_of(
                array.layout, graph, plan.node, name, array.name, file.tensors[array.name],
                finals.get(index), request.drop_background,
            )  # fmt: skip
            if held.norm_owner is not None and name in STATISTICS:
                plan.epsilon = held.epsilon
    settle_absent(layers.values())
    return Plan(graph, SCHEME, None, (), layers, consumed=consumed)


def _rows_unknown(node: Node, graph: Graph, layout: Layout) -> bool:
    """Whether a matrix reads a flat map, and its layout does not say in which order."""
    return node.op == "dense" and layout == "tensorflow" and flattened(node, graph) is not None


def _place(vertex: Vertex, weight: str) -> tuple[int, str]:
    """The node that has a weight, or would have it, and the weight's name there."""
    if "kernel" in weight:
        weight = next(name for name in vertex.weights if "kernel" in name)
    if weight in vertex.weights:
        return vertex.weights[weight], weight
    norm = weight in NORM_WEIGHTS and vertex.norm_owner is not None
    return vertex.norm_owner if norm else vertex.owner, weight


def _ties(
    graph: Graph,
    request: Request,
    ours: LayerGraph,
    theirs: LayerGraph,
    classes: Sequence[Members],
) -> Iterator[Tie]:
    for mine, others in classes:
        owners = [ours.vertices[index].owner for index in mine]
        names = [theirs.vertices[index].owner for index in others]
        if len(others) < len(mine) or None in owners or None in names:
            continue
        if request.asked.issuperset(owners):
            yield Tie(tuple(graph.nodes[index].path for index in owners), tuple(names))
