"""A network before its width and its input size, made to be linked many times."""

from __future__ import annotations

import re
from copy import copy
from dataclasses import replace
from typing import Any, NamedTuple

from inceptionspec.analysis.memory import lifetimes
from inceptionspec.frontend.expansion.tree import Layer, join
from inceptionspec.frontend.linking.flat import FlatLayer, FlatNetwork
from inceptionspec.frontend.linking.linker import unlinked_graph
from inceptionspec.frontend.writing.digest import canonical, heading_data, ordered
from inceptionspec.frontend.writing.expanded_spec import SpecWriter
from inceptionspec.ir.graph import Graph
from inceptionspec.ops import COUNTS
from inceptionspec.ops.record import Op
from inceptionspec.sweep.layer_memo import LayerMemo

_SIZE = "\x01size"
"""Stands for the input size in the text of a network; with a number, for a layer."""
_MOST_WIDTHS = 64
_HOLE = re.compile(r'"\\u0001(size|[0-9]+)"')


class Hole(NamedTuple):
    """A place in the text of a network that a width or an input size fills.

    Attributes:
        layer: whose line it is; None for the input size.
        line: a number that stands for ``rest``.
        rest: what the line says besides attributes.
        after: the text up to the next hole.
    """

    layer: int | None
    line: int
    rest: dict[str, Any]
    after: str


class Row(NamedTuple):
    """A layer before shapes, width and input size.

    Attributes:
        op: its operator.
        attributes: as they were parsed, the filters before the width.
        filters: those, where a width scales them.
        least: the filters that a width leaves at least.
        number: stands for its operator and attributes.
        entry: the layer whose channels an expression of it counts; None where it has none.
    """

    op: Op
    attributes: dict[str, Any]
    filters: int | None
    least: int
    number: int
    entry: int | None

    def under(self, filters: int | None) -> dict[str, Any]:
        """The attributes with the filters that a width leaves; None for those that there are."""
        return self.attributes if filters is None else {**self.attributes, "filters": filters}


class Blueprint:
    """What all variants share that differ in width and input size alone."""

    def __init__(self, flat: FlatNetwork, memo: LayerMemo, *, documents: bool) -> None:
        """Take from a variant what its width and its input size leave alone.

        Args:
            flat: the variant.
            memo: gives numbers to what layers have in common.
            documents: whether digests of documents are asked for.

        Raises:
            SpecError: its input contradicts itself.
        """
        graph = unlinked_graph(flat)
        self.width = flat.width
        self.channels = int(flat.spec.input.get("channels", 3))
        self.size: str = flat.spec.input["size"]
        self.rows = [_row(layer, memo) for layer in flat.layers]
        self._scaled: dict[float, list[int | None]] = {}
        self.inputs = [layer.inputs for layer in flat.layers]
        self.lifetimes = lifetimes(graph)
        self.wiring = memo.number((tuple(self.inputs), tuple(node.op for node in graph.nodes)))
        self.graph = replace(graph, blocks=(), names={}, end_points={})
        self._computed_text(graph)
        self.outline = ""
        self.holes: list[Hole] = []
        if documents:
            self._written_text(flat, graph, memo)

    def changed(
        self, before: FlatNetwork, flat: FlatNetwork, memo: LayerMemo, *, documents: bool
    ) -> Blueprint:
        """The same of a network that differs in attributes alone.

        Args:
            before: what this was made of.
            flat: the other network, which shares the layers that are the same.
            memo: gives numbers to what layers have in common.
            documents: whether digests of documents are asked for.
        """
        found = copy(self)
        found._scaled = {}
        found.rows = [
            row if layer is own else _row(layer, memo)
            for row, own, layer in zip(self.rows, before.layers, flat.layers, strict=True)
        ]
        if documents:
            found._written_text(flat, unlinked_graph(flat), memo)
        return found

    def scaled(self, factor: float | None) -> list[int | None]:
        """The filters of each layer under a width; None where it has none that are scaled."""
        width = self.width if factor is None else replace(self.width, given=factor)
        known = self._scaled.get(width.factor)
        if known is not None:
            return known
        if len(self._scaled) >= _MOST_WIDTHS:
            self._scaled.clear()
        self._scaled[width.factor] = scaled = [
            None if row.filters is None else width.scale(row.filters, row.least)
            for row in self.rows
        ]
        return scaled

    def _computed_text(self, graph: Graph) -> None:
        """Cut the text that the network digest is of at what widths and input sizes change."""
        heading = heading_data(graph)
        heading["input"]["shape"] = _SIZE
        head, tail = canonical({**heading, "layers": []})[: -len("]}")], "]}"
        self.heading = tuple(head.split(canonical(_SIZE)))
        lines = [
            f',"inputs":[{",".join(map(str, inputs))}],"op":"{row.op.name}"}}'
            for inputs, row in zip(self.inputs, self.rows, strict=True)
        ]
        self.after = [f'{line},{{"attributes":' for line in lines[:-1]] + [lines[-1] + tail]

    def _written_text(self, flat: FlatNetwork, graph: Graph, memo: LayerMemo) -> None:
        """The same for the text that the document digest is of."""
        writer = _Outline(flat, graph)
        data = writer.spec(contracts=True)
        data["input"]["size"] = _SIZE
        self.holes = []
        self.outline, *parts = _HOLE.split(canonical(ordered(data)))
        names = parts[::2]
        if sorted(names) != sorted(["size", *map(str, writer.rest)]):
            return  # a text of the spec looks like a hole: it is written out each time
        for name, after in zip(names, parts[1::2], strict=True):
            layer = None if name == "size" else int(name)
            rest = {} if layer is None else writer.rest[layer]
            self.holes.append(Hole(layer, memo.number(canonical(rest)), rest, after))


class _Outline(SpecWriter):
    """Writes a spec with a hole in the place of each layer."""

    def __init__(self, flat: FlatNetwork, graph: Graph) -> None:
        super().__init__(flat, graph)
        self._numbers = {layer.path: number for number, layer in enumerate(flat.layers)}
        self.rest: dict[int, dict[str, Any]] = {}

    def layer(self, node: Layer, path: str) -> Any:
        """A hole; what it stands for is kept."""
        number = self._numbers[join(path, node.name)]
        self.rest[number] = self.line(node, {})
        return f"\x01{number}"


def _row(layer: FlatLayer, memo: LayerMemo) -> Row:
    op, attributes, filters = layer.op, layer.attributes, _own_filters(layer)
    if filters is not None:
        attributes = {**attributes, "filters": filters}
    entry = None
    if any(isinstance(attributes[name], str) for name in COUNTS[op.name]):
        entry = layer.inputs[0] if layer.entry is None else layer.entry
    number = memo.number(f"{op.name} {attributes!r}")
    return Row(op, attributes, filters, int(layer.item.get("at_least", 1)), number, entry)


def _own_filters(layer: FlatLayer) -> int | None:
    """The filters before the width, where a width scales them."""
    if not isinstance(layer.attributes.get("filters"), int) or layer.attributes["fixed"]:
        return None
    return layer.unscaled or int(layer.attributes["filters"])
