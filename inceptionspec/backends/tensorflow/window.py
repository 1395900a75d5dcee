"""Padding, stride and dilation as TensorFlow's convolution kernels take them."""

from __future__ import annotations

from typing import Any, NamedTuple

import tensorflow as tf

from inceptionspec.backends.keras.shared import undecided_padding
from inceptionspec.ir.graph import Node
from inceptionspec.ops.record import Pads
from inceptionspec.ops.window import padding_pixels


class Steps(NamedTuple):
    """How a kernel slides over a map.

    Attributes:
        tensor: the map, padded with zeros where the kernel cannot add them.
        padding: the kernel's argument.
        stride: pixels per step, per axis, of the kernel itself.
        dilation: pixels between those that it reads, per axis.
        subsampling: the step at which pixels of the result are kept, per axis.
    """

    tensor: Any
    padding: Any
    stride: tuple[int, int]
    dilation: tuple[int, int]
    subsampling: tuple[int, int]


def steps_of(node: Node, tensor: Any, *, square: bool = False) -> Steps:
    """A window in the form that TensorFlow's kernels have.

    They have a stride or a dilation but not both, and for depthwise kernels (``square``) one
    stride for both axes. Otherwise zeros are added first, or the stride is 1 and the pixels
    between are dropped from the result.

    Raises:
        SpecError: how many zeros to add depends on an open size (E0407).
    """
    attributes = node.attributes
    stride, padding = attributes["stride"], attributes["padding"]
    dilated = attributes["dilation"] != (1, 1)
    subsampled = stride != (1, 1) and (dilated or (square and stride[0] != stride[1]))
    if not isinstance(padding, str) or (subsampled and padding == "same"):
        pads = padding_pixels(attributes, tuple(tensor.shape[1:]))
        if pads is None:
            raise undecided_padding(node)
        if square or subsampled:
            tensor, padding = tf.pad(tensor, pairs(pads)), "valid"
        else:
            padding = pads
    return Steps(
        tensor,
        padding.upper() if isinstance(padding, str) else pairs(padding),
        (1, 1) if subsampled else stride,
        attributes["dilation"],
        stride if subsampled else (1, 1),
    )


def subsample(tensor: Any, steps: Steps) -> Any:
    """A result without the pixels between those of the stride."""
    if steps.subsampling == (1, 1):
        return tensor
    rows, columns = steps.subsampling
    return tensor[:, ::rows, ::columns]


def pairs(padding: Pads) -> list[list[int]]:
    """Pixels before and after, for each axis of a batch of maps."""
    top, bottom, left, right = padding
    return [[0, 0], [top, bottom], [left, right], [0, 0]]
