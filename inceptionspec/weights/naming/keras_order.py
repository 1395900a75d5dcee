"""The order of Keras' ``model.layers``, computed from the graph.

A file that names layers by their class counts them in this order, which is not that of creation:
layers are sorted by their distance from the outputs, the farthest first, and at one distance by
when a search from the outputs meets them (``keras/src/ops/function.py``, ``map_graph``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from inceptionspec.ir.graph import Graph, Node

#: The class that Keras' files name a layer's product after.
KERAS_CLASSES: Mapping[str, str] = {
    "conv": "conv2d",
    "depthwise_conv": "depthwise_conv2d",
    "separable_conv": "separable_conv2d",
    "conv_transpose": "conv2d_transpose",
    "dense": "dense",
    "batch_norm": "batch_normalization",
    "layer_norm": "layer_normalization",
    "group_norm": "group_normalization",
    "layer_scale": "einsum_dense",
    "normalize": "normalization",
    "prelu": "p_re_lu",
}
_NORM = "batch_normalization"
Member = tuple[int, int]
"""One of the Keras layers that a node becomes: the node's number, and which of them."""


def keras_order(graph: Graph) -> Mapping[str, Mapping[int, int]]:
    """The position of every layer with weights among those of its class.

    A convolution with a norm is three layers to Keras: product, norm, activation.

    Returns:
        by class, as a file writes it, and by the node's number.
    """
    classes: dict[Member, str] = {}
    inputs: dict[Member, tuple[Member, ...]] = {}
    last: dict[int, Member] = {}
    for node in graph.nodes:
        before = tuple(last[source] for source in node.inputs)
        for step, kind in enumerate(_steps(node)):
            member = (node.index, step)
            classes[member] = kind
            inputs[member] = before
            before = (member,)
        last[node.index] = before[0]
    # Keras flattens a dictionary of outputs by name.
    heads = sorted(graph.heads, key=lambda head: head.name)
    ends = [last[head.output] for head in heads] or [last[len(graph.nodes) - 1]]
    met, finished = _search(ends, inputs)
    depths = dict.fromkeys(finished, 0)
    for member in reversed(finished):
        for source in inputs[member]:
            depths[source] = max(depths[source], depths[member] + 1)
    positions: dict[str, dict[int, int]] = defaultdict(dict)
    for member in sorted(finished, key=lambda one: (-depths[one], met[one])):
        of_class = positions[classes[member]]
        of_class[member[0]] = len(of_class)
    return positions


def _steps(node: Node) -> tuple[str, ...]:
    """The classes of the Keras layers that a node becomes, in order."""
    kind = KERAS_CLASSES.get(node.op, "")
    if node.attributes.get("norm") is None:
        return (kind,)
    return (kind, _NORM, "") if node.attributes.get("activation") else (kind, _NORM)


def _search(
    ends: list[Member], inputs: Mapping[Member, tuple[Member, ...]]
) -> tuple[dict[Member, int], list[Member]]:
    """When a depth-first search from the outputs meets each layer, and in which order it ends."""
    met: dict[Member, int] = {}
    finished: list[Member] = []
    for end in ends:
        waiting = [(end, False)]
        while waiting:
            member, done = waiting.pop()
            if done:
                finished.append(member)
            elif member not in met:
                met[member] = len(met)
                waiting.append((member, True))
                waiting.extend((source, False) for source in reversed(inputs[member]))
    return met, finished
