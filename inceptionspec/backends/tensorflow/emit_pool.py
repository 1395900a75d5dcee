"""Pools. A maximum never sees the padding; a mean sees it only where asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import tensorflow as tf

from inceptionspec.backends.tensorflow.bound_layer import BoundLayer
from inceptionspec.backends.tensorflow.emit_odd_pool import dilated_avg_pool, dilated_max_pool
from inceptionspec.backends.tensorflow.window import pairs
from inceptionspec.ops.record import Attributes, Pads
from inceptionspec.ops.window import has_gaps, in_floor_mode, padding_pixels


def max_pool(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """Largest value of each window; explicit padding is the smallest number there is."""
    tensor = inputs[0]
    _, attributes = in_floor_mode(layer.attributes, tuple(tensor.shape[1:]))
    if has_gaps(attributes):
        return dilated_max_pool(_with(layer, attributes), tensor)
    padding = attributes["padding"]
    if not isinstance(padding, str):
        tensor = tf.pad(tensor, pairs(padding), constant_values=tensor.dtype.min)
        padding = "valid"
    if layer.portable:
        kernel, stride = attributes["kernel"], attributes["stride"]
        return tf.nn.max_pool2d(tensor, kernel, stride, padding.upper())
    # oneDNN's kernel for `MaxPool` also stores where each maximum was, which only training
    # needs and which takes twice the time; `MaxPoolV2` is left to TensorFlow's own kernel.
    return tf.raw_ops.MaxPoolV2(
        input=tensor,
        ksize=(1, *attributes["kernel"], 1),
        strides=(1, *attributes["stride"], 1),
        padding=padding.upper(),
    )


def avg_pool(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """Mean of each window, with or without its padding."""
    tensor = inputs[0]
    zeros, attributes = in_floor_mode(layer.attributes, tuple(tensor.shape[1:]))
    if zeros is not None:
        tensor = tf.pad(tensor, pairs(zeros))
    if has_gaps(attributes):
        return dilated_avg_pool(_with(layer, attributes), tensor)
    padding, counted = attributes["padding"], attributes["count_padding"]
    pads = padding_pixels(attributes, tuple(tensor.shape[1:]))
    if pads is not None and not any(pads):
        padding = "valid"
    if padding == "valid" or (padding == "same" and not counted):
        return _mean(attributes, tensor, padding.upper())
    if pads is None:
        # The padding of `same` on an open size: the mean without it, times the share of
        # each window that is not padding.
        return _mean(attributes, tensor, "SAME") * _share(attributes, tensor)
    mean = _mean(attributes, tf.pad(tensor, pairs(pads)), "VALID")
    return mean if counted else tf.math.divide_no_nan(mean, _kept(attributes, tensor, pads))


def global_avg_pool(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """Mean of the whole map."""
    return tf.reduce_mean(inputs[0], (1, 2), keepdims=layer.attributes["keep_dims"])


def global_max_pool(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """Largest value of the whole map."""
    return tf.reduce_max(inputs[0], (1, 2), keepdims=layer.attributes["keep_dims"])


def _with(layer: BoundLayer, attributes: Attributes) -> BoundLayer:
    return replace(layer, node=replace(layer.node, attributes=attributes))


def _mean(attributes: Attributes, tensor: Any, padding: str) -> Any:
    """TensorFlow's own mean, which leaves the padding of `same` out."""
    return tf.nn.avg_pool2d(tensor, attributes["kernel"], attributes["stride"], padding)


def _share(attributes: Attributes, tensor: Any) -> Any:
    """The share of each window that is not padding: a convolution adds up ones."""
    (height, width), stride = attributes["kernel"], attributes["stride"]
    window = tf.constant(1 / (height * width), tensor.dtype, (height, width, 1, 1))
    return tf.nn.conv2d(tf.ones_like(tensor[..., :1]), window, stride, "SAME")


def _kept(attributes: Attributes, tensor: Any, pads: Pads) -> Any:
    """The same share for padding in pixels; a constant where the size is known."""
    padded = tf.pad(tf.ones_like(tensor[:1, :, :, :1]), pairs(pads))
    return _mean(attributes, padded, "VALID")
