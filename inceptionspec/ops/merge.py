"""Merges: what makes one tensor of parallel branches."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.ops.attribute_types import ACTIVATION, NONE, NUMBER
from inceptionspec.ops.epilogue import activation_flops
from inceptionspec.ops.record import (
    Attribute,
    Attributes,
    Op,
    OperatorError,
    Shape,
    elements,
    shape_text,
    times,
)

_ACTIVATION = Attribute("activation", ACTIVATION, "The function applied to the result.", NONE)


def _concat_shape(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    first = inputs[0]
    for shape in inputs[1:]:
        if len(shape) != len(first) or shape[:-1] != first[:-1]:
            raise OperatorError(
                "E0402",
                "cannot be concatenated",
                notes=("branches that are concatenated need one height and width",),
            )
    channels = [shape[-1] for shape in inputs]
    total = None if None in channels else sum(c for c in channels if c is not None)
    return (*first[:-1], total)


def _equal_shape(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    if any(shape != inputs[0] for shape in inputs[1:]):
        raise OperatorError(
            "E0403",
            "cannot be added",
            notes=("branches that are added need one shape",),
        )
    return inputs[0]


def _broadcast_shape(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    """The shape of the maps among the inputs; vectors and 1x1 maps are spread over them."""
    maps = [shape for shape in inputs if len(shape) == 3]
    whole = next((shape for shape in maps if shape[:2] != (1, 1)), maps[0] if maps else inputs[0])
    for shape in inputs:
        spread = shape == whole[-1:] or (shape[:2] == (1, 1) and shape[-1] == whole[-1])
        if shape != whole and not spread:
            raise OperatorError(
                "E0403",
                "cannot be multiplied",
                notes=(f"a factor has the shape of the map, or {shape_text(whole[-1:])} features",),
            )
    return whole


def _add_flops(attributes: Attributes, inputs: Sequence[Shape], output: Shape) -> int | None:
    scaled = 0 if attributes["scale"] == 1 else 1
    per_branch = (len(inputs) - 1) * (1 + scaled)
    return times(elements(output), per_branch + activation_flops(attributes["activation"]))


def _multiply_flops(attributes: Attributes, inputs: Sequence[Shape], output: Shape) -> int | None:
    per_element = len(inputs) - 1 + activation_flops(attributes["activation"])
    return times(elements(output), per_element)


CONCAT = Op(
    name="concat",
    role="merge",
    category="merge",
    doc="Branches side by side, channel after channel, in the order of the spec.",
    attributes=(),
    shape=_concat_shape,
)

ADD = Op(
    name="add",
    role="merge",
    category="merge",
    doc="Sum of branches of one shape.",
    attributes=(
        Attribute("scale", NUMBER, "Factor on every branch but the first.", 1),
        _ACTIVATION,
    ),
    shape=_equal_shape,
    other_flops=_add_flops,
)

MULTIPLY = Op(
    name="multiply",
    role="merge",
    category="merge",
    doc="Product of branches; a vector or a 1x1 map is spread over height and width.",
    attributes=(_ACTIVATION,),
    shape=_broadcast_shape,
    other_flops=_multiply_flops,
)
