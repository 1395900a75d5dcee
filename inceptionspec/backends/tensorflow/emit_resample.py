"""Operators that resample, crop or reflect a map, or pick and reorder its channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from inceptionspec.backends.tensorflow.bound_layer import BoundLayer
from inceptionspec.backends.tensorflow.window import pairs
from inceptionspec.ops.channels import shuffled
from inceptionspec.ops.record import Pads


def upsample(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """A map made larger by copies of pixels or between them."""
    tensor, factor, method = inputs[0], layer.attributes["factor"], layer.attributes["method"]
    sides = tuple(
        size * times if size is not None else tf.shape(tensor)[axis] * times
        for axis, size, times in zip((1, 2), tensor.shape[1:3], factor, strict=True)
    )
    return tf.image.resize(tensor, sides, method)


def crop(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """A map without the pixels at its edges."""
    return cropped(inputs[0], layer.attributes["pixels"])


def cropped(tensor: Any, pixels: Pads) -> Any:
    """A map without some pixels on each side."""
    top, bottom, left, right = pixels
    return tensor[:, top : -bottom or None, left : -right or None]


def pad(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """A frame around a map: zeros, or the map reflected."""
    mode = "REFLECT" if layer.attributes["mode"] == "reflect" else "CONSTANT"
    return tf.pad(inputs[0], pairs(layer.attributes["padding"]), mode)


def space_to_depth(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """Blocks of pixels as channels."""
    block = layer.attributes["block_size"]
    return inputs[0] if block == 1 else tf.nn.space_to_depth(inputs[0], block)


def depth_to_space(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """Channels as blocks of pixels."""
    block = layer.attributes["block_size"]
    return inputs[0] if block == 1 else tf.nn.depth_to_space(inputs[0], block)


def channel_shuffle(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """Groups of channels mixed."""
    order = shuffled(layer.node.shape[-1] or 0, layer.attributes["groups"])
    return tf.gather(inputs[0], order, axis=-1)


def slice_(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """Some of the channels."""
    return inputs[0][..., layer.attributes["start"] : layer.attributes["stop"]]
