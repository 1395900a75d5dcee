"""Pools that no kernel is made for: with gaps in their windows, or over uneven ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import tensorflow as tf

from inceptionspec.backends.keras.shared import undecided_padding
from inceptionspec.backends.tensorflow.bound_layer import BoundLayer
from inceptionspec.backends.tensorflow.window import pairs
from inceptionspec.ops.pool import adaptive_shares
from inceptionspec.ops.record import Attributes, Pads
from inceptionspec.ops.window import padding_pixels, window_reach


def dilated_max_pool(layer: BoundLayer, tensor: Any) -> Any:
    """Largest value of each window with gaps."""
    padded = tf.pad(tensor, pairs(_pads(layer, tensor)), constant_values=tensor.dtype.min)
    return _over_taps(layer.attributes, padded, tf.maximum)


def dilated_avg_pool(layer: BoundLayer, tensor: Any) -> Any:
    """Mean of each window with gaps."""
    attributes = layer.attributes
    pads, (height, width) = pairs(_pads(layer, tensor)), attributes["kernel"]
    total = _over_taps(attributes, tf.pad(tensor, pads), tf.add)
    if attributes["count_padding"]:
        return total / (height * width)
    ones = tf.pad(tf.ones_like(tensor[:1, :, :, :1]), pads)
    return total / _over_taps(attributes, ones, tf.add)


def adaptive_avg_pool(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """Means over a grid of windows: a product with their shares on each axis."""
    tensor, size = inputs[0], layer.attributes["size"]
    if size == (1, 1):
        return tf.reduce_mean(tensor, (1, 2), keepdims=True)
    height, width = tensor.shape[1:3]
    if height % size[0] == width % size[1] == 0:
        kernel = (height // size[0], width // size[1])
        return tf.nn.avg_pool2d(tensor, kernel, kernel, "VALID")
    rows, columns = (
        tf.constant(adaptive_shares(*pair), tensor.dtype)
        for pair in ((height, size[0]), (width, size[1]))
    )
    between = tf.einsum("bhwc,yh->bywc", tensor, rows)
    return tf.einsum("bywc,xw->byxc", between, columns)


def _pads(layer: BoundLayer, tensor: Any) -> Pads:
    pads = padding_pixels(layer.attributes, tuple(tensor.shape[1:]))
    if pads is None:
        raise undecided_padding(layer.node)
    return pads


def _over_taps(attributes: Attributes, tensor: Any, combine: Callable[[Any, Any], Any]) -> Any:
    """What the pixels of each window come to: those of a column of it first, then of the row."""
    for axis in (0, 1):
        reach, stride = window_reach(attributes, axis), attributes["stride"][axis]
        parts = []
        for tap in range(attributes["kernel"][axis]):
            start = tap * attributes["dilation"][axis]
            taken = slice(start, (start + 1 - reach) or None, stride)
            parts.append(tensor[:, taken] if axis == 0 else tensor[:, :, taken])
        tensor = reduce(combine, parts)
    return tensor
