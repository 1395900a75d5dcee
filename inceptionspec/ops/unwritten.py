"""The operator that no spec writes: the input."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.ops.record import Attributes, Op, Shape


def _input_shape(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    shape: Shape = attributes["shape"]
    return shape


INPUT = Op(
    name="input",
    role="input",
    category="input",
    doc="The images that come in: height, width and channels.",
    attributes=(),
    shape=_input_shape,
)
