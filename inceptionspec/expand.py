"""Spec to tree: calls, repeats and arguments are written out, then overrides are applied."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from inceptionspec import overrides
from inceptionspec.arguments import Argument, Environment, declared, substituted, wrong_type
from inceptionspec.diagnostics import Diagnostic, Label, SpecError, did_you_mean, listed, suggested
from inceptionspec.document import Map, Seq, shortened
from inceptionspec.limits import DEFAULT_LIMITS, Limits
from inceptionspec.ops import MERGE_OPS
from inceptionspec.source import Span
from inceptionspec.tree import Layer, Scope, settle_names, walk
from inceptionspec.variants import Spec


def expand(spec: Spec, args: Environment, limits: Limits = DEFAULT_LIMITS) -> Scope:
    """The whole network as a tree: the layers in order, then the heads as scopes.

    Raises:
        SpecError: a block, an argument or a path is unknown, an argument is missing or of
            the wrong type, a block calls itself, or there are more layers than the limit.
    """
    expander = Expander(spec, args, limits)
    root = Scope("", "network", spec.document)
    root.children = expander.items(spec.network, args)
    for name, (item, _) in spec.heads.items():
        root.children.append(expander.head(name, item))
    settle_names(root)
    for level, changes in enumerate(spec.overrides):
        overrides.apply(root, changes, expander, args, spec.overrides[:level])
    if expander.findings:
        raise SpecError(expander.findings)
    return root


class Expander:
    """Writes out entries of a spec; what is wrong is collected in ``findings``."""

    def __init__(self, spec: Spec, args: Environment, limits: Limits) -> None:
        self.spec = spec
        self.args = args
        self.limits = limits
        self.findings: list[Diagnostic] = []
        self._calls: list[tuple[str, Span]] = []
        self._parts = 0

    def items(self, items: Seq, env: Environment, group: str | None = None) -> list[Layer | Scope]:
        """A list of entries, each written out."""
        return [node for item in items for node in [self.item(item, env, group)] if node]

    def item(self, item: Map, env: Environment, group: str | None = None) -> Layer | Scope | None:
        """One entry written out; None where it cannot be, which is a finding."""
        self._count(item.span)
        group = item.get("group", group)
        if "op" in item:
            made = self.substitute(item, env)
            return Layer(made.get("name", ""), made["op"], made, self._called_at(), group)
        if "block" in item:
            return self.call(self.substitute(item, env), env, group)
        scope = Scope(item.get("name", ""), "part", item, called_at=self._called_at(), group=group)
        self._fill(scope, item, env, group)
        if scope.name:
            settle_names(scope)
        return scope

    def head(self, name: str, item: Map) -> Scope:
        """A head, whose name is a scope of its own."""
        item = self.substitute(item, self.args)
        scope = Scope(name, "head", item)
        scope.children = self.items(item["layers"], self.args)
        settle_names(scope)
        return scope

    def call(self, item: Map, env: Environment, group: str | None) -> Scope | None:
        """A call of a block, or as many as ``repeat`` says."""
        name = item["block"]
        if name not in self.spec.blocks:
            known = tuple(self.spec.blocks)
            helps = did_you_mean(name, known) or (
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
        if not isinstance(item["repeat"], int) or item["repeat"] < 1:
            self._add(
                "E0205",
                "`repeat` must be a whole number of at least 1",
                item.value_spans["repeat"],
                "expected a whole number of at least 1",
            )
            return None
        scope = Scope(
            item.get("name", ""),
            "repeat",
            item,
            block=name,
            called_at=self._called_at(),
            group=group,
        )
        single = item.without("repeat")
        for number in range(1, item["repeat"] + 1):
            self._count(item.span)
            member = self._member(single, f"{name}_{number}", own, group)
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
                ["write the innermost part out, or use `repeat`"],
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
        )
        self._calls.append((block, item.span))
        self._fill(scope, definition, own, group)
        settle_names(scope)
        for changes in self.spec.inside.get(block, ()):
            overrides.apply(scope, changes, self, own)
        self._calls.pop()
        if "rename" in item:
            self._rename(scope, item["rename"])
        return scope

    def _fill(self, scope: Scope, body: Map, env: Environment, group: str | None) -> None:
        """Put a body's layers or branches into a scope, and its residual around them."""
        if "residual" not in body:
            self._fill_plain(scope, body, env, group)
            return
        residual = body["residual"]
        if not isinstance(residual, Map):
            return
        around = Scope("", "branch", residual, called_at=self._called_at(), group=group)
        around.place = residual.key_spans.get("shortcut", residual.span)
        around.children = self.items(residual.get("shortcut", Seq(residual.span)), env, group)
        inner = Scope("", "branch", body, called_at=self._called_at(), group=group)
        inner.place = body.key_spans["layers" if "layers" in body else "branches"]
        self._fill_plain(inner, body, env, group)
        scope.children = [around, inner]
        scope.residual = True
        made = self.substitute(residual, env).without("shortcut")
        scope.merge = Layer("", "add", made, self._called_at(), group)

    def _fill_plain(self, scope: Scope, body: Map, env: Environment, group: str | None) -> None:
        if "layers" in body:
            scope.children = self.items(body["layers"], env, group)
            return
        branches = body["branches"]
        pairs = branches.items() if isinstance(branches, Map) else [("", one) for one in branches]
        for name, items in pairs:
            branch = Scope(name, "branch", body, called_at=self._called_at(), group=group)
            branch.place = branches.key_spans[name] if name else items.span
            branch.children = self.items(items, env, group)
            if name:
                settle_names(branch)
            scope.children.append(branch)
        merge = self._merge(body, env, group)
        if merge is not None:
            scope.merge = merge

    def _merge(self, body: Map, env: Environment, group: str | None) -> Layer | None:
        key = "merge" if "merge" in body else "branches"
        span = body.value_spans[key] if key == "merge" else body.key_spans[key]
        made = self.substitute(body, env, only="merge")
        merge = made.get("merge", "concat")
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
                nodes[path].name = names[path]
            else:
                helps, notes = suggested(path, nodes)
                message = f"the rename of `{shortened(path)}` matches nothing"
                label = Label(names.key_spans[path], f"not a path inside `{scope.block}`")
                self.findings.append(Diagnostic("E0309", message, label, (), helps, notes))

    # Arguments

    def _arguments(self, item: Map, block: str, env: Environment) -> Environment | None:
        """What a block's body can refer to: the spec's arguments and its own."""
        definition, place = self.spec.blocks[block]
        section = definition.get("args", Map(place))
        given = item.get("with", Map(item.span))
        own: dict[str, Argument] = {}
        before = len(self.findings)
        for name in section:
            own[name] = _parameter(section, name)
        for name in given:
            if name not in own:
                known = tuple(own)
                note = f"its arguments are {listed(known)}" if known else "it has no arguments"
                self._add(
                    "E0305",
                    f"the block `{block}` has no argument `{shortened(name)}`",
                    given.key_spans[name],
                    "not an argument",
                    (*did_you_mean(name, known), note),
                    [Label(place, "defined here")],
                )
                continue
            self.findings += wrong_type(name, own[name], given[name], given.value_spans[name])
            own[name] = Argument(own[name].type, given[name], given.value_spans[name])
        for name, argument in own.items():
            if argument.required:
                self._add(
                    "E0304",
                    f"this call of `{block}` lacks the argument `{name}`",
                    item.value_spans["block"],
                    f"`{name}` is missing",
                    [f"add it: `with: {{{name}: ...}}`"],
                    [Label(argument.span, "declared here")],
                )
        return None if len(self.findings) > before else {**self.args, **own}

    def substitute(self, value: Map, env: Environment, only: str | None = None) -> Map:
        """A mapping with the arguments put in; a finding shows the calls that led there."""
        found: list[Diagnostic] = []
        made = substituted(value, env, found, only)
        calls = tuple(Label(call, "called here") for call in self._called_at())
        self.findings += [replace(one, labels=one.labels + calls) for one in found]
        return made

    # Findings

    def _called_at(self) -> tuple[Span, ...]:
        return tuple(span for _, span in reversed(self._calls))

    def _count(self, span: Span) -> None:
        self._parts += 1
        if self._parts > self.limits.layers:
            raise SpecError(
                [
                    *self.findings,
                    Diagnostic(
                        "E0505",
                        f"the network has more than {self.limits.layers:,} layers",
                        Label(span, "the limit is passed here"),
                        tuple(Label(call, "called here") for call in self._called_at()),
                        helps=("a larger network can be allowed with `--limit layers=N`",),
                    ),
                ]
            )

    def _add(
        self, code: str, message: str, span: Span, label: str, helps: Any = (), labels: Any = ()
    ) -> None:
        calls = [Label(call, "called here") for call in self._called_at()]
        self.findings.append(
            Diagnostic(code, message, Label(span, label), (*labels, *calls), tuple(helps))
        )


def _parameter(section: Map, name: str) -> Argument:
    """A block's argument: its type, or its type and a default."""
    if isinstance(section[name], Map):
        return declared(section, name)
    return Argument(section[name], None, section.key_spans[name])
