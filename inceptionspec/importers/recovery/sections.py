"""Rows, blocks and heads as the entries of a spec, in plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from inceptionspec.importers.recovery.calls import alike
from inceptionspec.importers.recovery.cells import (
    Cell,
    CellCall,
    entries_of,
    place_layers,
    reads,
    tensor,
)
from inceptionspec.importers.recovery.conditions import Conditions
from inceptionspec.importers.recovery.defaults import Defaults, Site
from inceptionspec.importers.recovery.definitions import (
    Call,
    Definition,
    Entry,
)
from inceptionspec.importers.recovery.layer import INPUT, Layer
from inceptionspec.importers.recovery.names import Names, clean, free, named
from inceptionspec.importers.recovery.nest import Item, Reading, Row, Split, order, yields
from inceptionspec.importers.recovery.residual import is_residual

Data = dict[str, Any]
#: From how many equal calls in a row on their own names are given up for a repeat.
REPEATED = 4


def sites(
    layers: Sequence[Layer],
    row: Sequence[Entry | CellCall],
    blocks: Sequence[Definition],
    heads: Sequence[Row],
) -> Iterator[Site]:
    """Every layer that the text will show, with what is written in place of its values."""
    for entry in entries_of(row):
        if not isinstance(entry, Call):
            for index in order((entry,)):
                yield layers[index], ()
    for block in blocks:
        given: dict[int, set[str]] = {}
        for index, attribute in block.arguments.written:
            given.setdefault(index, set()).add(attribute)
        for index in order(block.row):
            yield layers[index], given.get(index, ())
    for head in heads:
        for index in order(head):
            yield layers[index], ()


class _Called:
    """The names that were given in one scope, and those of tensors that are read by name."""

    def __init__(self, taken: set[str], read: set[int]) -> None:
        self.taken = taken
        self.read = read
        self.by_tensor: dict[int, str] = {INPUT: "input"}

    def name(self, name: str, tensor: int, stem: str) -> str:
        """A name that was not given yet; empty where none is left and nothing asks for one."""
        if name and name not in self.taken:
            found = name
        elif tensor not in self.read:
            return ""
        else:
            found = free(stem, self.taken)
        self.taken.add(found)
        self.by_tensor[tensor] = found
        return found

    def around(self, inside: set[str], stem: str) -> str:
        """A name for what has none, if a name inside of it was given; empty if none was."""
        found = "" if self.taken.isdisjoint(inside) else free(stem, self.taken)
        self.taken |= {found} if found else inside
        return found


def _with_sources(data: Data, sources: Sequence[str]) -> Data:
    """An entry that says what it reads, next to its name."""
    source: Data = {"from": sources[0] if len(sources) == 1 else list(sources)}
    first: Data = {key: data[key] for key in ("op", "block", "name") if key in data}
    return {**first, **source, **data}


class Sections:
    """Writes the parts of one network."""

    def __init__(self, layers: Sequence[Layer], defaults: Defaults) -> None:
        self.layers = layers
        self.defaults = defaults

    def block(self, block: Definition, names: Names) -> Data:
        """A definition."""
        data: Data = {}
        parameters: Data = {}
        for argument in block.arguments.found:
            default = argument.default
            parameters[argument.name] = (
                argument.type if default is None else {"type": argument.type, "default": default}
            )
        if parameters:
            data["args"] = parameters
        held = block.arguments
        writer = _Inside(self, names, held.written, held.conditions)
        data.update(writer.body(block.row))
        return data

    def cell(self, cell: Cell) -> Data:
        """The definition of a cell."""
        read = {source for entry in cell.entries for source in reads(entry)}
        called = _Called({"input"}, read)
        called.by_tensor[cell.before] = "input"
        for name, (kind, values) in cell.arguments.items():
            if kind == "layer":
                called.by_tensor[values[0]] = f"${name}"
        lines: list[Data] = []
        for number, entry in enumerate(cell.entries):
            sources = [called.by_tensor[source] for source in reads(entry)]
            name = called.name("", tensor(entry), _stem(self.layers, entry))
            if isinstance(entry, Call):
                data = _call(entry, name, {}, _given(entry, number, cell))
            else:
                data = self._of_cell(entry, number, name, cell)
            lines.append(_with_sources(data, sources) if sources else data)
        return {"args": {name: kind for name, (kind, _) in cell.arguments.items()}, "layers": lines}

    def _of_cell(self, entry: Item | Reading, number: int, name: str, cell: Cell) -> Data:
        """A layer or a part of a cell."""
        given = place_layers(entry, number, cell.written)
        written = {(i, key): text for i, texts in given.items() for key, text in texts.items()}
        item = entry.item if isinstance(entry, Reading) else entry
        (data,) = _Inside(self, Names([()]), written).row((item,))
        first: Data = {"op": data["op"]} if "op" in data else {}
        return {**first, **({"name": name} if name else {}), **data}

    def trunk(
        self,
        row: Sequence[Entry | CellCall],
        names: Mapping[Definition, Names],
        heads: set[str],
    ) -> list[Data]:
        """The list of a network; nothing in it is called as a head is."""
        called = _Called(
            {"input", "total", "Predictions", *heads},
            {one for entry in row for one in reads(entry)},
        )
        entries: list[Data] = []
        for same, run in groupby(row, key=lambda entry: _what(entry, names)):
            calls = [entry for entry in run if isinstance(entry, Call)] if same else []
            inner = {tensor(call) for call in calls[:-1]}
            if same and inner.isdisjoint(called.read) and _merges(calls, names):
                entries.append(self._repeat(calls, names, called))
            else:
                entries += [self._entry(entry, names, called) for entry in calls or run]
        return entries

    def head(
        self, row: Row, given: Mapping[tuple[int, str], Any], paths: Mapping[int, str]
    ) -> list[Data]:
        """The layers of a head.

        Args:
            row: the layers.
            given: what is written in place of values.
            paths: those of tensors outside of it.
        """
        read = {source for item in row for source in reads(item)}
        if not read:
            return _Inside(self, named(self.layers, alike([row])), given).row(row)
        called = _Called({"input"}, read)
        called.by_tensor |= {source: f"/{paths[source]}" for source in read if source in paths}
        return [self._entry(item, {}, called) for item in row]

    def _entry(
        self, entry: Entry | CellCall, names: Mapping[Definition, Names], called: _Called
    ) -> Data:
        if isinstance(entry, CellCall):
            last = self.layers[tensor(entry)]
            name = called.name(clean(last.name), tensor(entry), entry.cell.name)
            values = {
                key: called.by_tensor[own[entry.number]] if kind == "layer" else own[entry.number]
                for key, (kind, own) in entry.cell.arguments.items()
            }
            named_as: Data = {"name": name} if name else {}
            return {"block": entry.cell.name, **named_as, "with": values}
        if isinstance(entry, Call):
            own = names[entry.definition]
            name = called.name(own.call(entry.number), yields(entry.row[-1]), entry.definition.name)
            data = _call(entry, name, own.renamed[entry.number])
            if entry.source is not None:
                data = _with_sources(data, [called.by_tensor[entry.source]])
            return data
        item = entry.item if isinstance(entry, Reading) else entry
        if isinstance(item, Split):
            own = named(self.layers, alike([(item,)]))
            name = called.name(own.call(0), item.merge, self.layers[item.merge].op)
            name = name or called.around(own.outermost, self.layers[item.merge].op)
            body = _Inside(self, own, {}).body((item,))
            data = {"name": name, **body} if name else body
        else:
            layer = self.layers[item]
            name = called.name(clean(layer.name), item, layer.op)
            data = self.line(item, name, {})
        if isinstance(entry, Reading):
            data = _with_sources(data, [called.by_tensor[source] for source in entry.sources])
        return data

    def _repeat(
        self, calls: Sequence[Call], names: Mapping[Definition, Names], called: _Called
    ) -> Data:
        first = calls[0]
        own = names[first.definition]
        name = _name_of_repeat([own.calls[call.number] for call in calls])
        name = called.name(name, yields(calls[-1].row[-1]), first.definition.name)
        data = _call(first, name, own.renamed[first.number])
        data["repeat"] = len(calls)
        return data

    def line(self, index: int, name: str, given: Mapping[str, Any]) -> Data:
        """One layer."""
        layer = self.layers[index]
        data: Data = {"op": layer.op}
        if name:
            data["name"] = name
        return {**data, **self.defaults.line(layer, given)}


class _Inside:
    """Writes what is inside of a part or a block."""

    def __init__(
        self,
        sections: Sections,
        names: Names,
        written: Mapping[tuple[int, str], Any],
        conditions: Conditions | None = None,
    ) -> None:
        self.sections = sections
        self.names = names
        self.conditions = conditions or Conditions()
        self.given: dict[int, Data] = {}
        for (index, attribute), text in written.items():
            self.given.setdefault(index, {})[attribute] = text

    def body(self, row: Row) -> Data:
        """The keys of a part: layers in a row, or branches and their merge."""
        if len(row) == 1 and isinstance(row[0], Split):
            return self._split(row[0])
        return {"layers": self.row(row)}

    def row(self, row: Row) -> list[Data]:
        """A list of layers."""
        return [self._item(item) for item in row]

    def _item(self, item: Item) -> Data:
        if isinstance(item, Split):
            data = self._split(item)
        else:
            assert isinstance(item, int)
            name = self.names.layers.get(item, "")
            data = self.sections.line(item, name, self.given.get(item, {}))
        condition = self.conditions.entries.get(yields(item))
        return {**data, "when": condition} if condition else data

    def _split(self, split: Split) -> Data:
        layers = self.sections.layers
        merge = self.sections.line(split.merge, "", self.given.get(split.merge, {}))
        if is_residual(layers, split):
            around, inner = split.branches
            del merge["op"]
            # Defaults are for lines; what a residual leaves out is the operator's own.
            residual: Data = merge
            if split.merge in self.conditions.residuals:
                residual["when"] = self.conditions.residuals[split.merge]
            if around:
                residual["shortcut"] = self.row(around)
            body = self.body(inner)
            if "residual" in body:
                body = {"layers": [body]}
            return {"residual": residual, **body}
        named_branches = self.names.branches.get(split.merge)
        rows = [self.row(branch) for branch in split.branches]
        parts: Any = (
            rows if named_branches is None else dict(zip(named_branches, rows, strict=True))
        )
        data: Data = {"branches": parts}
        if merge != {"op": "concat"}:
            data["merge"] = merge["op"] if len(merge) == 1 else merge
        return data


def with_values(call: Call) -> Data:
    """What a call gives: values that are not the argument's default."""
    said = {one.name: one.says(call.number) for one in call.definition.arguments.found}
    return {name: value for name, value in said.items() if value is not None}


