"""A layer on its way into a spec: attributes settled, shapes known, epilogue joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from inceptionspec.ops import OPS
from inceptionspec.ops.epilogue import BATCH_NORM_ATTRIBUTES
from inceptionspec.ops.record import Op, Shape, Weight

_SCALING = "variance_scaling"
_USUAL = {"mode": "fan_in", "distribution": "truncated_normal"}
# Constants that have names of their own.
_CONSTANTS = {
    ("constant", (("value", 0.0),)): ("zeros", ()),
    ("constant", (("value", 1.0),)): ("ones", ()),
}
# A rate with so few digits is meant, if another one is that near to it.
_DIGITS = 6
_NOISE = 1e-12
#: What reads this reads the network's input.
INPUT = -1


@dataclass(slots=True)
class Layer:
    """One line of a spec.

    Attributes:
        name: the source's name of what it is first of all: the convolution, not its norm.
        sources: the names of all layers of the source that it stands for, in order.
        op: a name of ``OPS``.
        attributes: parsed, nothing left open.
        inputs: indices of the layers that it reads, ``INPUT`` for the network's input.
        weights: arrays, or functions that read them, by the names that the operator gives them.
        shape: of what it yields.
    """

    name: str
    sources: list[str]
    op: str
    attributes: dict[str, Any]
    inputs: tuple[int, ...]
    weights: dict[str, Any] = field(default_factory=dict)
    shape: Shape = ()

    @property
    def record(self) -> Op:
        """Its operator."""
        return OPS[self.op]

    def follow(self, inputs: Sequence[Shape]) -> None:
        """Settle what depends on the shapes that come in, and the shape that comes out.

        Raises:
            OperatorError: it cannot read what comes in.
        """
        self.attributes = dict(self.record.resolve(self.attributes, inputs))
        self.shape = self.record.shape(self.attributes, inputs)

    def arrays(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """The arrays that it owns."""
        return self.record.weights(self.attributes, inputs)

    def written(self) -> dict[str, Any]:
        """Its attributes as YAML values, in the order of the operator's record."""
        return {
            a.name: short(a.kind.write(self.attributes[a.name])) for a in self.record.attributes
        }


def short(value: Any) -> Any:
    """A value in YAML terms without what an initializer has anyway, its scale first."""
    if not isinstance(value, dict) or _SCALING not in value:
        return value
    given = value[_SCALING]
    kept = {key: given[key] for key, usual in _USUAL.items() if given[key] != usual}
    return {_SCALING: {"scale": given["scale"], **kept}}


def settled(op: Op, given: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes in YAML terms, parsed, with the operator's own defaults for what is left out."""
    parsed = {
        attribute.name: attribute.kind.parse(given.get(attribute.name, attribute.default))
        for attribute in op.attributes
    }
    if "rate" in parsed:
        parsed["rate"] = _without_noise(parsed["rate"])
    for name, value in parsed.items():
        if name.endswith("init") and value in _CONSTANTS:
            parsed[name] = _CONSTANTS[value]
    if parsed.get("norm") is not None:
        parsed["norm"] = {**own_norm(), **parsed["norm"]}
    return parsed


def _without_noise(rate: float) -> float:
    """A rate that was computed, as it was meant: 0.075 for 0.07500000000000001."""
    meant = round(rate, _DIGITS)
    return meant if abs(meant - rate) < _NOISE else rate


def own_norm() -> dict[str, Any]:
    """A batch norm with the operator's own attributes."""
    return {a.name: a.kind.parse(a.default) for a in BATCH_NORM_ATTRIBUTES}


def input_shapes(layers: Sequence[Layer], layer: Layer, shape: Shape) -> list[Shape]:
    """The shapes that a layer reads; ``shape`` is that of the network's input."""
    return [shape if i == INPUT else layers[i].shape for i in layer.inputs]
