"""Spec to tree: expand calls, repeats and arguments, then apply overrides."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, NoReturn

from inceptionspec.diagnostics.diagnostic import Diagnostic, Findings, Label, SpecError
from inceptionspec.diagnostics.limits import DEFAULT_LIMITS, Limits
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import did_you_mean, listed, suggested
from inceptionspec.frontend.expansion.argument_use import arguments_read
from inceptionspec.frontend.expansion.conditions import dropped, is_kept, left_out
from inceptionspec.frontend.expansion.layer_arguments import wrong_next, wrong_sources
from inceptionspec.frontend.expansion.spec import Spec
from inceptionspec.frontend.expansion.tree import (
    Layer,
    Scope,
    dropped_at,
    height,
    settle_names,
    walk,
)
from inceptionspec.frontend.language.arguments import (
    Argument,
    Environment,
    computed,
    declared,
    substituted,
    written_at,
    wrong_type,
)
from inceptionspec.frontend.language.forms import INNER, LAYER
from inceptionspec.frontend.language.value_check import unfit
from inceptionspec.frontend.reading.document import Map, Seq
from inceptionspec.ops import MERGE_OPS
from inceptionspec.ops.attribute_types import COUNT
from inceptionspec.ops.expression import is_expression


def expand(spec: Spec, args: Environment, limits: Limits = DEFAULT_LIMITS) -> Scope:
    """The whole network as a tree: the layers in order, then the heads as scopes.

    Raises:
        SpecError: a block, an argument or a path is unknown, an argument is missing or of
            the wrong type, a block calls itself, or there are more layers than the limit.
    """
    expander = Expander(spec, args, limits)
    root = Scope("", "network", spec.document)
    root.children = expander.items(spec.network, args, None, root)
    for name, (item, _) in spec.heads.items():
        root.children.append(expander.head(name, item))
    settle_names(root)
    for level, changes in enumerate(spec.overrides):
        from inceptionspec.frontend.expansion import overrides  # few specs need it

        overrides.apply(root, changes, expander, args, spec.overrides[:level])
    if expander.findings:
        raise SpecError(expander.findings)
    _forget_heads(spec, root)
    _forget_arguments(spec, root)
    _refuse_arguments_in_use(spec, root)
    return root


def _refuse_arguments_in_use(spec: Spec, root: Scope) -> None:
    """Refuse to delete an argument of the base that the network still uses."""
    if not spec.deleted_args:
        return
    read = arguments_read(root, spec.defaults)
    findings = [
        Diagnostic(
            "E0315",
            f"the argument `{name}` cannot be deleted, since it is used",
            Label(span, "deleted here"),
            (Label(read[name], "used here"),),
            helps=("override what uses it first, or keep the argument",),
        )
        for name, span in spec.deleted_args.items()
        if name in read
    ]
    if findings:
        raise SpecError(findings)


def _forget_heads(spec: Spec, root: Scope) -> None:
    """Drop what a base says of a head that a variant leaves out or gives other layers.

    A variant cannot edit its base, so each variant would have to drop ``main`` and the end
    points of such a head by hand. What the variant itself says stays.
    """
    own = spec.document.span.source
    places = spec.end_points.value_spans
    scopes = [scope for scope in root.children if isinstance(scope, Scope)]
    heads = {scope.name: scope for scope in scopes if scope.kind == "head"}
    if spec.main and spec.main[0] in spec.heads and spec.main[0] not in heads:
        spec.main = spec.main if spec.main[1].source is own else None
    paths: set[str] = set()
    for name, path in list(spec.end_points.items()):
        head = path.partition("/")[0]
        if head not in spec.heads or places[name].source is own:
            continue
        layers = heads[head].item.value_spans["layers"] if head in heads else None
        if layers is None or layers.source is not places[name].source:
            paths = paths or {known_path for known_path, _, _ in walk(root)}
            if path not in paths:
                spec.end_points.drop(name)


def _forget_arguments(spec: Spec, root: Scope) -> None:
    """Drop the arguments that only heads read which ``main: none`` leaves out."""
    if spec.headless is None:
        return
    own = spec.document.get("args", {})
    read = arguments_read(root, spec.defaults)
    for name in spec.args:
        if name not in read and name not in own:
            spec.deleted_args.setdefault(name, spec.headless)


# Arguments, renames and compared paths per allowed layer; real networks have few.
_STEPS_PER_LAYER = 50


class Expander:
    """Expands entries of a spec, and collects ``findings``."""

    def __init__(self, spec: Spec, args: Environment, limits: Limits) -> None:
        self.spec = spec
        self.args = dict(args)
        self.limits = limits
        self.findings = Findings(limits)
        self._calls: list[tuple[str, Span]] = []
        self._wrapped: list[list[Layer | Scope]] = []
        self._open = 0
        self._named_layers: dict[str, tuple[str, ...]] = {}
        self._parts = 0
        self._steps = 0
        self._declared: dict[str, dict[str, Argument]] = {}
        self._required: dict[str, list[str]] = {}

    def items(
        self, items: Seq, env: Environment, group: str | None, into: Scope
    ) -> list[Layer | Scope]:
        """A list of entries of a scope, expanded."""
        nodes: list[Layer | Scope] = []
        for item in items:
            if item == INNER:
                nodes += self._wrapped[-1]
            elif not self._is_kept(item, env):
                into.dropped.append(dropped(item, self._called_at()))
            elif (node := self.item(item, env, group)) is not None:
                nodes.append(node)
        return nodes

    def item(self, item: Map, env: Environment, group: str | None) -> Layer | Scope | None:
        """One entry, expanded; None after a finding."""
        self._count(item.span)
        if "from" in item:
            self._blamed(wrong_sources(item, env, self.findings))
        group = item.get("group", group)
        if "op" in item:
            line = self.substitute(item, env)
            return Layer(line.get("name", ""), line["op"], line, self._called_at(), group)
        if "block" in item:
            return self.call(self.substitute(item, env), env, group)
        scope = Scope(item.get("name", ""), "part", item, called_at=self._called_at(), group=group)
        self._fill(scope, item, env, group)
        if scope.name:
            settle_names(scope)
        return scope

    def wrapped(
        self, nodes: list[Layer | Scope], given: Map, env: Environment, group: str | None
    ) -> Scope:
        """Nodes with something around them: a residual connection, layers or branches."""
        body = given
        if "layers" not in given and "branches" not in given:
            layers = Seq(given.span)
            layers.put(INNER, given.span)
            body = given.merged(Map(given.span))
            body.put("layers", layers, given.span, given.span)
        scope = Scope("", "part", body, called_at=self._called_at(), group=group)
        self._wrapped.append(nodes)
        self._fill(scope, body, env, group)
        self._wrapped.pop()
        return scope

    def head(self, name: str, item: Map) -> Scope:
        """A head, whose name is a scope of its own."""
        item = self.substitute(item, self.args)
        scope = Scope(name, "head", item)
        scope.children = self.items(item["layers"], self.args, None, scope)
        settle_names(scope)
        return scope

    def call(self, item: Map, env: Environment, group: str | None) -> Scope | None:
        """A call of a block, or as many as ``repeat`` says."""
        name = item["block"]
        if name not in self.spec.blocks:
            known = tuple(self.spec.blocks)
            helps = did_you_mean(name, known, self.findings) or (
                (f"blocks are {listed(known)}",) if known else ("define it under `blocks`",)
            )
            self._add(
                "E0302",
                f"there is no block `{name}`",
                item.value_spans["block"],
                "not a block",
                helps,
            )
            return None
        own = self._arguments(item, name, env)
        if own is None:
            return None
        if "repeat" not in item:
            return self._member(item, item.get("name", ""), own, group)
        times = item["repeat"]
        if is_expression(times):
            times = computed(times, "repeat", item.value_spans["repeat"], env, self.findings)
        if not isinstance(times, int) or times < 1:
            span, used = written_at(item, "repeat")
            self.findings.append(unfit(COUNT, times, "`repeat`", span, used))
            return None
        if times > self.limits.layers:
            self._too_many(item.value_spans["repeat"], "as many layers at least")
        scope = Scope(
            item.get("name", ""),
            "repeat",
            item,
            block=name,
            called_at=self._called_at(),
            group=group,
        )
        place = self.spec.blocks[item["block"]][1]
        self._blamed(wrong_next(item, self._declared[item["block"]], place, self.findings))
        single = item.without("repeat", "names", "from", "next")
        names = item.get("names", [f"{name}_{number}" for number in range(1, times + 1)])
        if len(names) != times:
            self._add(
                "E0210",
                f"`names` must be as many as `repeat` says, which is {times}",
                item.value_spans["names"],
                f"this has {len(names)}",
            )
            return None
        if "names" in item and not scope.name:
            scope.block = None  # it needs no name, and adds nothing to paths
        for member_name in names:
            self._count(item.span)
            member = self._member(single, member_name, own, group)
            if member is None:
                break
            scope.children.append(member)
        return scope

    def _member(self, item: Map, name: str, own: Environment, group: str | None) -> Scope | None:
        block = item["block"]
        definition, place = self.spec.blocks[block]
        if any(open_block == block for open_block, _ in self._calls):
            chain = " -> ".join([*(open_block for open_block, _ in self._calls), block])
            self._add(
                "E0307",
                f"the block `{block}` calls itself",
                item.value_spans["block"],
                f"the circle closes here: {chain}",
                ["write the inner part without the call, or use `repeat`"],
                [Label(place, "defined here")],
            )
            return None
        if len(self._calls) >= self.limits.depth:
            message = f"calls are nested more than {self.limits.depth} deep"
            raise SpecError(
                [
                    *self.findings,
                    Diagnostic(
                        "E0503",
                        message,
                        Label(item.span),
                        helps=("a larger depth can be allowed with `--limit depth=N`",),
                    ),
                ]
            )
        scope = Scope(
            name,
            "block",
            item,
            block=block,
            called_at=self._called_at(),
            group=group,
            definition=definition,
            sources={name: own[name] for name in self._layer_arguments(block, own)},
        )
        self._calls.append((block, item.span))
        self._fill(scope, definition, own, group)
        settle_names(scope)
        for changes in self.spec.inside.get(block, ()):
            from inceptionspec.frontend.expansion import overrides

            overrides.apply(scope, changes, self, own)
        self._calls.pop()
        if "rename" in item:
            self.work(len(item["rename"]), item.span)
            self._rename(scope, item["rename"])
        return scope

    def _layer_arguments(self, block: str, own: Environment) -> tuple[str, ...]:
        """The arguments of a block that name layers; looked up once, as calls may be many."""
        if block not in self._named_layers:
            self._named_layers[block] = tuple(n for n, one in own.items() if one.type == LAYER)
        return self._named_layers[block]

    def _fill(self, scope: Scope, body: Map, env: Environment, group: str | None) -> None:
        """Put a body's layers or branches into a scope, and its residual around them."""
        if self._open >= self.limits.depth:
            self._too_deep(body.span)
        self._open += 1
        residual = body.get("residual", False)
        if residual is True:
            residual = Map(body.value_spans["residual"])
        if isinstance(residual, Map) and self._is_kept(residual, env):
            self._fill_around(scope, body, residual, env, group)
        elif residual is False or isinstance(residual, Map):
            self._fill_plain(scope, body, env, group)
            scope.dropped += [dropped(residual, self._called_at())] if residual else []
        self._open -= 1

    def _fill_around(
        self, scope: Scope, body: Map, residual: Map, env: Environment, group: str | None
    ) -> None:
        around = Scope("", "branch", residual, called_at=self._called_at(), group=group)
        around.place = residual.key_spans.get("shortcut", residual.span)
        shortcut = residual.get("shortcut", Seq(residual.span))
        around.children = self.items(shortcut, env, group, around)
        inner = Scope("", "branch", body, called_at=self._called_at(), group=group)
        inner.place = body.key_spans["layers" if "layers" in body else "branches"]
        self._fill_plain(inner, body, env, group)
        scope.children = [around, inner]
        scope.residual = True
        attributes = self.substitute(residual, env).without("shortcut", "when")
        scope.merge = Layer("", "add", attributes, self._called_at(), group)

    def _fill_plain(self, scope: Scope, body: Map, env: Environment, group: str | None) -> None:
        if "layers" in body:
            scope.children = self.items(body["layers"], env, group, scope)
            return
        branches = body["branches"]
        pairs = (
            branches.items() if isinstance(branches, Map) else [("", branch) for branch in branches]
        )
        for name, items in pairs:
            branch = Scope(name, "branch", body, called_at=self._called_at(), group=group)
            branch.place = branches.key_spans[name] if name else items.span
            if not items:  # else its layers are counted
                self._count(items.span)
            branch.children = self.items(items, env, group, branch)
            if name:
                settle_names(branch)
            scope.children.append(branch)
        merge = self._merge(body, env, group)
        if merge is not None:
            scope.merge = merge

    def _merge(self, body: Map, env: Environment, group: str | None) -> Layer | None:
        key = "merge" if "merge" in body else "branches"
        span = body.value_spans[key] if key == "merge" else body.key_spans[key]
        merge = self.substitute(body, env, only="merge").get("merge", "concat")
        if isinstance(merge, Map):
            return Layer("", merge["op"], merge, self._called_at(), group)
        if merge not in MERGE_OPS:
            self._add(
                "E0206",
                f"unknown merge `{shortened(str(merge))}`",
                span,
                "not a merge",
                [f"merges are {listed(tuple(MERGE_OPS))}"],
            )
            return None
        return Layer("", merge, Map(span), self._called_at(), group)

    def _rename(self, scope: Scope, names: Map) -> None:
        nodes = {path: node for path, node, _ in walk(scope)}
        for path in names:
            if path in nodes:
                node = nodes[path]
                node.written, node.name = node.written or node.name, names[path]
                continue
            message = f"the rename of `{shortened(path)}` matches nothing"
            label = Label(names.key_spans[path], f"not a path inside `{scope.block}`")
            gone = dropped_at(scope, path)
            if gone is None:
                helps, notes = suggested(path, nodes, self.findings)
                self.findings.append(Diagnostic("E0309", message, label, (), helps, notes))
            else:
                help_ = "leave the name out of `rename`"
                self.findings.append(left_out(path, label.span, "renamed here", gone, help_))

    # Arguments

    def _arguments(self, item: Map, block: str, env: Environment) -> Environment | None:
        """What a block's body can refer to: the spec's arguments and its own."""
        definition, place = self.spec.blocks[block]
        if block not in self._declared:  # once for all calls
            section = definition.get("args", Map(place))
            parameters = {name: self._parameter(section, name) for name in section}
            self._declared[block] = parameters
            self._required[block] = [name for name in parameters if parameters[name].required]
        parameters = self._declared[block]
        given = item.get("with", Map(item.span))
        own: dict[str, Argument] = {}
        before = len(self.findings)
        self.work(len(given), item.span)
        for name in given:
            if name not in parameters:
                known = tuple(parameters)
                note = f"its arguments: {listed(known)}" if known else "it has no arguments"
                self._add(
                    "E0305",
                    f"the block `{block}` has no argument `{shortened(name)}`",
                    given.key_spans[name],
                    "not an argument",
                    did_you_mean(name, known, self.findings),
                    [Label(place, "defined here")],
                    [note],
                )
                continue
            argument, value, span = parameters[name], given[name], given.value_spans[name]
            found = len(self.findings)
            if argument.type == "int" and is_expression(value):
                value = computed(value, name, span, env, self.findings)
            if len(self.findings) == found:
                self.findings += wrong_type(name, argument, value, span)
            # An argument that is passed on stands for the value that was given first.
            origin = given.given[name].span if name in given.given else None
            own[name] = Argument(argument.type, value, origin or span)
        for name in self._required[block]:
            if name not in own:
                self._add(
                    "E0304",
                    f"this call of `{block}` lacks the argument `{name}`",
                    item.value_spans["block"],
                    f"`{name}` is missing",
                    [f"add it: `with: {{{name}: ...}}`"],
                    [Label(parameters[name].span, "declared here")],
                )
        return None if len(self.findings) > before else ChainMap(own, parameters, self.args)

    def _parameter(self, section: Map, name: str) -> Argument:
        """A block's argument: its type, or its type and a default, which may be computed."""
        given = section[name]
        if not isinstance(given, Map):
            return Argument(given, None, section.key_spans[name])
        argument = declared(section, name)
        if argument.type != "int" or not is_expression(argument.value):
            return argument
        span = given.value_spans["default"]
        found = len(self.findings)
        value = computed(argument.value, name, span, self.args, self.findings)
        if len(self.findings) == found:
            self.findings += wrong_type(name, argument, value, span)
        return replace(argument, value=value)

    def substitute(self, value: Map, env: Environment, only: str | None = None) -> Map:
        """A mapping with the arguments put in; a finding shows the calls that led there."""
        before = len(self.findings)
        result = substituted(value, env, self.findings, only)
        self._show_calls(before)
        return result

    def _is_kept(self, item: Map, env: Environment) -> bool:
        """Whether the condition of an entry holds; a finding shows the calls that led there."""
        if "when" not in item:
            return True
        before = len(self.findings)
        kept = is_kept(item, env, self.findings)
        self._show_calls(before)
        return kept

    # Findings

    def _blamed(self, findings: Iterable[Diagnostic]) -> None:
        """Collect findings that others made, with the calls that led here."""
        before = len(self.findings)
        self.findings += list(findings)
        self._show_calls(before)

    def _show_calls(self, first: int) -> None:
        """Add the calls that led here to findings that others made, from a number on."""
        if len(self.findings) == first:
            return
        calls = tuple(Label(call, "called here") for call in self._called_at())
        for number in range(first, len(self.findings)):
            previous = self.findings[number]
            self.findings[number] = replace(previous, labels=previous.labels + calls)

    def _called_at(self) -> tuple[Span, ...]:
        return tuple(span for _, span in reversed(self._calls))

    def _count(self, span: Span) -> None:
        self._parts += 1
        if self._parts > self.limits.layers:
            self._too_many(span, "the limit is passed here")

    def work(self, steps: int, span: Span) -> None:
        """Count work that makes no layer but takes time: arguments, names, paths to compare.

        Raises:
            SpecError: it is more than a network of as many layers as the limit needs.
        """
        self._steps += steps
        most = _STEPS_PER_LAYER * self.limits.layers
        if self._steps > most:
            self._add(
                "E0505",
                f"the calls and overrides take more than {most:,} steps to expand",
                span,
                "stopped here",
                ["more can be allowed with `--limit layers=N`"],
            )
            raise SpecError(self.findings)

    def refuse_deep(self, scope: Scope, span: Span) -> None:
        """Refuse parts that overrides have nested too deep.

        Raises:
            SpecError: it is deeper than the limit.
        """
        if height(scope) > self.limits.depth:
            self._too_deep(span)

    def _too_deep(self, span: Span) -> NoReturn:
        self._add(
            "E0503",
            f"calls and parts are nested more than {self.limits.depth} deep",
            span,
            "the limit is passed here",
            ["a larger depth can be allowed with `--limit depth=N`"],
        )
        raise SpecError(self.findings)

    def _too_many(self, span: Span, label: str) -> NoReturn:
        self._add(
            "E0505",
            f"the network has more than {self.limits.layers:,} layers",
            span,
            label,
            ["a larger network can be allowed with `--limit layers=N`"],
        )
        raise SpecError(self.findings)

    def _add(
        self,
        code: str,
        message: str,
        span: Span,
        label: str,
        helps: Any = (),
        labels: Any = (),
        notes: Any = (),
    ) -> None:
        calls = [Label(call, "called here") for call in self._called_at()]
        self.findings.append(
            Diagnostic(
                code, message, Label(span, label), (*labels, *calls), tuple(helps), tuple(notes)
            )
        )
