"""Norms that read no moving statistics: of layers, of groups, and that of the input's data."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.ops.attribute_types import BOOL, COUNT, POSITIVE
from inceptionspec.ops.record import (
    Attribute,
    Attributes,
    Op,
    OperatorError,
    Shape,
    Weight,
    elements,
    times,
)

_EPSILON = Attribute("epsilon", POSITIVE, "Added to the variance before the root.", 1e-3)
_LEARNED = (
    Attribute("center", BOOL, "Whether a learned offset (beta) is added to each channel.", True),
    Attribute("scale", BOOL, "Whether a learned factor (gamma) is applied to each channel.", True),
)
LEAST_DEVIATION = 1e-7
"""The least standard deviation by which `normalize` divides: Keras' epsilon."""


def known_channels(inputs: Sequence[Shape], what: str) -> int:
    """The number of channels that come in; a flattened open map has none (E0407)."""
    channels = inputs[0][-1]
    if channels is None:
        raise OperatorError(
            "E0407",
            f"{what} needs a known number of channels",
            label="the number of features is open here",
        )
    return channels


def _norm_shape(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    known_channels(inputs, "a norm")
    return inputs[0]


def _group_shape(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    channels, groups = known_channels(inputs, "a norm"), attributes["groups"]
    if channels % groups:
        raise OperatorError(
            "E0408",
            f"its {channels} input channels do not divide into {groups} groups",
            label=f"{channels} input channels here",
            attribute="groups",
        )
    return inputs[0]


def _learned_weights(attributes: Attributes, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
    shape = (known_channels(inputs, "a norm"),)
    present = (("beta", attributes["center"]), ("gamma", attributes["scale"]))
    return tuple(Weight(name, shape) for name, kept in present if kept)


def _norm_flops(attributes: Attributes, inputs: Sequence[Shape], output: Shape) -> int | None:
    # A sum for the mean, a difference from it, its square and a sum for the variance, a factor;
    # then what is learned. Roots and divisions are few.
    return times(elements(output), 5 + attributes["center"] + attributes["scale"])


def _data_weights(attributes: Attributes, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
    shape = (known_channels(inputs, "a norm"),)
    return (
        Weight("mean", shape, trainable=False),
        Weight("variance", shape, trainable=False),
        Weight("count", (), trainable=False),
    )


def _data_flops(attributes: Attributes, inputs: Sequence[Shape], output: Shape) -> int | None:
    return times(elements(output), 2)


LAYER_NORM = Op(
    name="layer_norm",
    role="layer",
    category="normalization",
    doc="Layer normalization (arXiv:1607.06450) of each pixel by itself, over its channels.",
    attributes=(_EPSILON, *_LEARNED),
    shape=_norm_shape,
    weights=_learned_weights,
    other_flops=_norm_flops,
    in_place=True,
)

GROUP_NORM = Op(
    name="group_norm",
    role="layer",
    category="normalization",
    doc="Group normalization (arXiv:1803.08494) of each image by itself, over all pixels of a "
    "group of neighboring channels.",
    attributes=(
        Attribute(
            "groups",
            COUNT,
            "How many groups: `1` has all channels in one, as many as channels each by itself.",
            32,
        ),
        _EPSILON,
        *_LEARNED,
    ),
    shape=_group_shape,
    weights=_learned_weights,
    other_flops=_norm_flops,
    in_place=True,
)

NORMALIZE = Op(
    name="normalize",
    role="layer",
    category="normalization",
    doc="(x - mean) / sqrt(variance) with the mean and variance of the data, channel by channel, "
    "which come with the weights and are not trained: Keras' Normalization. It keeps a third "
    "number, the count of what they were computed from.",
    attributes=(),
    shape=_norm_shape,
    weights=_data_weights,
    other_flops=_data_flops,
    in_place=True,
)
