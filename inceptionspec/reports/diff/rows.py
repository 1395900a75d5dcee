"""A Difference to sections of items and tables of figures, which text and Markdown print.

What changes in the same way in many layers is one item.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from inceptionspec.analysis.diff.difference import (
    Change,
    Difference,
    Figures,
    HeadChange,
    Layer,
    PartCost,
    Rename,
)
from inceptionspec.frontend.writing.yaml_writer import value_text
from inceptionspec.ops import OPS
from inceptionspec.ops.epilogue import EPILOGUE_ATTRIBUTES
from inceptionspec.ops.record import Attribute, Shape, shape_text
from inceptionspec.reports.summary.rows import CONVENTION_LINES
from inceptionspec.reports.table import Column, Table, number

#: Paths that an item names unless all are asked for; the others are counted.
FEW = 3
#: Items of a section and rows of a table that are shown unless all are asked for.
MOST = 20

_FIGURES = {
    "params": "Parameters",
    "trainable_params": "Trainable",
    "macs": "MACs",
    "flops": "FLOPs",
    "peak_activation_bytes": "Peak memory",
}
# The figures that are shown by part unless all are asked for.
_BY_PART = ("params", "macs")
_NUMBERS = (Column("old", True), Column("new", True), Column("difference", True), Column("%", True))
_PEAK_LINE = "Peak memory: bytes of what lives at one time, of a part while it runs."
# A new layer is shown without how it is trained and without what follows its product.
_TAIL = frozenset(attribute.name for attribute in EPILOGUE_ATTRIBUTES)


class Item(NamedTuple):
    """One line: some facts about a subject, or else about one path, and where they hold.

    ``paths`` are the places, or, with ``but``, the exceptions; ``more`` counts the places
    that are not named.
    """

    facts: tuple[str, ...]
    subject: str = ""
    paths: tuple[str, ...] = ()
    but: bool = False
    more: int = 0


class Section(NamedTuple):
    """Items of one kind; ``more`` counts those that are not shown."""

    title: str
    items: Sequence[Item]
    more: int = 0


def sections(difference: Difference, every: bool = False) -> Iterator[Section]:
    """The sections that are not empty, with all layers and paths if ``every`` is set."""
    gone = {head.old for head in difference.heads if head.new is None}
    come = {head.new for head in difference.heads if head.old is None}
    for title, found in (
        ("Input", _changed(difference.input)),
        ("Preprocessing, which is no part of the network", _changed(difference.preprocessing)),
        ("Attributes", _attributes(difference, every, training=False)),
        ("Removed layers", _alone(difference.removed, gone, every)),
        ("Added layers", _alone(difference.added, come, every)),
        ("Connections", _connections(difference, every)),
        ("Heads", _heads(difference)),
        ("Output shapes", _shapes(difference, every)),
        ("Training", _training(difference, every)),
        ("New names", _renames(difference.renamed, every)),
    ):
        shown = found if every else found[:MOST]
        if found:
            yield Section(title, shown, len(found) - len(shown))


def cost_tables(difference: Difference, every: bool = False) -> Iterator[Table]:
    """The totals, then parameters and MACs by part, or all figures if ``every`` is set."""
    whole = difference.total
    yield Table(
        "Total",
        (Column("figure"), *_NUMBERS),
        tuple(_row(title, whole, name) for name, title in _FIGURES.items()),
        (*CONVENTION_LINES, _PEAK_LINE),
    )
    for name in _FIGURES if every else _BY_PART:
        found = [
            part
            for part in difference.parts
            if _figure_of(part.old, name) != _figure_of(part.new, name)
        ]
        shown = found if every else found[:MOST]
        if found:
            rows = tuple(_row(_part_name(part), part, name) for part in shown)
            yield Table(
                f"{_FIGURES[name]} by part",
                (Column("part"), *_NUMBERS),
                rows,
                _not_shown(len(found) - len(shown), len(difference.parts) - len(found)),
            )


def _value(value: Any) -> str:
    """A value as specs write it, on one line; a norm by its name alone."""
    if value is None:
        return "absent"
    if isinstance(value, dict) and "op" in value:
        return str(value["op"])
    return value_text(value)


def _counted(count: int, what: str) -> str:
    """``1 layer``, ``2 layers``."""
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


# Sections


def _changed(changes: Sequence[Change]) -> list[Item]:
    return [Item((_change(change),)) for change in changes]


def _attributes(difference: Difference, every: bool, training: bool) -> list[Item]:
    """Changes of attributes: those of the same layers are one item, most layers first.

    Args:
        difference: what differs.
        every: whether to name every layer.
        training: whether to show the attributes that only training reads, or the others.
    """
    layers: dict[tuple[str, str], list[str]] = {}
    for layer in difference.changed:
        for change in layer.attributes:
            if change.trains_only != training:
                continue
            layers.setdefault((layer.op, _change(change)), []).append(layer.old_path)
    facts: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (op, fact), paths in layers.items():
        facts.setdefault((op, tuple(paths)), []).append(fact)
    return [
        _of_operator(tuple(found), op, paths, difference.common[op], every)
        for (op, paths), found in sorted(facts.items(), key=lambda item: -len(item[0][1]))
    ]


def _of_operator(
    facts: tuple[str, ...], op: str, paths: tuple[str, ...], common: Sequence[str], every: bool
) -> Item:
    """An item about some of the layers of one operator that both networks have."""
    if len(paths) == 1:
        return Item(facts, paths=paths)
    if len(paths) == len(common):
        return _item_of_some(facts, f"all {len(paths)} {op} layers", paths if every else (), every)
    subject = f"{len(paths)} of {len(common)} {op} layers"
    if not every and len(common) - len(paths) <= FEW < len(paths):
        changed = set(paths)
        exceptions = tuple(path for path in common if path not in changed)
        return Item(facts, subject, exceptions, but=True)
    return _item_of_some(facts, subject, paths, every)


def _item_of_some(
    facts: tuple[str, ...], subject: str, paths: tuple[str, ...], every: bool
) -> Item:
    if every or len(paths) <= FEW + 1:  # one path takes no more room than "and 1 more"
        return Item(facts, subject, paths)
    return Item(facts, subject, paths[:FEW], more=len(paths) - FEW)


def _together(layers: dict[tuple[str, ...], list[str]], every: bool) -> list[Item]:
    """An item for the layers that share some facts."""
    return [
        Item(facts, paths=tuple(paths))
        if len(paths) == 1
        else _item_of_some(facts, _counted(len(paths), "layer"), tuple(paths), every)
        for facts, paths in layers.items()
    ]


def _alone(layers: Sequence[Layer], heads: Collection[str | None], every: bool) -> list[Item]:
    """Layers that only one network has, as whole blocks unless ``every`` layer is asked for.

    Layers of ``heads`` that only this network has are counted with the heads.
    """
    parts: dict[str, list[Layer]] = {}
    for layer in layers:
        parts.setdefault(layer.path if every else layer.part, []).append(layer)
    return [
        Item((_described(path, members), *_between(path, members)), paths=(path,))
        for path, members in parts.items()
        if every or path not in heads
    ]


def _described(path: str, members: Sequence[Layer]) -> str:
    """A layer's operator with attributes that are not defaults, or the layers of a part."""
    layer = members[0]
    if layer.path != path:
        return _counted(len(members), "layer")
    facts = [layer.op]
    for attribute in OPS[layer.op].attributes:
        if attribute.name in layer.attributes and attribute.name not in _TAIL:
            value = layer.attributes[attribute.name]
            if attribute.required or value != _default(attribute):
                facts.append(f"{attribute.name} {_value(value)}")
    return ", ".join(facts)


