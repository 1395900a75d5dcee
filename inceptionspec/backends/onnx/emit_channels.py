"""Norms without moving statistics, and numbers for each channel, which is the second axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from inceptionspec.backends.onnx.layer_builder import LayerBuilder
from inceptionspec.ops.normalization import LEAST_DEVIATION


def layer_norm(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Normalization of each pixel over its channels: ONNX has it for the last axes."""
    attributes = layer.node.attributes
    gamma = layer.value("gamma") if attributes["scale"] else np.ones(layer.node.shape[-1:])
    constants = [layer.constant("gamma", gamma)]
    if attributes["center"]:
        constants.append(layer.constant("beta", layer.value("beta")))
    is_map = len(layer.node.shape) == 3
    tensor = layer.operator("Transpose", inputs, perm=(0, 2, 3, 1)) if is_map else inputs[0]
    tensor = layer.operator(
        "LayerNormalization", [tensor, *constants], axis=-1, epsilon=attributes["epsilon"]
    )
    return layer.operator("Transpose", [tensor], perm=(0, 3, 1, 2)) if is_map else tensor


def group_norm(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Normalization of each image over the pixels of a group of channels.

    Groups are the channels of an instance norm: ONNX' own group norm has a factor for each group
    before version 21. All that follow in a group are one axis meanwhile.
    """
    attributes = layer.node.attributes
    groups, channels = attributes["groups"], layer.node.shape[-1]
    sides = layer.node.shape[:-1]
    parts = layer.operator("Reshape", [*inputs, layer.constant("parts", (0, groups, -1), "int64")])
    ones, zeros = layer.constant("ones", np.ones(groups)), layer.constant("zeros", np.zeros(groups))
    normed = layer.operator(
        "InstanceNormalization", [parts, ones, zeros], epsilon=attributes["epsilon"]
    )
    if None in sides:
        shape = layer.operator("Shape", inputs)
    else:
        shape = layer.constant("shape", (0, channels, *sides), "int64")
    tensor = layer.operator("Reshape", [normed, shape])
    if attributes["scale"]:
        tensor = layer.operator("Mul", [tensor, _by_channel(layer, "gamma", layer.value("gamma"))])
    if attributes["center"]:
        tensor = layer.operator("Add", [tensor, _by_channel(layer, "beta", layer.value("beta"))])
    return tensor


def normalize(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """By the mean and standard deviation of the data."""
    mean, variance = (_by_channel(layer, name, layer.value(name)) for name in ("mean", "variance"))
    centered = layer.operator("Sub", [*inputs, mean])
    # Runtimes compute what follows from constants alone once; the file has the weights' names.
    least = layer.constant("least", LEAST_DEVIATION)
    deviation = layer.operator("Max", [layer.operator("Sqrt", [variance]), least])
    return layer.operator("Div", [centered, deviation])


def rescale(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """A factor and an offset that are no weights."""
    attributes, tensor = layer.node.attributes, inputs[0]
    for name, kind, nothing in (("scale", "Mul", 1), ("offset", "Add", 0)):
        if attributes[name] != nothing:
            given = _by_channel(layer, name, np.asarray(attributes[name]))
            tensor = layer.operator(kind, [tensor, given])
    return tensor


def layer_scale(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """A learned factor of each channel."""
    return layer.operator("Mul", [*inputs, _by_channel(layer, "gamma", layer.value("gamma"))])


def prelu(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """A learned slope of each channel below 0."""
    slopes = _by_channel(layer, "alpha", layer.value("alpha").reshape(-1))
    return layer.operator("PRelu", [*inputs, slopes])


def drop_path(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Nothing: it acts in training only."""
    return inputs[0]


def _by_channel(layer: LayerBuilder, name: str, value: Any) -> str:
    """A constant that is spread over the pixels, if it is not one number for all."""
    spread = value.ndim and len(layer.node.shape) == 3
    return layer.constant(name, value[:, None, None] if spread else value)
