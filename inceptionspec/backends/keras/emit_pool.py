"""Pools. A maximum never sees the padding; a mean sees it only where asked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from inceptionspec.backends.keras.emit_odd_pool import dilated_avg_pool, dilated_max_pool
from inceptionspec.backends.keras.shared import composite, layer_name
from inceptionspec.ir.graph import Node
from inceptionspec.ops.record import Pads
from inceptionspec.ops.window import crop_of_same, has_gaps, in_floor_mode, padding_pixels

_LAST = "channels_last"


def max_pool(node: Node, inputs: Sequence[Any]) -> Any:
    """Largest value of each window; padding never wins."""
    _, attributes = in_floor_mode(node.attributes, tuple(inputs[0].shape[1:]))
    node = replace(node, attributes=attributes)
    kernel, stride, padding = attributes["kernel"], attributes["stride"], attributes["padding"]
    if has_gaps(attributes):
        return dilated_max_pool(node, inputs[0])
    if isinstance(padding, str):
        return _max_pool(kernel, stride, padding, layer_name(node))(inputs[0])
    crop = crop_of_same(kernel, padding)
    if crop is not None:
        pool = _max_pool(kernel, 1, "same", layer_name(node))
        return _subsampled(node, pool(inputs[0]), crop)

    def pooled(tensor: Any) -> Any:
        padded = keras.ops.pad(tensor, _pairs(padding), constant_values=-math.inf)
        return keras.ops.max_pool(padded, kernel, stride, "valid", data_format=_LAST)

    return composite(layer_name(node), inputs[0], pooled)


def avg_pool(node: Node, inputs: Sequence[Any]) -> Any:
    """Mean of each window, with or without its padding."""
    tensor = inputs[0]
    zeros, attributes = in_floor_mode(node.attributes, tuple(tensor.shape[1:]))
    if zeros is not None:
        tensor = _zeros_around(node, tensor, zeros)
    node = replace(node, attributes=attributes)
    if has_gaps(attributes):
        return dilated_avg_pool(node, tensor)
    kernel, stride, padding = attributes["kernel"], attributes["stride"], attributes["padding"]
    pads = padding_pixels(attributes, tuple(tensor.shape[1:]))
    if pads is not None and not any(pads):
        padding = "valid"
    if padding == "valid" or (padding == "same" and not attributes["count_padding"]):
        return _avg_pool(kernel, stride, padding, layer_name(node))(tensor)
    if attributes["count_padding"]:
        if pads is None:
            return _same_with_open_size(node, tensor)
        padded = _zeros_around(node, tensor, pads)
        return _avg_pool(kernel, stride, "valid", layer_name(node))(padded)
    crop = crop_of_same(kernel, padding)
    if crop is not None:
        pool = _avg_pool(kernel, 1, "same", layer_name(node))
        return _subsampled(node, pool(tensor), crop)
    return _without_padding(node, padding, tensor)


def _zeros_around(node: Node, tensor: Any, pads: Pads) -> Any:
    top, bottom, left, right = pads
    return keras.layers.ZeroPadding2D(
        ((top, bottom), (left, right)), data_format=_LAST, name=layer_name(node, "pad")
    )(tensor)


def global_avg_pool(node: Node, inputs: Sequence[Any]) -> Any:
    """Mean of the whole map."""
    return keras.layers.GlobalAveragePooling2D(
        data_format=_LAST, keepdims=node.attributes["keep_dims"], name=layer_name(node)
    )(inputs[0])


def global_max_pool(node: Node, inputs: Sequence[Any]) -> Any:
    """Largest value of the whole map."""
    return keras.layers.GlobalMaxPooling2D(
        data_format=_LAST, keepdims=node.attributes["keep_dims"], name=layer_name(node)
    )(inputs[0])


def _max_pool(kernel: Any, stride: Any, padding: str, name: str) -> Any:
    """TensorFlow's own maximum, which leaves the padding of `same` out."""
    return keras.layers.MaxPooling2D(kernel, stride, padding, data_format=_LAST, name=name)


def _avg_pool(kernel: Any, stride: Any, padding: str, name: str) -> Any:
    """TensorFlow's own mean, which leaves the padding of `same` out."""
    return keras.layers.AveragePooling2D(kernel, stride, padding, data_format=_LAST, name=name)


def _subsampled(node: Node, tensor: Any, crop: Pads) -> Any:
    """Of the windows of `same` at stride 1, those that a pool with its own padding has.

    They are stock layers, which every format of Keras holds; a pool that leaves its padding
    out by operations is not in `.h5`.
    """
    if any(crop):
        top, bottom, left, right = crop
        tensor = keras.layers.Cropping2D(
            ((top, bottom), (left, right)), data_format=_LAST, name=layer_name(node, "crop")
        )(tensor)
    if node.attributes["stride"] == (1, 1):
        return tensor
    # A pool of one pixel is the stock layer that drops the pixels between.
    return _max_pool((1, 1), node.attributes["stride"], "valid", layer_name(node, "stride"))(tensor)


def _without_padding(node: Node, padding: Pads, tensor: Any) -> Any:
    """The mean of a padded map over the share of each window that is not padding."""
    kernel, stride = node.attributes["kernel"], node.attributes["stride"]

    def mean(tensor: Any) -> Any:
        padded = keras.ops.pad(tensor, _pairs(padding))
        return keras.ops.average_pool(padded, kernel, stride, "valid", data_format=_LAST)

    return composite(
        layer_name(node),
        tensor,
        lambda tensor: keras.ops.divide_no_nan(mean(tensor), mean(_ones(tensor))),
    )


def _same_with_open_size(node: Node, tensor: Any) -> Any:
    """The mean with `same` padding counted, where the padding depends on an open size.

    It is the mean without the padding, times the share of each window that is not padding. A
    convolution of ones with a window of ones counts the pixels of that share.
    """
    (height, width), stride = node.attributes["kernel"], node.attributes["stride"]
    window = np.full((height, width, 1, 1), 1 / (height * width), "float32")

    def counted(tensor: Any) -> Any:
        mean = keras.ops.average_pool(tensor, (height, width), stride, "same", data_format=_LAST)
        share = keras.ops.conv(_ones(tensor), window, stride, "same", data_format=_LAST)
        return keras.ops.multiply(mean, share)

    return composite(layer_name(node), tensor, counted)


def _ones(tensor: Any) -> Any:
    """One channel of ones, as high and as wide as a map."""
    return keras.ops.ones_like(tensor[..., :1])


def _pairs(padding: Pads) -> tuple[tuple[int, int], ...]:
    top, bottom, left, right = padding
    return ((0, 0), (top, bottom), (left, right), (0, 0))
