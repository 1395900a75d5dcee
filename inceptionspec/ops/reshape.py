"""Operators that move or frame elements and compute nothing."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.ops.attribute_types import EXPLICIT_PADDING
from inceptionspec.ops.record import (
    Attribute,
    Attributes,
    Op,
    OperatorError,
    Shape,
    elements,
    no_side,
    require_map,
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
    top, bottom, left, right = attributes["padding"]
    return (
        None if height is None else height + top + bottom,
        None if width is None else width + left + right,
        channels,
    )


def _pad_side(attributes: Attributes, axis: int) -> SideRule:
    return SideRule(Side(sum(attributes["padding"][2 * axis : 2 * axis + 2])))


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
    doc="Zeros around a map.",
    attributes=(Attribute("padding", EXPLICIT_PADDING, "Pixels on each side."),),
    shape=_pad_shape,
    side=_pad_side,
)
