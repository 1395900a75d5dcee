"""Operators that pick or reorder channels and compute nothing."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.ops.attribute_types import COUNT, WHOLE
from inceptionspec.ops.record import Attribute, Attributes, Op, OperatorError, Shape, require_map


def _slice_shape(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    start, stop, channels = attributes["start"], attributes["stop"], inputs[0][-1]
    if start >= stop:
        raise OperatorError(
            "E0415",
            f"it takes no channel: `start` is {start} and `stop` {stop}",
            label="`stop` is the first channel that is left out",
            attribute="stop",
        )
    if channels is not None and stop > channels:
        raise OperatorError(
            "E0415",
            f"it takes channels up to {stop}, and {channels} come in",
            label=f"{channels} come in here",
            attribute="stop",
        )
    return (*inputs[0][:-1], stop - start)


def _shuffle_shape(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    require_map(attributes, inputs)
    groups, channels = attributes["groups"], inputs[0][2]
    if channels is not None and channels % groups:
        raise OperatorError(
            "E0408",
            f"its {channels} input channels do not divide into {groups} groups",
            label=f"{channels} input channels here",
            attribute="groups",
        )
    return inputs[0]


def shuffled(channels: int, groups: int) -> list[int]:
    """Which channel comes where: the first of each group, then the second of each, and so on."""
    size = channels // groups
    return [group * size + at for at in range(size) for group in range(groups)]


SLICE = Op(
    name="slice",
    role="layer",
    category="reshape",
    doc="The channels from `start` up to `stop` of a map or a vector.",
    attributes=(
        Attribute("start", WHOLE, "The first channel that is taken, counted from 0.", 0),
        Attribute("stop", COUNT, "The first channel after it that is not."),
    ),
    shape=_slice_shape,
)

CHANNEL_SHUFFLE = Op(
    name="channel_shuffle",
    role="layer",
    category="reshape",
    doc="Mixes groups of channels: first the first channel of each group, then the second of each, "
    "and so on (ShuffleNet, arXiv:1707.01083).",
    attributes=(Attribute("groups", COUNT, "Into how many parts the channels are split."),),
    shape=_shuffle_shape,
)
