"""Networks compared by structure, not by names: which layer of one is which of the other.

Both sides are walked from an output to the images. Only layers with weights, merges and the
images count; padding, pools, activations and scales are skipped, since two implementations of
one network may divide them differently. A dense layer is a 1x1 convolution, and a depthwise
convolution is one with a group for each channel. Branches of a concatenation keep their order,
terms of a sum have none. Whether both compute the same is then left to a comparison of outputs.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from inceptionspec.ir.graph import Graph

CONCAT = "concat"
SUM = "sum"
IMAGES = "images"
#: What Keras calls a weight, by its layer and up to a number, where we have another name for it.
_OTHER_NAMES = {
    ("DepthwiseConv2D", "kernel"): "depthwise_kernel",
    ("LayerScale", "variable"): "gamma",
}
_NORM_WEIGHTS = ("gamma", "beta", "moving_mean", "moving_variance")


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A layer with weights, a merge, or the images.

    Attributes:
        kind: the names and shapes of its weights, or the kind of merge.
        inputs: the parts that it reads.
        weights: one object for each of its weights, in the order of their names.
    """

    kind: Hashable
    inputs: tuple[Part, ...]
    weights: tuple[Any, ...] = ()


def matching_weights(first: Part, second: Part) -> Iterator[tuple[Any, Any]] | None:
    """Pairs of weights with the same place in both networks; None if the networks differ."""
    numbers: dict[Hashable, int] = {}
    known: dict[Part, int] = {}

    def number(part: Part) -> int:
        """Parts of the same structure have the same number."""
        if part not in known:
            inputs = [number(each) for each in part.inputs]
            if part.kind == SUM:
                inputs.sort()
            known[part] = numbers.setdefault((part.kind, *inputs), len(numbers))
        return known[part]

    if number(first) != number(second):
        return None
    return _walk(first, second, known)


def _walk(first: Part, second: Part, known: dict[Part, int]) -> Iterator[tuple[Any, Any]]:
    done: set[Part] = set()
    pending = [(first, second)]
    while pending:
        ours, theirs = pending.pop()
        if ours in done:
            continue
        done.add(ours)
        yield from zip(ours.weights, theirs.weights, strict=True)
        our_inputs, their_inputs = ours.inputs, theirs.inputs
        if ours.kind == SUM:
            our_inputs = tuple(sorted(our_inputs, key=known.__getitem__))
            their_inputs = tuple(sorted(their_inputs, key=known.__getitem__))
        pending += zip(our_inputs, their_inputs, strict=True)


def graph_part(graph: Graph, output: str) -> Part:
    """A graph as seen from an output; a weight is its layer's path and its name."""
    parts: list[Part] = []
    for node in graph.nodes:
        inputs = tuple(parts[index] for index in node.inputs)
        if not inputs:
            part = Part(IMAGES, ())
        elif len(inputs) > 1:
            part = Part(CONCAT if node.op == "concat" else SUM, inputs)
        else:
            part = inputs[0]
            norm = [weight for weight in node.weights if weight.name in _NORM_WEIGHTS]
            product = [weight for weight in node.weights if weight.name not in _NORM_WEIGHTS]
            for group in (product, norm):
                if group:
                    part = _layer(
                        [(each.name, each.shape, (node.path, each.name)) for each in group], part
                    )
        parts.append(part)
    return parts[graph.names[output]]


def keras_part(output: Any, read: Mapping[int, Part] = MappingProxyType({})) -> Part:
    """A Keras functional model as seen from an output tensor; a weight is its variable.

    Args:
        output: the tensor.
        read: by the identity of its input tensors what a model reads that is part of another.
    """
    known = dict(read)

    def part_of(tensor: Any) -> Part:
        # Keras has no public way from a tensor to its layer.
        layer, node, _ = tensor._keras_history
        if id(tensor) not in known:
            inputs = [part_of(each) for each in layer._inbound_nodes[node].input_tensors]
            if hasattr(layer, "outputs"):  # a model as a layer
                inner = dict(zip(map(id, layer.inputs), inputs, strict=True))
                known[id(tensor)] = keras_part(layer.outputs[0], inner)
            else:
                known[id(tensor)] = _keras_layer(layer, inputs)
        return known[id(tensor)]

    return part_of(output)


def _keras_layer(layer: Any, inputs: Sequence[Part]) -> Part:
    kind = type(layer).__name__
    weights = getattr(layer, "weights", ())  # `x + y` is an operation and no layer: it has none
    if weights:
        named = [
            (_OTHER_NAMES.get((kind, one.name.partition("_")[0]), one.name), tuple(one.shape), one)
            for one in weights
        ]
        return _layer(named, inputs[0])
    if not inputs:
        return Part(IMAGES, ())
    if len(inputs) == 1:
        return inputs[0]
    return Part(CONCAT if kind == "Concatenate" else SUM, tuple(inputs))


def _layer(weights: list[tuple[str, tuple[int, ...], Any]], part: Part) -> Part:
    ordered = sorted(
        ((*_in_common(name, shape), weight) for name, shape, weight in weights),
        key=lambda weight: weight[0],
    )
    kind = tuple((name, shape) for name, shape, _ in ordered)
    return Part(kind, (part,), tuple(weight for _, _, weight in ordered))


def _in_common(name: str, shape: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
    """A weight's name and shape in whatever layer it is; its numbers keep their order."""
    if name == "depthwise_kernel":
        height, width, channels, multiplier = shape
        name, shape = "kernel", (height, width, 1, channels * multiplier)
    return name, shape[2:] if len(shape) == 4 and shape[:2] == (1, 1) else shape
