"""Operators without weights: the input, activations, dropout, reshaping, merges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from inceptionspec.backends.keras.activation import activated
from inceptionspec.backends.keras.shared import composite, layer_name
from inceptionspec.ir.graph import Node

_LAST = "channels_last"


def input_(node: Node, inputs: Sequence[Any]) -> Any:
    """The images that come in; open sides stay open."""
    return keras.Input(shape=node.shape, name=layer_name(node))


def lrn(node: Node, inputs: Sequence[Any]) -> Any:
    """Local response normalization.

    It is x / (bias + alpha * sum of squares over neighboring channels) ^ beta.
    """
    attributes = node.attributes
    radius = attributes["radius"]
    window = 2 * radius + 1

    def normalized(tensor: Any) -> Any:
        # The sum over neighbors is a mean over a window along the channels, which become the
        # second side of a map; the zeros at both ends add nothing. A volume of depth one
        # would do too, but TensorFlow Lite and float64 have no pool for volumes.
        squares = keras.ops.transpose(keras.ops.square(tensor), (0, 1, 3, 2))
        padded = keras.ops.pad(squares, ((0, 0), (0, 0), (radius, radius), (0, 0)))
        mean = keras.ops.average_pool(padded, (1, window), 1, "valid", data_format=_LAST)
        total = keras.ops.transpose(mean, (0, 1, 3, 2)) * (attributes["alpha"] * window)
        return tensor / keras.ops.power(total + attributes["bias"], attributes["beta"])

    return composite(layer_name(node), inputs[0], normalized)


def activation(node: Node, inputs: Sequence[Any]) -> Any:
    """A function of every element."""
    return activated(node, inputs[0], node.attributes["function"], own=True)


def softmax(node: Node, inputs: Sequence[Any]) -> Any:
    """Softmax over channels or features."""
    return activated(node, inputs[0], "softmax", own=True)


def dropout(node: Node, inputs: Sequence[Any]) -> Any:
    """Zeros for a share of the elements, in training only."""
    return keras.layers.Dropout(node.attributes["rate"], name=layer_name(node))(inputs[0])


def flatten(node: Node, inputs: Sequence[Any]) -> Any:
    """Flatten a map to a vector."""
    return keras.layers.Flatten(data_format=_LAST, name=layer_name(node))(inputs[0])


def squeeze(node: Node, inputs: Sequence[Any]) -> Any:
    """A map of 1x1 as a vector; on an open size, a larger one fails at run time."""
    return keras.layers.Reshape(node.shape, name=layer_name(node))(inputs[0])


def concat(node: Node, inputs: Sequence[Any]) -> Any:
    """Branches side by side, along the channels."""
    return keras.layers.Concatenate(axis=-1, name=layer_name(node))(list(inputs))


def add(node: Node, inputs: Sequence[Any]) -> Any:
    """Sum of branches, all but the first scaled."""
    scale = node.attributes["scale"]
    first, *others = inputs
    if scale != 1:
        others = [
            keras.layers.Rescaling(scale, name=layer_name(node, f"scale_{number}"))(tensor)
            for number, tensor in enumerate(others, start=1)
        ]
    total = keras.layers.Add(name=layer_name(node))([first, *others])
    return _activated(node, total)


def multiply(node: Node, inputs: Sequence[Any]) -> Any:
    """Product of branches; vectors become maps of 1x1 where a map is among them."""
    factors = list(inputs)
    if len(node.shape) == 3:
        factors = [
            tensor
            if len(tensor.shape) == 4
            else keras.layers.Reshape(
                (1, 1, tensor.shape[-1]), name=layer_name(node, f"map_{number}")
            )(tensor)
            for number, tensor in enumerate(factors)
        ]
    return _activated(node, keras.layers.Multiply(name=layer_name(node))(factors))


def _activated(node: Node, tensor: Any) -> Any:
    function = node.attributes["activation"]
    return tensor if function is None else activated(node, tensor, function)
