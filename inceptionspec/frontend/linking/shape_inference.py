"""Shapes flow from the input through the flat layers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from inceptionspec.frontend.linking.flat import FlatLayer
from inceptionspec.frontend.reading.document import Map
from inceptionspec.ops import COUNTS
from inceptionspec.ops.expression import FILTERS, INPUT, ExpressionError, parse
from inceptionspec.ops.record import Attributes, Op, OperatorError, Shape, Weight

#: Attributes with nothing left open, output shape and weights of a layer.
Linked = tuple[Attributes, Shape, tuple[Weight, ...]]


class Misfit(NamedTuple):
    """A layer that cannot read what comes in, what it refuses, and the shapes that came."""

    layer: int
    error: OperatorError
    inputs: Sequence[Shape]


#: Told of a layer, what it refuses, and the shapes that it was given.
OnError = Callable[[int, OperatorError, Sequence[Shape]], None]


LARGEST_SIDE = 1 << 62
"""What reads a longer side is not looked at: numbers would grow from layer to layer."""


def input_shape(section: Map) -> Shape:
    """Height, width and channels of the images that an `input` section describes."""
    channels = int(section.get("channels", 3))
    if section["size"] == "any":
        return (None, None, channels)
    height, width = section["size"].split("x")
    return (int(height), int(width), channels)


def shapes(
    layers: Sequence[FlatLayer], keep: Iterable[int], shape: Shape, on_error: OnError
) -> dict[int, Linked]:
    """What every layer comes to that can be reached without error.

    What reads a tensor beyond any limit is left out, as is what reads no tensor at all.

    Args:
        keep: the layers to look at, in order, the input first.
        shape: height, width and channels of the input.
        on_error: told of each layer that cannot read what comes in.
    """
    linked: dict[int, Linked] = {}
    beyond: set[int] = set()
    for index in keep:
        layer = layers[index]
        if not layer.inputs:
            linked[index] = ({"shape": shape}, shape, ())
            continue
        if any(source not in linked or source in beyond for source in layer.inputs):
            continue
        inputs = [linked[source][1] for source in layer.inputs]
        try:
            entry = linked[layer.entry][1] if layer.entry in linked else inputs[0]
            linked[index] = linked_layer(layer.op, layer.attributes, inputs, entry)
        except OperatorError as error:
            on_error(index, error, inputs)
            continue
        if any(side is not None and side > LARGEST_SIDE for side in linked[index][1]):
            beyond.add(index)
    return linked


def linked_layer(op: Op, attributes: Attributes, inputs: Sequence[Shape], entry: Shape) -> Linked:
    """What one layer comes to under some attributes.

    Args:
        entry: the tensor that comes into the block around it, whose channels
            ``filters: input`` takes.

    Raises:
        OperatorError: it cannot read what comes in.
    """
    attributes = op.resolve(counted(op, attributes, entry), inputs)
    shape = op.shape(attributes, inputs)
    return attributes, shape, op.weights(attributes, inputs)


def counted(op: Op, attributes: Attributes, entry: Shape) -> Attributes:
    """The attributes with a number for each expression in the channels that come in.

    Raises:
        OperatorError: an expression has no value.
    """
    for name in COUNTS[op.name]:
        if isinstance(attributes[name], str):
            attributes = {**attributes, name: _count(attributes, name, entry[-1])}
    return attributes


def _count(attributes: Attributes, name: str, channels: int | None) -> int:
    """What an expression comes to, now that the channels that come in are known."""
    text = attributes[name]
    known = {INPUT: channels, FILTERS: attributes.get(FILTERS)}
    names = {key: value for key, value in known.items() if isinstance(value, int)}
    if not parse(text).names <= names.keys():
        raise OperatorError(
            "E0407",
            f"its `{name}` needs a known number of channels",
            label="the number of features that come in is open",
            attribute=name,
        )
    try:
        value = parse(text).value(names)
    except ExpressionError as error:
        raise OperatorError(
            "E0205", f"its `{name}` has no value: {error.message}", attribute=name
        ) from None
    if value < 1:
        label = ", ".join(f"`{key}` is {names[key]}" for key in sorted(parse(text).names))
        message = f"its `{name}` must be at least 1, and `{text}` comes to {value}"
        raise OperatorError("E0205", message, label=label, attribute=name)
    return value
