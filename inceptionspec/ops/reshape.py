"""Operators that move or frame elements and compute nothing."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.ops.attribute_types import EXPLICIT_PADDING, Kind
from inceptionspec.ops.record import (
    Attribute,
    Attributes,
    Op,
    OperatorError,
    Shape,
    Window,
    elements,
    no_side,
    require_map,
    ruled_sides,
    size_text,
)
from inceptionspec.ops.side import Side, SideRule


def _flatten_shape(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    return (elements(inputs[0]),)


def _squeeze_shape(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    require_map(attributes, inputs)
    *sides, channels = inputs[0]
    if any(side is not None and side != 1 for side in sides):
        raise OperatorError(
            "E0405",
            f"only a map of 1x1 can be squeezed, this one is {size_text(inputs[0])}",
            label=f"the map is {size_text(inputs[0])} here",
            wants="smaller",
        )
    return (channels,)


def _pad_shape(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    require_map(attributes, inputs)
    height, width, channels = inputs[0]
    top, bottom, left, right = padding = attributes["padding"]
    if attributes["mode"] == "reflect":
        for axis, size in enumerate((height, width)):
            if size is not None and size < _pad_side(attributes, axis).least:
                raise OperatorError(
                    "E0415",
                    f"it reflects {max(padding[2 * axis : 2 * axis + 2])} pixels, and its "
                    f"{size_text(inputs[0])} input has too few beside the edge",
                    label=f"the map is {size_text(inputs[0])} here",
                    attribute="padding",
                    wants="larger",
                )
    return (
        None if height is None else height + top + bottom,
        None if width is None else width + left + right,
        channels,
    )


def _pad_side(attributes: Attributes, axis: int) -> SideRule:
    pixels = attributes["padding"][2 * axis : 2 * axis + 2]
    least = 1 + max(pixels) if attributes["mode"] == "reflect" else 1
    return SideRule(Side(sum(pixels)), least)


def _crop_shape(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    require_map(attributes, inputs)
    refusal = OperatorError(
        "E0415",
        f"it cuts off all of its {size_text(inputs[0])} input",
        label=f"the map is {size_text(inputs[0])} here",
        attribute="pixels",
        wants="larger",
    )
    return (*ruled_sides(attributes, inputs, _crop_side, refusal), inputs[0][2])


def _crop_side(attributes: Attributes, axis: int) -> SideRule:
    pixels = sum(attributes["pixels"][2 * axis : 2 * axis + 2])
    return SideRule(Side(-pixels), pixels + 1)


def _crop_window(attributes: Attributes) -> Window:
    top, _, left, _ = attributes["pixels"]
    return Window(ends=((top, top), (left, left)))


FLATTEN = Op(
    name="flatten",
    role="layer",
    category="reshape",
    doc="Flattens a map to a vector, row by row, channels innermost.",
    attributes=(),
    shape=_flatten_shape,
    window=lambda attributes: None,
    side=no_side,
    in_place=True,
)

SQUEEZE = Op(
    name="squeeze",
    role="layer",
    category="reshape",
    doc="A map of 1x1 as a vector.",
    attributes=(),
    shape=_squeeze_shape,
    side=lambda attributes, axis: SideRule(None, most=1),
    in_place=True,
)

PAD = Op(
    name="pad",
    role="layer",
    category="reshape",
    doc="A frame around a map: zeros, or the map reflected at its edges.",
    attributes=(
        Attribute("padding", EXPLICIT_PADDING, "Pixels on each side."),
        Attribute(
            "mode",
            Kind("`zeros` or `reflect`", {"enum": ["zeros", "reflect"]}),
            "What the frame holds; `reflect` does not repeat the edge itself.",
            "zeros",
            later=True,
        ),
    ),
    shape=_pad_shape,
    side=_pad_side,
)

CROP = Op(
    name="crop",
    role="layer",
    category="reshape",
    doc="A map without the pixels at its edges.",
    attributes=(Attribute("pixels", EXPLICIT_PADDING, "Pixels that are cut off on each side."),),
    shape=_crop_shape,
    window=_crop_window,
    side=_crop_side,
)
