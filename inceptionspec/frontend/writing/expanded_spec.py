"""Tree to the expanded spec: defaults, calls, repeats and bases as plain data.

The result is a complete spec with the same network digest. Read and expanded again, it gives
the same data.
"""

from __future__ import annotations

from typing import Any

from inceptionspec.frontend.expansion.tree import Layer, Scope, join, walk
from inceptionspec.frontend.language.forms import VERSION
from inceptionspec.frontend.linking.flat import FlatNetwork
from inceptionspec.ir.graph import Graph
from inceptionspec.ir.preprocessing import preprocessing_data
from inceptionspec.ops import COUNTS
from inceptionspec.ops.attribute_types import NONE, write_real
from inceptionspec.ops.record import Attribute, Attributes, Op

Data = dict[str, Any]


def expanded_spec(flat: FlatNetwork, graph: Graph, *, contracts: bool) -> Data:
    """The expanded spec, its keys in the order of a spec that a person writes.

    Args:
        flat: the layers before shapes, with the tree that they come from.
        graph: the linked graph.
        contracts: whether ``expect`` is written too.
    """
    return SpecWriter(flat, graph).spec(contracts)


def expanded_part(flat: FlatNetwork, graph: Graph, path: str) -> list[Data] | None:
    """The entries of one path, expanded; None if there is no such path."""
    writer = SpecWriter(flat, graph)
    for found, node, _ in walk(flat.tree):
        if found == path:
            parent = path.rpartition("/")[0]
            if isinstance(node, Layer):
                return [writer.layer(node, parent)]
            if node.kind == "head":
                return [{"name": node.name, **writer.head(node)}]
            return [writer.part(node, parent)]
    return None


def written(op: Op, attributes: Any) -> Data:
    """Parsed attributes as YAML values, in the order of the operator's record.

    Those that joined it later are left out where they have their default, so that a spec keeps
    its digests.
    """
    return {
        attribute.name: attribute.kind.write(attributes[attribute.name])
        for attribute in op.attributes
        if not (attribute.later and has_default(attribute, attributes))
    }


def written_layer(op: Op, attributes: Attributes, linked: Attributes) -> Data:
    """The attributes of a layer as an expanded spec has them, with what only shapes could tell.

    Args:
        op: its operator.
        attributes: as they were parsed.
        linked: with nothing left open.
    """
    settled = dict(attributes)
    for name in COUNTS[op.name]:
        if isinstance(settled[name], str):
            settled[name] = linked[name]
    if "bias" in settled:
        settled["bias"] = linked["bias"]
    return written(op, settled)


def has_default(attribute: Attribute, attributes: Any) -> bool:
    """Whether parsed attributes have an operator's own value for one."""
    return bool(attribute.kind.parse(attribute.default) == attributes[attribute.name])


