"""Which sums are residual connections, and which of their two branches is the way around."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inceptionspec.importers.recovery.layer import Layer
from inceptionspec.importers.recovery.nest import Item, Reading, Row, Split, order


def is_residual(layers: Sequence[Layer], split: Split) -> bool:
    """Whether a merge adds a way around, the first branch, to more layers, the second."""
    if layers[split.merge].op != "add" or len(split.branches) != 2:
        return False
    around, inner = (sum(1 for _ in order(branch)) for branch in split.branches)
    return around < inner


def oriented(layers: Sequence[Layer], row: Row) -> Row:
    """A row in which the way around comes first in each sum of two branches.

    The order of terms changes nothing, unless the sum scales all but the first.
    """
    return tuple(_oriented(layers, item) for item in row)


def _oriented(layers: Sequence[Layer], item: Item) -> Any:
    if isinstance(item, Reading):
        return Reading(_oriented(layers, item.item), item.sources)
    if not isinstance(item, Split):
        return item
    branches = tuple(oriented(layers, branch) for branch in item.branches)
    merge = layers[item.merge]
    if merge.op == "add" and len(branches) == 2 and merge.attributes["scale"] == 1:
        first, second = (sum(1 for _ in order(branch)) for branch in branches)
        if second < first and second <= 2:
            branches = branches[::-1]
            merge.inputs = merge.inputs[::-1]
    return Split(item.merge, branches, item.depth)
