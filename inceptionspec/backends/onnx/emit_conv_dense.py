"""Convolutions and dense layers: the product, then a bias or a norm, then an activation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from inceptionspec.backends.onnx.activations import activated
from inceptionspec.backends.onnx.layer_builder import Part
from inceptionspec.backends.onnx.window import window


def conv(part: Part, inputs: Sequence[str]) -> str:
    """Convolution, in groups where asked."""
    kernel = part.value("kernel").transpose(3, 2, 0, 1)
    return _epilogue(part, _convolved(part, inputs[0], kernel, part.node.attributes["groups"]))


def depthwise_conv(part: Part, inputs: Sequence[str]) -> str:
    """Convolution of each channel by itself: as many groups as channels."""
    return _epilogue(part, _depthwise(part, inputs[0], with_bias=True))


def separable_conv(part: Part, inputs: Sequence[str]) -> str:
    """Depthwise convolution followed by a 1x1 convolution."""
    between = _depthwise(part, inputs[0], with_bias=False)
    kernel = part.constant("pointwise_kernel", part.value("pointwise_kernel").transpose(3, 2, 0, 1))
    return _epilogue(part, part.operator("Conv", [between, kernel, *_bias(part)]))


def dense(part: Part, inputs: Sequence[str]) -> str:
    """Product of a vector and a matrix."""
    kernel = part.constant("kernel", part.value("kernel"))
    return _epilogue(part, part.operator("Gemm", [inputs[0], kernel, *_bias(part)]))


def batch_norm(part: Part, inputs: Sequence[str]) -> str:
    """Batch normalization as a layer of its own."""
    return _norm(part, inputs[0], part.node.attributes)


def _depthwise(part: Part, tensor: str, *, with_bias: bool) -> str:
    kernel = part.value("depthwise_kernel")
    height, width, channels, multiplier = kernel.shape
    grouped = kernel.transpose(2, 3, 0, 1).reshape(channels * multiplier, 1, height, width)
    return _convolved(part, tensor, grouped, channels, with_bias=with_bias)


def _convolved(part: Part, tensor: str, kernel: Any, groups: int, *, with_bias: bool = True) -> str:
    bias = _bias(part) if with_bias else []
    inputs = [tensor, part.constant("kernel", kernel), *bias]
    return part.operator("Conv", inputs, group=groups, **window(part))


def _bias(part: Part) -> list[str]:
    return [part.constant("bias", part.value("bias"))] if part.node.attributes["bias"] else []


def _epilogue(part: Part, tensor: str) -> str:
    attributes = part.node.attributes
    if attributes["norm"] is not None:
        tensor = _norm(part, tensor, attributes["norm"])
    return activated(part, tensor, attributes["activation"])


def _norm(part: Part, tensor: str, attributes: Mapping[str, Any]) -> str:
    mean = part.value("moving_mean")
    gamma = part.value("gamma") if attributes["scale"] else np.ones_like(mean)
    beta = part.value("beta") if attributes["center"] else np.zeros_like(mean)
    constants = [
        part.constant("gamma", gamma),
        part.constant("beta", beta),
        part.constant("moving_mean", mean),
        part.constant("moving_variance", part.value("moving_variance")),
    ]
    return part.operator("BatchNormalization", [tensor, *constants], epsilon=attributes["epsilon"])