class SpecWriter:
    """Writes the parts of an expanded spec; a line of a layer is a method of its own."""

    def __init__(self, flat: FlatNetwork, graph: Graph) -> None:
        self.flat = flat
        self.graph = graph
        self.layers = {layer.path: layer for layer in flat.layers}
        self.nodes = {node.path: node for node in graph.nodes}

    def spec(self, contracts: bool) -> Data:
        """All sections."""
        spec, graph = self.flat.spec, self.graph
        root, document = self.flat.tree, spec.document
        data: Data = {"spec": VERSION, "name": spec.name}
        if spec.checkpoint_scope:
            data["checkpoint_scope"] = spec.checkpoint_scope
        for key in ("doc", "sources"):
            if key in document:
                data[key] = document[key]
        data["input"] = self._input()
        scaling = {key: value for key, value in spec.width.items() if key != "factor"}
        if scaling:  # filters are written as they are after the factor
            data["width"] = scaling
        data["network"] = self._items(
            [
                child
                for child in root.children
                if not (isinstance(child, Scope) and child.kind == "head")
            ],
            "",
        )
        kept = {head.name for head in graph.heads}
        heads = {
            child.name: self.head(child)
            for child in root.children
            if isinstance(child, Scope) and child.kind == "head" and child.name in kept
        }
        if heads:
            data["main"] = graph.main
            data["heads"] = heads
        end_points = {name: path for name, path in spec.end_points.items() if name in graph.names}
        if end_points:
            data["end_points"] = end_points
        if contracts and spec.expect is not None:
            data["expect"] = spec.expect
        if spec.budget:
            data["budget"] = dict(spec.budget)
        # What a base allows holds for what came from it, which is in this file now.
        allow = {
            code: reason
            for file in reversed(spec.files)
            for code, reason in file.get("allow", {}).items()
        }
        if allow:
            data["allow"] = allow
        if "provenance" in document:
            data["provenance"] = document["provenance"]
        return data

    def _input(self) -> Data:
        section = self.flat.spec.input
        data: Data = {"size": section["size"], "channels": int(section.get("channels", 3))}
        if "range" in section:
            data["range"] = [write_real(float(bound)) for bound in section["range"]]
        if self.graph.preprocessing is not None:
            data["preprocessing"] = preprocessing_data(self.graph.preprocessing)
        return data

    def head(self, scope: Scope) -> Data:
        """A head without its name."""
        item = scope.item
        data: Data = {"from": item["from"]}
        for key in ("loss_weight", "label_smoothing"):
            if key in item:
                data[key] = write_real(float(item[key]))
        if "predictions" in item:
            data["predictions"] = item["predictions"] or NONE
        for key in ("doc", "allow"):
            if key in item:
                data[key] = item[key]
        data["layers"] = self._items(scope.children, scope.name)
        return data

    def _items(self, nodes: list[Layer | Scope], path: str) -> list[Data]:
        data: list[Data] = []
        for node in nodes:
            if isinstance(node, Layer):
                data.append(self.layer(node, path))
            elif self._only_gathers(node):
                data += self._items(node.children, path)
            else:
                data.append(self.part(node, path))
        return data

    def _only_gathers(self, scope: Scope) -> bool:
        """Whether a part says no more than its layers do, which hold its group themselves."""
        said = "doc" in scope.item or scope.allow or scope in self.flat.sources
        return not (scope.name or scope.merge or said)

    def layer(self, node: Layer, path: str) -> Any:
        """One line."""
        return self.line(node, self._attributes(join(path, node.name)))

    def line(self, node: Layer, attributes: Data) -> Data:
        """One line of these attributes."""
        data: Data = {"op": node.op, "name": node.name, **self._from(node), **attributes}
        if "at_least" in node.item:
            data["at_least"] = node.item["at_least"]
        if node.group:
            data["group"] = node.group
        for key in ("doc", "allow"):
            if key in node.item:
                data[key] = node.item[key]
        return data

    def _attributes(self, path: str) -> Data:
        layer = self.layers[path]
        if path not in self.nodes:
            return written(layer.op, layer.attributes)
        return written_layer(layer.op, layer.attributes, self.nodes[path].attributes)

    def _from(self, node: Layer | Scope) -> Data:
        """What an entry names that it reads."""
        return {"from": self.flat.sources[node]} if node in self.flat.sources else {}

    def part(self, scope: Scope, path: str) -> Data:
        """A block, a repeat or a part, written in place."""
        data: Data = {"name": scope.name} if scope.name else {}
        data.update(self._from(scope))
        if scope.kind != "branch":
            if "doc" in scope.item:
                data["doc"] = scope.item["doc"]
            if scope.allow:
                data["allow"] = scope.allow
        data.update(self._body(scope, join(path, scope.name)))
        return data

    def _body(self, scope: Scope, path: str) -> Data:
        if scope.merge is None:
            return {"layers": self._items(scope.children, path)}
        merge = {"op": scope.merge.op, **self._attributes(join(path, scope.merge.name))}
        if scope.residual:
            around, inner = scope.children
            assert isinstance(around, Scope)
            assert isinstance(inner, Scope)
            residual: Data = {key: merge[key] for key in ("scale", "activation")}
            if around.children:
                residual["shortcut"] = self._items(around.children, path)
            return {"residual": residual, **self._body(inner, path)}
        branches = [child for child in scope.children if isinstance(child, Scope)]
        if all(branch.name for branch in branches):
            parts: Any = {
                branch.name: self._items(branch.children, join(path, branch.name))
                for branch in branches
            }
        else:
            parts = [self._items(branch.children, path) for branch in branches]
        short = merge["op"] if len(merge) == 1 else merge
        return {"branches": parts, "merge": short}