def _given(call: Call, number: int, cell: Cell) -> Data:
    """What a call inside of a cell gives: values, and the cell's arguments."""
    said = with_values(call)
    found: Data = {}
    for one in call.definition.arguments.found:
        text = cell.written.get((number, 0, one.name), said.get(one.name))
        if text is not None:
            found[one.name] = text
    return found


def _stem(layers: Sequence[Layer], entry: Entry) -> str:
    return entry.definition.name if isinstance(entry, Call) else layers[tensor(entry)].op


def _call(
    call: Call, name: str, renamed: Mapping[str, str], given: Mapping[str, Any] | None = None
) -> Data:
    data: Data = {"block": call.definition.name}
    if name:
        data["name"] = name
    values = with_values(call) if given is None else dict(given)
    if values:
        data["with"] = values
    if renamed:
        data["rename"] = dict(renamed)
    return data


def _what(entry: Entry | CellCall, names: Mapping[Definition, Names]) -> Any:
    """What two calls must share to be members of one repeat; nothing else can be one."""
    if not isinstance(entry, Call):
        return None
    if entry.source is not None:
        return None
    renamed = names[entry.definition].renamed[entry.number]
    return id(entry.definition), tuple(with_values(entry).items()), tuple(renamed.items())


def _merges(calls: Sequence[Call], names: Mapping[Definition, Names]) -> bool:
    if len(calls) >= REPEATED:
        return True
    return len(calls) > 1 and not any(names[c.definition].call(c.number) for c in calls)


def _name_of_repeat(members: Sequence[tuple[str, ...]]) -> str:
    """What the names of a repeat's members begin with."""
    if not all(members):
        return ""
    scopes = {member[:-1] for member in members}
    if len(scopes) == 1 and () not in scopes:
        return clean("_".join(scopes.pop()))
    words = [tuple("_".join(member).split("_")) for member in members]
    length = 0
    while length < min(map(len, words)) and len({word[length] for word in words}) == 1:
        length += 1
    return clean("_".join(words[0][:length]))
