"""What a network computes as two short texts, to recognize a built-in one by."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from inceptionspec.ir.graph import Graph, Node
from inceptionspec.ops import OPS
from inceptionspec.ops.record import Shape
from inceptionspec.ops.transposed import transposed_crop
from inceptionspec.ops.window import padding_pixels

#: Attributes that matter in training alone, or only decide the values of others.
TRAINING = frozenset(
    ("init", "bias_init", "depthwise_init", "l2", "bias_l2", "depthwise_l2", "momentum", "rate")
)
STEERING = frozenset(("clip", "fixed"))
#: Layers that hand on what they read when they predict.
_IDLE = frozenset(("dropout", "drop_path"))
#: What only drops the axes of a map of 1x1.
DROPS_AXES = frozenset(("flatten", "squeeze"))
_POOLS_TO_VECTORS = frozenset(("global_avg_pool", "global_max_pool"))
#: What multiplies each channel by a number and adds one.
_NUMBERS = frozenset(("rescale", "normalize"))
#: How many digits of a number count: a file may hold it in single precision.
_DIGITS = 6
_LENGTH = 16


class Signature(NamedTuple):
    """Digests of all that the main logits depend on, and of what the main head reads.

    ``bare`` is that of the main logits without the numbers that the images are multiplied by first.
    """

    whole: str
    trunk: str
    bare: str


def signature(graph: Graph) -> Signature:
    """The digests of a graph. Names, order and training leave them alone."""
    found = digests(graph)
    heads = [head for head in graph.heads if head.name == graph.main]
    end = heads[0].output if heads else len(graph.nodes) - 1
    bare = digests(graph, bare=True)[end]
    return Signature(found[end], found[heads[0].source if heads else end], bare)


def digests(graph: Graph, *, bare: bool = False) -> list[str]:
    """For each node a digest of all that it is computed by, itself included.

    Args:
        graph: the network.
        bare: whether to leave out what ``leading`` tells.
    """
    found: list[str] = []
    for node in graph.nodes:
        inputs = [found[index] for index in node.inputs]
        if hands_on(graph, node) or (bare and node.index and leading(graph, node.index)):
            found.append(inputs[0])
            continue
        if commutes(node):
            inputs.sort()
        shapes = [graph.nodes[index].shape for index in node.inputs]
        text = repr((node.op, computed_attributes(node, shapes), inputs))
        found.append(hashlib.sha256(text.encode()).hexdigest()[:_LENGTH])
    return found


def hands_on(graph: Graph, node: Node) -> bool:
    """Whether a layer changes no number when it predicts."""
    if node.op in DROPS_AXES:
        return graph.nodes[node.inputs[0]].shape[:2] == (1, 1)
    return node.op in _IDLE


def leading(graph: Graph, index: int) -> list[int]:
    """A layer and those before it up to the images, if all only multiply and add numbers."""
    found: list[int] = []
    while graph.nodes[index].op in _NUMBERS:
        found.append(index)
        (index,) = graph.nodes[index].inputs
    return [] if index else found


def commutes(node: Node) -> bool:
    """Whether the order of what a node reads changes nothing."""
    return node.op == "add" and bool(node.attributes["scale"] == 1)


def computed_attributes(node: Node, inputs: list[Shape]) -> list[tuple[str, Any]]:
    """The attributes of a layer that predictions depend on, those of one meaning in one form.

    What has the operator's own value is left out, so that a new attribute changes no digest.
    """
    written: dict[str, Any] = {}
    for attribute in OPS[node.op].attributes:
        name = attribute.name
        value = attribute.kind.write(node.attributes[name])
        own = (
            None
            if attribute.required
            else attribute.kind.write(attribute.kind.parse(attribute.default))
        )
        if name in TRAINING or name in STEERING or (value == own and name != "padding"):
            continue
        if name == "keep_dims" and node.op in _POOLS_TO_VECTORS:
            continue  # a matter of what reads it
        if isinstance(value, Mapping):
            value = {key: one for key, one in value.items() if key not in TRAINING}
        written[name] = value
    if node.op == "conv_transpose":
        written["padding"] = transposed_crop(node.attributes)
    elif "kernel" in written and "padding" in written:
        _settle_padding(written, node, inputs[0])
    return sorted((name, repr(_rounded(value))) for name, value in written.items())


def _rounded(value: Any) -> Any:
    """A value with as many digits of its numbers as count."""
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, Mapping):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_rounded(one) for one in value)
    return value


def _settle_padding(written: dict[str, Any], node: Node, shape: Shape) -> None:
    """Write padding as pixels where the size tells them, and drop what changes nothing then."""
    pixels = padding_pixels(node.attributes, shape)
    if pixels is not None:
        written["padding"] = pixels
        if not any(pixels):
            written.pop("count_padding", None)
        if not written.get("count_padding"):
            written.pop("ceil", None)  # the pixels tell where the last window ends
