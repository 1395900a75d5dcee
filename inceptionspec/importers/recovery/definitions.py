"""Blocks and their calls on the way into a spec."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from inceptionspec.importers.recovery.arguments import Arguments
from inceptionspec.importers.recovery.calls import Calls
from inceptionspec.importers.recovery.layer import Layer
from inceptionspec.importers.recovery.names import begins_with, scope_of
from inceptionspec.importers.recovery.nest import Item, Reading, Row, order


@dataclass(slots=True, eq=False)
class Definition:
    """A block: what it stands for, and what tells its calls apart."""

    calls: Calls
    arguments: Arguments
    name: str = ""

    @property
    def row(self) -> Row:
        """What it says."""
        return self.calls.row


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a block, by its number among the calls.

    ``source`` is the tensor that it reads by name; None for what stands before it.
    """

    definition: Definition
    number: int
    source: int | None = None

    @property
    def row(self) -> Row:
        """The layers that it stands for."""
        return self.definition.calls.rows[self.number]


Entry = Item | Call


@dataclass(slots=True)
class Lifted:
    """A row in which repeated structures are calls, and the blocks that they call."""

    row: tuple[Entry, ...]
    blocks: list[Definition] = field(default_factory=list)


def layers_of(entry: Entry) -> Iterator[int]:
    """The layers that an entry stands for, in order."""
    return order(entry.row if isinstance(entry, Call) else (entry,))


def read_by_name(row: Sequence[Entry]) -> set[int]:
    """The tensors that some entry reads by name."""
    found = {source for entry in row if isinstance(entry, Reading) for source in entry.sources}
    return found | {e.source for e in row if isinstance(e, Call) and e.source is not None}


def torn(layers: Sequence[Layer], row: Sequence[Entry], starts: Sequence[int], length: int) -> int:
    """How often names contradict that some entries are one: what stands next is called alike.

    Where all are called alike, names say nothing.
    """
    scopes = [scope_of(_names(layers, row[start : start + length])) for start in starts]
    if len(starts) > 1 and len(set(scopes)) == 1:
        return 0
    found = 0
    for start, scope in zip(starts, scopes, strict=True):
        end = start + length
        beside = (*row[max(start - 1, 0) : start], *row[end : end + 1])
        found += bool(scope) and any(begins_with(_names(layers, [one]), scope) for one in beside)
    return found


def _names(layers: Sequence[Layer], entries: Sequence[Entry]) -> list[str]:
    return [layers[i].name for entry in entries for i in layers_of(entry)]
