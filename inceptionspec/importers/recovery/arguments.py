"""What differs between the calls of a block: its arguments, and what follows from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from inceptionspec.importers.recovery.argument_names import argument_names
from inceptionspec.importers.recovery.calls import Calls
from inceptionspec.importers.recovery.conditions import Conditions, conditions
from inceptionspec.importers.recovery.layer import INPUT, Layer
from inceptionspec.importers.recovery.nest import Item, Row, Split, order
from inceptionspec.importers.recovery.residual import is_residual
from inceptionspec.importers.recovery.skeleton import type_of
from inceptionspec.ops import COUNTS

#: The largest factor between two counts that is taken for a rule and not for chance.
_FACTOR = 16
_SHARE = 64
_COUNTED = frozenset(("filters", "units"))
#: Attributes whose commonest value is the argument's default.
_USUAL = frozenset(("stride", "activation", "scale", "kernel", "rate", "when"))

Column = tuple[Any, ...]
#: The value of an attribute whose layer a call leaves out.
ABSENT = object()


@dataclass(slots=True)
class Argument:
    """An argument of a block: a value for each call, and the default if most calls have one."""

    attribute: str
    values: Column
    name: str = ""

    @property
    def given(self) -> list[Any]:
        """The values that calls have."""
        return [value for value in self.values if value is not ABSENT]

    @property
    def type(self) -> str:
        """Its type in a spec."""
        return type_of(self.attribute, self.given[0])

    @property
    def default(self) -> Any:
        """The value of more than half of the calls, where a reader expects a usual one.

        What only some calls need has one in any case, so that others need not give it.
        """
        ((value, count),) = Counter(self.given).most_common(1)
        usual = self.attribute in _USUAL and 2 * count > len(self.values)
        return value if usual or ABSENT in self.values else None

    def says(self, call: int) -> Any:
        """What a call gives; None where the default does."""
        value = self.values[call]
        return None if value is ABSENT or value == self.default else value


@dataclass(slots=True)
class Arguments:
    """The arguments of a block, and what is written of its layers instead of values.

    Attributes:
        found: in the order in which the block names them.
        written: an argument or an expression, by layer and attribute.
        conditions: what ``when`` says of entries and residual connections.
    """

    found: list[Argument] = field(default_factory=list)
    written: dict[tuple[int, str], Any] = field(default_factory=dict)
    conditions: Conditions = field(default_factory=Conditions)


@dataclass(slots=True)
class _Use:
    layer: int
    attribute: str
    column: Column
    entries: Column
    counted: bool

    @property
    def size(self) -> int:
        """The sum of what calls have, to begin with the small ones."""
        return sum(v for v in self.column if v is not ABSENT) if self.counted else 0


def arguments(layers: Sequence[Layer], channels: int, calls: Calls) -> Arguments:
    """The fewest arguments that tell the calls of a block apart.

    Args:
        layers: all layers.
        channels: those of the network's input.
        calls: what the block stands for.
    """
    held = conditions(layers, calls)
    uses = _differences(layers, channels, calls)
    written = {
        place: "input"
        for place in _as_wide_as_they_read(layers, calls.row, held)
        if place not in {(use.layer, use.attribute) for use in uses}
    }
    rest: list[_Use] = []
    for use in uses:
        text = _of_input(use.column, use.entries) if use.counted else ""
        if text:
            written[use.layer, use.attribute] = text
        else:
            rest.append(use)
    found: list[Argument] = []
    # Small counts first, so that others are multiples of them.
    for use in sorted(rest, key=lambda one: one.size):
        if not _absorbed(found, use):
            found.append(Argument(use.attribute, use.column))
    given = [(use, argument) for use in rest if (argument := _known(found, use)) is not None]
    _name(layers, calls.row, given)
    written.update({(use.layer, use.attribute): _text(use, one) for use, one in given})
    found = list({argument.name: argument for _, argument in given}.values())
    found.sort(key=lambda argument: argument.attribute not in _COUNTED)
    found += [Argument("when", pattern, name) for name, pattern in held.flags.items()]
    return Arguments(found, written, held)


def _differences(layers: Sequence[Layer], channels: int, calls: Calls) -> list[_Use]:
    """Every attribute that is not the same in all calls, in the order of the block's text."""
    uses: list[_Use] = []
    entered = [dict(_with_entry(layers, row)) for row in calls.rows]
    for index in order(calls.row):
        own = calls.column(index)
        written = [{} if layer is None else layers[layer].written() for layer in own]
        entries = tuple(
            ABSENT if layer is None else _width(layers, entry[layer], channels)
            for layer, entry in zip(own, entered, strict=True)
        )
        for name in layers[index].written():
            column = tuple(one.get(name, ABSENT) for one in written)
            known = [value for value in column if value is not ABSENT]
            if any(value != known[0] for value in known):
                uses.append(_Use(index, name, column, entries, name in COUNTS[layers[index].op]))
    return uses


def _width(layers: Sequence[Layer], tensor: int, channels: int) -> int | None:
    return channels if tensor == INPUT else layers[tensor].shape[-1]


