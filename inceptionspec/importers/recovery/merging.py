"""Blocks that differ by an entry or two are merged, and what stands in place becomes a call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from inceptionspec.importers.recovery.arguments import Arguments, arguments
from inceptionspec.importers.recovery.calls import Calls, alike
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
from inceptionspec.importers.recovery.nest import Reading, Row, Split, order, yields
from inceptionspec.importers.recovery.optional import united
from inceptionspec.importers.recovery.residual import is_residual
from inceptionspec.importers.recovery.skeleton import Skeletons

#: The fewest lines that it must save to merge two blocks, or to call one.
_LEAST_MERGED = 2.5
_LEAST_CALLED = 0.0
#: What a condition costs, in lines.
_CONDITION = 0.3
#: Blocks that are compared with each other: a network with more has little in common.
_MOST_BLOCKS = 16


def merged(layers: Sequence[Layer], channels: int, skeletons: Skeletons, found: Lifted) -> Lifted:
    """Merge blocks where that saves lines, let them be called where it can, and sort them."""
    merging = _Merging(layers, channels, skeletons, found)
    while merging.merge_two() or merging.call_one():
        pass
    row = merging.row
    first = {id(e.definition): n for n, e in reversed(list(enumerate(row))) if isinstance(e, Call)}
    blocks = sorted(merging.blocks, key=lambda block: first[id(block)])
    return Lifted(tuple(row), blocks)


class _Gain(NamedTuple):
    """What would become of a block, and how many lines that saves."""

    lines: float
    calls: Calls
    arguments: Arguments


class _Merging:
    def __init__(
        self, layers: Sequence[Layer], channels: int, skeletons: Skeletons, found: Lifted
    ) -> None:
        self.layers = layers
        self.channels = channels
        self.skeletons = skeletons
        self.row: list[Entry] = list(found.row)
        self.blocks = found.blocks
        self.read = read_by_name(found.row)

    def merge_two(self) -> bool:
        """Merge the two blocks with which that saves most."""
        best: tuple[_Gain, Definition, Definition] | None = None
        few = self.blocks[:_MOST_BLOCKS]
        for number, one in enumerate(few):
            for other in few[number + 1 :]:
                saved = lines(self.layers, other.row) + DEFINITION + overhead(other.arguments)
                gain = self._gain(one, other.calls, saved)
                if (
                    gain
                    and gain.lines >= _LEAST_MERGED
                    and (best is None or gain.lines > best[0].lines)
                ):
                    best = (gain, one, other)
        if best is None:
            return False
        gain, one, other = best
        both = Definition(gain.calls, gain.arguments)
        offset = {id(one): 0, id(other): len(one.calls.rows)}
        self.row = [
            Call(both, entry.number + offset[id(entry.definition)], entry.source)
            if isinstance(entry, Call) and id(entry.definition) in offset
            else entry
            for entry in self.row
        ]
        self.blocks = [
            both if block is one else block for block in self.blocks if block is not other
        ]
        return True

    def call_one(self) -> bool:
        """Let a block be called for entries that stand in place, where that saves most."""
        best: tuple[_Gain, Definition, int, int] | None = None
        for block in self.blocks[:_MOST_BLOCKS]:
            for start, length, row in self._candidates(block):
                saved = lines(self.layers, row) - 1
                gain = self._gain(block, alike([row]), saved)
                if gain is None or self._adds(block, gain.calls):
                    continue
                against = torn(self.layers, self.row, [start], length)
                gain = gain._replace(lines=gain.lines - against)
                if gain.lines >= _LEAST_CALLED and (best is None or gain.lines > best[0].lines):
                    best = (gain, block, start, length)
        if best is None:
            return False
        gain, block, start, length = best
        block.calls, block.arguments = gain.calls, gain.arguments
        self.row[start : start + length] = [Call(block, len(gain.calls.rows) - 1)]
        return True

    def _gain(self, one: Definition, other: Calls, saved: float) -> _Gain | None:
        """What merging other calls into a block saves, if that can be."""
        calls = united(self.layers, self.skeletons, one.calls, other)
        if calls is None:
            return None
        found = arguments(self.layers, self.channels, calls)
        held = len(found.conditions.entries) - len(one.arguments.conditions.entries)
        cost = overhead(found) - overhead(one.arguments) + _CONDITION * held
        more = lines(self.layers, calls.row) - lines(self.layers, one.row)
        return _Gain(saved - cost - more, calls, found)

    def _adds(self, block: Definition, calls: Calls) -> bool:
        """Whether a block would get entries that it lacks."""
        return len(list(order(calls.row))) > len(list(order(block.row)))

    def _candidates(self, block: Definition) -> Iterator[tuple[int, int, Row]]:
        """Parts of the row in which much is as in a block: where, how long, and what."""
        head = block.row[0]
        around = len(block.row) == 1 and isinstance(head, Split) and is_residual(self.layers, head)
        inner = head.branches[1] if around and isinstance(head, Split) else block.row
        known = set(self.skeletons.of_row(inner))
        for start, entry in enumerate(self.row):
            if isinstance(entry, (Call, Reading)):
                continue
            if around and isinstance(entry, Split) and is_residual(self.layers, entry):
                yield start, 1, (entry,)
            for length in range(max(len(inner) - 2, 2), len(inner) + 1):
                row = self._plain(start, length)
                if row is not None and known.issuperset(self.skeletons.of_row(row)):
                    yield start, length, row

    def _plain(self, start: int, length: int) -> Row | None:
        """Some entries, if these are items that only the next one reads."""
        entries = self.row[start : start + length]
        items = tuple(entry for entry in entries if not isinstance(entry, (Call, Reading)))
        if len(items) < length or any(yields(item) in self.read for item in items[:-1]):
            return None
        return items
