"""Cells: parts of a row that read by name inside, and one or two tensors from outside.

Such parts, as those of NASNet, end in a merge and let nothing out but what that yields. Equal ones
become a block with an argument for each tensor that it reads beside its input.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from inceptionspec.importers.recovery.cost import DEFINITION
from inceptionspec.importers.recovery.definitions import Call, Entry, Lifted, layers_of
from inceptionspec.importers.recovery.layer import INPUT, Layer
from inceptionspec.importers.recovery.nest import Reading, order, yields
from inceptionspec.importers.recovery.skeleton import Skeletons, may_differ, type_of
from inceptionspec.ops import MERGE_OPS

#: The most entries of a cell, the most tensors that it reads beside its input, and the fewest
#: lines that it must save.
_LONGEST = 64
_MOST_READ = 2
_LEAST_GAIN = 3
#: The largest factor between two counts that is taken for a rule.
_FACTOR = 16
_COUNTED = ("filters", "units")

#: Where a value stands: at which entry, in which of its layers or arguments, under which name.
Place = tuple[int, int, str]
Segment = tuple[int, int]


@dataclass(slots=True, eq=False)
class Cell:
    """A block of entries that read by name.

    Attributes:
        entries: those of the first call.
        before: the tensor that comes into the first call.
        read: what each call reads beside its input.
        arguments: a value for each call by name, and the type.
        written: what is written in place of a value.
    """

    entries: tuple[Entry, ...]
    before: int
    read: list[tuple[int, ...]]
    arguments: dict[str, tuple[str, list[Any]]] = field(default_factory=dict)
    written: dict[Place, str] = field(default_factory=dict)
    name: str = "cell"


@dataclass(frozen=True, slots=True)
class CellCall:
    """One call of a cell, and the entries that it stands for."""

    cell: Cell
    number: int
    entries: tuple[Entry, ...]


def tensor(entry: Entry | CellCall) -> int:
    """The tensor that an entry yields."""
    if isinstance(entry, CellCall):
        return tensor(entry.entries[-1])
    return yields(entry.row[-1] if isinstance(entry, Call) else entry)


def reads(entry: Entry | CellCall) -> tuple[int, ...]:
    """The tensors that an entry reads by name."""
    if isinstance(entry, CellCall):
        return entry.cell.read[entry.number]
    if isinstance(entry, Call):
        return () if entry.source is None else (entry.source,)
    return entry.sources if isinstance(entry, Reading) else ()


def with_cells(
    layers: Sequence[Layer], lifted: Lifted
) -> tuple[tuple[Entry | CellCall, ...], list[Cell]]:
    """The row of a network with its cells as calls, and the cells."""
    row = lifted.row
    if not any(isinstance(entry, Reading) and _merges(layers, entry) for entry in row):
        return row, []
    search = _Search(layers, row)
    cells: list[Cell] = []
    starts: dict[int, tuple[Cell, int, int]] = {}
    for segments in sorted(search.chosen()):
        cell = search.cell(segments)
        cells.append(cell)
        starts.update({start: (cell, n, end) for n, (start, end) in enumerate(segments)})
    found: list[Entry | CellCall] = []
    at = 0
    while at < len(row):
        if at in starts:
            cell, number, end = starts[at]
            found.append(CellCall(cell, number, row[at:end]))
            at = end
        else:
            found.append(row[at])
            at += 1
    for number, cell in enumerate(cells, start=1):
        cell.name = f"cell_{number}" if len(cells) > 1 else "cell"
    return tuple(found), cells


def _gain(segments: Sequence[Segment]) -> int:
    """How many lines a cell saves that is called for some parts."""
    length = segments[0][1] - segments[0][0]
    return len(segments) * length - (length + DEFINITION + 1 + len(segments))


def _merges(layers: Sequence[Layer], entry: Entry) -> bool:
    return (
        isinstance(entry, Reading)
        and isinstance(entry.item, int)
        and layers[entry.item].op in MERGE_OPS
    )


class _Search:
    def __init__(self, layers: Sequence[Layer], row: Sequence[Entry]) -> None:
        self.layers = layers
        self.row = row
        self.skeletons = Skeletons(layers)
        self.at = {tensor(entry): number for number, entry in enumerate(row)}
        #: The last entry that reads each entry by name.
        self.last = list(range(len(row)))
        for number, entry in enumerate(row):
            for source in reads(entry):
                if source in self.at:
                    self.last[self.at[source]] = number

    def chosen(self) -> Iterator[list[Segment]]:
        """Equal parts that are worth a cell, those that save most first; no two overlap."""
        groups: dict[Any, list[Segment]] = defaultdict(list)
        for start in range(len(self.row)):
            end = self._closed(start)
            if end:
                groups[self.key((start, end))].append((start, end))
        taken: set[int] = set()
        for segments in sorted(groups.values(), key=lambda one: (-_gain(one), one[0])):
            free: list[Segment] = []
            for start, end in segments:
                inside = range(start, end)
                if taken.isdisjoint(inside) and (not free or free[-1][1] <= start):
                    free.append((start, end))
            if len(free) > 1 and _gain(free) >= _LEAST_GAIN:
                taken.update(at for start, end in free for at in range(start, end))
                yield free

    def _closed(self, start: int) -> int:
        """Where the shortest cell that starts at an entry ends; 0 if none does."""
        latest = start
        if reads(self.row[start]):
            return 0  # what a cell begins with reads what comes into it
        for end in range(start, min(start + _LONGEST, len(self.row))):
            if end > start + 2 and latest <= end and _merges(self.layers, self.row[end]):
                outside = self._outside(start, end + 1)
                return end + 1 if len(outside) <= _MOST_READ else 0
            latest = max(latest, self.last[end])
        return 0

    def _outside(self, start: int, end: int) -> list[int]:
        """What a part reads by name that is not in it and does not come into it."""
        before = self._before(start)
        found: dict[int, None] = {}
        for entry in self.row[start:end]:
            for source in reads(entry):
                if source != before and not start <= self.at.get(source, -1) < end:
                    found[source] = None
        return list(found)

    def _before(self, start: int) -> int:
        return tensor(self.row[start - 1]) if start else INPUT

    def key(self, segment: Segment) -> Any:
        """What two parts must share to be calls of one cell."""
        start, end = segment
        outside = self._outside(start, end)
        before = self._before(start)
        tokens = []
        for entry in self.row[start:end]:
            sources = tuple(
                "input"
                if source == before
                else ("outside", outside.index(source))
                if source in outside
                else self.at[source] - start
                for source in reads(entry)
            )
            tokens.append((self._kind(entry), sources))
        return tuple(tokens)

    def _kind(self, entry: Entry) -> Any:
        if isinstance(entry, Call):
            return id(entry.definition), tuple(
                (
                    one.name,
                    one.type if one.attribute in _COUNTED else repr(one.values[entry.number]),
                )
                for one in entry.definition.arguments.found
            )
        return self.skeletons.of(entry.item if isinstance(entry, Reading) else entry)

    def cell(self, segments: Sequence[Segment]) -> Cell:
        """The cell of some parts."""
        start, end = segments[0]
        cell = Cell(
            tuple(self.row[start:end]),
            self._before(start),
            [tuple(self._outside(*segment)) for segment in segments],
        )
        for number in range(len(cell.read[0])):
            name = "previous" if number == 0 else f"previous_{number + 1}"
            cell.arguments[name] = ("layer", [read[number] for read in cell.read])
        values = [self._values(segment) for segment in segments]
        columns = {
            place: [one[place] for one in values]
            for place in values[0]
            if any(one[place] != values[0][place] for one in values)
        }
        for place, column in sorted(columns.items(), key=lambda one: _size(one[1])):
            cell.written[place] = _said(cell.arguments, place[2], column)
        return cell

    def _values(self, segment: Segment) -> Mapping[Place, Any]:
        """All values of a part that may differ from call to call."""
        found: dict[Place, Any] = {}
        for number, entry in enumerate(self.row[slice(*segment)]):
            if isinstance(entry, Call):
                for one in entry.definition.arguments.found:
                    if one.attribute in _COUNTED:
                        found[number, 0, one.name] = one.values[entry.number]
                continue
            for place, index in enumerate(layers_of(entry)):
                layer = self.layers[index]
                for name, value in layer.written().items():
                    if may_differ(layer.op, name, value):
                        found[number, place, name] = value
        return found


def _size(column: Sequence[Any]) -> float:
    return sum(value for value in column if isinstance(value, (int, float)))


def _said(arguments: dict[str, tuple[str, list[Any]]], name: str, column: list[Any]) -> str:
    """What is written for a column: an argument, a multiple of one, or a new one."""
    for known, (_, values) in arguments.items():
        if values == column:
            return f"${known}"
    whole = all(isinstance(value, int) and value for value in column)
    for known, (kind, values) in arguments.items():
        if whole and kind == "int" and values[0] and column[0] % values[0] == 0:
            factor = column[0] // values[0]
            if factor <= _FACTOR and column == [factor * value for value in values]:
                return f"{factor} * ${known}"
    stem, number = name, 2
    while name in arguments:
        name, number = f"{stem}_{number}", number + 1
    arguments[name] = (type_of(stem, column[0]), column)
    return f"${name}"


def entries_of(row: Sequence[Entry | CellCall]) -> Iterator[Entry]:
    """Every entry that the text will show: those of cells once."""
    seen: set[int] = set()
    for entry in row:
        if not isinstance(entry, CellCall):
            yield entry
        elif id(entry.cell) not in seen:
            seen.add(id(entry.cell))
            yield from entry.cell.entries


def place_layers(
    entry: Entry, number: int, written: Mapping[Place, str]
) -> dict[int, dict[str, str]]:
    """What is written of the layers of an entry of a cell, by layer."""
    found: dict[int, dict[str, str]] = {}
    item = entry.item if isinstance(entry, Reading) else entry
    if isinstance(item, Call):
        return {}
    for place, index in enumerate(order((item,))):
        own = {
            name: text
            for (at, where, name), text in written.items()
            if (at, where) == (number, place)
        }
        if own:
            found[index] = own
    return found