def _name(layers: Sequence[Layer], row: Row, given: Sequence[tuple[_Use, Argument]]) -> None:
    """Give every argument its name, in the order in which the block's text has them."""
    first: dict[int, tuple[Argument, int]] = {}
    last = -1
    ends = [i for i in order(row) if not _COUNTED.isdisjoint(layers[i].attributes)][-1:]
    for use, argument in given:
        first.setdefault(id(argument), (argument, use.layer))
        if use.layer in ends and use.attribute in _COUNTED:
            last = list(first).index(id(argument))
    found = list(first.values())
    names = argument_names(
        layers, row, [one.attribute for one, _ in found], [place for _, place in found], last
    )
    for (argument, _), name in zip(found, names, strict=True):
        argument.name = name


def _alike(found: Sequence[Argument], use: _Use) -> list[Argument]:
    return [
        argument
        for argument in found
        if argument.attribute == use.attribute
        or (use.attribute in _COUNTED and argument.attribute in _COUNTED)
    ]


def _absorbed(found: Sequence[Argument], use: _Use) -> bool:
    """Whether an argument gives a column already; gaps in it are filled for that."""
    for argument in _alike(found, use):
        both = _filled(argument.values, use.column)
        if both is not None:
            argument.values = both
            return True
    return _known(found, use) is not None


def _filled(one: Column, other: Column) -> Column | None:
    """Two columns as one, where they agree in all that both have, and that is something."""
    pairs = list(zip(one, other, strict=True))
    known = [(a, b) for a, b in pairs if a is not ABSENT and b is not ABSENT]
    if not known or any(a != b for a, b in known):
        return None
    return tuple(b if a is ABSENT else a for a, b in pairs)


def _known(found: Sequence[Argument], use: _Use) -> Argument | None:
    """The argument that gives a column, as it is or by a factor."""
    alike = _alike(found, use)
    for argument in alike:
        if _filled(argument.values, use.column) == argument.values:
            return argument
    if use.counted:
        for argument in alike:
            if _factor(use.column, argument.values):
                return argument
    return None


def _text(use: _Use, argument: Argument) -> str:
    if _filled(argument.values, use.column) == argument.values:
        return f"${argument.name}"
    return f"{_factor(use.column, argument.values)} * ${argument.name}"


def _of_input(column: Column, entries: Column) -> str:
    """A column as an expression in the channels that come in; empty where it is none."""
    pairs = [(v, e) for v, e in zip(column, entries, strict=True) if v is not ABSENT]
    if any(entry is None for _, entry in pairs):
        return ""
    if all(value == entry for value, entry in pairs):
        return "input"
    factor = _factor(column, entries)
    if factor:
        return f"{factor} * input"
    value, entry = pairs[0]
    share = entry // value if value else 0
    if 2 <= share <= _SHARE and all(entry // share == value for value, entry in pairs):
        return f"input // {share}"
    return ""


def _factor(column: Column, base: Column) -> int:
    """By which number a column is a multiple of another; 0 where it is not."""
    pairs = [(v, b) for v, b in zip(column, base, strict=True) if v is not ABSENT]
    if any(b is ABSENT or not b for _, b in pairs):
        return 0
    factor = int(pairs[0][0] // pairs[0][1])
    if not 2 <= factor <= _FACTOR:
        return 0
    return factor if all(v == factor * b for v, b in pairs) else 0


def _with_entry(layers: Sequence[Layer], row: Row) -> list[tuple[int, int]]:
    """The layers of a call in order, each with the tensor whose channels `input` counts there."""
    found: list[tuple[int, int]] = []
    _collect(layers, row, source_of(layers, row), found)
    return found


def _collect(layers: Sequence[Layer], row: Row, entry: int, found: list[tuple[int, int]]) -> None:
    for item in row:
        if not isinstance(item, Split):
            assert isinstance(item, int)
            found.append((item, entry))
            continue
        inside = source_of(layers, (item,)) if is_residual(layers, item) else entry
        for branch in item.branches:
            _collect(layers, branch, inside, found)
        found.append((item.merge, inside))


def source_of(layers: Sequence[Layer], row: Row) -> int:
    """The tensor that comes into a row."""
    item = row[0]
    while isinstance(item, Split):
        filled = [number for number, branch in enumerate(item.branches) if branch]
        if len(filled) < len(item.branches):
            empty = next(n for n, branch in enumerate(item.branches) if not branch)
            return layers[item.merge].inputs[empty]
        item = item.branches[0][0]
    assert isinstance(item, int)
    return layers[item].inputs[0]


def _as_wide_as_they_read(
    layers: Sequence[Layer], row: Row, held: Conditions
) -> list[tuple[int, str]]:
    """The last counts inside of residual connections without a shortcut of their own.

    They are those of what comes in, or nothing could be added.
    """
    found: list[tuple[int, str]] = []
    for item in row:
        if not isinstance(item, Split):
            continue
        plain = not item.branches[0] and item.merge not in held.residuals
        if is_residual(layers, item) and plain:
            for last in reversed(item.branches[1]):
                counted = [name for name in _COUNTED if name in _attributes(layers, last)]
                if counted or isinstance(last, Split):
                    found += [(last, counted[0])] if isinstance(last, int) else []
                    break
        for branch in item.branches:
            found += _as_wide_as_they_read(layers, branch, held)
    return found


def _attributes(layers: Sequence[Layer], item: Item) -> Collection[str]:
    return layers[item].attributes if isinstance(item, int) else ()
