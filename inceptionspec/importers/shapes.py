"""Shapes and arrays of imported layers, by the records of their operators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from inceptionspec.ops import OPS
from inceptionspec.ops.record import REQUIRED, Attributes, Shape, Weight


def parsed(op: str, given: Mapping[str, Any]) -> Attributes:
    """All attributes of a layer: those that are given in YAML terms, and defaults."""
    return {
        attribute.name: attribute.kind.parse(given.get(attribute.name, attribute.default))
        for attribute in OPS[op].attributes
        if attribute.name in given or attribute.default is not REQUIRED
    }


def resolved(op: str, given: Mapping[str, Any], inputs: Sequence[Shape]) -> Attributes:
    """The same, with everything that depends on the input filled in.

    Raises:
        OperatorError: the operator cannot take what comes in.
    """
    return OPS[op].resolve(parsed(op, given), inputs)


def layer_shape(op: str, given: Mapping[str, Any], inputs: Sequence[Shape]) -> Shape:
    """The shape that a layer puts out.

    Raises:
        OperatorError: the operator cannot take what comes in.
    """
    return OPS[op].shape(resolved(op, given, inputs), inputs)


def layer_weights(op: str, given: Mapping[str, Any], inputs: Sequence[Shape]) -> tuple[Weight, ...]:
    """The arrays that a layer owns.

    Raises:
        OperatorError: the operator cannot take what comes in.
    """
    return OPS[op].weights(resolved(op, given, inputs), inputs)


def without_defaults(op: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes without those that have the operator's own default."""
    defaults = {attribute.name: attribute for attribute in OPS[op].attributes}
    return {
        name: value
        for name, value in given.items()
        if defaults[name].default is REQUIRED
        or defaults[name].kind.parse(value) != defaults[name].kind.parse(defaults[name].default)
    }
