"""Tree to a flat list of layers: paths, connections, and every attribute settled and parsed.

What depends on shapes stays open: the linker fills it in.
"""

from __future__ import annotations

from typing import Any

from inceptionspec.diagnostics.diagnostic import Findings, Label, SpecError, finding
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.frontend.expansion.spec import Spec
from inceptionspec.frontend.expansion.tree import Layer, Scope, has_layer, join
from inceptionspec.frontend.language import forms as language
from inceptionspec.frontend.language.arguments import Environment, written_at
from inceptionspec.frontend.language.form import Form
from inceptionspec.frontend.language.value_check import admits, unfit
from inceptionspec.frontend.linking.attributes import Attributes
from inceptionspec.frontend.linking.flat import (
    INPUT_PATH,
    FlatBlock,
    FlatHead,
    FlatLayer,
    FlatNetwork,
)
from inceptionspec.frontend.linking.sources import Reader, Sources
from inceptionspec.frontend.linking.surroundings import Surroundings
from inceptionspec.frontend.reading.document import Map, Seq
from inceptionspec.frontend.settings import DEFAULT_WIDTH, Width
from inceptionspec.ir.graph import Origin
from inceptionspec.ops import OPS
from inceptionspec.ops.attribute_types import Kind

PREDICTIONS_NAME = "Predictions"
# What may say what it reads. A branch has the mapping of its part, and reads what that reads.
_ENTRIES = ("block", "repeat", "part")


def flatten(
    spec: Spec, tree: Scope, args: Environment, width: Width = DEFAULT_WIDTH
) -> FlatNetwork:
    """Flatten a tree.

    Raises:
        SpecError: a name is given twice, a path names nothing, or an attribute lacks a
            value or has one that it cannot take.
    """
    flattener = Flattener(spec, tree, args, width)
    flattener.network(tree)
    if flattener.findings:
        raise SpecError(flattener.findings)
    return flattener.flat


