"""Pools that no stock layer is: with gaps in their windows, or over a grid of uneven windows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import keras
import numpy as np

from inceptionspec.backends.keras.shared import composite, layer_name, undecided_padding
from inceptionspec.ir.graph import Node
from inceptionspec.ops.pool import adaptive_shares
from inceptionspec.ops.record import Pads
from inceptionspec.ops.window import padding_pixels, window_reach

_LAST = "channels_last"


def dilated_max_pool(node: Node, tensor: Any) -> Any:
    """Largest value of each window with gaps."""
    pads = _pads(node, tensor)
    return composite(
        layer_name(node),
        tensor,
        lambda tensor: _over_taps(node, _padded(tensor, pads, -math.inf), keras.ops.maximum),
    )


def dilated_avg_pool(node: Node, tensor: Any) -> Any:
    """Mean of each window with gaps."""
    pads = _pads(node, tensor)
    height, width = node.attributes["kernel"]

    def total(tensor: Any) -> Any:
        return _over_taps(node, _padded(tensor, pads, 0.0), keras.ops.add)

    def mean(tensor: Any) -> Any:
        if node.attributes["count_padding"] or not any(pads):
            return total(tensor) / (height * width)
        return keras.ops.divide(total(tensor), total(keras.ops.ones_like(tensor[..., :1])))

    return composite(layer_name(node), tensor, mean)


def adaptive_avg_pool(node: Node, inputs: Sequence[Any]) -> Any:
    """Means over a grid of windows: a product with their shares on each axis."""
    size, (height, width) = node.attributes["size"], inputs[0].shape[1:3]
    if size == (1, 1):
        return keras.layers.GlobalAveragePooling2D(
            data_format=_LAST, keepdims=True, name=layer_name(node)
        )(inputs[0])
    if height % size[0] == width % size[1] == 0:
        kernel = (height // size[0], width // size[1])
        return keras.layers.AveragePooling2D(
            kernel, kernel, data_format=_LAST, name=layer_name(node)
        )(inputs[0])
    rows, columns = (
        np.array(adaptive_shares(*pair), keras.backend.standardize_dtype(inputs[0].dtype))
        for pair in ((height, size[0]), (width, size[1]))
    )

    def means(tensor: Any) -> Any:
        between = keras.ops.einsum("bhwc,yh->bywc", tensor, rows)
        return keras.ops.einsum("bywc,xw->byxc", between, columns)

    return composite(layer_name(node), inputs[0], means)


def _pads(node: Node, tensor: Any) -> Pads:
    pads = padding_pixels(node.attributes, tuple(tensor.shape[1:]))
    if pads is None:
        raise undecided_padding(node)
    return pads


def _padded(tensor: Any, pads: Pads, fill: float) -> Any:
    top, bottom, left, right = pads
    around = ((0, 0), (top, bottom), (left, right), (0, 0))
    return keras.ops.pad(tensor, around, constant_values=fill) if any(pads) else tensor


def _over_taps(node: Node, tensor: Any, combine: Callable[[Any, Any], Any]) -> Any:
    """What the pixels of each window come to: those of a column of it first, then of the row."""
    for axis in (0, 1):
        reach, stride = window_reach(node.attributes, axis), node.attributes["stride"][axis]
        parts = []
        for tap in range(node.attributes["kernel"][axis]):
            start = tap * node.attributes["dilation"][axis]
            taken = slice(start, (start + 1 - reach) or None, stride)
            parts.append(tensor[:, taken] if axis == 0 else tensor[:, :, taken])
        tensor = reduce(combine, parts)
    return tensor
