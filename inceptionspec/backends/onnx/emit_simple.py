"""Operators without weights: activations, flattening, merges."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.backends.onnx.activations import activated
from inceptionspec.backends.onnx.layer_builder import LayerBuilder
from inceptionspec.ops.functions import Function

_SIDES = (2, 3)
"""The axes of height and width."""


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


def concat(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Branches side by side, along the channels."""
    return layer.operator("Concat", inputs, axis=1)


def add(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Sum of branches, all but the first scaled; runtimes add two integers, never three."""
    scale = layer.node.attributes["scale"]
    total, *others = inputs
    if scale != 1:
        factor = layer.constant("scale", scale)
        others = [layer.operator("Mul", [other, factor]) for other in others]
    for other in others:
        total = layer.operator("Add", [total, other])
    return activated(layer, total, _function(layer))


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


def _function(layer: LayerBuilder) -> Function | None:
    function: Function | None = layer.node.attributes["activation"]
    return function
