"""The layers as a person nests them: rows of layers, and branches that meet in a merge.

A series-parallel reduction. Each tensor is a row of items on top of a base, the nearest earlier
tensor with several readers. Where all that a merge reads stands on one base, base, branches and
merge become one item. What is left over in the end does not nest, and reads by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from inceptionspec.importers.recovery.layer import Layer
from inceptionspec.ops import MERGE_OPS

#: Merges inside of branches of merges: deeper ones are harder to read than names.
DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Split:
    """Branches that read one tensor, and the merge that closes them."""

    merge: int
    branches: tuple[Row, ...]
    depth: int


@dataclass(frozen=True, slots=True)
class Reading:
    """An item that reads tensors by name, not what stands before it: a merge several."""

    item: int | Split
    sources: tuple[int, ...]


Item = int | Split | Reading
Row = tuple[Item, ...]


def nested(layers: Sequence[Layer], keep: Iterable[int], base: int, end: int) -> Row:
    """The layers from one tensor to another as a row.

    Args:
        layers: all of them.
        keep: indices of those to nest, in order.
        base: the tensor that comes in; other tensors may be read by name.
        end: the one that comes out.
    """
    return _Nesting(layers, list(keep), base, end).row()


class _Nesting:
    def __init__(self, layers: Sequence[Layer], keep: list[int], base: int, end: int) -> None:
        self.layers = layers
        self.keep = keep
        self.base = base
        self.readers = dict.fromkeys([base, *keep], 0)
        for index in keep:
            for source in layers[index].inputs:
                if source in self.readers:
                    self.readers[source] += 1
        self.end = end
        #: What each tensor stands on, and its items from there on.
        self.rows: dict[int, tuple[int | None, list[Item]]] = {base: (None, [])}
        self.nested: set[int] = set()

    def row(self) -> Row:
        for index in self.keep:
            inputs = self.layers[index].inputs
            if self.layers[index].op in MERGE_OPS:
                self._merge(index, inputs)
            elif inputs[0] in self.rows:
                base, row = self._taken(inputs[0])
                row.append(index)  # nothing else goes on with this row
                self.rows[index] = (base, row)
            else:
                self.rows[index] = (None, [Reading(index, tuple(inputs))])
        base, row = self.rows[self.end]
        if base is None and len(list(order(row))) == len(self.keep):
            return tuple(row)
        return self._by_name()

    def _taken(self, source: int) -> tuple[int | None, list[Item]]:
        """The row that a reader of a tensor goes on with: its own if it has no other reader."""
        if self.readers[source] == 1:
            return self.rows[source]
        return source, []

    def _merge(self, index: int, inputs: Sequence[int]) -> None:
        ends = [self._taken(source) if source in self.rows else (None, []) for source in inputs]
        bases = {base for base, _ in ends}
        base = bases.pop()
        branches = tuple(tuple(row) for _, row in ends)
        depth = 1 + max((_depth(row) for row in branches), default=0)
        if bases or base is None or depth > DEEPEST:
            self.rows[index] = (None, [Reading(index, tuple(inputs))])
            return
        split = Split(index, branches, depth)
        self.nested.update(id(row) for _, row in ends if row)
        self.readers[base] -= len(inputs) - 1
        below, row = self._taken(base)
        row.append(split)
        self.rows[index] = (below, row)

    def _by_name(self) -> Row:
        """All rows one after the other: what an end reads, and then the end.

        What has most below it comes first, so that the rest stands near to what reads it. A row
        goes on right after its base where it can, and says what it reads where it cannot.
        """
        ends = {id(row): end for end, (_, row) in self.rows.items() if row}
        left = set(ends.values()) - {ends[row] for row in self.nested if row in ends}
        heights: dict[int, int] = {}
        for end in sorted(left):
            heights[end] = 1 + max((heights.get(one, 0) for one in self._reads(end)), default=0)
        found: list[Item] = []
        last = self.base
        waiting = [(self.end, self._reads(self.end, heights))]
        left.discard(self.end)
        while waiting:
            end, reads = waiting[-1]
            source = next((one for one in reads if one in left), None)
            if source is not None:
                left.discard(source)
                waiting.append((source, self._reads(source, heights)))
                continue
            waiting.pop()
            first, *rest = self.rows[end][1]
            base = self._base_of(end)
            if not isinstance(first, Reading) and base != last:
                first = Reading(first, (self.base if base is None else base,))
            found += [first, *rest]
            last = end
        return tuple(found)

    def _reads(self, end: int, heights: Mapping[int, int] | None = None) -> Iterator[int]:
        """The tensors that a row reads, those with the most rows below them first."""
        first = self.rows[end][1][0]
        base = self._base_of(end)
        found = first.sources if isinstance(first, Reading) else () if base is None else (base,)
        return iter(
            found if heights is None else sorted(found, key=lambda one: -heights.get(one, 0))
        )

    def _base_of(self, end: int) -> int | None:
        """The tensor that a row reads; None for one that reads several by name."""
        base, row = self.rows[end]
        if isinstance(row[0], Reading):
            return None
        return self.base if base is None else base


def _depth(row: Row) -> int:
    return max((item.depth for item in row if isinstance(item, Split)), default=0)


def order(row: Iterable[Item]) -> Iterator[int]:
    """The layers of a row in the order in which a spec writes them: a merge after its branches."""
    for entry in row:
        item = entry.item if isinstance(entry, Reading) else entry
        if isinstance(item, Split):
            for branch in item.branches:
                yield from order(branch)
            yield item.merge
        else:
            yield item


def yields(item: Item) -> int:
    """The tensor that an item yields."""
    if isinstance(item, Reading):
        item = item.item
    return item.merge if isinstance(item, Split) else item
