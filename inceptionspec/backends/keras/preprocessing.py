"""A network's preprocessing as stock layers, so that the model reads pictures of bytes."""

from __future__ import annotations

from typing import Any

import keras

from inceptionspec.backends.keras.shared import composite, layer_name
from inceptionspec.ir.graph import Node
from inceptionspec.ir.preprocessing import Preprocessing


def preprocessed_pictures(node: Node, steps: Preprocessing) -> tuple[Any, Any]:
    """The input of bytes, RGB, and the images that the network reads.

    Args:
        node: the input of the network.
        steps: the preprocessing; pictures have their size already.
    """
    pictures = keras.Input(shape=node.shape, dtype="uint8", name=layer_name(node, "pictures"))
    ordered = pictures
    if steps.channel_order == "BGR":
        ordered = composite(
            layer_name(node, "bgr"), pictures, lambda tensor: keras.ops.flip(tensor, axis=-1)
        )
    scales = [steps.scale / std for std in steps.std]
    offsets = [-mean / std for mean, std in zip(steps.mean, steps.std, strict=True)]
    return pictures, keras.layers.Rescaling(
        scales, offsets, name=layer_name(node, "preprocessing")
    )(ordered)
