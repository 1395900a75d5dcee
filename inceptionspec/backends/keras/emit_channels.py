"""Norms without moving statistics, numbers for each channel, and paths that are dropped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from inceptionspec.backends.keras.shared import layer_name
from inceptionspec.backends.keras.tables import initializer
from inceptionspec.ir.graph import Node


def layer_norm(node: Node, inputs: Sequence[Any]) -> Any:
    """Normalization of each pixel over its channels."""
    attributes = node.attributes
    return keras.layers.LayerNormalization(
        axis=-1,
        epsilon=attributes["epsilon"],
        center=attributes["center"],
        scale=attributes["scale"],
        name=layer_name(node),
    )(inputs[0])


def group_norm(node: Node, inputs: Sequence[Any]) -> Any:
    """Normalization of each image over the pixels of a group of channels."""
    attributes = node.attributes
    return keras.layers.GroupNormalization(
        attributes["groups"],
        axis=-1,
        epsilon=attributes["epsilon"],
        center=attributes["center"],
        scale=attributes["scale"],
        name=layer_name(node),
    )(inputs[0])


def normalize(node: Node, inputs: Sequence[Any]) -> Any:
    """By the mean and variance of the data."""
    return keras.layers.Normalization(axis=-1, name=layer_name(node))(inputs[0])


def rescale(node: Node, inputs: Sequence[Any]) -> Any:
    """A factor and an offset that are no weights."""
    scale, offset = (_plain(node.attributes[name]) for name in ("scale", "offset"))
    return keras.layers.Rescaling(scale, offset, name=layer_name(node))(inputs[0])


def _plain(value: float | tuple[float, ...]) -> float | list[float]:
    return list(value) if isinstance(value, tuple) else value


def layer_scale(node: Node, inputs: Sequence[Any]) -> Any:
    """A learned factor of each channel: a product of each pixel with a diagonal matrix."""
    # With an ellipsis Keras (3.15) confuses height and width in the shape that it expects.
    axes = "bhwc" if len(node.shape) == 3 else "bc"
    return keras.layers.EinsumDense(
        f"{axes},c->{axes}",
        output_shape=node.shape,
        kernel_initializer=initializer(node.attributes["init"]),
        name=layer_name(node),
    )(inputs[0])


def prelu(node: Node, inputs: Sequence[Any]) -> Any:
    """A learned slope of each channel below 0."""
    return keras.layers.PReLU(
        alpha_initializer=initializer(node.attributes["init"]),
        shared_axes=list(range(1, len(node.shape))) or None,
        name=layer_name(node),
    )(inputs[0])


def drop_path(node: Node, inputs: Sequence[Any]) -> Any:
    """Zeros for a share of the images, in training only."""
    per_image = (None, *(1 for _ in node.shape))
    return keras.layers.Dropout(
        node.attributes["rate"], noise_shape=per_image, name=layer_name(node)
    )(inputs[0])
