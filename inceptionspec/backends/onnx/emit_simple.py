"""Operators without weights: pools, activations, reshaping, merges."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.backends.onnx.activations import activated
from inceptionspec.backends.onnx.layer_builder import Part
from inceptionspec.backends.onnx.window import window

_SIDES = (2, 3)
"""The axes of height and width."""


def max_pool(part: Part, inputs: Sequence[str]) -> str:
    """Largest value of each window; padding never wins."""
    return part.operator("MaxPool", inputs, **window(part))


def avg_pool(part: Part, inputs: Sequence[str]) -> str:
    """Mean of each window, with or without its padding."""
    counted = int(part.node.attributes["count_padding"])
    return part.operator("AveragePool", inputs, count_include_pad=counted, **window(part))


def global_avg_pool(part: Part, inputs: Sequence[str]) -> str:
    """Mean of the whole map."""
    return _kept_or_squeezed(part, part.operator("GlobalAveragePool", inputs))


def global_max_pool(part: Part, inputs: Sequence[str]) -> str:
    """Largest value of the whole map."""
    return _kept_or_squeezed(part, part.operator("GlobalMaxPool", inputs))


def _kept_or_squeezed(part: Part, tensor: str) -> str:
    return tensor if part.node.attributes["keep_dims"] else squeeze(part, [tensor])


def lrn(part: Part, inputs: Sequence[str]) -> str:
    """Local response normalization: ONNX divides the sum of squares by their number."""
    attributes = part.node.attributes
    window_size = 2 * attributes["radius"] + 1
    return part.operator(
        "LRN",
        inputs,
        size=window_size,
        alpha=float(attributes["alpha"] * window_size),
        beta=float(attributes["beta"]),
        bias=float(attributes["bias"]),
    )


def activation(part: Part, inputs: Sequence[str]) -> str:
    """A function of every element."""
    return activated(part, inputs[0], part.node.attributes["function"])


def softmax(part: Part, inputs: Sequence[str]) -> str:
    """Softmax over channels or features."""
    return activated(part, inputs[0], "softmax")


def dropout(part: Part, inputs: Sequence[str]) -> str:
    """Nothing: it acts in training only."""
    return inputs[0]


def flatten(part: Part, inputs: Sequence[str]) -> str:
    """A map as one vector, row by row, channels innermost."""
    if len(part.shapes[0]) == 1:
        return inputs[0]
    return part.operator("Flatten", [part.operator("Transpose", inputs, perm=(0, 2, 3, 1))])


def squeeze(part: Part, inputs: Sequence[str]) -> str:
    """A map of 1x1 as a vector."""
    return part.operator("Squeeze", [*inputs, part.constant("sides", _SIDES, "int64")])


def pad(part: Part, inputs: Sequence[str]) -> str:
    """Zeros around a map."""
    top, bottom, left, right = part.node.attributes["padding"]
    pads = part.constant("pads", (0, 0, top, left, 0, 0, bottom, right), "int64")
    return part.operator("Pad", [*inputs, pads])


def concat(part: Part, inputs: Sequence[str]) -> str:
    """Branches side by side, along the channels."""
    return part.operator("Concat", inputs, axis=1)


def add(part: Part, inputs: Sequence[str]) -> str:
    """Sum of branches, all but the first scaled."""
    scale = part.node.attributes["scale"]
    first, *others = inputs
    if scale != 1:
        factor = part.constant("scale", scale)
        others = [part.operator("Mul", [other, factor]) for other in others]
    return activated(part, part.operator("Sum", [first, *others]), _function(part))


def multiply(part: Part, inputs: Sequence[str]) -> str:
    """Product of branches; vectors become maps of 1x1 where a map is among them."""
    factors = list(inputs)
    if len(part.node.shape) == 3:
        factors = [
            tensor if len(shape) == 3 else _as_map(part, tensor)
            for tensor, shape in zip(factors, part.shapes, strict=True)
        ]
    product, *others = factors
    for other in others:
        product = part.operator("Mul", [product, other])
    return activated(part, product, _function(part))


def slice_(part: Part, inputs: Sequence[str]) -> str:
    """Some of the channels, which are the first axis after the batch."""
    given = part.node.attributes
    bounds = {"start": (given["start"],), "stop": (given["stop"],), "axis": (1,)}
    named = [part.constant(name, value, "int64") for name, value in bounds.items()]
    return part.operator("Slice", [*inputs, *named])


def _as_map(part: Part, tensor: str) -> str:
    return part.operator("Unsqueeze", [tensor, part.constant("sides", _SIDES, "int64")])


def _function(part: Part) -> str | None:
    function: str | None = part.node.attributes["activation"]
    return function
