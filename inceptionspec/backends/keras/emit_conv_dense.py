"""Convolutions and dense layers: a product, then a bias or a norm, then an activation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras

from inceptionspec.backends.keras.activation import activated
from inceptionspec.backends.keras.shared import NORM, layer_name, undecided_padding
from inceptionspec.backends.keras.tables import ACTIVATIONS, initializer, regularizer
from inceptionspec.ir.graph import Node
from inceptionspec.ops.functions import is_stock
from inceptionspec.ops.record import Attributes
from inceptionspec.ops.transposed import crop_of_valid
from inceptionspec.ops.window import padding_pixels


def conv(node: Node, inputs: Sequence[Any]) -> Any:
    """Convolution, plain or grouped."""
    attributes = node.attributes
    return _windowed(
        node,
        inputs[0],
        keras.layers.Conv2D,
        {
            "filters": attributes["filters"],
            "groups": attributes["groups"],
            "kernel_initializer": initializer(attributes["init"]),
            "kernel_regularizer": regularizer(attributes["l2"]),
        },
    )


def depthwise_conv(node: Node, inputs: Sequence[Any]) -> Any:
    """Convolution of each channel by itself."""
    attributes = node.attributes
    return _windowed(
        node,
        inputs[0],
        keras.layers.DepthwiseConv2D,
        {
            "depth_multiplier": attributes["depth_multiplier"],
            "depthwise_initializer": initializer(attributes["init"]),
            "depthwise_regularizer": regularizer(attributes["l2"]),
        },
        square=True,
    )


def separable_conv(node: Node, inputs: Sequence[Any]) -> Any:
    """Depthwise convolution followed by a 1x1 convolution."""
    attributes = node.attributes
    return _windowed(
        node,
        inputs[0],
        keras.layers.SeparableConv2D,
        {
            "filters": attributes["filters"],
            "depth_multiplier": attributes["depth_multiplier"],
            "depthwise_initializer": initializer(attributes["depthwise_init"]),
            "depthwise_regularizer": regularizer(attributes["depthwise_l2"]),
            "pointwise_initializer": initializer(attributes["init"]),
            "pointwise_regularizer": regularizer(attributes["l2"]),
        },
        square=True,
    )


def conv_transpose(node: Node, inputs: Sequence[Any]) -> Any:
    """Transposed convolution; pixels that its padding cuts off are cropped."""
    attributes = node.attributes
    padding = attributes["padding"]
    tensor = keras.layers.Conv2DTranspose(
        attributes["filters"],
        attributes["kernel"],
        attributes["stride"],
        padding if isinstance(padding, str) else "valid",
        data_format="channels_last",
        kernel_initializer=initializer(attributes["init"]),
        kernel_regularizer=regularizer(attributes["l2"]),
        **_own_epilogue(node),
    )(inputs[0])
    crop = crop_of_valid(attributes)
    if not isinstance(padding, str) and any(crop):
        top, bottom, left, right = crop
        tensor = keras.layers.Cropping2D(
            ((top, bottom), (left, right)),
            data_format="channels_last",
            name=layer_name(node, "crop"),
        )(tensor)
    return _epilogue(node, tensor)


def dense(node: Node, inputs: Sequence[Any]) -> Any:
    """Product of a vector and a matrix."""
    attributes = node.attributes
    layer = keras.layers.Dense(
        attributes["units"],
        kernel_initializer=initializer(attributes["init"]),
        kernel_regularizer=regularizer(attributes["l2"]),
        **_own_epilogue(node),
    )
    return _epilogue(node, layer(inputs[0]))


def batch_norm(node: Node, inputs: Sequence[Any]) -> Any:
    """Batch normalization as a layer of its own."""
    return _norm(layer_name(node), node.attributes)(inputs[0])


def _windowed(
    node: Node, tensor: Any, layer: Any, given: Mapping[str, Any], *, square: bool = False
) -> Any:
    """A convolution layer, with padding and stride in the forms that TensorFlow's kernels have.

    They have `same` and `valid`, a stride or a dilation but not both, and for depthwise
    convolutions (``square``) one stride for both axes. Otherwise zeros are added first, or the
    stride is 1 and a pool then drops the pixels between.
    """
    attributes = node.attributes
    stride, padding = attributes["stride"], attributes["padding"]
    dilated = attributes["dilation"] != (1, 1)
    subsampled = stride != (1, 1) and (dilated or (square and stride[0] != stride[1]))
    if not isinstance(padding, str) or (subsampled and padding == "same"):
        tensor = _zero_padded(node, tensor)
        padding = "valid"
    tensor = layer(
        kernel_size=attributes["kernel"],
        strides=(1, 1) if subsampled else stride,
        padding=padding,
        dilation_rate=attributes["dilation"],
        data_format="channels_last",
        **given,
        **_own_epilogue(node),
    )(tensor)
    if subsampled:
        # A pool of one pixel is the stock layer that drops the pixels between.
        tensor = keras.layers.MaxPooling2D(
            (1, 1), stride, data_format="channels_last", name=layer_name(node, "stride")
        )(tensor)
    return _epilogue(node, tensor)


def _zero_padded(node: Node, tensor: Any) -> Any:
    top_bottom_left_right = padding_pixels(node.attributes, tuple(tensor.shape[1:]))
    if top_bottom_left_right is None:
        raise undecided_padding(node)
    top, bottom, left, right = top_bottom_left_right
    return keras.layers.ZeroPadding2D(
        ((top, bottom), (left, right)),
        data_format="channels_last",
        name=layer_name(node, "pad"),
    )(tensor)


def _own_epilogue(node: Node) -> dict[str, Any]:
    """Arguments of every layer with a product: its name, its bias, and its activation.

    With a norm, the activation is a layer of its own after it, and so is one that has no name.
    """
    attributes = node.attributes
    function = attributes["activation"] if _is_within(attributes) else None
    return {
        "name": layer_name(node),
        "use_bias": attributes["bias"],
        "bias_initializer": initializer(attributes["bias_init"]),
        "bias_regularizer": regularizer(attributes["bias_l2"]),
        "activation": None if function is None else ACTIVATIONS[function],
    }


def _epilogue(node: Node, tensor: Any) -> Any:
    attributes = node.attributes
    if attributes["norm"] is not None:
        tensor = _norm(layer_name(node, NORM), attributes["norm"])(tensor)
    function = attributes["activation"]
    if function is None or _is_within(attributes):
        return tensor
    return activated(node, tensor, function)


def _is_within(attributes: Attributes) -> bool:
    """Whether the layer with the product applies the activation itself."""
    return attributes["norm"] is None and is_stock(attributes["activation"])


def _norm(name: str, attributes: Attributes) -> Any:
    return keras.layers.BatchNormalization(
        axis=-1,
        momentum=attributes["momentum"],
        epsilon=attributes["epsilon"],
        center=attributes["center"],
        scale=attributes["scale"],
        name=name,
    )
