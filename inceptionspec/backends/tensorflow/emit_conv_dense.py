"""Convolutions and dense layers: a product, then a bias or a norm, then an activation.

Product, bias and activation follow each other directly, so that TensorFlow's own optimizer
makes one kernel of the three.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from inceptionspec.backends.keras.tables import function_of
from inceptionspec.backends.tensorflow.bound_layer import BoundLayer
from inceptionspec.backends.tensorflow.emit_resample import cropped
from inceptionspec.backends.tensorflow.window import Steps, steps_of, subsample
from inceptionspec.ops.transposed import crop_of_valid


def conv(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """Convolution; groups are convolved separately and concatenated."""
    groups = layer.attributes["groups"]
    steps = steps_of(layer.node, inputs[0])
    kernel = layer.weight("kernel")
    if groups == 1:
        return _epilogue(layer, _convolved(steps.tensor, kernel, steps))
    parts = [
        _convolved(tensor, part, steps)
        for tensor, part in zip(
            tf.split(steps.tensor, groups, -1), tf.split(kernel, groups, -1), strict=True
        )
    ]
    return _epilogue(layer, tf.concat(parts, -1))


def depthwise_conv(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """Convolution of each channel by itself."""
    return _epilogue(layer, _depthwise(layer, inputs[0]))


def separable_conv(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """Depthwise convolution followed by a 1x1 convolution."""
    between = _depthwise(layer, inputs[0])
    return _epilogue(layer, tf.nn.conv2d(between, layer.weight("pointwise_kernel"), 1, "VALID"))


def conv_transpose(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """Transposed convolution; pixels that its padding cuts off are cropped."""
    attributes, tensor = layer.attributes, inputs[0]
    padding, crop = attributes["padding"], (0, 0, 0, 0)
    sizes, shape = tf.shape(tensor), [tf.shape(tensor)[0]]
    if not isinstance(padding, str):
        padding, crop = "valid", crop_of_valid(attributes)
    for axis in (0, 1):
        kernel, stride = attributes["kernel"][axis], attributes["stride"][axis]
        size = tensor.shape[1 + axis]
        grown = (sizes[1 + axis] if size is None else size) * stride
        shape.append(grown + max(kernel - stride, 0) if padding == "valid" else grown)
    product = tf.nn.conv2d_transpose(
        tensor,
        layer.weight("kernel"),
        [*shape, attributes["filters"]],
        attributes["stride"],
        padding.upper(),
    )
    return _epilogue(layer, cropped(product, crop) if any(crop) else product)


def dense(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """Product of a vector and a matrix."""
    return _epilogue(layer, tf.linalg.matmul(inputs[0], layer.weight("kernel")))


def batch_norm(layer: BoundLayer, inputs: Sequence[Any]) -> Any:
    """Batch normalization as a layer of its own."""
    return _norm(layer, inputs[0], layer.attributes)


def _convolved(tensor: Any, kernel: Any, steps: Steps) -> Any:
    product = tf.nn.conv2d(tensor, kernel, steps.stride, steps.padding, dilations=steps.dilation)
    return subsample(product, steps)


def _depthwise(layer: BoundLayer, tensor: Any) -> Any:
    steps = steps_of(layer.node, tensor, square=True)
    product = tf.nn.depthwise_conv2d(
        steps.tensor,
        layer.weight("depthwise_kernel"),
        (1, *steps.stride, 1),
        steps.padding,
        dilations=steps.dilation,
    )
    return subsample(product, steps)


def _epilogue(layer: BoundLayer, tensor: Any) -> Any:
    attributes = layer.attributes
    if attributes["bias"]:
        tensor = tf.nn.bias_add(tensor, layer.weight("bias"))
    if attributes["norm"] is not None:
        tensor = _norm(layer, tensor, attributes["norm"])
    function = attributes["activation"]
    return tensor if function is None else function_of(function)(tensor)


def _norm(layer: BoundLayer, tensor: Any, attributes: Mapping[str, Any]) -> Any:
    """Normalized by the moving statistics; for maps TensorFlow has one kernel."""
    mean, variance = layer.array("moving_mean"), layer.array("moving_variance")
    gamma = layer.array("gamma") if attributes["scale"] else np.ones_like(mean)
    beta = layer.array("beta") if attributes["center"] else np.zeros_like(mean)
    epsilon = attributes["epsilon"]
    if len(layer.node.shape) == 3:
        return tf.raw_ops.FusedBatchNormV3(
            x=tensor,
            scale=tf.constant(gamma, tf.float32),
            offset=tf.constant(beta, tf.float32),
            mean=tf.constant(mean, tf.float32),
            variance=tf.constant(variance, tf.float32),
            epsilon=epsilon,
            is_training=False,
        ).y
    return tf.nn.batch_normalization(tensor, mean, variance, beta, gamma, epsilon)
