"""Tree to a flat list of layers: paths, connections, and every attribute settled and parsed.

What depends on shapes stays open: the linker fills it in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from inceptionspec.diagnostics.diagnostic import Diagnostic, Findings, Label, SpecError
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.frontend.expansion.spec import Spec
from inceptionspec.frontend.expansion.tree import Layer, Scope, has_layer, join
from inceptionspec.frontend.language import forms as language
from inceptionspec.frontend.language.arguments import (
    Environment,
    computed,
    substituted,
    written_at,
)
from inceptionspec.frontend.language.form import Form
from inceptionspec.frontend.language.value_check import admits, unfit
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
from inceptionspec.ops.attribute_types import COUNT, Kind
from inceptionspec.ops.epilogue import BATCH_NORM_ATTRIBUTES
from inceptionspec.ops.expression import FILTERS, INPUT, is_expression, parse
from inceptionspec.ops.record import Attribute

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
    flattener = _Flattener(spec, tree, args, width)
    flattener.network(tree)
    if flattener.findings:
        raise SpecError(flattener.findings)
    return flattener.flat


def rescaled(flat: FlatNetwork, width: Width) -> FlatNetwork | None:
    """The same network under another width; None where that leaves a layer no filter."""
    layers = []
    for layer in flat.layers:
        filters = layer.attributes.get("filters")
        if isinstance(filters, int) and not layer.attributes["fixed"]:
            own = layer.unscaled or filters
            scaled = width.scale(own, int(layer.item.get("at_least", 1)))
            if scaled < 1:
                return None
            attributes = {**layer.attributes, "filters": scaled}
            unscaled = None if scaled == own else own
            layer = replace(layer, attributes=attributes, unscaled=unscaled)
        layers.append(layer)
    return replace(flat, layers=layers, width=width)


def flattened_again(like: FlatNetwork, args: Environment, tree: Scope) -> FlatNetwork | None:
    """A network that differs from another one in attributes alone.

    Parts of the tree that it shares with the other one are not flattened again.

    Args:
        like: the other network.
        args: the arguments of its spec.
        tree: a tree that differs from that of the other one in parts that have a name.

    Returns:
        None where a part differs in more than attributes of its layers, or has a finding.
    """
    flattener = _Flattener(like.spec, tree, args, like.width)
    layers, sources = list(like.layers), dict(like.sources)
    blocks = {block.path: block for block in like.blocks}
    for before, after in zip(like.tree.children, tree.children, strict=True):
        if before is after:
            continue
        block = blocks.get(after.name)
        if block is None or not block.members:
            return None
        members = slice(block.members.start, block.members.stop)
        flattener.restart(like, layers[: members.start], block.path)
        flattener.part(after, block.input)
        part = flattener.flat
        if flattener.findings or not _same_structure(part, like, block):
            return None
        layers[members] = part.layers[members.start :]
        sources |= part.sources
    return replace(like, tree=tree, layers=layers, sources=sources)


def _same_structure(part: FlatNetwork, like: FlatNetwork, block: FlatBlock) -> bool:
    """Whether a network up to the end of a part is another one up to there, but for attributes."""
    inside = f"{block.path}/"

    def own(path: str) -> bool:
        return path == block.path or path.startswith(inside)

    first, end = block.members.start, block.members.stop
    return (
        list(map(_place, part.layers[first:])) == list(map(_place, like.layers[first:end]))
        and part.blocks == [one for one in like.blocks if own(one.path)]
        and list(part.names.items()) == list(like.names.items())[: len(part.names)]
        and not any(map(own, list(like.names)[len(part.names) :]))
    )


def _place(layer: FlatLayer) -> tuple[Any, ...]:
    """Where a layer stands and what it reads: all but its attributes."""
    return (
        layer.path,
        layer.op.name,
        layer.inputs,
        layer.entry,
        layer.scope,
        layer.branch,
        layer.group,
        layer.fork,
        layer.branches,
    )


class _Flattener:
    def __init__(self, spec: Spec, tree: Scope, args: Environment, width: Width) -> None:
        self.spec = spec
        self.args = args
        self.width = width
        self.flat = FlatNetwork(spec, tree, width=width)
        self.findings = Findings(spec.limits)
        self.defaults = {
            name: substituted(value, args, self.findings) for name, value in spec.defaults.items()
        }
        self.usual: dict[tuple[str, str], Any] = {}
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
            self._add(
                "E0204",
                "the network has no layer",
                self.spec.network.span,
                "at least one layer is needed",
            )
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

    # Structure

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
            self._add(
                "E0204",
                f"the head `{scope.name}` has no layer",
                gone[-1] if gone else item.value_spans["layers"],
                "at least one layer is needed",
                [f"write `{scope.name}: {language.DELETE}`, which removes the head"]
                if gone
                else [],
            )
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
            self._add(
                "E0204",
                "the key `main` is missing",
                self.spec.document.key_spans.get("heads", self.spec.document.span),
                "several heads, and none is the main one",
                [f"`main:` may be {listed(names, 'or')}"],
            )
        elif self.spec.main is not None and self.main not in names:
            self._add(
                "E0308",
                f"the main head `{self.main}` does not exist",
                self.spec.main[1],
                "not a head",
                did_you_mean(self.main, names)
                or (
                    [f"`main:` may be {listed(names, 'or')}", "`none` is for no heads at all"]
                    if names
                    else ["leave `main` out: the network has no head"]
                ),
            )
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
            self._add(
                "E0301",
                f"`{path}` is reserved for the totals of `expect`",
                span,
                "choose another name",
            )
            return False
        self.findings.append(
            Diagnostic(
                "E0301",
                # Without its block, so that it is said once for all calls.
                f"the name `{path.rpartition('/')[2]}` is given twice",
                Label(span, "given again here"),
                (Label(self.places[path], "first given here"),),
                helps=("give one of the two another name; a call can `rename` what is inside",),
            )
        )
        return False

    # Attributes

    def _layer(self, layer: Layer, path: str, inputs: tuple[int, ...], around: Surroundings) -> int:
        op = OPS[layer.op]
        defaults = self.defaults.get(op.name)
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
            defaults,
            allowed=around.allowed.union(layer.item.get("allow", ())),
        )
        names = layer.item.get("from")
        if isinstance(names, Seq):
            flat.branches, flat.branch_places = tuple(names), tuple(names.item_spans)
        self.flat.layers.append(flat)
        if not around.repeated:
            self._claim(path, index, layer.item.value_spans.get("name", layer.item.span))
        for attribute in op.attributes:
            flat.attributes[attribute.name] = self._attribute(flat, attribute)
        self._scale(flat)
        return index

    def _attribute(self, flat: FlatLayer, attribute: Attribute) -> Any:
        """An attribute of a layer; what the line leaves open is settled once for all layers."""
        if attribute.name in flat.item:
            return self._settled(flat, attribute)
        key = (flat.op.name, attribute.name)
        if key not in self.usual:
            before = len(self.findings)
            value = self._settled(flat, attribute)
            if len(self.findings) > before:
                return value
            self.usual[key] = value
        return self.usual[key]

    def _settled(self, flat: FlatLayer, attribute: Attribute) -> Any:
        name, kind = attribute.name, attribute.kind
        for item in (flat.item, flat.defaults):
            if item is None or name not in item:
                continue
            if kind.expressions and is_expression(item[name]):
                return self._expression(item, attribute, flat)
            if not self._admitted(item, attribute, flat):
                return None
            parsed = kind.parse(item[name])
            return self._norm(parsed, item[name], flat) if name == "norm" else parsed
        if attribute.required:
            self._add(
                "E0204",
                f"`{flat.op.name}` lacks the attribute `{name}`",
                flat.origin.span,
                f"`{name}` is missing here",
                [f"`{name}`: {attribute.doc}"],
                _calls(flat.origin),
            )
            return None
        return kind.parse(attribute.default)

    def _expression(self, item: Map, attribute: Attribute, flat: FlatLayer) -> int | str | None:
        """A count as an expression: a number if it needs no shape, else a text for the linker."""
        text, name, span = item[attribute.name], attribute.name, item.value_spans[attribute.name]
        what, calls = f"`{name}` of `{flat.op.name}`", _calls(flat.origin)
        if "$" in text:  # an unknown argument was reported where it was to be put in
            return None
        before = len(self.findings)
        value = computed(text, name, span, {}, self.findings)
        if len(self.findings) > before:
            return None
        if isinstance(value, int) and not admits(attribute.kind, value):
            self.findings.append(unfit(attribute.kind, value, what, span, calls))
            return None
        own = [one.name for one in flat.op.attributes if one.name != name]
        if isinstance(value, str) and FILTERS in parse(value).names and FILTERS not in own:
            says = "this is the number itself" if name == FILTERS else "this layer has none"
            help_ = f"`{INPUT}` is the number of channels that come in"
            self._add("E0205", f"{what} cannot follow `{FILTERS}`", span, says, [help_], calls)
            return None
        return value

    def _admitted(self, item: Map, attribute: Attribute, flat: FlatLayer) -> bool:
        """Whether a value fits its kind, now that arguments stand in it."""
        name = attribute.name
        if admits(attribute.kind, item[name]):
            return True
        unknown = name not in item.given and language.argument_name(item[name]) is not None
        if not unknown:  # an unknown argument was reported where it was to be put in
            span, used = written_at(item, name)
            what = f"`{name}` of `{flat.op.name}`"
            labels = (*used, *_calls(flat.origin))
            self.findings.append(unfit(attribute.kind, item[name], what, span, labels))
        return False

    def _norm(
        self, norm: Mapping[str, Any] | None, written: Any, flat: FlatLayer
    ) -> Mapping[str, Any] | None:
        """A layer's norm with what it leaves open taken from `defaults.batch_norm`."""
        if norm is None:
            return None
        settled = {a.name: a.kind.parse(a.default) for a in BATCH_NORM_ATTRIBUTES}
        for attribute in BATCH_NORM_ATTRIBUTES:
            for item in (written, self.defaults.get("batch_norm")):
                if isinstance(item, Map) and attribute.name in item:
                    if self._admitted(item, attribute, flat):
                        settled[attribute.name] = attribute.kind.parse(item[attribute.name])
                    break
        return settled

    def _scale(self, flat: FlatLayer) -> None:
        filters = flat.attributes.get("filters")
        if not isinstance(filters, int) or flat.attributes["fixed"]:
            return
        scaled = self.width.scale(filters, self._at_least(flat))
        if scaled < 1:
            self._add(
                "E0205",
                f"width {self.width.factor:g} leaves `{flat.path}` no filter",
                flat.place("filters") or flat.origin.span,
                f"{filters} filters become {scaled}",
                ["raise `--min-filters` or `--width`, or mark the layer `fixed: true`"],
            )
            scaled = 1
        if scaled != filters:
            flat.unscaled = filters
        flat.attributes["filters"] = scaled

    def _at_least(self, flat: FlatLayer) -> int:
        """The layer's own floor under a width; 1 without one."""
        least = flat.item.get("at_least", 1)
        if admits(COUNT, least):
            return int(least)
        span, used = written_at(flat.item, "at_least")
        labels = (*used, *_calls(flat.origin))
        what = f"`at_least` of `{flat.op.name}`"
        self.findings.append(unfit(COUNT, least, what, span, labels))
        return 1

    def _add(
        self,
        code: str,
        message: str,
        span: Span,
        label: str = "",
        helps: Iterable[str] = (),
        labels: Iterable[Label] = (),
    ) -> None:
        self.findings.append(
            Diagnostic(code, message, Label(span, label), tuple(labels), tuple(helps))
        )


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


def _calls(origin: Origin) -> tuple[Label, ...]:
    return tuple(Label(span, "called here") for span in origin.called_at)
