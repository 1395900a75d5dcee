"""What some calls of a block have and others leave out, and the flags that say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from inceptionspec.importers.recovery.calls import Calls
from inceptionspec.importers.recovery.layer import Layer
from inceptionspec.importers.recovery.names import free
from inceptionspec.importers.recovery.nest import Item, Row, Split, yields
from inceptionspec.importers.recovery.residual import is_residual

Pattern = tuple[bool, ...]


@dataclass(slots=True)
class Conditions:
    """Flags, and where they stand.

    Attributes:
        flags: by name whether each call sets it.
        entries: what ``when`` says of an entry, by the tensor that the entry yields.
        residuals: the same of a residual connection, by its sum.
    """

    flags: dict[str, Pattern] = field(default_factory=dict)
    entries: dict[int, str] = field(default_factory=dict)
    residuals: dict[int, str] = field(default_factory=dict)


def conditions(layers: Sequence[Layer], calls: Calls) -> Conditions:
    """The flags of a block."""
    found = Conditions()
    _collect(layers, calls, calls.row, found)
    return found


def _collect(layers: Sequence[Layer], calls: Calls, row: Row, found: Conditions) -> None:
    for number, item in enumerate(row):
        there = tuple(one is not None for one in calls.column(yields(item)))
        around = isinstance(item, Split) and is_residual(layers, item)
        if all(there):
            for branch in item.branches if isinstance(item, Split) else ():
                _collect(layers, calls, branch, found)
        elif around and isinstance(item, Split) and _has_inside(calls, item):
            found.residuals[item.merge] = _flag(found.flags, there, "residual")
            _collect(layers, calls, item.branches[1], found)
        else:
            after = row[number + 1] if number + 1 < len(row) else None
            name = _role(layers, item, after)
            found.entries[yields(item)] = _flag(found.flags, there, name)


def _has_inside(calls: Calls, split: Split) -> bool:
    """Whether every call has something of what is inside of a residual connection."""
    inner = [yields(item) for item in split.branches[1]]
    return all(any(layer in place for layer in inner) for place in calls.places)


def _flag(flags: dict[str, Pattern], there: Pattern, name: str) -> str:
    """What ``when`` says: a flag that other entries have too, or a new one."""
    absent = tuple(not one for one in there)
    for known, pattern in flags.items():
        if pattern == there:
            return f"${known}"
        if pattern == absent:
            return f"not ${known}"
    name = free(name, flags)
    flags[name] = there
    return f"${name}"


def _role(layers: Sequence[Layer], item: Item, after: Item | None) -> str:
    """What an entry does in its block: a word that is no argument's name."""
    if isinstance(item, Split):
        return _MERGED.get(layers[item.merge].op, "splits")
    assert isinstance(item, int)
    layer = layers[item]
    if layer.op == "conv":
        widens = isinstance(after, int) and layers[after].op == "depthwise_conv"
        return "expands" if widens else "projects"
    return f"with_{layer.op}"


_MERGED: Mapping[str, str] = {"multiply": "gated", "add": "adds"}
