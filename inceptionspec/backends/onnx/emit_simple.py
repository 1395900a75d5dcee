"""Operators without weights: pools, activations, reshaping, merges."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.backends.onnx.activations import activated
from inceptionspec.backends.onnx.layer_builder import LayerBuilder, window

_SIDES = (2, 3)
"""The axes of height and width."""


def max_pool(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Largest value of each window; padding never wins."""
    return layer.operator("MaxPool", inputs, **window(layer))


def avg_pool(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Mean of each window, with or without its padding."""
    counted = int(layer.node.attributes["count_padding"])
    return layer.operator("AveragePool", inputs, count_include_pad=counted, **window(layer))


def global_avg_pool(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Mean of the whole map."""
    return _kept_or_squeezed(layer, layer.operator("GlobalAveragePool", inputs))


def global_max_pool(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Largest value of the whole map."""
    return _kept_or_squeezed(layer, layer.operator("GlobalMaxPool", inputs))


def _kept_or_squeezed(layer: LayerBuilder, tensor: str) -> str:
    return tensor if layer.node.attributes["keep_dims"] else squeeze(layer, [tensor])


def lrn(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Local response normalization: ONNX divides the sum of squares by their number."""
    attributes = layer.node.attributes
    window_size = 2 * attributes["radius"] + 1
    return layer.operator(
        "LRN",
        inputs,
        size=window_size,
        alpha=float(attributes["alpha"] * window_size),
        beta=float(attributes["beta"]),
        bias=float(attributes["bias"]),
    )


def activation(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """A function of every element."""
    return activated(layer, inputs[0], layer.node.attributes["function"])


def softmax(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Softmax over channels or features."""
    return activated(layer, inputs[0], "softmax")


def dropout(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Nothing: it acts in training only."""
    return inputs[0]


def flatten(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Flatten a map to a vector, row by row, channels innermost."""
    if len(layer.shapes[0]) == 1:
        return inputs[0]
    return layer.operator("Flatten", [layer.operator("Transpose", inputs, perm=(0, 2, 3, 1))])


def squeeze(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """A map of 1x1 as a vector."""
    return layer.operator("Squeeze", [*inputs, layer.constant("sides", _SIDES, "int64")])


def pad(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Zeros around a map."""
    top, bottom, left, right = layer.node.attributes["padding"]
    pads = layer.constant("pads", (0, 0, top, left, 0, 0, bottom, right), "int64")
    return layer.operator("Pad", [*inputs, pads])


def concat(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Branches side by side, along the channels."""
    return layer.operator("Concat", inputs, axis=1)


def add(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Sum of branches, all but the first scaled."""
    scale = layer.node.attributes["scale"]
    first, *others = inputs
    if scale != 1:
        factor = layer.constant("scale", scale)
        others = [layer.operator("Mul", [other, factor]) for other in others]
    return activated(layer, layer.operator("Sum", [first, *others]), _function(layer))


def multiply(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Product of branches; vectors become maps of 1x1 where a map is among them."""
    spread = {len(shape) for shape in layer.shapes} == {1, 3}
    sides = layer.constant("sides", _SIDES, "int64") if spread else ""
    product, *others = (
        layer.operator("Unsqueeze", [tensor, sides]) if spread and len(shape) == 1 else tensor
        for tensor, shape in zip(inputs, layer.shapes, strict=True)
    )
    for other in others:
        product = layer.operator("Mul", [product, other])
    return activated(layer, product, _function(layer))


def slice_(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Some of the channels, which are the first axis after the batch."""
    given = layer.node.attributes
    bounds = {"start": (given["start"],), "stop": (given["stop"],), "axis": (1,)}
    named = [layer.constant(name, value, "int64") for name, value in bounds.items()]
    return layer.operator("Slice", [*inputs, *named])


def _function(layer: LayerBuilder) -> str | None:
    function: str | None = layer.node.attributes["activation"]
    return function
