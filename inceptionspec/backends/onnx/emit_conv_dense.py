"""Convolutions and dense layers: the product, then a bias or a norm, then an activation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from inceptionspec.backends.onnx.activations import activated
from inceptionspec.backends.onnx.layer_builder import LayerBuilder, window
from inceptionspec.ops.transposed import transposed_crop


def conv(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Convolution, plain or grouped."""
    kernel = layer.value("kernel").transpose(3, 2, 0, 1)
    return _epilogue(layer, _convolved(layer, inputs[0], kernel, layer.node.attributes["groups"]))


def depthwise_conv(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Convolution of each channel by itself: as many groups as channels."""
    return _epilogue(layer, _depthwise(layer, inputs[0], with_bias=True))


def separable_conv(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Depthwise convolution followed by a 1x1 convolution."""
    between = _depthwise(layer, inputs[0], with_bias=False)
    kernel = layer.constant(
        "pointwise_kernel", layer.value("pointwise_kernel").transpose(3, 2, 0, 1)
    )
    return _epilogue(layer, layer.operator("Conv", [between, kernel, *_bias(layer)]))


def conv_transpose(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Transposed convolution; what its padding cuts off are pixels of padding there."""
    attributes = layer.node.attributes
    top, bottom, left, right = transposed_crop(attributes)
    kernel = layer.constant("kernel", layer.value("kernel").transpose(3, 2, 0, 1))
    given = {
        "kernel_shape": attributes["kernel"],
        "strides": attributes["stride"],
        "pads": (top, left, max(bottom, 0), max(right, 0)),
        "output_padding": (max(-bottom, 0), max(-right, 0)),
    }
    return _epilogue(
        layer, layer.operator("ConvTranspose", [inputs[0], kernel, *_bias(layer)], **given)
    )


def dense(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Product of a vector and a matrix."""
    kernel = layer.constant("kernel", layer.value("kernel"))
    return _epilogue(layer, layer.operator("Gemm", [inputs[0], kernel, *_bias(layer)]))


def batch_norm(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Batch normalization as a layer of its own."""
    return _norm(layer, inputs[0], layer.node.attributes)


def _depthwise(layer: LayerBuilder, tensor: str, *, with_bias: bool) -> str:
    kernel = layer.value("depthwise_kernel")
    height, width, channels, multiplier = kernel.shape
    grouped = kernel.transpose(2, 3, 0, 1).reshape(channels * multiplier, 1, height, width)
    return _convolved(layer, tensor, grouped, channels, with_bias=with_bias)


def _convolved(
    layer: LayerBuilder, tensor: str, kernel: Any, groups: int, *, with_bias: bool = True
) -> str:
    bias = _bias(layer) if with_bias else []
    inputs = [tensor, layer.constant("kernel", kernel), *bias]
    return layer.operator(
        "Conv", inputs, group=groups, **window(layer.node.attributes, layer.shapes[0])
    )


def _bias(layer: LayerBuilder) -> list[str]:
    return [layer.constant("bias", layer.value("bias"))] if layer.node.attributes["bias"] else []


def _epilogue(layer: LayerBuilder, tensor: str) -> str:
    attributes = layer.node.attributes
    if attributes["norm"] is not None:
        tensor = _norm(layer, tensor, attributes["norm"])
    return activated(layer, tensor, attributes["activation"])


def _norm(layer: LayerBuilder, tensor: str, attributes: Mapping[str, Any]) -> str:
    mean = layer.value("moving_mean")
    gamma = layer.value("gamma") if attributes["scale"] else np.ones_like(mean)
    beta = layer.value("beta") if attributes["center"] else np.zeros_like(mean)
    constants = [
        layer.constant("gamma", gamma),
        layer.constant("beta", beta),
        layer.constant("moving_mean", mean),
        layer.constant("moving_variance", layer.value("moving_variance")),
    ]
    return layer.operator("BatchNormalization", [tensor, *constants], epsilon=attributes["epsilon"])
