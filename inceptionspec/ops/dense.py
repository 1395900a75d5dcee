"""The dense layer."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.ops.attribute_types import FILTERS
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
    no_side,
    shape_text,
    times,
)


def _features(inputs: Sequence[Shape]) -> int:
    shape = inputs[0]
    if len(shape) != 1:
        raise OperatorError(
            "E0404",
            f"it reads a vector, but a map of {shape_text(shape)} comes in",
            label=f"{shape_text(shape)} comes in here",
        )
    if shape[0] is None:
        raise OperatorError(
            "E0407",
            "a dense layer needs a known number of features",
            label="the number of features is open here",
        )
    return shape[0]


def _shape(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    _features(inputs)
    return (attributes["units"],)


def _weights(attributes: Attributes, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
    units = attributes["units"]
    return (Weight("kernel", (_features(inputs), units)), *epilogue_weights(attributes, units))


def _macs(attributes: Attributes, inputs: Sequence[Shape], output: Shape) -> int | None:
    return _features(inputs) * int(attributes["units"])


def _epilogue(attributes: Attributes, inputs: Sequence[Shape], output: Shape) -> int | None:
    return times(attributes["units"], epilogue_flops(attributes))


def _resolve(attributes: Attributes, inputs: Sequence[Shape]) -> Attributes:
    return with_bias(attributes)


DENSE = Op(
    name="dense",
    role="layer",
    category="dense",
    doc="Product of a vector and a matrix, with a bias or a norm and an activation of its own.",
    attributes=(
        Attribute("units", FILTERS, "Output features, or `input`; width never scales them."),
        *EPILOGUE_ATTRIBUTES,
    ),
    shape=_shape,
    resolve=_resolve,
    weights=_weights,
    macs=_macs,
    other_flops=_epilogue,
    window=lambda attributes: None,
    side=no_side,
)
