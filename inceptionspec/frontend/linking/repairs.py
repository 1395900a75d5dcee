"""Changes of one value that may mend a misfit: what they are, how common, how to write them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

from inceptionspec.diagnostics.diagnostic import Edit
from inceptionspec.diagnostics.source import Span
from inceptionspec.frontend.linking.flat import FlatLayer, FlatNetwork
from inceptionspec.frontend.linking.trial import Changes
from inceptionspec.ops.attribute_types import MAP
from inceptionspec.ops.expression import INPUT
from inceptionspec.ops.record import REQUIRED, Shape
from inceptionspec.ops.window import slides, window_reach

#: The attributes that decide the size of what a layer yields.
SIZE_ATTRIBUTES = ("stride", "padding", "dilation", "kernel")
_COMMON_VALUES = 6
# A kernel is rarely the fault, and pixels rarely stand where a word was. This many more lines
# with the new value outweigh that.
_KERNEL_PENALTY = 4
_PIXELS_PENALTY = 6
#: By attribute, by the calls around and the argument's name: a layer that takes it.
Arguments = dict[str, dict[tuple[tuple[Span, ...], str], int]]


class Repair(NamedTuple):
    """A layer's attribute set to another value, parsed.

    A value that is ``borrowed`` is the argument that another layer of the block takes:
    its name with the dollar sign, and what it stands for in each call.
    """

    layer: int
    attribute: str
    value: Any
    borrowed: str = ""
    in_calls: Mapping[int, Any] = MappingProxyType({})


class Repairs:
    """The changes that a network offers: values that it uses elsewhere, and the usual ones."""

    def __init__(self, flat: FlatNetwork) -> None:
        self.flat = flat
        self.layers = flat.layers

    def of_size(self, index: int, before: Shape | None) -> Iterator[Repair]:
        """Changes of a layer that change the size of what it yields.

        Args:
            before: what the layer reads, where that is known.
        """
        layer = self.layers[index]
        for attribute in SIZE_ATTRIBUTES:
            if attribute not in layer.attributes or not self.is_written_plainly(layer, attribute):
                continue
            now = layer.attributes[attribute]
            for value in dict.fromkeys(self._values(layer, attribute, before)):
                if value != now:
                    yield Repair(index, attribute, value)

    def _values(self, layer: FlatLayer, attribute: str, before: Shape | None) -> Iterator[Any]:
        yield from self._used[layer.op.name, attribute]
        if attribute == "stride":
            yield from ((1, 1), (2, 2))
        elif attribute == "dilation":
            yield (1, 1)
        elif attribute == "padding":
            yield from ("same", "valid") if layer.op.name != "pad" else ((0, 0, 0, 0),)
            if "kernel" in layer.attributes and layer.attributes["kernel"] != MAP:
                rows, columns = (window_reach(layer.attributes, axis) // 2 for axis in (0, 1))
                yield (rows, rows, columns, columns)
        elif layer.attributes["kernel"] != MAP:
            height, width = layer.attributes["kernel"]
            yield (width, height)
            yield from ((1, 1), (3, 3), (5, 5), (height, height), (width, width))
            if before is not None and len(before) == 3 and not self._is_open and slides(layer.op):
                yield MAP

    @property
    def _is_open(self) -> bool:
        return bool(self.flat.spec.input["size"] == "any")

    @cached_property
    def _used(self) -> Mapping[tuple[str, str], list[Any]]:
        """The values that the network gives to an operator's attribute, the commonest first."""
        counts: dict[tuple[str, str], Counter[Any]] = {}
        for (op, attribute, value), count in self._lines.items():
            if attribute in SIZE_ATTRIBUTES and value != MAP:
                counts.setdefault((op, attribute), Counter())[value] += count
        used = {key: [v for v, _ in c.most_common(_COMMON_VALUES)] for key, c in counts.items()}
        return _OrEmpty(used)

    @cached_property
    def _lines(self) -> Counter[tuple[str, str, Any]]:
        """How many lines of the spec give an operator's attribute a value."""
        seen: set[tuple[Span, str]] = set()
        counts: Counter[tuple[str, str, Any]] = Counter()
        for layer in self.layers:
            for attribute in SIZE_ATTRIBUTES:
                if attribute in layer.attributes:
                    key = (layer.item.span, attribute)
                    if key not in seen:
                        seen.add(key)
                        counts[layer.op.name, attribute, layer.attributes[attribute]] += 1
        return counts

    def arguments(self, members: Iterable[int], attributes: Iterable[str]) -> Arguments:
        """The arguments of blocks that some layers take, each with one layer that takes it."""
        found: Arguments = {name: {} for name in attributes}
        for index in members:
            item, called_at = self.layers[index].item, self.layers[index].origin.called_at
            for attribute in found.keys() & item.given.keys():
                text = _text(item.value_spans[attribute])
                if text.startswith("$"):
                    found[attribute][called_at, text] = index
        return found

    def borrowed(self, index: int, arguments: Arguments) -> Iterator[Repair]:
        """A literal value that gives way to an argument that another layer of the block takes."""
        layer = self.layers[index]
        for attribute, given in arguments.items():
            if not given or attribute not in layer.item or attribute in layer.item.given:
                continue
            for (called_at, name), other in given.items():
                if called_at == layer.origin.called_at:
                    calls = self._in_calls(layer, self.layers[other], attribute)
                    yield Repair(index, attribute, calls[index], name, calls)

    def _in_calls(self, layer: FlatLayer, other: FlatLayer, attribute: str) -> Mapping[int, Any]:
        """What the other layer's argument stands for, by this layer in each call."""
        values = {
            self.layers[i].origin.called_at: self.layers[i].attributes[attribute]
            for i in self._by_line[other.item.span]
        }
        alike = {i: self.layers[i].origin.called_at for i in self._by_line[layer.item.span]}
        return {i: values[calls] for i, calls in alike.items() if calls in values}

    def gain(self, repair: Repair) -> int:
        """How many more lines have the new value than the old one: the odd value has few."""
        layer = self.layers[repair.layer]
        old = layer.attributes[repair.attribute]
        op, attribute = layer.op.name, repair.attribute
        return self._lines[op, attribute, repair.value] - self._lines[op, attribute, old]

    def unlikeliness(self, repair: Repair) -> int:
        """How much speaks against a repair: few lines have its value, or it costs capacity."""
        layer = self.layers[repair.layer]
        against = 0
        if repair.attribute == "kernel":
            against = _KERNEL_PENALTY
        elif repair.attribute == "padding" and not isinstance(repair.value, str):
            against = _PIXELS_PENALTY if isinstance(layer.attributes["padding"], str) else 0
        return against - self.gain(repair)

    def rarity(self, index: int, attribute: str) -> int:
        """How many lines give the attribute the value that it has in a layer."""
        layer = self.layers[index]
        return self._lines[layer.op.name, attribute, layer.attributes[attribute]]

    def is_written_plainly(self, layer: FlatLayer, attribute: str) -> bool:
        """Whether a value stands in the text as it is: as itself, as an argument, or not at all."""
        if attribute not in layer.item:
            return True
        if attribute in layer.item.given:  # the default of an argument has a place of another form
            given = layer.given(attribute)
            return given is not None and _text(given) == str(layer.item[attribute])
        return not (isinstance(layer.item[attribute], str) and "$" in layer.item[attribute])

    def changes(self, repair: Repair) -> Changes:
        """What a repair changes: every layer that is made of the same text."""
        if repair.borrowed:
            return {i: {repair.attribute: value} for i, value in repair.in_calls.items()}
        layer = self.layers[repair.layer]
        place = _place(layer, repair.attribute)
        if place is None:
            alike = self._by_line.get(layer.item.span, ())
            places = [(i, repair.attribute) for i in alike if self.layers[i].op is layer.op]
            places = [(i, a) for i, a in places if _place(self.layers[i], a) is None]
        else:
            places = self._by_place[place]
        changes: dict[int, dict[str, Any]] = {}
        for index, attribute in places:
            changes.setdefault(index, {})[attribute] = repair.value
        return changes

    @cached_property
    def _by_line(self) -> Mapping[Span, list[int]]:
        lines: dict[Span, list[int]] = {}
        for index, layer in enumerate(self.layers):
            lines.setdefault(layer.item.span, []).append(index)
        return lines

    @cached_property
    def _by_place(self) -> Mapping[Span, list[tuple[int, str]]]:
        places: dict[Span, list[tuple[int, str]]] = {}
        for index, layer in enumerate(self.layers):
            for attribute in (*SIZE_ATTRIBUTES, "filters", "units", "groups"):
                place = _place(layer, attribute)
                if place is not None:
                    places.setdefault(place, []).append((index, attribute))
        return places

    def text(self, repair: Repair) -> str:
        """The setting as the spec writes it: ``stride: 2``."""
        return f"{repair.attribute}: {self._value(repair)}"

    def _value(self, repair: Repair) -> str:
        if repair.borrowed:
            return repair.borrowed
        layer = self.layers[repair.layer]
        kind = next(a.kind for a in layer.op.attributes if a.name == repair.attribute)
        value = kind.write(repair.value)
        if isinstance(value, Mapping):
            return "{" + ", ".join(f"{key}: {one}" for key, one in value.items()) + "}"
        return str(value)

    def edits(self, repair: Repair) -> tuple[Edit, ...]:
        """The repair as changes of the text."""
        layer = self.layers[repair.layer]
        place = _place(layer, repair.attribute)
        if repair.borrowed:
            place = layer.item.value_spans[repair.attribute]
        if place is not None:
            return (Edit(place, self._value(repair)),)
        key = next((name for name in ("op", "merge") if name in layer.item.value_spans), None)
        if key is None:
            return ()
        item, text = layer.item, self.text(repair)
        return (addition(item.key_spans[key], item.value_spans[key], text),)

    def default(self, repair: Repair) -> bool:
        """Whether the new value is the operator's own."""
        attribute = next(
            a for a in self.layers[repair.layer].op.attributes if a.name == repair.attribute
        )
        return attribute.default is not REQUIRED and (
            attribute.kind.parse(attribute.default) == repair.value
        )


class _OrEmpty(dict[Any, list[Any]]):
    def __missing__(self, key: Any) -> list[Any]:
        return []


def _place(layer: FlatLayer, attribute: str) -> Span | None:
    """Where the value stands that a layer's line gives, which may be an argument's."""
    return layer.given(attribute) or layer.item.value_spans.get(attribute)


def _text(span: Span) -> str:
    """What stands at a place of one line."""
    return span.source.line(span.line)[span.column - 1 : span.end_column - 1]


def addition(key: Span, value: Span, text: str) -> Edit:
    """One more entry after another, in braces or on a line of its own."""
    end = value._replace(line=value.end_line, column=value.end_column)
    before = key.source.line(key.line)[: key.column - 1]
    if before.strip(" -"):
        return Edit(end, f", {text}")
    return Edit(end, "\n" + " " * (key.column - 1) + text)


def written_filters(layer: FlatLayer, channels: int, entry: int | None) -> Iterable[Any]:
    """What ``filters`` or ``units`` may be set to, to yield some channels."""
    if entry == channels and layer.entry is not None:
        yield INPUT
    yield channels
