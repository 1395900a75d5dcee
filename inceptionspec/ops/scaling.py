"""Operators with a number for each channel: factors that are learned or written, and slopes."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.ops.attribute_types import INIT, PER_CHANNEL
from inceptionspec.ops.normalization import known_channels
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


def _kept_shape(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    known_channels(inputs, "a weight for each channel")
    return inputs[0]


def _factor(attributes: Attributes, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
    return (Weight("gamma", (known_channels(inputs, "a weight for each channel"),)),)


def _slopes(attributes: Attributes, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
    # Keras shares a slope over height and width, whose axes stay.
    shared = (1,) * (len(inputs[0]) - 1)
    return (Weight("alpha", (*shared, known_channels(inputs, "a weight for each channel"))),)


def _one_flop(attributes: Attributes, inputs: Sequence[Shape], output: Shape) -> int | None:
    return elements(output)


def _rescaled_shape(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    channels = inputs[0][-1]
    for name in ("scale", "offset"):
        given = attributes[name]
        if isinstance(given, tuple) and len(given) != channels:
            count = "open" if channels is None else f"{channels:,}"
            raise OperatorError(
                "E0412",
                f"its `{name}` has {len(given):,} numbers, the channels that come in are {count}",
                label=f"{count} channels come in here",
                attribute=name,
            )
    return inputs[0]


def _rescale_flops(attributes: Attributes, inputs: Sequence[Shape], output: Shape) -> int | None:
    per_element = int(attributes["scale"] != 1) + int(attributes["offset"] != 0)
    return times(elements(output), per_element)


PRELU = Op(
    name="prelu",
    role="layer",
    category="activation",
    doc="x above 0, a learned slope of its channel times x below (arXiv:1502.01852).",
    attributes=(Attribute("init", INIT, "How the slopes start.", "zeros"),),
    shape=_kept_shape,
    weights=_slopes,
    other_flops=_one_flop,
    in_place=True,
)

LAYER_SCALE = Op(
    name="layer_scale",
    role="layer",
    category="normalization",
    doc="Product with a learned factor of each channel (arXiv:2103.17239).",
    attributes=(Attribute("init", INIT, "How the factors start.", {"constant": 1e-6}),),
    shape=_kept_shape,
    weights=_factor,
    other_flops=_one_flop,
    in_place=True,
)

RESCALE = Op(
    name="rescale",
    role="layer",
    category="normalization",
    doc="x * scale + offset, with numbers that the spec gives: what networks do to their input "
    "that read pictures as they are.",
    attributes=(
        Attribute("scale", PER_CHANNEL, "The factor, or one for each channel.", 1),
        Attribute("offset", PER_CHANNEL, "What is added, or one number for each channel.", 0),
    ),
    shape=_rescaled_shape,
    other_flops=_rescale_flops,
    in_place=True,
)
