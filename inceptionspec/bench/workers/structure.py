"""Networks told apart by how they are made, not by names: which layer of one is which of another.

Both sides are walked from an output to the images. Only layers with weights, merges and the
images stand for themselves; padding, pools, activations and scales are stepped over, since
two builds of one network may cut them differently. Branches of a concatenation keep their
order, terms of a sum have none. Whether both compute the same is then for their outputs to
say.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from inceptionspec.ir.graph import Graph

CONCAT = "concat"
SUM = "sum"
IMAGES = "images"
_NORM_WEIGHTS = ("gamma", "beta", "moving_mean", "moving_variance")


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A layer with weights, a merge, or the images.

    Attributes:
        kind: names and shapes of its weights, or what merge it is.
        inputs: the parts that it reads.
        weights: what stands for each of its weights, in the order of their names.
    """

    kind: Hashable
    inputs: tuple[Part, ...]
    weights: tuple[Any, ...] = ()


def pairs(first: Part, second: Part) -> Iterator[tuple[Any, Any]] | None:
    """The weights of one network and those that they are in the other; None if they differ."""
    numbers: dict[Hashable, int] = {}
    known: dict[Part, int] = {}

    def number(part: Part) -> int:
        """Parts that are made alike have the same number."""
        if part not in known:
            found = [number(one) for one in part.inputs]
            if part.kind == SUM:
                found.sort()
            known[part] = numbers.setdefault((part.kind, *found), len(numbers))
        return known[part]

    if number(first) != number(second):
        return None
    return _walk(first, second, known)


def _walk(first: Part, second: Part, known: dict[Part, int]) -> Iterator[tuple[Any, Any]]:
    done: set[Part] = set()
    pending = [(first, second)]
    while pending:
        one, other = pending.pop()
        if one in done:
            continue
        done.add(one)
        yield from zip(one.weights, other.weights, strict=True)
        inputs, others = one.inputs, other.inputs
        if one.kind == SUM:
            inputs = tuple(sorted(inputs, key=known.__getitem__))
            others = tuple(sorted(others, key=known.__getitem__))
        pending += zip(inputs, others, strict=True)


def graph_part(graph: Graph, output: str) -> Part:
    """A graph from an output on; a weight is its layer's path and its name."""
    parts: list[Part] = []
    for node in graph.nodes:
        inputs = tuple(parts[index] for index in node.inputs)
        if not inputs:
            part = Part(IMAGES, ())
        elif len(inputs) > 1:
            part = Part(CONCAT if node.op == "concat" else SUM, inputs)
        else:
            part = inputs[0]
            norm = [one for one in node.weights if one.name in _NORM_WEIGHTS]
            product = [one for one in node.weights if one.name not in _NORM_WEIGHTS]
            for group in (product, norm):
                if group:
                    part = _layer(
                        [(one.name, one.shape, (node.path, one.name)) for one in group], part
                    )
        parts.append(part)
    return parts[graph.names[output]]


def keras_part(output: Any) -> Part:
    """A Keras functional model from an output tensor on; a weight is its variable."""
    known: dict[Any, Part] = {}

    def made(tensor: Any) -> Part:
        # Nothing public tells which layer made a tensor.
        layer, node, _ = tensor._keras_history
        if id(tensor) not in known:
            inputs = [made(one) for one in layer._inbound_nodes[node].input_tensors]
            known[id(tensor)] = _keras_layer(layer, inputs)
        return known[id(tensor)]

    return made(output)


def _keras_layer(layer: Any, inputs: Sequence[Part]) -> Part:
    kind = type(layer).__name__
    if layer.weights:
        depthwise = kind == "DepthwiseConv2D"
        return _layer(
            [
                ("depthwise_kernel" if depthwise and one.name == "kernel" else one.name,
                 tuple(one.shape), one)
                for one in layer.weights
            ],
            inputs[0],
        )  # fmt: skip
    if not inputs:
        return Part(IMAGES, ())
    if len(inputs) == 1:
        return inputs[0]
    return Part(CONCAT if kind == "Concatenate" else SUM, tuple(inputs))


def _layer(weights: list[tuple[str, tuple[int, ...], Any]], part: Part) -> Part:
    ordered = sorted(weights, key=lambda one: one[0])
    kind = tuple((name, shape) for name, shape, _ in ordered)
    return Part(kind, (part,), tuple(weight for _, _, weight in ordered))
