"""One part of a network: what it is, its shape and what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from inceptionspec.analysis.costs import Cost, total
from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.suggest import did_you_mean
from inceptionspec.ir.graph import Graph, Node
from inceptionspec.ops.record import Shape, shape_text
from inceptionspec.utils.printed import Printed


@dataclass(frozen=True, slots=True, repr=False)
class Part(Printed):
    """A layer, block, branch, head or group, with its shape and its costs for one image.

    Attributes:
        path: its place in the network, as `Mixed_5b/Branch_0/Conv2d_0a_1x1`.
        kind: the operator of a layer, the name of a block, or `branch`, `head` or `group`.
        layers: how many layers it has.
        shape: of its output: height, width, channels; of a vector its features. A side is
            None where the input size is open.
        params: elements of all weights, moving statistics included.
        trainable_params: those that training changes.
        macs: multiply-accumulates of convolutions and dense layers.
        flops: 2 x MACs, and the operations of norms, biases, activations, pools and sums.
        activation_bytes: of the tensors that its layers write, float32.
        attributes: of a layer, by name; empty for what holds several layers.

    MACs, FLOPs and bytes are None where the input size is open.

    >>> part = inceptionspec.load("inception_v3")["Mixed_5b/Branch_0"]
    >>> part.kind, part.shape, part.macs
    ('branch', (35, 35, 64), 15052800)
    """

    path: str
    kind: str
    layers: int
    shape: Shape
    params: int
    trainable_params: int
    macs: int | None
    flops: int | None
    activation_bytes: int | None
    attributes: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def to_text(self) -> str:
        """The part in a line.

        >>> print(inceptionspec.load("inception_v3")["Conv2d_1a_3x3"])
        Conv2d_1a_3x3: conv, 149x149x32, 960 params, 19,181,664 MACs
        """
        layers = "" if self.layers == 1 else f", {self.layers:,} layers"
        macs = "" if self.macs is None else f", {self.macs:,} MACs"
        text = f"{self.path}: {self.kind}{layers}, {shape_text(self.shape)}, {self.params:,} params"
        return sanitize(text + macs)

    def __repr__(self) -> str:
        return f"<Part {self.to_text()}>"


def layer_part(node: Node, cost: Cost) -> Part:
    """A single layer."""
    return Part(node.path, node.op, 1, node.shape, *cost, node.attributes)


def part(graph: Graph, costs: Sequence[Cost], path: str) -> Part:
    """The part of a path, a group's or head's name, or a further name of a tensor.

    Args:
        graph: the network.
        costs: of its nodes, in order.
        path: as `part_names` lists them.

    Raises:
        SpecError: there is no such part (E0806).
    """
    for kind, members in _members(graph, path):
        if members:
            index = graph.names.get(path, members[-1])
            cost = total(costs[index] for index in members)
            return Part(path, kind, len(members), graph.nodes[index].shape, *cost)
    if path in graph.names:
        node = graph.nodes[graph.names[path]]
        return layer_part(node, costs[node.index])
    names = part_names(graph)
    raise spec_error(
        "E0806",
        f"`{path}` is no part of {graph.name}",
        f"network[{path!r}]",
        *(did_you_mean(path, names) or ("a layer, block, branch, head or group can be named",)),
    )


def part_names(graph: Graph) -> tuple[str, ...]:
    """Every name that `part` takes: the largest parts first, then by place in the network."""
    names: dict[str, None] = {}
    for node in graph.nodes:
        names.update(dict.fromkeys(filter(None, (node.head, node.group))))
        pieces = node.path.split("/")
        names.update(dict.fromkeys("/".join(pieces[: n + 1]) for n in range(len(pieces))))
    names.update(dict.fromkeys(graph.names))
    return tuple(sorted(names, key=lambda name: name.count("/")))


def _members(graph: Graph, path: str) -> list[tuple[str, tuple[int, ...]]]:
    """What a path may mean, with the indices of its layers, none where it is not that."""
    heads = {head.name: head.members for head in graph.heads}
    blocks = {block.path: block for block in graph.blocks}
    nodes = graph.nodes
    block = blocks.get(path)
    below = tuple(node.index for node in nodes if node.path.startswith(f"{path}/"))
    return [
        ("head", heads.get(path, ())),
        (block.definition or "block", block.members) if block else ("block", ()),
        ("group", tuple(node.index for node in nodes if node.group == path)),
        ("branch" if path in graph.names else "group", below if path not in _layers(graph) else ()),
    ]


def _layers(graph: Graph) -> set[str]:
    return {node.path for node in graph.nodes}
