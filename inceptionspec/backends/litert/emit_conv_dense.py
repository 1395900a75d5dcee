"""Convolutions and dense layers, with their norm in kernel and bias, then an activation.

The norm of such a layer is folded, in float64: it is linear, so that only rounding changes. A
norm that is a layer of its own stays a product and a sum, as `rewrites` leave it too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from inceptionspec.backends.litert.activations import applied, fused, unfused
from inceptionspec.backends.litert.emit_resample import cropped, sizes_at_run_time
from inceptionspec.backends.litert.flatbuffer import Tensor, options
from inceptionspec.backends.litert.layer_builder import LayerBuilder, Operator
from inceptionspec.ops.functions import Function
from inceptionspec.ops.transposed import crop_of_valid

_GROUPED = 6
"""The first version of the convolution's operator that takes groups."""
_DILATED = 2
"""The first version of the depthwise operator that takes a dilation."""
_BIASED = 3
"""The first version of the transposed convolution's operator that takes a bias."""


def conv(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """Convolution, plain or grouped."""
    kernel, bias = _folded(layer, layer.value("kernel"))
    tensor, padding = layer.padded(inputs[0])
    attributes = layer.node.attributes
    return _convolved(
        layer,
        tensor,
        kernel,
        bias,
        padding=padding,
        strideH=attributes["stride"][0],
        strideW=attributes["stride"][1],
        dilationHFactor=attributes["dilation"][0],
        dilationWFactor=attributes["dilation"][1],
    )


def depthwise_conv(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """Convolution of each channel by itself."""
    kernel, bias = _folded(layer, layer.value("depthwise_kernel"))
    function = layer.node.attributes["activation"]
    return unfused(layer, _depthwise(layer, inputs[0], kernel, bias, function), function)


def separable_conv(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """Depthwise convolution followed by a 1x1 convolution."""
    depthwise = layer.value("depthwise_kernel")
    between = _depthwise(layer, inputs[0], depthwise, None, None)
    kernel, bias = _folded(layer, layer.value("pointwise_kernel"))
    return _convolved(
        layer, between, kernel, bias, padding=schema.Padding.VALID, strideH=1, strideW=1
    )


def conv_transpose(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """Transposed convolution; pixels that its padding cuts off are cropped.

    The operator is told the shape of its output, which the runtime finds where a side is open.
    """
    attributes, tensor = layer.node.attributes, inputs[0]
    turned, bias = _folded(layer, layer.value("kernel").transpose(0, 1, 3, 2))
    padding, crop = attributes["padding"], (0, 0, 0, 0)
    if not isinstance(padding, str):
        padding, crop = "valid", crop_of_valid(attributes)
    (rows, columns), filters = attributes["stride"], layer.node.shape[2] or 0
    more = [
        max(kernel - stride, 0) if padding == "valid" else 0
        for kernel, stride in zip(attributes["kernel"], attributes["stride"], strict=True)
    ]
    height, width = (
        None if side is None else side * stride + over
        for side, stride, over in zip(tensor.shape, (rows, columns), more, strict=False)
    )
    given = options(
        schema.TransposeConvOptionsT,
        padding=schema.Padding.SAME if padding == "same" else schema.Padding.VALID,
        strideH=rows,
        strideW=columns,
    )
    batch = layer.model.batch
    if batch is None or height is None or width is None:
        sizes = sizes_at_run_time(
            layer, tensor, (1, rows, columns, 0), (0, more[0], more[1], filters)
        )
    else:
        sizes = layer.constant("sizes", (batch, height, width, filters), "int32")
    constants = [
        layer.constant("kernel", turned.transpose(3, 0, 1, 2)),
        layer.constant("bias", bias),
    ]
    result = layer.operator(
        Operator.TRANSPOSE_CONV,
        [sizes, constants[0], tensor, constants[1]],
        given,
        shape=(height, width, filters),
        version=_BIASED,
    )
    cut, function = cropped(layer, result, crop), attributes["activation"]
    return cut if function is None else applied(layer, cut, function)


def dense(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """Product of a vector and a matrix."""
    kernel, bias = _folded(layer, layer.value("kernel"))
    function = layer.node.attributes["activation"]
    constants = [layer.constant("kernel", kernel.T), layer.constant("bias", bias)]
    given = options(schema.FullyConnectedOptionsT, fusedActivationFunction=fused(function))
    product = layer.operator(
        Operator.FULLY_CONNECTED, [*inputs, *constants], given, shape=layer.node.shape
    )
    return unfused(layer, product, function)


def batch_norm(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """Batch normalization as a layer of its own: times a factor, plus an offset."""
    factor, offset = _norm(layer, layer.node.attributes)
    scaled = layer.operator(
        Operator.MUL, [*inputs, layer.constant("factor", factor)], options(schema.MulOptionsT)
    )
    shift = layer.constant("offset", offset)
    return layer.operator(Operator.ADD, [scaled, shift], options(schema.AddOptionsT))


def _convolved(
    layer: LayerBuilder, tensor: Tensor, kernel: Any, bias: Any, **fields: int
) -> Tensor:
    function = layer.node.attributes["activation"]
    given = options(schema.Conv2DOptionsT, fusedActivationFunction=fused(function), **fields)
    constants = [
        layer.constant("kernel", kernel.transpose(3, 0, 1, 2)),
        layer.constant("bias", bias),
    ]
    result = layer.operator(
        Operator.CONV_2D,
        [tensor, *constants],
        given,
        shape=layer.node.shape,
        version=1 if kernel.shape[2] == tensor.shape[2] else _GROUPED,
    )
    return unfused(layer, result, function)


def _depthwise(
    layer: LayerBuilder, tensor: Tensor, kernel: Any, bias: Any, function: Function | None
) -> Tensor:
    height, width, channels, multiplier = kernel.shape
    kernel = kernel.reshape(1, height, width, channels * multiplier)
    bias = np.zeros(channels * multiplier) if bias is None else bias
    tensor, padding = layer.padded(tensor)
    attributes = layer.node.attributes
    given = options(
        schema.DepthwiseConv2DOptionsT,
        padding=padding,
        strideH=attributes["stride"][0],
        strideW=attributes["stride"][1],
        dilationHFactor=attributes["dilation"][0],
        dilationWFactor=attributes["dilation"][1],
        depthMultiplier=multiplier,
        fusedActivationFunction=fused(function),
    )
    names = ("depthwise_kernel", "depthwise_bias")
    constants = [layer.constant(*pair) for pair in zip(names, (kernel, bias), strict=True)]
    return layer.operator(
        Operator.DEPTHWISE_CONV_2D,
        [tensor, *constants],
        given,
        shape=(*layer.node.shape[:2], channels * multiplier),
        version=1 if attributes["dilation"] == (1, 1) else _DILATED,
    )


def _folded(layer: LayerBuilder, kernel: Any) -> tuple[Any, Any]:
    """Kernel and bias of the layer, its norm included.

    Args:
        layer: the layer.
        kernel: its last axis, or the last two together, are the output channels.
    """
    attributes = layer.node.attributes
    bias = layer.value("bias") if attributes["bias"] else None
    if attributes["norm"] is None:
        return kernel, np.zeros(layer.node.shape[-1:]) if bias is None else bias
    factor, offset = _norm(layer, attributes["norm"])
    scaled = (kernel.reshape(-1, factor.size) * factor).reshape(kernel.shape)
    return scaled, offset if bias is None else bias * factor + offset


def _norm(layer: LayerBuilder, attributes: Mapping[str, Any]) -> tuple[Any, Any]:
    """A norm as a factor and an offset for each channel, in float64."""
    variance: Any = layer.value("moving_variance").astype("float64")
    factor = 1 / np.sqrt(variance + attributes["epsilon"])
    if attributes["scale"]:
        factor = factor * layer.value("gamma")
    offset = -layer.value("moving_mean") * factor
    return factor, offset + layer.value("beta") if attributes["center"] else offset
