"""Operators without weights: activations, reshaping, merges, slices, the input."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import tensorflow as tf

from inceptionspec.backends.keras.tables import function_of
from inceptionspec.backends.tensorflow.bound_layer import BoundLayer


def input_(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """The images that come in."""
    return inputs[0]


def lrn(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """Local response normalization: x / (bias + alpha * sum of squares) ^ beta."""
    attributes = layer.attributes
    normalized = tf.nn.local_response_normalization(
        tf.cast(inputs[0], tf.float32),  # there is no kernel for bfloat16
        attributes["radius"],
        attributes["bias"],
        attributes["alpha"],
        attributes["beta"],
    )
    return tf.cast(normalized, layer.precision)


def activation(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """A function of every element."""
    if layer.reads_shared_sum and layer.attributes["function"] == "relu":
        # With oneDNN, TensorFlow's optimizer (2.21) fuses convolution, bias, sum and ReLU even
        # where something else reads the sum; it then fails and fuses nothing in the whole
        # network. It has no pattern with a maximum, so that the rest is fused.
        return tf.maximum(inputs[0], 0.0)
    return function_of(layer.attributes["function"])(inputs[0])


def softmax(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """Softmax over channels or features."""
    return tf.nn.softmax(inputs[0])


def dropout(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """Nothing, at inference."""
    return inputs[0]


def flatten(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """Flatten a map to a vector."""
    features = layer.node.shape[0]
    if features is None:
        images = tf.shape(inputs[0])[0]
        return tf.reshape(inputs[0], (images, tf.size(inputs[0]) // tf.maximum(images, 1)))
    return tf.reshape(inputs[0], (-1, features))


def squeeze(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """A map of 1x1 as a vector; on an open size, a larger one fails at run time."""
    return tf.squeeze(inputs[0], (1, 2))


def concat(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """Branches side by side, along the channels."""
    return tf.concat(inputs, -1)


def add(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """Sum of branches, all but the first scaled."""
    scale = layer.attributes["scale"]
    first, *others = inputs
    scaled = others if scale == 1 else [tensor * scale for tensor in others]
    return _activated(layer, reduce(tf.add, scaled, first))


def multiply(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """Product of branches; vectors become maps of 1x1 where a map is among them."""
    factors = [
        tensor[:, None, None] if len(layer.node.shape) == 3 and tensor.shape.rank == 2 else tensor
        for tensor in inputs
    ]
    return _activated(layer, reduce(tf.multiply, factors))


def _activated(layer: BoundLayer, tensor: Any) -> Any:
    function = layer.attributes["activation"]
    return tensor if function is None else function_of(function)(tensor)
