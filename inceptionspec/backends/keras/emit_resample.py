"""Operators that resample, crop or reflect a map, or pick and reorder its channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from inceptionspec.backends.keras.shared import composite, layer_name
from inceptionspec.ir.graph import Node
from inceptionspec.ops.channels import shuffled

_LAST = "channels_last"


def upsample(node: Node, inputs: Sequence[Any]) -> Any:
    """A map made larger by copies of pixels or between them."""
    return keras.layers.UpSampling2D(
        node.attributes["factor"],
        data_format=_LAST,
        interpolation=node.attributes["method"],
        name=layer_name(node),
    )(inputs[0])


def crop(node: Node, inputs: Sequence[Any]) -> Any:
    """A map without the pixels at its edges."""
    top, bottom, left, right = node.attributes["pixels"]
    return keras.layers.Cropping2D(
        ((top, bottom), (left, right)), data_format=_LAST, name=layer_name(node)
    )(inputs[0])


def pad(node: Node, inputs: Sequence[Any]) -> Any:
    """A frame around a map: zeros, or the map reflected."""
    top, bottom, left, right = node.attributes["padding"]
    if node.attributes["mode"] == "reflect":
        around = ((0, 0), (top, bottom), (left, right), (0, 0))
        return composite(
            layer_name(node), inputs[0], lambda tensor: keras.ops.pad(tensor, around, "reflect")
        )
    return keras.layers.ZeroPadding2D(
        ((top, bottom), (left, right)), data_format=_LAST, name=layer_name(node)
    )(inputs[0])


def space_to_depth(node: Node, inputs: Sequence[Any]) -> Any:
    """Blocks of pixels as channels: every so-manieth pixel, from each pixel of a block on."""
    block = node.attributes["block_size"]

    def deep(tensor: Any) -> Any:
        parts = [
            tensor[:, row::block, column::block] for row in range(block) for column in range(block)
        ]
        return keras.ops.concatenate(parts, -1)

    return composite(layer_name(node), inputs[0], deep)


def depth_to_space(node: Node, inputs: Sequence[Any]) -> Any:
    """Channels as blocks of pixels."""
    block, (height, width, channels) = node.attributes["block_size"], node.shape

    def wide(tensor: Any) -> Any:
        if height is None or width is None:
            return _wide_on_open_size(tensor, block, channels)
        rows, columns = height // block, width // block
        parts = keras.ops.reshape(tensor, (-1, rows, columns, block, block, channels))
        parts = keras.ops.transpose(parts, (0, 1, 3, 2, 4, 5))
        return keras.ops.reshape(parts, (-1, height, width, channels))

    return composite(layer_name(node), inputs[0], wide)


def _wide_on_open_size(tensor: Any, block: int, channels: Any) -> Any:
    """The same by copies of each pixel, of which each keeps its share of the channels.

    A reshape could have one open side alone, which is the batch.
    """
    copies = keras.ops.repeat(keras.ops.repeat(tensor, block, 1), block, 2)
    row, column = (
        keras.ops.mod(keras.ops.cumsum(keras.ops.ones_like(line), axis) - 1, block)
        for axis, line in ((1, copies[:, :, :1, :1]), (2, copies[:, :1, :, :1]))
    )
    place = row * block + column
    taken = copies[..., :channels]
    for number in range(1, block * block):
        share = copies[..., number * channels : (number + 1) * channels]
        taken = keras.ops.where(keras.ops.equal(place, number), share, taken)
    return taken


def channel_shuffle(node: Node, inputs: Sequence[Any]) -> Any:
    """Groups of channels mixed."""
    order = shuffled(node.shape[-1] or 0, node.attributes["groups"])
    return composite(
        layer_name(node),
        inputs[0],
        lambda tensor: keras.ops.take(tensor, np.array(order, "int32"), axis=-1),
    )


def slice_(node: Node, inputs: Sequence[Any]) -> Any:
    """Some of the channels."""
    start, stop = node.attributes["start"], node.attributes["stop"]
    return composite(layer_name(node), inputs[0], lambda tensor: tensor[..., start:stop])
