"""Operators that no spec writes: the input, and the slice that rewrites make."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.ops.record import Attributes, Op, Shape


def _input_shape(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    shape: Shape = attributes["shape"]
    return shape


def _slice_shape(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    return (*inputs[0][:-1], attributes["stop"] - attributes["start"])


INPUT = Op(
    name="input",
    role="input",
    category="input",
    doc="The images that come in: height, width and channels.",
    attributes=(),
    shape=_input_shape,
)

# It splits what a rewrite fused. `start` and `stop`, counted in channels, are attributes of
# the node and no part of the language.
SLICE = Op(
    name="slice",
    role="rewrite",
    category="reshape",
    doc="The channels from `start` up to `stop` of a map or a vector.",
    attributes=(),
    shape=_slice_shape,
)
