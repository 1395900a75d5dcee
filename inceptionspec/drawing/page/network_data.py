"""A network as the plain data that a page shows: layers with their figures, and how they nest."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from inceptionspec.analysis.memory import live_bytes
from inceptionspec.analysis.summary import CONVENTION, LayerRow, Summary, summarize
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.drawing.diagram.block_colors import block_fills, definitions_of
from inceptionspec.drawing.diagram.labels import TIMES, details_text, operator_text, shown_shape
from inceptionspec.drawing.diagram.theme import COMPOSITE, DARK, LIGHT, Theme
from inceptionspec.drawing.page.finding_data import place_text, source_text
from inceptionspec.frontend.expansion.tree import Layer, Scope, join
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.graph import Graph, Head, Node
from inceptionspec.ops import OPS
from inceptionspec.ops.record import REQUIRED

Data = dict[str, Any]
Item = int | Data
"""A layer by its index; a frame with its ``items``; or ``branches`` with their ``merge``."""

SCHEMA = "inceptionspec.page/1"


def payload(loaded: LoadedSpec) -> Data:
    """What a page shows of a network; see the package for the form."""
    figures = summarize(loaded)
    graph = figures.graph
    live = live_bytes(graph)
    tables = LayerTables()
    layers = [
        tables.layer(row, None if live is None else live[row.node.index]) for row in figures.layers
    ]
    nest = _Nest(graph)
    return {
        "schema": SCHEMA,
        "name": sanitize(figures.name),
        "source": source_text(figures.source),
        "doc": sanitize(str(loaded.spec.document.get("doc", ""))),
        "input": shown_shape(graph.nodes[0].shape),
        "digests": dict(figures.digests),
        "totals": _totals(figures),
        "convention": CONVENTION,
        "layers": layers,
        **tables.data(),
        "named": bool(loaded.flat.sources),
        "trunk": nest.trunk(loaded.tree),
        "heads": nest.heads(loaded.tree),
        "colors": _colors({layer["kind"] for layer in layers}, definitions_of(graph)),
    }


# Layers


class LayerTables:
    """Layers as records, with tables of the attributes and weights that they name by number."""

    def __init__(self) -> None:
        self._attributes: dict[tuple[Any, ...], int] = {}
        self._weights: dict[tuple[Any, ...], int] = {}

    def layer(self, row: LayerRow, live: int | None) -> Data:
        """A layer with the bytes that live while it runs."""
        attributes, weights = _attributes(row.node), _weights(row.node)
        return {
            **_layer(row),
            "live": live,
            "attributes": self._attributes.setdefault(attributes, len(self._attributes)),
            "weights": self._weights.setdefault(weights, len(self._weights)),
        }

    def data(self) -> Data:
        """Both tables as keys of a payload."""
        return {
            "attributes": [[list(pair) for pair in pairs] for pairs in self._attributes],
            "weights": [[list(pair) for pair in pairs] for pairs in self._weights],
        }


def _layer(row: LayerRow) -> Data:
    node, field = row.node, row.field
    return {
        "path": node.path,
        "op": node.op,
        "kind": OPS[node.op].category,
        "title": operator_text(node),
        "details": details_text(node),
        "inputs": list(node.inputs),
        "shape": shown_shape(node.shape),
        "params": row.cost.params,
        "trainable": row.cost.trainable_params,
        "macs": row.cost.macs,
        "flops": row.cost.flops,
        "bytes": row.cost.activation_bytes,
        "field": None if field is None else list(field.size),
        "stride": None if field is None or field.stride is None else list(field.stride),
        "head": node.head,
        "bound": row.bound,
        "place": place_text(node.origin.span),
        "called": [place_text(span) for span in node.origin.called_at],
    }


def _attributes(node: Node) -> tuple[tuple[str, str, bool], ...]:
    """Name, value as a spec writes it, and whether it is the operator's own default."""
    return tuple(
        (
            attribute.name,
            sanitize(_text(attribute.kind.write(node.attributes[attribute.name]))),
            attribute.default is not REQUIRED
            and node.attributes[attribute.name] == attribute.kind.parse(attribute.default),
        )
        for attribute in OPS[node.op].attributes
        if attribute.name in node.attributes
    )


def _weights(node: Node) -> tuple[tuple[str, str], ...]:
    """Name and shape of each array that a layer owns, in TensorFlow's layout."""
    return tuple((weight.name, shown_shape(weight.shape)) for weight in node.weights)


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        items = ", ".join(f"{key} {_text(inner)}" for key, inner in value.items() if key != "op")
        return f"{value['op']}, {items}" if "op" in value else items
    if isinstance(value, bool):
        return "true" if value else "false"
    # As a person writes it: 2e-5 and not 2e-05.
    return re.sub("e([-+])0", r"e\1", f"{value:g}") if isinstance(value, float) else str(value)


