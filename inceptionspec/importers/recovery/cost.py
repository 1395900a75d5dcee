"""What it costs to write something down, in lines."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.importers.recovery.arguments import Arguments
from inceptionspec.importers.recovery.layer import Layer
from inceptionspec.importers.recovery.nest import Item, Reading, Split
from inceptionspec.importers.recovery.residual import is_residual

#: What an argument costs, and a value that a call gives.
_ARGUMENT = 0.5
_VALUE = 0.3
#: The columns of a call's line that are left for its values.
_ROOM = 48
#: More arguments than this are named on a line each.
_ONE_LINE = 4
#: What a definition has beside its layers: a name, and an empty line.
DEFINITION = 2


def lines(layers: Sequence[Layer], items: Sequence[Item]) -> int:
    """How many lines items have where they are written in place."""
    return sum(_lines(layers, item) for item in items)


def _lines(layers: Sequence[Layer], item: Item) -> int:
    if isinstance(item, Reading):
        item = item.item
    if not isinstance(item, Split):
        return 1
    found = 2 + sum(1 + lines(layers, branch) for branch in item.branches)
    return found - (1 if is_residual(layers, item) and not item.branches[0] else 0)


def overhead(found: Arguments) -> float:
    """What arguments cost: a line that names them, a share of one for each value, and long calls.

    A call of more than a line's width takes three.
    """
    if not found.found:
        return 0
    given = long = 0
    for call in range(len(found.found[0].values)):
        said = {one.name: value for one in found.found if (value := one.says(call)) is not None}
        given += len(said)
        long += sum(len(f"{name}: {value}, ") for name, value in said.items()) > _ROOM
    declared = 1 if len(found.found) < _ONE_LINE else 1 + len(found.found)
    return declared + _ARGUMENT * len(found.found) + _VALUE * given + 2 * long