def _default(attribute: Attribute) -> Any:
    return attribute.kind.write(attribute.kind.parse(attribute.default))


def _between(part: str, members: Sequence[Layer]) -> tuple[str, ...]:
    """What a part reads from outside of it, and what it yields."""
    paths = {layer.path for layer in members} | {part}
    read = dict.fromkeys(
        name
        for layer in members
        for name in layer.inputs
        if name not in paths and not name.startswith(f"{part}/")
    )
    yields = f"yields {shape_text(members[-1].shape)}"
    return (f"reads {', '.join(read)}", yields) if read else (yields,)


def _connections(difference: Difference, every: bool) -> list[Item]:
    layers: dict[tuple[str, ...], list[str]] = {}
    for layer in difference.changed:
        if layer.inputs is not None:
            old, new = (", ".join(paths) for paths in layer.inputs)
            layers.setdefault((f"reads {old} -> {new}",), []).append(layer.old_path)
    items = _together(layers, every)
    if difference.reordered:
        items.append(Item(("they run in another order",), "layers that both have"))
    return items


def _heads(difference: Difference) -> list[Item]:
    items = []
    for head in difference.heads:
        if head.old is None or head.new is None:
            items.append(_lone_head(head))
        else:
            items += _head_item(head, training=False)
    if difference.main is not None:
        items.append(Item((_change(difference.main).removeprefix("main "),), "main"))
    return items


