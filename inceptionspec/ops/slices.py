"""The slice: some channels of a tensor. Rewrites make it; no spec can name it.

It undoes the merging of layers whose results stand side by side, so that it carries no
attribute of the language: a node's own are ``start`` and ``stop``, counted in channels.
"""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.ops.record import Attributes, Op, Shape


def _shape(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    return (*inputs[0][:-1], attributes["stop"] - attributes["start"])


SLICE = Op(
    name="slice",
    role="rewrite",
    category="reshape",
    doc="The channels from `start` up to `stop` of a map or a vector.",
    attributes=(),
    shape=_shape,
)
