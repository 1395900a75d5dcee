"""Tree to a flat list of layers: paths, connections, and every attribute settled and parsed.

What depends on shapes stays open: the linker fills it in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from inceptionspec.diagnostics.diagnostic import Diagnostic, Findings, Label, SpecError
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import did_you_mean, listed, suggested
from inceptionspec.frontend.expansion.inheritance import Removed, Spec
from inceptionspec.frontend.expansion.tree import Layer, Scope, join
from inceptionspec.frontend.language import forms as language
from inceptionspec.frontend.language.arguments import (
    Environment,
    computed,
    substituted,
    written_at,
)
from inceptionspec.frontend.language.form import Form
from inceptionspec.frontend.language.value_check import admits, unfit
from inceptionspec.frontend.linking.flat import FlatBlock, FlatHead, FlatLayer, FlatNetwork
from inceptionspec.frontend.reading.document import Map
from inceptionspec.frontend.settings import DEFAULT_WIDTH, Width
from inceptionspec.ir.graph import Origin
from inceptionspec.ops import OPS
from inceptionspec.ops.attribute_types import COUNT, Kind
from inceptionspec.ops.epilogue import BATCH_NORM_ATTRIBUTES
from inceptionspec.ops.expression import FILTERS, INPUT, is_expression, parse
from inceptionspec.ops.record import Attribute

INPUT_PATH = "input"
PREDICTIONS_NAME = "Predictions"
# At most this many removed layers in a row are skipped to find one that is left.
_MOST_REMOVED = 100


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
        self.places: dict[str, Span] = {}
        self.heads_around: list[str] = []
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
        tensor = 0
        trunk = [
            child
            for child in root.children
            if not (isinstance(child, Scope) and child.kind == "head")
        ]
        for child in trunk:
            tensor = self._node(child, tensor, _Around())
        if not trunk:
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

    # Structure

    def _node(self, node: Layer | Scope, tensor: int, around: _Around) -> int:
        """Flatten a node that reads one tensor; returns the tensor that it yields."""
        if isinstance(node, Layer):
            path = join(around.path, node.name)
            inputs = (tensor,)
            return self._layer(node, path, inputs, around)
        return self._scope(node, tensor, around)

    def _scope(self, scope: Scope, tensor: int, around: _Around) -> int:
        inside = around.inside(scope, tensor)
        if scope.name and not inside.repeated and inside.path in self.flat.names:
            self._claim(inside.path, tensor, _name_span(scope))
            inside = replace(inside, repeated=True)  # one cause, one finding
        first = len(self.flat.layers)
        if scope.merge is None:
            output = tensor
            for child in scope.children:
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

    def _head(self, scope: Scope) -> None:
        item = scope.item
        change = f"`{scope.name}: {{{{set: {{{{from: {{}}}}}}}}}}`"
        source = self._path(
            item["from"], item.value_spans["from"], f"the head `{scope.name}`", change
        )
        first = len(self.flat.layers)
        around = _Around(
            path=scope.name, scope=scope.name, head=scope.name, allowed=frozenset(scope.allow)
        )
        tensor = source
        for child in scope.children:
            tensor = self._node(child, tensor, around)
        if not scope.children:
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
                    [f"`main:` may be {listed(names, 'or')}"]
                    if names
                    else ["leave `main` out: the network has no head"]
                ),
            )
        self.flat.main = self.main

    def _end_points(self) -> None:
        section = self.spec.end_points
        for name in section:
            change = f"`end_points.{name}: {{{{set: {{}}}}}}`, or `delete`,"
            index = self._path(section[name], section.value_spans[name], f"`{name}`", change)
            if self._claim(name, index, section.key_spans[name]):
                self.flat.end_points[name] = index

    def _path(self, path: str, span: Span, what: str, change: str) -> int:
        """The tensor of a path that something reads.

        Args:
            what: what reads it.
            change: how an override lets that read another path, which stands for ``{}``.
        """
        # Heads come before the further names are given, and may read one of them.
        target = path if path in self.flat.names else self.spec.end_points.get(path, path)
        if target in self.flat.names:
            return self.flat.names[target]
        gone = self._removed(path)
        if gone is not None:
            self.findings.append(self._reads_what_is_gone(path, span, what, change, gone))
            return 0
        helps, notes = suggested(path, self.flat.names, self.findings)
        message = f"{what} reads `{shortened(path)}`, which does not exist"
        label = Label(span, "not a path of the network")
        self.findings.append(Diagnostic("E0308", message, label, (), helps, notes))
        return 0

    def _reads_what_is_gone(
        self, path: str, span: Span, what: str, change: str, gone: Removed
    ) -> Diagnostic:
        """The finding that an override removed what a head or a further name reads.

        It is at the override, if the reader is written in another file: there it can be mended.
        """
        there = gone.span.source is not span.source
        reader, removal = Label(span, f"{what} reads it"), Label(gone.span, "removed here")
        helps: tuple[str, ...] = ()
        if gone.instead:
            written = f"write {change.format(gone.instead)} under `override`"
            helps = (written if there else f"read `{gone.instead}` instead",)
        return Diagnostic(
            "E0308",
            f"{what} reads `{shortened(path)}`, which an override removes",
            removal if there else reader,
            (reader if there else removal,),
            helps,
        )

    def _removed(self, path: str) -> Removed | None:
        """The override that removed a path or what it stood in, and what is left to read."""
        removed, found = self.spec.removed, None
        while path and path not in removed:
            path = path.rpartition("/")[0]
        for _ in range(_MOST_REMOVED):
            if path not in removed:
                break
            found = found or removed[path]
            path = removed[path].instead
        if found is None:
            return None
        return Removed(found.span, path if path in self.flat.names else "")

    def _claim(self, path: str, index: int, span: Span) -> bool:
        """Give a path to a tensor, once."""
        if path not in self.flat.names and path != language.TOTAL:
            self.flat.names[path] = index
            self.places[path] = span
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

    def _layer(self, layer: Layer, path: str, inputs: tuple[int, ...], around: _Around) -> int:
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
        self.flat.layers.append(flat)
        if not around.repeated:
            self._claim(path, index, layer.item.value_spans.get("name", layer.item.span))
        for attribute in op.attributes:
            flat.attributes[attribute.name] = self._attribute(flat, attribute)
        self._scale(flat)
        return index

    def _attribute(self, flat: FlatLayer, attribute: Attribute) -> Any:
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


@dataclass(frozen=True, slots=True)
class _Around:
    """What surrounds a layer: path, block, branch and head, and the warnings allowed there.

    What is ``repeated`` stands in a part whose name was given before.
    """

    path: str = ""
    scope: str = ""
    branch: str = ""
    head: str = ""
    entry: int | None = None
    allowed: frozenset[str] = frozenset()
    repeated: bool = False

    def inside(self, scope: Scope, tensor: int) -> _Around:
        path = join(self.path, scope.name)
        is_block = scope.kind != "branch" and bool(scope.name)
        counts_input = scope.kind == "block" or (
            scope.kind == "part" and (bool(scope.name) or scope.residual)
        )
        return _Around(
            path=path,
            scope=path if is_block else self.scope,
            branch=path
            if scope.kind == "branch" and scope.name
            else ""
            if is_block
            else self.branch,
            head=self.head,
            entry=tensor if counts_input else self.entry,
            allowed=self.allowed.union(scope.allow),
            repeated=self.repeated,
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