def _training(difference: Difference, every: bool) -> list[Item]:
    """What only training reads, of layers and of heads that both networks have."""
    items = _attributes(difference, every, training=True)
    for head in difference.heads:
        if head.old is not None and head.new is not None:
            items += _head_item(head, training=True)
    return items


def _head_item(head: HeadChange, training: bool) -> list[Item]:
    changes = tuple(_change(change) for change in head.changes if change.trains_only == training)
    return [Item(changes, paths=(head.old or "",))] if changes else []


def _lone_head(head: HeadChange) -> Item:
    what, name = ("removed", head.old) if head.new is None else ("added", head.new)
    values = (
        f"{change.name} {_value(change.old if head.new is None else change.new)}"
        for change in head.changes
    )
    return Item((f"{what} with {_counted(head.layers, 'layer')}", *values), paths=(name or "",))


def _shapes(difference: Difference, every: bool) -> list[Item]:
    layers: dict[tuple[str, ...], list[str]] = {}
    for layer in difference.changed:
        if layer.shapes is not None:
            layers.setdefault((_shape_change(*layer.shapes),), []).append(layer.old_path)
    return _together(layers, every)


def _shape_change(old: Shape, new: Shape) -> str:
    """Two shapes, without the channels where these agree: that many layers share."""
    if len(old) == len(new) == 3 and old[2] == new[2]:
        old, new = old[:2], new[:2]
    return f"{shape_text(old)} -> {shape_text(new)}"


def _renames(renamed: Sequence[Rename], every: bool) -> list[Item]:
    """New names; the same new last name in many places is one item."""
    new_names = {rename.old: rename.new for rename in renamed}
    alike: dict[tuple[str, str, bool], list[Rename]] = {}
    for rename in renamed:
        above, _, old = rename.old.rpartition("/")
        new_above, _, new = rename.new.rpartition("/")
        # What moved to another part is shown by whole paths.
        stayed = new_above == _renamed(above, new_names)
        key = (old, new, rename.layers == 1) if stayed else (rename.old, rename.new, False)
        alike.setdefault(key, []).append(rename)
    items = []
    for (old, new, is_layer), found in alike.items():
        if len(found) == 1:
            rename = found[0]
            inside = "" if rename.layers == 1 else f" with its {rename.layers} layers"
            items.append(Item((f"{rename.old} -> {new}{inside}",)))
        else:
            subject = _counted(len(found), "layer" if is_layer else "part")
            paths = tuple(rename.old for rename in found)
            items.append(_item_of_some((f"{old} -> {new}",), subject, paths, every))
    return items


def _renamed(path: str, new_names: Mapping[str, str]) -> str:
    """A path as the new network has it, by the nearest part with another name."""
    above, rest = path, ""
    while above and above not in new_names:
        above, _, last = above.rpartition("/")
        rest = f"/{last}{rest}"
    return new_names[above] + rest if above else path


def _change(change: Change) -> str:
    return f"{change.name} {_value(change.old)} -> {_value(change.new)}"


# Tables


def _figure_of(figures: Figures | None, name: str) -> int | None:
    """One figure of a part: 0 where there is no such part, None where it is open."""
    value: int | None = 0 if figures is None else getattr(figures, name)
    return value


def _row(title: str, part: PartCost, name: str) -> tuple[str, ...]:
    old, new = _figure_of(part.old, name), _figure_of(part.new, name)
    return (
        title,
        "-" if part.old is None else number(old),
        "-" if part.new is None else number(new),
        "?" if old is None or new is None else f"{new - old:+,}" if new != old else "0",
        _percent(old, new),
    )


def _percent(old: int | None, new: int | None) -> str:
    """The difference in percent of the old; empty where there is none."""
    return "" if not old or not new or old == new else f"{100 * (new - old) / old:+.2f}"


def _part_name(part: PartCost) -> str:
    names = dict.fromkeys(name for name in (part.old_path, part.new_path) if name)
    return " -> ".join(names)


def _not_shown(hidden: int, equal: int) -> tuple[str, ...]:
    lines = []
    if hidden:
        lines.append(f"{_counted(hidden, 'more part')} with a difference: `--all` shows all")
    if equal:
        lines.append(f"{_counted(equal, 'other part')} without a difference")
    return tuple(lines)
