"""Pools. A maximum never sees the padding; a mean sees it only where asked.

No operator here has `ceil_mode`, since ONNX Runtime computes it wrongly for a mean that counts its
padding (operator sets 7 to 18). The padding says how far the last window reaches instead.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from inceptionspec.backends.onnx.emit_resample import framed
from inceptionspec.backends.onnx.layer_builder import LayerBuilder, window
from inceptionspec.ops.pool import adaptive_shares
from inceptionspec.ops.record import Pads, Shape
from inceptionspec.ops.window import has_gaps, in_floor_mode, padding_pixels

_SIDES = (2, 3)
"""The axes of height and width."""


def max_pool(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Largest value of each window; padding never wins."""
    tensor = inputs[0]
    _, attributes = in_floor_mode(layer.node.attributes, layer.shapes[0])
    pads = padding_pixels(attributes, layer.shapes[0])
    if pads is not None and _outgrows(pads, attributes["kernel"]):
        tensor = framed(layer, tensor, pads, -math.inf)
        attributes = {**attributes, "padding": "valid"}
    given = window(attributes, layer.shapes[0])
    if not has_gaps(attributes):
        given.pop("dilations")
    return layer.operator("MaxPool", [tensor], **given)


def _outgrows(pads: Pads, kernel: tuple[int, int]) -> bool:
    """Whether padding is as large as a kernel with gaps, which ONNX Runtime refuses."""
    return max(pads[:2]) >= kernel[0] or max(pads[2:]) >= kernel[1]


def avg_pool(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Mean of each window, with or without its padding."""
    tensor, shape = inputs[0], layer.shapes[0]
    zeros, attributes = in_floor_mode(layer.node.attributes, shape)
    if zeros is not None:
        tensor, shape = framed(layer, tensor, zeros), _grown(shape, zeros)
    if has_gaps(attributes):
        return _dilated_avg_pool(layer, attributes, tensor, shape)
    given = window(attributes, shape)
    given.pop("dilations")  # of operator set 19
    counted = int(attributes["count_padding"])
    return layer.operator("AveragePool", [tensor], count_include_pad=counted, **given)


def _dilated_avg_pool(layer: LayerBuilder, attributes: Any, tensor: str, shape: Shape) -> str:
    """A mean over a window with gaps: a convolution of each channel with equal weights.

    Where padding does not count, it is divided by the same of ones. On an open size `same` is left
    to the operator.
    """
    (height, width), channels = attributes["kernel"], layer.node.shape[-1] or 1
    given = window(attributes, shape)
    share = 1 / (height * width)

    def mean(tensor: str, name: str, channels: int) -> str:
        weights = layer.constant(name, np.full((channels, 1, height, width), share))
        return layer.operator("Conv", [tensor, weights], group=channels, **given)

    result = mean(tensor, "window", channels)
    pads = padding_pixels(attributes, shape)
    if attributes["count_padding"] or (pads is not None and not any(pads)):
        return result
    sizes = layer.operator("Shape", [tensor])
    ones = layer.operator("Expand", [layer.constant("one", np.ones(1)), sizes])
    bounds = {"start": (0,), "stop": (1,), "axis": (1,)}
    named = [layer.constant(name, value, "int64") for name, value in bounds.items()]
    channel = layer.operator("Slice", [ones, *named])
    return layer.operator("Div", [result, mean(channel, "window_of_ones", 1)])


def adaptive_avg_pool(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Means over a grid of windows: a product with their shares on each axis."""
    size, (height, width) = layer.node.attributes["size"], layer.shapes[0][:2]
    if size == (1, 1):
        return layer.operator("GlobalAveragePool", inputs)
    assert height is not None
    assert width is not None
    if height % size[0] == width % size[1] == 0:
        kernel = (height // size[0], width // size[1])
        return layer.operator("AveragePool", inputs, kernel_shape=kernel, strides=kernel)
    columns = np.array(adaptive_shares(width, size[1])).T
    between = layer.operator("MatMul", [*inputs, layer.constant("columns", columns)])
    rows = layer.constant("rows", adaptive_shares(height, size[0]))
    return layer.operator("MatMul", [rows, between])


def global_avg_pool(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Mean of the whole map."""
    return _kept_or_squeezed(layer, layer.operator("GlobalAveragePool", inputs))


def global_max_pool(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Largest value of the whole map."""
    return _kept_or_squeezed(layer, layer.operator("GlobalMaxPool", inputs))


def squeeze(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """A map of 1x1 as a vector."""
    return layer.operator("Squeeze", [*inputs, layer.constant("sides", _SIDES, "int64")])


def _kept_or_squeezed(layer: LayerBuilder, tensor: str) -> str:
    return tensor if layer.node.attributes["keep_dims"] else squeeze(layer, [tensor])


def _grown(shape: Shape, pads: Pads) -> Shape:
    height, width, channels = shape
    return (
        None if height is None else height + sum(pads[:2]),
        None if width is None else width + sum(pads[2:]),
        channels,
    )
