"""What two parts of a network must share to be calls of one block, as a number for each part.

Parts with equal numbers have the same operators in the same structure. What may differ
becomes an argument: counts, strides, rates, and the kernels of depthwise convolutions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inceptionspec.importers.recovery.layer import Layer
from inceptionspec.importers.recovery.nest import Item, Reading, Row, Split
from inceptionspec.ops import MERGE_OPS

#: Attributes that may differ from call to call.
_ARGUMENTS = frozenset(("filters", "units", "stride", "rate", "scale", "depth_multiplier"))
_FRACTIONS = frozenset(("rate", "scale"))
#: Operators whose kernel is a matter of taste: 3x3 here, 5x5 there.
_ANY_KERNEL = frozenset(("depthwise_conv", "separable_conv"))


def may_differ(op: str, name: str, value: Any) -> bool:
    """Whether an attribute with a value, in YAML terms, can be an argument of a block."""
    if isinstance(value, (dict, list)):
        return False
    if name == "activation":
        return op in MERGE_OPS or value != "none"
    if name == "kernel":
        return op in _ANY_KERNEL
    if name == "groups":
        return bool(value != 1)
    return name in _ARGUMENTS


def type_of(name: str, value: Any) -> str:
    """The type of an argument that gives an attribute some value."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str):
        return "string"
    return "float" if name in _FRACTIONS else "int"


class Skeletons:
    """Numbers for items: equal ones can be calls of one block."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = layers
        self.numbers: dict[Any, int] = {}
        self._layer_keys = [self._layer_key(layer) for layer in layers]

    def of(self, item: Item) -> int:
        """The number of an item."""
        if isinstance(item, Split):
            parts = tuple(self.of_row(branch) for branch in item.branches)
            return self._number(("split", self._layer_keys[item.merge], parts))
        if isinstance(item, Reading):
            return self._number(("reading", id(item)))
        return self._layer_keys[item]

    def of_row(self, row: Row) -> tuple[int, ...]:
        """The numbers of a row."""
        return tuple(self.of(item) for item in row)

    def _layer_key(self, layer: Layer) -> int:
        fixed = tuple(
            (name, type_of(name, value) if may_differ(layer.op, name, value) else repr(value))
            for name, value in layer.written().items()
        )
        return self._number((layer.op, fixed))

    def _number(self, key: Any) -> int:
        return self.numbers.setdefault(key, len(self.numbers))
