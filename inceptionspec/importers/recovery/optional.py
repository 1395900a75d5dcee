"""Blocks that are one but for an entry, or a residual connection, become one block.

A block with an expansion and one without are one, with a flag. So are the layers that stand in
place and lack an entry of a block.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from inceptionspec.importers.recovery.calls import Calls
from inceptionspec.importers.recovery.layer import Layer
from inceptionspec.importers.recovery.nest import Item, Row, Split, order
from inceptionspec.importers.recovery.residual import is_residual
from inceptionspec.importers.recovery.skeleton import Skeletons

#: The most entries that one block may have and the other lack, and the fewest that both have.
_MOST_OPTIONAL = 2
_FEWEST_SHARED = 2


class Union(NamedTuple):
    """A row that two rows are parts of, and the layers of each by its own."""

    row: Row
    first: Mapping[int, int]
    second: Mapping[int, int]


def united(layers: Sequence[Layer], skeletons: Skeletons, one: Calls, other: Calls) -> Calls | None:
    """The calls of two blocks as calls of one; None where they are too different."""
    found = union(layers, skeletons, one.row, other.row)
    if found is None:
        return None
    places = [
        {layer: place[own] for layer, own in part.items() if own in place}
        for part, calls in ((found.first, one), (found.second, other))
        for place in calls.places
    ]
    return Calls(found.row, (*one.rows, *other.rows), tuple(places))


def union(layers: Sequence[Layer], skeletons: Skeletons, one: Row, other: Row) -> Union | None:
    """The row that two rows are parts of; None where they have too little in common."""
    first, second = _residual(layers, one), _residual(layers, other)
    if first is None and second is None:
        return _rows(skeletons, one, other)
    if first is None and second is not None:
        turned = union(layers, skeletons, other, one)
        return None if turned is None else Union(turned.row, turned.second, turned.first)
    assert first is not None
    around, inner = first.branches
    if second is None:
        inside = _rows(skeletons, inner, other) if not around else None
        if inside is None:
            return None
        split = Split(first.merge, (around, inside.row), first.depth)
        return Union((split,), {**inside.first, first.merge: first.merge}, inside.second)
    if (around and second.branches[0]) or not _same_merge(skeletons, first, second):
        return None
    inside = _rows(skeletons, inner, second.branches[1])
    if inside is None:
        return None
    shortcut = around or second.branches[0]
    own = {layer: layer for layer in order(shortcut)}
    split = Split(first.merge, (shortcut, inside.row), max(first.depth, second.depth))
    return Union(
        (split,),
        {**(own if around else {}), **inside.first, first.merge: first.merge},
        {**({} if around else own), **inside.second, first.merge: second.merge},
    )


def _residual(layers: Sequence[Layer], row: Row) -> Split | None:
    """The residual connection that a row is."""
    item = row[0]
    alone = len(row) == 1 and isinstance(item, Split) and is_residual(layers, item)
    return item if alone and isinstance(item, Split) else None


def _same_merge(skeletons: Skeletons, one: Split, other: Split) -> bool:
    return skeletons.of(one.merge) == skeletons.of(other.merge)


def _rows(skeletons: Skeletons, one: Row, other: Row) -> Union | None:
    """The union of two rows, item by item: what is alike in both, in order, is shared."""
    first, second = skeletons.of_row(one), skeletons.of_row(other)
    shared = _common(first, second)
    optional = len(first) + len(second) - 2 * len(shared)
    if len(shared) < _FEWEST_SHARED or optional > _MOST_OPTIONAL:
        return None
    items: list[Item] = []
    maps: tuple[dict[int, int], dict[int, int]] = ({}, {})
    at = [0, 0]
    for here, there in [*shared, (len(first), len(second))]:
        for row, number, end in ((one, 0, here), (other, 1, there)):
            for item in row[at[number] : end]:
                items.append(item)
                maps[number].update({layer: layer for layer in order((item,))})
        at = [here + 1, there + 1]
        if here < len(first):
            items.append(one[here])
            own = list(order((one[here],)))
            maps[0].update(zip(own, own, strict=True))
            maps[1].update(zip(own, order((other[there],)), strict=True))
    return Union(tuple(items), *maps)


def _common(one: Sequence[int], other: Sequence[int]) -> list[tuple[int, int]]:
    """The longest common subsequence of two short rows, as pairs of positions."""
    lengths = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i in reversed(range(len(one))):
        for j in reversed(range(len(other))):
            lengths[i][j] = (
                lengths[i + 1][j + 1] + 1
                if one[i] == other[j]
                else max(lengths[i + 1][j], lengths[i][j + 1])
            )
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < len(one) and j < len(other):
        if one[i] == other[j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif lengths[i + 1][j] >= lengths[i][j + 1]:
            i += 1
        else:
            j += 1
    return pairs
