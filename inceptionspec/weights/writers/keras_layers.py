"""Which layers the Keras backend makes of a network, in the order of Keras' ``model.layers``.

It mirrors ``backends.keras``, without Keras: how many layers stand for a node, and in which order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from inceptionspec.ir.graph import Graph, Node
from inceptionspec.ir.traversal import ancestors, resolve_outputs
from inceptionspec.ops.functions import is_stock
from inceptionspec.ops.transposed import crop_of_valid
from inceptionspec.ops.window import crop_of_same, has_gaps, in_floor_mode, padding_pixels
from inceptionspec.weights.naming.keras_order import KERAS_CLASSES

#: Keras' order of the weights of a layer, under the graph's names.
_OF_PRODUCT = ("kernel", "depthwise_kernel", "pointwise_kernel", "bias")
_OF_NORM = ("gamma", "beta", "moving_mean", "moving_variance")
_OF_OTHERS = (*_OF_NORM, "mean", "variance", "count", "alpha")
_NORM = KERAS_CLASSES["batch_norm"]


class KerasLayer(NamedTuple):
    """A layer of the model that has weights.

    Attributes:
        kind: its class, as Keras writes it in file names.
        node: the node that it belongs to.
        weights: the names of its weights, in Keras' order.
    """

    kind: str
    node: Node
    weights: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its name in the model."""
        name = self.node.path.replace("/", ".")
        return f"{name}.BatchNorm" if self.kind == _NORM != KERAS_CLASSES[self.node.op] else name


class _Step(NamedTuple):
    """A layer of the model: what it reads, and what it is if it has weights."""

    inputs: tuple[int, ...]
    layer: KerasLayer | None


def keras_layers(graph: Graph) -> list[KerasLayer]:
    """The layers with weights of the model of a network, in the order of ``model.layers``.

    Keras sorts layers by depth, the farthest from the outputs first, and among equals by when a
    walk from the outputs, depth first, meets them.

    Raises:
        SpecError: a layer needs a known size (E0407).
    """
    steps: list[_Step] = []
    last: dict[int, int] = {}
    outputs = resolve_outputs(graph)
    for index in ancestors(graph.nodes, {0, *outputs.values()}):
        node = graph.nodes[index]
        last[index] = _add(steps, node, graph, [last[source] for source in node.inputs])
    # Keras flattens a dictionary of outputs by the order of its keys.
    ends = [last[outputs[name]] for name in sorted(outputs)]
    depths, places = _depths(steps), _places(steps, ends)
    order = sorted(places, key=lambda step: (-depths[step], places[step]))
    return [layer for step in order if (layer := steps[step].layer) is not None]


def _depths(steps: Sequence[_Step]) -> list[int]:
    """How many layers lie between each and the output, on the longest way."""
    depths = [0] * len(steps)
    for number in reversed(range(len(steps))):
        for source in steps[number].inputs:
            depths[source] = max(depths[source], depths[number] + 1)
    return depths


def _places(steps: Sequence[_Step], ends: Sequence[int]) -> dict[int, int]:
    """When a walk from the outputs meets each layer."""
    places: dict[int, int] = {}
    waiting = list(reversed(ends))
    while waiting:
        number = waiting.pop()
        if number not in places:
            places[number] = len(places)
            waiting.extend(reversed(steps[number].inputs))
    return places


def _add(steps: list[_Step], node: Node, graph: Graph, inputs: Sequence[int]) -> int:
    """Add the layers of a node; the result is the number of the last."""
    attributes = node.attributes
    names = [weight.name for weight in node.weights]

    def added(sources: Sequence[int], layer: KerasLayer | None = None) -> int:
        steps.append(_Step(tuple(sources), layer))
        return len(steps) - 1

    sources = [
        added([source]) if before else source
        for source, before in zip(inputs, _before(node, graph), strict=True)
    ]
    weights = _OF_PRODUCT if "norm" in attributes else _OF_OTHERS
    own = tuple(name for name in weights if name in names)
    layer = KerasLayer(KERAS_CLASSES[node.op], node, own) if node.op in KERAS_CLASSES else None
    number = added(sources, layer)
    for _ in range(_after(node, graph)):
        number = added([number])
    norm = attributes.get("norm")
    if norm is not None:
        own = tuple(name for name in _OF_NORM if name in names)
        number = added([number], KerasLayer(_NORM, node, own))
    # The activation of a layer with a product and no norm is within it, if Keras has it by name.
    function = attributes.get("activation")
    if function is not None and (norm is not None or node.op in _MERGES or not is_stock(function)):
        number = added([number])
    return number


_MERGES = frozenset({"add", "multiply"})
_WINDOWED = frozenset({"conv", "depthwise_conv", "separable_conv"})


def _before(node: Node, graph: Graph) -> list[bool]:
    """Whether a layer of its own prepares each input."""
    attributes = node.attributes
    shapes = [graph.nodes[source].shape for source in node.inputs]
    if node.op == "add":  # scales
        return [number > 0 and attributes["scale"] != 1 for number in range(len(shapes))]
    if node.op == "multiply":  # makes a map of a vector
        return [len(node.shape) == 3 and len(shape) != 3 for shape in shapes]
    if node.op == "avg_pool":  # pads
        zeros, pool = in_floor_mode(attributes, shapes[0])
        counted = pool["count_padding"] and not has_gaps(pool)
        return [zeros is not None or (counted and any(padding_pixels(pool, shapes[0]) or ()))]
    if node.op in _WINDOWED:  # pads
        padding = attributes["padding"]
        return [not isinstance(padding, str) or (_is_subsampled(node) and padding == "same")]
    return [False] * len(shapes)


def _after(node: Node, graph: Graph) -> int:
    """How many layers follow that crop a map or drop the pixels between."""
    attributes = node.attributes
    if node.op in _WINDOWED:
        return int(_is_subsampled(node))
    if node.op == "conv_transpose":
        cut = any(crop_of_valid(attributes))
        return int(cut and not isinstance(attributes["padding"], str))
    if node.op not in ("max_pool", "avg_pool"):
        return 0
    _, attributes = in_floor_mode(attributes, graph.nodes[node.inputs[0]].shape)
    if isinstance(attributes["padding"], str) or has_gaps(attributes):
        return 0
    crop = crop_of_same(attributes["kernel"], attributes["padding"])
    unpadded = node.op == "avg_pool" and (
        attributes["count_padding"] or not any(attributes["padding"])
    )
    if crop is None or unpadded:
        return 0
    return int(any(crop)) + int(attributes["stride"] != (1, 1))


def _is_subsampled(node: Node) -> bool:
    """Whether a convolution has stride 1 in the model, and pixels are dropped after it."""
    stride = node.attributes["stride"]
    unequal = node.op != "conv" and stride[0] != stride[1]
    return stride != (1, 1) and (node.attributes["dilation"] != (1, 1) or unequal)
