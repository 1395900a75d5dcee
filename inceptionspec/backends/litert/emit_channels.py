"""Norms without moving statistics, and numbers for each channel, which is the last axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from inceptionspec.backends.litert.emit_simple import reshaped
from inceptionspec.backends.litert.flatbuffer import Tensor, options
from inceptionspec.backends.litert.layer_builder import LayerBuilder, Operator
from inceptionspec.ops.normalization import LEAST_DEVIATION


def layer_norm(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """Normalization of each pixel over its channels."""
    last = len(inputs[0].shape)
    centered = _minus(layer, inputs[0], _mean(layer, inputs[0], (last,)))
    return _normalized(layer, centered, _mean(layer, _square(layer, centered), (last,)))


def group_norm(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """Normalization of each image over the pixels of a group of channels."""
    centered = _minus(layer, inputs[0], _group_mean(layer, inputs[0]))
    return _normalized(layer, centered, _group_mean(layer, _square(layer, centered)))


def normalize(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """By the mean and standard deviation of the data."""
    deviation = np.maximum(np.sqrt(layer.value("variance")), LEAST_DEVIATION)
    centered = _minus(layer, inputs[0], layer.constant("mean", layer.value("mean")))
    given = options(schema.DivOptionsT)
    return layer.operator(Operator.DIV, [centered, layer.constant("deviation", deviation)], given)


def rescale(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """A factor and an offset that are no weights."""
    scale, offset = (layer.node.attributes[name] for name in ("scale", "offset"))
    tensor = inputs[0] if scale == 1 else _times(layer, inputs[0], layer.constant("scale", scale))
    return tensor if offset == 0 else _plus(layer, tensor, layer.constant("offset", offset))


def layer_scale(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """A learned factor of each channel."""
    return _times(layer, inputs[0], layer.constant("gamma", layer.value("gamma")))


def prelu(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """A learned slope of each channel below 0."""
    alpha = layer.constant("alpha", layer.value("alpha"))
    return layer.operator(Operator.PRELU, [*inputs, alpha])


def drop_path(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """Nothing: it acts in training only."""
    return inputs[0]


def _group_mean(layer: LayerBuilder, tensor: Tensor) -> Tensor:
    """The mean of each group of an image, as often as the group has channels.

    The mean over the pixels comes first, so that height and width may be open.
    """
    channels, groups = layer.node.shape[-1] or 1, layer.node.attributes["groups"]
    sides = (1,) * (len(layer.node.shape) - 1)
    if sides:
        tensor = _mean(layer, tensor, (1, 2))
    parts = reshaped(layer, tensor, (groups, channels // groups))
    ones = layer.constant("ones", np.ones((1, 1, channels // groups)))
    mean = _mean(layer, parts, (2,))
    spread = _times(layer, mean, ones, shape=parts.shape)
    return reshaped(layer, spread, (*sides, channels))


def _normalized(layer: LayerBuilder, centered: Tensor, variance: Tensor) -> Tensor:
    attributes = layer.node.attributes
    raised = _plus(layer, variance, layer.constant("epsilon", attributes["epsilon"]))
    tensor = _times(layer, centered, layer.operator(Operator.RSQRT, [raised]))
    if attributes["scale"]:
        tensor = _times(layer, tensor, layer.constant("gamma", layer.value("gamma")))
    if attributes["center"]:
        tensor = _plus(layer, tensor, layer.constant("beta", layer.value("beta")))
    return tensor


def _mean(layer: LayerBuilder, tensor: Tensor, axes: tuple[int, ...]) -> Tensor:
    """The mean over some axes, the batch the first, which stay with a side of 1."""
    given = options(schema.ReducerOptionsT, keepDims=True)
    shape = tuple(1 if at in axes else side for at, side in enumerate(tensor.shape, start=1))
    which = layer.constant("axes", axes, "int32")
    return layer.operator(Operator.MEAN, [tensor, which], given, shape=shape)


def _square(layer: LayerBuilder, tensor: Tensor) -> Tensor:
    return layer.operator(Operator.SQUARE, [tensor])


def _plus(layer: LayerBuilder, one: Tensor, other: Tensor) -> Tensor:
    return layer.operator(Operator.ADD, [one, other], options(schema.AddOptionsT))


def _minus(layer: LayerBuilder, one: Tensor, other: Tensor) -> Tensor:
    return layer.operator(Operator.SUB, [one, other], options(schema.SubOptionsT))


def _times(
    layer: LayerBuilder, one: Tensor, other: Tensor, *, shape: tuple[Any, ...] | None = None
) -> Tensor:
    return layer.operator(Operator.MUL, [one, other], options(schema.MulOptionsT), shape=shape)