class Flattener:
    """A tree under way to a flat list; ``flat`` and ``findings`` are what it yields."""

    def __init__(self, spec: Spec, tree: Scope, args: Environment, width: Width) -> None:
        self.spec = spec
        self.flat = FlatNetwork(spec, tree, width=width)
        self.findings = Findings(spec.limits)
        self.attributes = Attributes(spec, args, width, self.findings)
        self.places: dict[str, Span] = {}
        self.sources = Sources(self.flat, self.places, self.findings)
        self.main = self._main()

    def network(self, root: Scope) -> None:
        """The input, the layers up to the heads, the heads, and the further names."""
        section = self.spec.input
        self.places[INPUT_PATH] = section.span
        self.flat.layers.append(
            FlatLayer(
                INPUT_PATH,
                OPS["input"],
                {},
                (),
                None,
                "",
                "",
                "",
                "",
                Origin(section.span),
                section,
                None,
            )
        )
        self.flat.names[INPUT_PATH] = 0
        self.sources.claim(INPUT_PATH, 0)
        tensor = 0
        trunk = [
            child
            for child in root.children
            if not (isinstance(child, Scope) and child.kind == "head")
        ]
        for child in trunk:
            tensor = self._node(child, tensor, Surroundings())
        if not has_layer(trunk):
            self._no_layer("the network", self.spec.network.span)
        self.flat.end_points = {
            path: index
            for path, index in self.flat.names.items()
            if "/" not in path and path != INPUT_PATH
        }
        for child in root.children:
            if isinstance(child, Scope) and child.kind == "head":
                self._head(child)
        self._end_points()
        self._known_main()
        self.sources.explain()

    def restart(self, like: FlatNetwork, layers: list[FlatLayer], path: str) -> None:
        """Go on after some layers of another network, where a part of it begins."""
        inside = f"{path}/"
        self.flat.layers, self.flat.names, self.flat.blocks = layers, {}, []
        for name, index in like.names.items():  # they are in the order in which they were given
            if name.startswith(inside) or name == path:
                break
            self.flat.names[name] = index
            self.sources.claim(name, index)

    def part(self, node: Layer | Scope, tensor: int) -> None:
        """A part of the network that no other one holds, and that reads a tensor."""
        self._node(node, tensor, Surroundings())
        self.sources.explain()

    def _node(self, node: Layer | Scope, tensor: int, around: Surroundings) -> int:
        """Flatten a node that reads one tensor, or what it names; returns what it yields."""
        if isinstance(node, Layer):
            path = join(around.path, node.name)
            inputs = self._inputs(node, path, tensor, around)
            return self._layer(node, path, inputs, around)
        if node.kind in _ENTRIES and "from" in node.item:
            (tensor,) = self._inputs(node, join(around.path, node.name), tensor, around)
        return self._scope(node, tensor, self._inside(node, tensor, around))

    def _inputs(
        self, node: Layer | Scope, path: str, tensor: int, around: Surroundings
    ) -> tuple[int, ...]:
        """The tensors that an entry reads: what it names, or else the one that comes."""
        names = node.item.get("from")
        if names is None:
            return (tensor,)
        change = f"`{path}: {{set: {{from: {{}}}}}}`"
        span = node.item.value_spans["from"]
        if isinstance(names, str):
            reader = Reader(f"`{node.name}`", span, path, node.called_at, change)
            tensor = self.sources.read(names, reader, around)
            self.flat.sources[node] = self.sources.text(tensor, around)
            return (tensor,)
        tensors: list[int] = []
        for number, (name, place) in enumerate(zip(names, names.item_spans, strict=True)):
            others = ", ".join([*names[:number], "{}", *names[number + 1 :]])
            change = f"`{path}: {{set: {{from: [{others}]}}}}`"
            reader = Reader(f"`{node.name}`", place, path, node.called_at, change)
            tensors.append(self.sources.read(name, reader, around))
        self.flat.sources[node] = [self.sources.text(one, around) for one in tensors]
        return tuple(tensors)

    def _inside(self, scope: Scope, tensor: int, around: Surroundings) -> Surroundings:
        """What surrounds the layers of a scope, with what the arguments of its block name.

        What a call gives means what it means where the call stands, a default what it means
        in the block.
        """
        inside = around.inside(scope, tensor)
        if not scope.sources:
            return inside if scope.kind != "block" else inside._replace(arguments={})
        given = scope.item.get("with", ())
        arguments: dict[str, int] = {}
        inner = inside._replace(arguments=arguments)
        for name, argument in scope.sources.items():
            if name in around.handed:
                arguments[name] = around.handed[name]
                continue
            reader = Reader(
                f"the argument `{name}`",
                argument.span if name not in given else given.value_spans[name],
                inside.path,
                scope.called_at,
                f"`{inside.path}: {{set: {{with: {{{name}: {{}}}}}}}}`",
            )
            where = around if name in given else inner
            arguments[name] = self.sources.read(argument.value, reader, where)
        return inner

    def _scope(self, scope: Scope, tensor: int, inside: Surroundings) -> int:
        if scope.name and not inside.repeated and inside.path in self.flat.names:
            self._claim(inside.path, tensor, _name_span(scope))
            inside = inside._replace(repeated=True)  # one cause, one finding
        first = len(self.flat.layers)
        if scope.merge is None:
            output = tensor
            for child in scope.children:
                if scope.kind == "repeat" and isinstance(child, Scope) and child.kind == "block":
                    output, inside = self._member(scope, child, output, inside)
                else:
                    output = self._node(child, output, inside)
        else:
            ends = tuple(self._node(child, tensor, inside) for child in scope.children)
            path = join(inside.path, scope.merge.name)
            output = self._layer(scope.merge, path, ends, inside)
            merge = self.flat.layers[output]
            merge.fork = tensor
            merge.branches = _branch_names(scope)
            merge.branch_places = tuple(
                child.place
                for child in scope.children
                if isinstance(child, Scope) and child.place is not None
            )
        if not scope.name or inside.repeated:
            return output
        origin = Origin(scope.item.span, scope.called_at)
        claimed = self._claim(inside.path, output, _name_span(scope))
        if claimed and scope.kind not in ("branch", "head"):
            members = range(first, len(self.flat.layers))
            self.flat.blocks.append(
                FlatBlock(
                    inside.path, scope.block or "", scope.kind, tensor, output, members, origin
                )
            )
        return output

    def _member(
        self, repeat: Scope, member: Scope, tensor: int, around: Surroundings
    ) -> tuple[int, Surroundings]:
        """Flatten a member of a repeat; returns what it yields, and what surrounds the next."""
        inside = self._inside(member, tensor, around)
        output = self._scope(member, tensor, inside)
        section = repeat.item.get("next", {})
        handed = {
            name: self.sources.read(
                section[name],
                Reader(
                    f"`next` of `{repeat.name}`",
                    section.value_spans[name],
                    called_at=repeat.called_at,
                ),
                inside,
            )
            for name in section
            if name in member.sources
        }
        return output, around._replace(handed=handed)

    def _head(self, scope: Scope) -> None:
        item = scope.item
        change = f"`{scope.name}: {{from: {{}}}}`"
        reader = Reader(f"the head `{scope.name}`", item.value_spans["from"], change=change)
        source = self.sources.path(item["from"], reader)
        first = len(self.flat.layers)
        around = Surroundings(
            path=scope.name,
            written=scope.name,
            scope=scope.name,
            head=scope.name,
            incoming=source,
            allowed=frozenset(scope.allow),
        )
        tensor = source
        for child in scope.children:
            tensor = self._node(child, tensor, around)
        if not has_layer(scope.children):
            inside = f"{scope.name}/"
            gone = [one.span for path, one in self.spec.removed.items() if path.startswith(inside)]
            help_ = f"write `{scope.name}: {language.DELETE}`, which removes the head"
            span = gone[-1] if gone else item.value_spans["layers"]
            self._no_layer(f"the head `{scope.name}`", span, *[help_] * bool(gone))
        self._claim(scope.name, tensor, self.spec.heads[scope.name][1])
        predictions = None
        function = item.get("predictions", "none")
        if function in language.PREDICTIONS:
            path = (
                PREDICTIONS_NAME if scope.name == self.main else f"{scope.name}/{PREDICTIONS_NAME}"
            )
            op, attributes = language.PREDICTIONS[function]
            line = Map(item.value_spans["predictions"])
            for key, value in attributes.items():
                line.put(key, value, line.span, line.span)
            predictions = self._layer(Layer(PREDICTIONS_NAME, op, line), path, (tensor,), around)
            self.flat.end_points[path] = predictions
        self.flat.end_points[scope.name] = tensor
        weight = self._number(item, "loss_weight", language.HEAD)
        smoothing = self._number(item, "label_smoothing", language.HEAD)
        self.flat.heads.append(
            FlatHead(
                scope.name,
                item["from"],
                source,
                tensor,
                predictions,
                None if weight is None else float(weight),
                float(smoothing or 0),
                range(first, len(self.flat.layers)),
                item,
            )
        )

    def _number(self, item: Map, key: str, form: Form) -> Any:
        if key not in item:
            return None
        kind = form.fields[key].value
        assert isinstance(kind, Kind)
        if not admits(kind, item[key]):
            span, used = written_at(item, key)
            self.findings.append(unfit(kind, item[key], f"`{key}` of {form.title}", span, used))
            return None
        return item[key]

    def _main(self) -> str:
        if self.spec.main is not None:
            return self.spec.main[0]
        heads = [
            child.name
            for child in self.flat.tree.children
            if isinstance(child, Scope) and child.kind == "head"
        ]
        return heads[0] if len(heads) == 1 else ""

    def _known_main(self) -> None:
        names = [head.name for head in self.flat.heads]
        if self.spec.main is None and len(names) > 1 and not self.main:
            span = self.spec.document.key_spans.get("heads", self.spec.document.span)
            message, help_ = "the key `main` is missing", f"`main:` may be {listed(names, 'or')}"
            label = "several heads, and none is the main one"
            self.findings.append(finding("E0204", message, span, help_, label=label))
        elif self.spec.main is not None and self.main not in names:
            message, span = f"the main head `{self.main}` does not exist", self.spec.main[1]
            helps = did_you_mean(self.main, names) or (
                (f"`main:` may be {listed(names, 'or')}", "`none` is for no heads at all")
                if names
                else ("leave `main` out: the network has no head",)
            )
            self.findings.append(finding("E0308", message, span, *helps, label="not a head"))
        self.flat.main = self.main

    def _end_points(self) -> None:
        section = self.spec.end_points
        for name in section:
            change = f"`end_points.{name}: {{set: {{}}}}`, or `delete`,"
            reader = Reader(f"`{name}`", section.value_spans[name], change=change)
            index = self.sources.path(section[name], reader)
            if self._claim(name, index, section.key_spans[name]):
                self.flat.end_points[name] = index

    def _claim(self, path: str, index: int, span: Span) -> bool:
        """Give a path to a tensor, once."""
        if path not in self.flat.names and path != language.TOTAL:
            self.flat.names[path] = index
            self.places[path] = span
            self.sources.claim(path, index)
            return True
        if path == language.TOTAL:
            message = f"`{path}` is reserved for the totals of `expect`"
            self.findings.append(finding("E0301", message, span, label="choose another name"))
            return False
        # Without its block, so that it is said once for all calls.
        message = f"the name `{path.rpartition('/')[2]}` is given twice"
        help_ = "give one of the two another name; a call can `rename` what is inside"
        again, first = Label(span, "given again here"), Label(self.places[path], "first given here")
        self.findings.append(finding("E0301", message, again, help_, labels=(first,)))
        return False

    def _no_layer(self, what: str, span: Span, *helps: str) -> None:
        label = "at least one layer is needed"
        self.findings.append(finding("E0204", f"{what} has no layer", span, *helps, label=label))

    def _layer(self, layer: Layer, path: str, inputs: tuple[int, ...], around: Surroundings) -> int:
        op = OPS[layer.op]
        index = len(self.flat.layers)
        origin = Origin(layer.item.span, layer.called_at)
        flat = FlatLayer(
            path,
            op,
            {},
            inputs,
            around.entry,
            around.scope,
            around.branch,
            around.head,
            layer.group or "",
            origin,
            layer.item,
            self.attributes.defaults.get(op.name),
            allowed=around.allowed.union(layer.item.get("allow", ())),
        )
        names = layer.item.get("from")
        if isinstance(names, Seq):
            flat.branches, flat.branch_places = tuple(names), tuple(names.item_spans)
        self.flat.layers.append(flat)
        if not around.repeated:
            self._claim(path, index, layer.item.value_spans.get("name", layer.item.span))
        self.attributes.settle(flat)
        return index


def _branch_names(scope: Scope) -> tuple[str, ...]:
    """What findings call the branches of a scope: by name, or by what they are."""
    if scope.residual:
        around, inner = scope.children
        shortcut = isinstance(around, Scope) and bool(around.children)
        return (
            "shortcut" if shortcut else "input",
            next(key for key in ("layers", "branches") if key in inner.item),
        )
    return tuple(
        child.name if isinstance(child, Scope) and child.name else f"branch {number}"
        for number, child in enumerate(scope.children, start=1)
    )


def _name_span(scope: Scope) -> Span:
    """Where the name of a part, call or branch is written, or what it is derived for."""
    item = scope.item
    branches = item.get("branches") if scope.kind == "branch" else None
    if isinstance(branches, Map) and scope.name in branches:
        return branches.key_spans[scope.name]
    written = item.get("name") == scope.name
    return item.value_spans["name"] if written else item.span