def _totals(figures: Summary) -> Data:
    return {
        "params": figures.total.params,
        "trainable": figures.total.trainable_params,
        "macs": figures.total.macs,
        "flops": figures.total.flops,
        "peak": figures.peak_activation_bytes,
        "counted": figures.counted,
    }


# How they nest


class _Nest:
    """The tree of a spec, as far as its layers are in the graph."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.index = {node.path: node.index for node in graph.nodes}

    def trunk(self, root: Scope) -> list[Item]:
        """The input and what follows it, layers of one group in a frame of their own."""
        trunk: list[Item] = [0]
        before = ""
        for child in root.children:
            if isinstance(child, Scope) and child.kind == "head":
                continue
            items = list(self._items(child, ""))
            group = child.group or ""
            if not items:
                continue
            if not group:
                trunk += items
            elif group == before and isinstance(trunk[-1], dict):
                trunk[-1]["items"] += items
            else:
                key = f"group {group} {_first(items[0])}"
                trunk.append(frame_data(key, sanitize(group), "group", "", items))
            before = group
        return trunk

    def heads(self, root: Scope) -> list[Data]:
        """A frame for each head with what it reads."""
        scopes = {child.name: child for child in root.children if isinstance(child, Scope)}
        return [self._head(head, scopes[head.name]) for head in self.graph.heads]

    def _head(self, head: Head, scope: Scope) -> Data:
        main = head.name == self.graph.main
        weight = "" if head.loss_weight is None else f", loss weight {head.loss_weight:g}"
        items = [item for child in scope.children for item in self._items(child, scope.name)]
        if head.predictions is not None:
            items.append(head.predictions)
        subtitle = "main head" if main else f"auxiliary head{weight}"
        return {
            **frame_data(head.name, head.name, "head", subtitle, items),
            "source": head.source,
            "output": head.output,
            "main": main,
        }

    def _items(self, node: Layer | Scope, prefix: str) -> Iterator[Item]:
        path = join(prefix, node.name)
        if isinstance(node, Layer):
            if path in self.index:
                yield self.index[path]
            return
        items = list(self._inside(node, path))
        if not node.name or node.kind == "branch":
            yield from items
        elif items:
            yield frame_data(path, node.name, node.kind, _called(node), items, node.block or "")

    def _inside(self, scope: Scope, path: str) -> Iterator[Item]:
        if scope.merge is None:
            for child in scope.children:
                yield from self._items(child, path)
            return
        branches: list[Data] = [
            {
                "name": child.name,
                "path": join(path, child.name) if child.name else "",
                "items": list(self._items(child, path)),
            }
            for child in scope.children
        ]
        merge = self.index.get(join(path, scope.merge.name))
        if merge is None:  # a head that was chosen needs some of the branches alone
            branches = [branch for branch in branches if branch["items"]]
        if branches:
            yield {"branches": branches, "merge": merge}


def frame_data(
    path: str, name: str, kind: str, subtitle: str, items: Sequence[Item], definition: str = ""
) -> Data:
    """A frame that folds."""
    return {
        "path": path,
        "name": name,
        "kind": kind,
        "definition": definition,
        "subtitle": subtitle,
        "items": list(items),
    }


def _called(scope: Scope) -> str:
    """The block that was called, and how often a repeat calls it."""
    if scope.kind != "repeat":
        return scope.block or ""
    return f"{len(scope.children)} {TIMES} {scope.block}"


def _first(item: Item) -> int:
    """The first layer of an item."""
    while not isinstance(item, int):
        if "items" in item:
            item = item["items"][0]
        else:  # branches may have no layer, and all of them may have none
            filled = [branch for branch in item["branches"] if branch["items"]]
            item = filled[0] if filled else item["merge"]
    return item


def _colors(kinds: Collection[str], definitions: Collection[str]) -> dict[str, dict[str, Any]]:
    """By theme: the fills of kinds and of folded blocks, of a scale, and inks on fills."""
    return {
        "light": theme_colors(LIGHT, kinds, definitions),
        "dark": theme_colors(DARK, kinds, definitions),
    }


def theme_colors(
    theme: Theme, kinds: Collection[str], definitions: Collection[str]
) -> dict[str, Any]:
    """The colors of a theme, as far as a network needs them."""
    return {
        "kinds": {
            kind: fill
            for kind, fill in theme.categories.items()
            if kind in kinds or kind == COMPOSITE
        },
        "blocks": dict(block_fills(definitions, theme.blocks)),
        "scale": list(theme.scale),
        "nothing": theme.nothing,
        "inks": [theme.on_light, theme.on_dark],
    }
