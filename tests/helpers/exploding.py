"""Graphs as foreign models hold them: norms and activations as layers of their own."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from inceptionspec.importers.imported_network import ImportedLayer, ImportedNetwork
from inceptionspec.importers.recovery.layer import settled
from inceptionspec.ir.graph import Graph, Node
from inceptionspec.ops import MERGE_OPS, OPS

#: Attributes that no model holds.
_STEERING = ("clip", "fixed")


def exploded(
    graph: Graph,
    *,
    scramble: int | None = None,
    predictions: bool = True,
    weights: Mapping[tuple[str, str], Any] | None = None,
) -> ImportedNetwork:
    """A graph as a list of single steps.

    Args:
        scramble: a seed for names that say nothing; None keeps paths.
        predictions: whether heads put out their predictions, not their logits.
        weights: arrays by path and name.
    """
    layers: list[ImportedLayer] = []
    ends: dict[int, str] = {0: ""}
    draw = random.Random(scramble)
    used: set[str] = set()

    def name_of(path: str) -> str:
        if scramble is None:
            return path
        while True:
            name = "".join(draw.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(7))
            if name not in used:
                used.add(name)
                return name

    def add(
        path: str, op: str, attributes: dict[str, Any], inputs: tuple[str, ...], of: Node
    ) -> str:
        name, source = name_of(path), graph.nodes[of.inputs[0]].shape
        own = settled(OPS[op], attributes)
        shapes = [of.shape] if op in ("batch_norm", "activation") else [source]
        owned = [] if op in MERGE_OPS else [w.name for w in OPS[op].weights(own, shapes)]
        arrays = {n: weights[of.path, n] for n in owned} if weights else {}
        layers.append(ImportedLayer(name, op, attributes, inputs, arrays))
        return name

    for node in graph.nodes[1:]:
        op = OPS[node.op]
        attributes = {
            a.name: a.kind.write(node.attributes[a.name])
            for a in op.attributes
            if a.name not in _STEERING
        }
        norm = attributes.pop("norm", "none")
        function = attributes.pop("activation", "none")
        name = add(node.path, node.op, attributes, tuple(ends[i] for i in node.inputs), node)
        if norm != "none":
            own = {key: value for key, value in norm.items() if key != "op"}
            name = add(f"{node.path}/norm", "batch_norm", own, (name,), node)
        if function != "none":
            name = add(f"{node.path}/act", "activation", {"function": function}, (name,), node)
        ends[node.index] = name
    outputs = []
    for head in sorted(graph.heads, key=lambda head: head.name != graph.main):
        end = head.output if head.predictions is None or not predictions else head.predictions
        outputs.append(ends[end])
    height, width, channels = graph.nodes[0].shape
    assert channels is not None
    return ImportedNetwork(
        graph.name,
        (height, width),
        channels,
        tuple(layers),
        tuple(outputs or [ends[len(graph.nodes) - 1]]),
        "",
    )


def computed(graph: Graph) -> dict[str, Any]:
    """What a graph computes, as far as a foreign model can hold it."""
    layers = []
    for node in graph.nodes:
        op = OPS[node.op]
        attributes = {
            a.name: a.kind.write(node.attributes[a.name])
            for a in op.attributes
            if a.name not in _STEERING
        }
        if not attributes.get("bias", True):
            attributes.update(bias_init="zeros", bias_l2=0)
        layers.append((node.op, attributes, node.inputs))
    heads = [(head.output, head.predictions, head.name == graph.main) for head in graph.heads]
    return {"shape": graph.nodes[0].shape, "layers": layers, "heads": heads}
