"""Norms without moving statistics, and numbers for each channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from inceptionspec.backends.tensorflow.bound_layer import BoundLayer
from inceptionspec.ops.normalization import LEAST_DEVIATION


def layer_norm(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """Normalization of each pixel over its channels."""
    mean, variance = tf.nn.moments(inputs[0], (-1,), keepdims=True)
    return _normalized(layer, inputs[0], mean, variance)


def group_norm(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """Normalization of each image over the pixels of a group of channels."""
    tensor = inputs[0]
    mean = _group_mean(layer, tensor)
    variance = _group_mean(layer, tf.math.squared_difference(tensor, mean))
    return _normalized(layer, tensor, mean, variance)


def normalize(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """By the mean and variance of the data."""
    deviation = np.maximum(np.sqrt(layer.array("variance")), LEAST_DEVIATION)
    return (inputs[0] - layer.weight("mean")) / tf.constant(deviation, layer.precision)


def rescale(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """A factor and an offset that are no weights."""
    scale, offset = layer.attributes["scale"], layer.attributes["offset"]
    scaled = inputs[0] if scale == 1 else inputs[0] * scale
    return scaled if offset == 0 else scaled + offset


def layer_scale(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """A learned factor of each channel."""
    return inputs[0] * layer.weight("gamma")


def prelu(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """A learned slope of each channel below 0."""
    below = tf.minimum(inputs[0], 0.0)
    return tf.nn.relu(inputs[0]) + layer.weight("alpha") * below


def drop_path(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """Nothing, at inference."""
    return inputs[0]


def _group_mean(layer: BoundLayer, tensor: Any) -> Any:
    """The mean of each group of an image, as often as the group has channels.

    The mean over the pixels comes first, so that height and width may be open.
    """
    channels, groups = layer.node.shape[-1] or 1, layer.attributes["groups"]
    sides = (1,) * (len(layer.node.shape) - 1)
    if sides:
        tensor = tf.reduce_mean(tensor, (1, 2), keepdims=True)
    parts = tf.reshape(tensor, (-1, groups, channels // groups))
    ones = tf.ones((channels // groups,), tensor.dtype)
    spread = tf.reduce_mean(parts, -1, keepdims=True) * ones
    return tf.reshape(spread, (-1, *sides, channels))


def _normalized(layer: BoundLayer, tensor: Any, mean: Any, variance: Any) -> Any:
    attributes = layer.attributes
    gamma = layer.weight("gamma") if attributes["scale"] else None
    beta = layer.weight("beta") if attributes["center"] else None
    epsilon = attributes["epsilon"]
    return tf.nn.batch_normalization(tensor, mean, variance, beta, gamma, epsilon)
