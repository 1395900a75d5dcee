"""Repeated structures become blocks: found by what they compute, never by their names.

A row is a text of numbers, one for each item (`skeleton.py`). A block is a part of that text
that occurs again and again. The part that saves the most lines goes first, until none saves
enough. Parts are at most ``LONGEST`` items long, so the time grows with the network alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from inceptionspec.importers.recovery.arguments import Arguments, arguments
from inceptionspec.importers.recovery.calls import alike
from inceptionspec.importers.recovery.cost import DEFINITION, lines, overhead
from inceptionspec.importers.recovery.definitions import (
    Call,
    Definition,
    Entry,
    Lifted,
    read_by_name,
    torn,
)
from inceptionspec.importers.recovery.layer import Layer
from inceptionspec.importers.recovery.merging import merged
from inceptionspec.importers.recovery.nest import Reading, Row, Split, yields
from inceptionspec.importers.recovery.residual import is_residual
from inceptionspec.importers.recovery.skeleton import Skeletons

#: The most items of a block's row.
LONGEST = 16
#: The fewest lines that a block must save.
_LEAST_GAIN = 1.5
#: What it is worth beside that to see that a part occurs once more.
_CALL = 0.25
#: What belongs to the residual connection that it stands before.
_PREPARATIONS = frozenset(("batch_norm", "layer_norm", "group_norm", "activation"))
#: How many promising parts are looked at closely before the search ends.
_TRIES = 12


def lifted(layers: Sequence[Layer], channels: int, row: Row) -> Lifted:
    """Find the blocks of a row.

    Args:
        layers: all layers.
        channels: those of the network's input.
        row: the trunk.
    """
    skeletons = Skeletons(layers)
    search = _Search(layers, channels, skeletons, row)
    blocks: list[Definition] = []
    while (found := search.best()) is not None:
        blocks.append(found)
    return merged(layers, channels, skeletons, Lifted(search.entries(), blocks))


class _Search:
    """The row, its numbers, and what an item reads by name where that is one tensor."""

    def __init__(
        self, layers: Sequence[Layer], channels: int, skeletons: Skeletons, row: Row
    ) -> None:
        self.layers = layers
        self.channels = channels
        self.read = read_by_name(row)
        self.row: list[Entry] = []
        self.sources: list[int | None] = []
        for item in row:
            if isinstance(item, Reading) and len(item.sources) == 1:
                self.row.append(item.item)
                self.sources.append(item.sources[0])
            else:
                self.row.append(item)
                self.sources.append(None)
        self.numbers = [skeletons.of(item) for item in self.row if not isinstance(item, Call)]

    def entries(self) -> tuple[Entry, ...]:
        """The row with its calls."""
        return tuple(
            entry
            if source is None or isinstance(entry, (Call, Reading))
            else Reading(entry, (source,))
            for entry, source in zip(self.row, self.sources, strict=True)
        )

    def best(self) -> Definition | None:
        """The block that saves the most lines, its calls put into the row; None if none does."""
        promising = sorted(self._promising(), key=lambda one: (-one[0], one[1][0], -one[2]))
        best: tuple[float, list[int], int, Arguments] | None = None
        for bound, starts, length in promising[:_TRIES]:
            if best is not None and bound <= best[0]:
                break
            calls = alike([self._items(start, length) for start in starts])
            found = arguments(self.layers, self.channels, calls)
            gain = bound - overhead(found) - torn(self.layers, self.row, starts, length)
            if gain >= _LEAST_GAIN and (best is None or gain > best[0]):
                best = (gain, starts, length, found)
        if best is None:
            return None
        _, starts, length, found = best
        definition = Definition(alike([self._items(start, length) for start in starts]), found)
        for number, start in reversed(list(enumerate(starts))):
            source = self.sources[start]
            self.row[start : start + length] = [Call(definition, number, source)]
            self.sources[start : start + length] = [source]
            self.numbers[start : start + length] = [-1]
        return definition

    def _items(self, start: int, length: int) -> Row:
        items = self.row[start : start + length]
        return tuple(item for item in items if not isinstance(item, Call))

    def _promising(self) -> Iterator[tuple[float, list[int], int]]:
        """How many lines a block may save at most, where it is called, and its length."""
        cost = [0 if isinstance(item, Call) else lines(self.layers, (item,)) for item in self.row]
        for length in range(1, LONGEST + 1):
            places: dict[tuple[int, ...], list[int]] = defaultdict(list)
            for start in range(len(self.numbers) - length + 1):
                key = tuple(self.numbers[start : start + length])
                if -1 in key or not self._is_closed(start, length):
                    continue
                taken = places[key]
                if not taken or taken[-1] + length <= start:
                    taken.append(start)
            for key, starts in places.items():
                first = starts[0]
                if len(starts) < 2 or not self._is_block(first, length, key):
                    continue
                body = sum(cost[first : first + length])
                saved = len(starts) * body - (body + DEFINITION + len(starts))
                gain = saved + _CALL * len(starts)
                if gain >= _LEAST_GAIN:
                    yield gain, starts, length

    def _is_closed(self, start: int, length: int) -> bool:
        """Whether names lead neither into a part of the row nor to what is inside of it."""
        if any(self.sources[start + 1 : start + length]):
            return False
        inside = self.row[start : start + length - 1]
        return not any(yields(i) in self.read for i in inside if not isinstance(i, Call))

    def _is_block(self, start: int, length: int, key: tuple[int, ...]) -> bool:
        """Whether a part of the row makes one block to a reader."""
        if any(key[n:] == key[:-n] for n in range(1, length // 2 + 1)):
            return False  # a shorter block several times
        items = self.row[start : start + length]
        if length == 1:
            return isinstance(items[0], Split)
        # A way around is a block's border, and has at most a norm and an activation before it.
        around = [n for n, item in enumerate(items) if self._goes_around(item)]
        return not around or (around == [length - 1] and self._prepares(items[:-1]))

    def _prepares(self, items: Sequence[Entry]) -> bool:
        return all(isinstance(i, int) and self.layers[i].op in _PREPARATIONS for i in items)

    def _goes_around(self, split: Entry) -> bool:
        if not isinstance(split, Split):
            return False
        if is_residual(self.layers, split):
            return True
        return self.layers[split.merge].op == "concat" and () in split.branches
