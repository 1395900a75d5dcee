"""Convolutions: plain, depthwise, and the separable one that is both in turn."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.ops.attribute_types import BOOL, COUNT, DECAY, FILTERS, INIT
from inceptionspec.ops.epilogue import (
    EPILOGUE_ATTRIBUTES,
    epilogue_flops,
    epilogue_weights,
    with_bias,
)
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
from inceptionspec.ops.window import (
    CLIP_ATTRIBUTE,
    DILATION_ATTRIBUTE,
    KERNEL_ATTRIBUTE,
    PADDING_ATTRIBUTE,
    STRIDE_ATTRIBUTE,
    resolve_window,
    slide,
    window_of,
    window_side,
)

_STEPS = (STRIDE_ATTRIBUTE, PADDING_ATTRIBUTE, DILATION_ATTRIBUTE, CLIP_ATTRIBUTE)
FILTERS_ATTRIBUTES = (
    Attribute(
        "filters",
        FILTERS,
        "Output channels: a number, `input` for as many as come into the block, or an "
        "expression; the width multiplier scales a number.",
    ),
    Attribute("fixed", BOOL, "Exempt the filters from the width multiplier.", False),
)
_MULTIPLIER = Attribute(
    "depth_multiplier",
    COUNT,
    "Output channels per input channel; the width multiplier never scales it, but an expression "
    "may follow `filters`.",
    1,
)


def _resolve(attributes: Attributes, inputs: Sequence[Shape]) -> Attributes:
    return with_bias(resolve_window(attributes, inputs))


def _channels(inputs: Sequence[Shape]) -> int:
    channels = inputs[0][2]
    if channels is None:  # the reader admits open heights and widths only
        raise OperatorError("E0407", "a convolution needs a known number of channels")
    return channels


def _conv_shape(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    channels, groups, filters = _channels(inputs), attributes["groups"], attributes["filters"]
    for what, count in (("input channels", channels), ("filters", filters)):
        if count % groups:
            raise OperatorError(
                "E0408",
                f"its {count} {what} do not divide into {groups} groups",
                label=f"{count} {what} here",
                attribute="groups",
            )
    return (*slide(attributes, inputs), filters)


def _conv_weights(attributes: Attributes, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
    filters = attributes["filters"]
    depth = _channels(inputs) // attributes["groups"]
    kernel = Weight("kernel", (*attributes["kernel"], depth, filters))
    return (kernel, *epilogue_weights(attributes, filters))


def _conv_macs(attributes: Attributes, inputs: Sequence[Shape], output: Shape) -> int | None:
    height, width = attributes["kernel"]
    depth = _channels(inputs) // attributes["groups"]
    return times(elements(output), height * width * depth)


def _epilogue(attributes: Attributes, inputs: Sequence[Shape], output: Shape) -> int | None:
    return times(elements(output), epilogue_flops(attributes))


def _depthwise_shape(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    return (*slide(attributes, inputs), _channels(inputs) * attributes["depth_multiplier"])


def _depthwise_weights(attributes: Attributes, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
    channels, multiplier = _channels(inputs), attributes["depth_multiplier"]
    kernel = Weight("depthwise_kernel", (*attributes["kernel"], channels, multiplier))
    return (kernel, *epilogue_weights(attributes, channels * multiplier))


def _depthwise_macs(attributes: Attributes, inputs: Sequence[Shape], output: Shape) -> int | None:
    height, width = attributes["kernel"]
    return times(elements(output), height * width)


def _separable_shape(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    _channels(inputs)
    return (*slide(attributes, inputs), attributes["filters"])


def _separable_weights(attributes: Attributes, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
    channels, multiplier = _channels(inputs), attributes["depth_multiplier"]
    filters = attributes["filters"]
    return (
        Weight("depthwise_kernel", (*attributes["kernel"], channels, multiplier)),
        Weight("pointwise_kernel", (1, 1, channels * multiplier, filters)),
        *epilogue_weights(attributes, filters),
    )


def _separable_macs(attributes: Attributes, inputs: Sequence[Shape], output: Shape) -> int | None:
    height, width = attributes["kernel"]
    between = _channels(inputs) * attributes["depth_multiplier"]
    pixels = elements(output[:2])
    return times(pixels, between * (height * width + attributes["filters"]))


CONV = Op(
    name="conv",
    role="layer",
    category="convolution",
    doc="Convolution of a map, with a bias or a norm and an activation of its own.",
    attributes=(
        KERNEL_ATTRIBUTE,
        *FILTERS_ATTRIBUTES,
        *_STEPS,
        Attribute("groups", COUNT, "Parts into which the channels are split.", 1),
        *EPILOGUE_ATTRIBUTES,
    ),
    shape=_conv_shape,
    resolve=_resolve,
    weights=_conv_weights,
    macs=_conv_macs,
    other_flops=_epilogue,
    window=window_of,
    side=window_side,
)

DEPTHWISE_CONV = Op(
    name="depthwise_conv",
    role="layer",
    category="convolution",
    doc="Convolution of each channel by itself.",
    attributes=(KERNEL_ATTRIBUTE, _MULTIPLIER, *_STEPS, *EPILOGUE_ATTRIBUTES),
    shape=_depthwise_shape,
    resolve=_resolve,
    weights=_depthwise_weights,
    macs=_depthwise_macs,
    other_flops=_epilogue,
    window=window_of,
    side=window_side,
)

SEPARABLE_CONV = Op(
    name="separable_conv",
    role="layer",
    category="convolution",
    doc="Depthwise convolution followed by a 1x1 convolution, with nothing in between.",
    attributes=(
        KERNEL_ATTRIBUTE,
        *FILTERS_ATTRIBUTES,
        _MULTIPLIER,
        *_STEPS,
        *EPILOGUE_ATTRIBUTES,
        Attribute("depthwise_init", INIT, "How the depthwise weights start.", "glorot_uniform"),
        Attribute("depthwise_l2", DECAY, "Weight decay of the depthwise weights.", 0),
    ),
    shape=_separable_shape,
    resolve=_resolve,
    weights=_separable_weights,
    macs=_separable_macs,
    other_flops=_epilogue,
    window=window_of,
    side=window_side,
)
