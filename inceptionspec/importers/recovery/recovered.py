"""The spec of a foreign network, and where each of its layers and arrays went."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from inceptionspec.diagnostics.source import Source
from inceptionspec.frontend.formatting.canonical import formatted
from inceptionspec.frontend.load import LoadedSpec, load_spec
from inceptionspec.frontend.writing.yaml_writer import spec_text
from inceptionspec.importers.imported_network import ImportedNetwork
from inceptionspec.importers.recovery.block_names import name_blocks
from inceptionspec.importers.recovery.blocks import lifted
from inceptionspec.importers.recovery.cells import with_cells
from inceptionspec.importers.recovery.defaults import Defaults
from inceptionspec.importers.recovery.earned import earned, with_allow
from inceptionspec.importers.recovery.heads import MAIN, Head, divided
from inceptionspec.importers.recovery.join import joined
from inceptionspec.importers.recovery.known import Known, known
from inceptionspec.importers.recovery.layer import INPUT, Layer, input_shapes
from inceptionspec.importers.recovery.names import free, named, without_counters
from inceptionspec.importers.recovery.nest import Row, order
from inceptionspec.importers.recovery.padding import tidied
from inceptionspec.importers.recovery.sections import Sections, sites
from inceptionspec.ops.record import Shape

Data = dict[str, Any]
#: The exponent of a small number as a person writes it: `1e-5`.
_EXPONENT = re.compile(r"(?<=[ \[])([0-9.]+e-)0([0-9])(?=[,}\]\n])")


@dataclass(frozen=True, slots=True)
class RecoveredSpec:
    """A foreign network as a spec.

    Attributes:
        text: the spec, in the canonical layout.
        loaded: the same, read again.
        mapping: by the name of each layer of the source that is in it the path of the layer
            that it became, or became a part of.
        weights: arrays, or functions that read them, by path and name, as a file of weights
            has them. Empty where the source holds none.
        equals: the built-in spec that the network is or varies; empty where it is neither.
        differs: what it has that that spec has not, in words; empty for nothing.
    """

    text: str
    loaded: LoadedSpec
    mapping: Mapping[str, str]
    weights: Mapping[tuple[str, str], Any]
    equals: str = ""
    differs: str = ""


def recovered(network: ImportedNetwork, *, extends: bool = True) -> RecoveredSpec:
    """Write the spec of a foreign network.

    Args:
        network: what was read.
        extends: whether the text may extend a built-in spec.

    Raises:
        SpecError: its layers do not fit together (E0740), or it passes a limit of specs.
    """
    return _Recovery(network).result(extends=extends)


class _Recovery:
    def __init__(self, network: ImportedNetwork) -> None:
        self.network = network
        self.shape: Shape = (*network.size, network.channels)
        self.layers, outputs = joined(network)
        tidied(self.layers, self.shape)
        without_counters(self.layers)
        self.parts = divided(self.layers, outputs)
        self.order = list(order(self.parts.trunk))

    def result(self, *, extends: bool) -> RecoveredSpec:
        """The text, read again, and the places of layers and arrays in it."""
        data = self._data()
        allow = earned(load_spec(Source(self.network.name, spec_text(data))))
        if allow:
            data = with_allow(data, allow)
        text = formatted(Source(self.network.name, spec_text(data)))
        text = _EXPONENT.sub(r"\1\2", text)
        own = self._placed(text, load_spec(Source(self.network.name, text)))
        return (
            _as_known(own, known(own.loaded, data, trains=self.network.trains)) if extends else own
        )

    def _data(self) -> Data:
        """The spec as plain data, its keys in the order of a text."""
        parts = self.parts
        found = lifted(self.layers, self.network.channels, parts.trunk)
        names = {block: named(self.layers, block.calls) for block in found.blocks}
        name_blocks(self.layers, found.blocks, names)
        row, cells = with_cells(self.layers, found)
        heads_rows = [head.row for head in parts.heads]
        defaults = Defaults(sites(self.layers, row, found.blocks, heads_rows))
        sections = Sections(self.layers, defaults)
        data = self._top()
        classes = self._classes()
        if classes:
            data["args"] = {"classes": classes}
        if defaults.section:
            data["defaults"] = defaults.section
        if found.blocks:
            data["blocks"] = {
                block.name: sections.block(block, names[block]) for block in found.blocks
            }
        if cells:
            own = {cell.name: sections.cell(cell) for cell in cells}
            data["blocks"] = {**data.get("blocks", {}), **own}
        heads = {head.name for head in parts.heads}
        data["network"] = sections.trunk(row, names, heads)
        paths = self._paths(data)
        if len(parts.heads) > 1:
            data["main"] = MAIN if MAIN in heads else parts.heads[0].name
        for number, head in enumerate(parts.heads, start=1):
            data.setdefault("heads", {})[head.name] = self._head(head, sections, paths)
            if not self._read().isdisjoint(order(head.row)):
                paths = self._paths(data, number)
        further = {name: paths[index] for name, index in parts.further.items()}
        # What heads need and stands in the trunk is an end point without saying so.
        idle = {path for index, path in paths.items() if index not in parts.needed}
        further = {n: path for n, path in further.items() if "/" in path or path in idle}
        if further:
            taken = {entry.get("name", "") for entry in data["network"]} | heads
            data["end_points"] = {free(name, taken): path for name, path in further.items()}
        data["expect"] = {"total": {"params": self._params()}}
        return data

    def _top(self) -> Data:
        height, width = self.network.size
        size = "any" if height is None or width is None else f"{height}x{width}"
        name = "".join(c if c.isprintable() else "_" for c in self.network.name)[:100]
        data: Data = {"spec": 1, "name": name or "Imported"}
        if self.network.source:
            data["sources"] = [self.network.source]
        data["input"] = {"size": size, "channels": self.network.channels}
        return data

    def _head(self, head: Head, sections: Sections, paths: Mapping[int, str]) -> Data:
        given: dict[tuple[int, str], Any] = {}
        counted = _counted(self.layers, head.row)
        if counted is not None and self._count(counted) == self._classes():
            given[counted] = "$classes"
            if counted[1] == "filters":
                given[counted[0], "fixed"] = True
        data: Data = {"from": paths[head.source]}
        if head.predictions:
            data["predictions"] = head.predictions
        data["layers"] = sections.head(head.row, given, paths)
        return data

    def _classes(self) -> int:
        """The units of the main head; 0 without one."""
        for head in self.parts.heads:
            counted = _counted(self.layers, head.row)
            if head.name == MAIN and counted is not None:
                return self._count(counted)
        return 0

    def _count(self, place: tuple[int, str]) -> int:
        return int(self.layers[place[0]].attributes[place[1]])

    def _read(self) -> set[int]:
        """The tensors that are read from outside of where they are: by heads, and as outputs."""
        read = {source for head in self.parts.heads for source in head.reads(self.layers)}
        return read | set(self.parts.further.values())

    def _paths(self, data: Data, heads: int = 0) -> Mapping[int, str]:
        """The shortest path of each tensor of the trunk and the first heads that others read."""
        read = self._read()
        last = data["network"][-1]
        if read == {self.order[-1]} and "name" in last:
            return {self.order[-1]: last["name"]}
        if not read:
            return {}
        small = {key: value for key, value in data.items() if key not in ("args", "main")}
        if heads:
            small |= {"main": self.parts.heads[0].name, "args": data.get("args", {})}
        names = load_spec(Source(self.network.name, spec_text(small))).graph.names
        places: list[int | None] = [INPUT, *self.order]
        for head in self.parts.heads[:heads]:
            places += [*order(head.row), *([None] if head.predictions else [])]
        best: dict[int, str] = {}
        for path, node in names.items():
            index = places[node]
            if index in read and (index not in best or _length(path) < _length(best[index])):
                best[index] = path
        return best

    def _params(self) -> int:
        return sum(
            prod(weight.shape)
            for layer in self.layers
            for weight in layer.arrays(input_shapes(self.layers, layer, self.shape))
        )

    def _placed(self, text: str, loaded: LoadedSpec) -> RecoveredSpec:
        """Tell where each layer went: the text has them in the order of the rows."""
        expected: list[Layer] = [self.layers[index] for index in self.order]
        for head in self.parts.heads:
            expected += [self.layers[index] for index in order(head.row)]
            if head.predictions:
                above = head.predicted or Layer("", [], "", {}, ())
                expected.append(above)
        mapping: dict[str, str] = {}
        weights: dict[tuple[str, str], Any] = {}
        for node, layer in zip(loaded.graph.nodes[1:], expected, strict=True):
            assert node.op == layer.op or not layer.op
            mapping.update(dict.fromkeys(layer.sources, node.path))
            weights.update({(node.path, name): array for name, array in layer.weights.items()})
        return RecoveredSpec(text, loaded, mapping, weights)


def _as_known(own: RecoveredSpec, found: Known | None) -> RecoveredSpec:
    """The same network as a spec that extends a built-in one, if it is that or varies it."""
    if found is None:
        return own
    own = replace(own, equals=found.name, differs=found.differs)
    if found.loaded is None:
        return own
    return replace(
        own,
        text=found.text,
        loaded=found.loaded,
        mapping={name: found.paths[path] for name, path in own.mapping.items()},
        weights={(found.paths[path], name): a for (path, name), a in own.weights.items()},
    )


def _counted(layers: Sequence[Layer], row: Row) -> tuple[int, str] | None:
    """The layer of a head whose units are the classes."""
    for item in reversed(row):
        if not isinstance(item, int):
            return None
        for attribute in ("units", "filters"):
            if attribute in layers[item].attributes:
                return item, attribute
    return None


def _length(path: str) -> tuple[int, int]:
    return path.count("/"), len(path)
