"""One change of one node: what is set, put before or after it, or put in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.frontend.expansion.context import ExpansionContext
from inceptionspec.frontend.expansion.spec import Removed
from inceptionspec.frontend.expansion.tree import Layer, Node, Scope, join, walk
from inceptionspec.frontend.language import forms as language
from inceptionspec.frontend.language.checker import check_form, check_layer
from inceptionspec.frontend.language.forms import DELETE
from inceptionspec.frontend.reading.document import Map, Seq, kind_of
from inceptionspec.ops import MERGE_OPS


def is_call(node: Scope) -> bool:
    """Whether a node is a call, which other arguments expand again."""
    return node.kind in ("block", "repeat") and "block" in node.item


def apply_change(
    path: str,
    node: Node,
    holder: Scope,
    changes: Map,
    key: str,
    context: ExpansionContext,
    env: Mapping[str, Any],
    removed: dict[str, Removed],
) -> list[Diagnostic]:
    """Apply the change under a key to one node that it matches; what does not fit is returned."""
    change, span = changes[key], changes.key_spans[key]
    if node is holder.merge:
        return _change_merge(node, holder, change, key, span, context, env)
    if change == DELETE:
        place = holder.position(node)
        removed[path] = Removed(span, _before(path, holder, place))
        del holder.children[place]
        return _refuse_no_branch(holder, key, span)
    others = [change.key_spans[word] for word in change if word not in ("set", "wrap")]
    if holder.merge is not None and others:
        help_ = "delete it, or change its layers, each by its own path"
        return [unfit(key, others[0], "a branch can only be deleted", help_)]
    if isinstance(node, Scope) and node.kind == "head" and others:
        help_ = "give it other `layers`"
        return [unfit(key, others[0], "a head can only be set or deleted", help_)]
    if "replace" in change:
        layers = context.items(change["replace"], env, node.group, holder)
        place = holder.position(node)
        holder.children[place : place + 1] = layers
        if len(layers) == 1 and not layers[0].name:
            layers[0].name = node.name  # a single replacement keeps the name
        last = layers[-1].name if layers else ""
        instead = _sibling(path, last) if last else _before(path, holder, place)
        removed[path] = Removed(span, instead)
        return []
    findings: list[Diagnostic] = []
    if "set" in change:
        findings = _set(path, node, holder, change["set"], key, span, context, env, removed)
    if "wrap" in change:
        if isinstance(node, Scope) and node.kind == "head":
            place = change.key_spans["wrap"]
            return [*findings, unfit(key, place, "a head cannot be wrapped", "wrap its layers")]
        wrap(node, holder, change["wrap"], context, env)
    if "after" in change:
        place = holder.position(node) + 1
        holder.children[place:place] = context.items(change["after"], env, node.group, holder)
    if "before" in change:
        place = holder.position(node)
        holder.children[place:place] = context.items(change["before"], env, node.group, holder)
    return findings


def wrap(
    node: Node, holder: Scope, given: Map, context: ExpansionContext, env: Mapping[str, Any]
) -> None:
    """Put something around a node; the path of a call, a part or a branch names the whole."""
    if isinstance(node, Scope):
        node.children = [context.wrapped([_taken_out(node)], given, env, node.group)]
    else:
        holder.children[holder.position(node)] = context.wrapped([node], given, env, node.group)


def surround(scope: Scope, change: Map, context: ExpansionContext, env: Mapping[str, Any]) -> None:
    """Put layers before, after and around what a scope holds, whose path names the whole."""
    inner: list[Node] = scope.children if scope.merge is None else [_taken_out(scope)]
    if "wrap" in change:
        inner = [context.wrapped(inner, change["wrap"], env, scope.group)]
    before = context.items(change.get("before", Seq(change.span)), env, scope.group, scope)
    after = context.items(change.get("after", Seq(change.span)), env, scope.group, scope)
    scope.children = [*before, *inner, *after]


def _taken_out(scope: Scope) -> Scope:
    """What a scope holds as a part of its own, which adds nothing to paths.

    What `input` means in a block, it means in this part: what comes into it.
    """
    own_input = scope.kind == "block" or (scope.kind == "part" and scope.name != "")
    body = scope.item if scope.definition is None else scope.definition
    inner = replace(
        scope,
        name="",
        kind="repeat" if scope.kind == "repeat" else "part",
        body_of_block=own_input,
        item=body.without("name", "doc", "allow", "args"),
        block=None,
        definition=None,
        place=None,
        sources={},
        dropped=[],
        written="",
    )
    scope.merge, scope.residual = None, False
    return inner


def _change_merge(
    node: Layer,
    holder: Scope,
    change: Any,
    key: str,
    span: Span,
    context: ExpansionContext,
    env: Mapping[str, Any],
) -> list[Diagnostic]:
    if change == DELETE or set(change) != {"set"} or not isinstance(change["set"], Map):
        return [unfit(key, span, "a merge can only be given other keys, such as `{op: add}`")]
    changed = node.item.merged(context.substitute(change["set"], env))
    if "op" not in changed:
        changed.put("op", node.op, span, span)
    if not isinstance(changed["op"], str):
        return [unfit(key, span, f"{kind_of(changed['op'])} is not a merge")]
    if changed["op"] not in MERGE_OPS:
        return [unfit(key, span, f"`{shortened(changed['op'])}` is not a merge")]
    if holder.residual and changed["op"] != node.op:
        help_ = "write the two sides as `branches`, which any merge can join"
        return [unfit(key, span, f"a residual adds, and is no `{changed['op']}`", help_)]
    findings = check_form(changed, language.merge_form(MERGE_OPS[changed["op"]]))
    if not findings:
        node.op, node.item = changed["op"], changed
    return findings


def _set(
    path: str,
    node: Node,
    holder: Scope,
    given: Any,
    key: str,
    span: Span,
    context: ExpansionContext,
    env: Mapping[str, Any],
    removed: dict[str, Removed],
) -> list[Diagnostic]:
    if not isinstance(given, Map):
        help_ = f"write `{shortened(key)}: {DELETE}`" if given == DELETE else ""
        return [unfit(key, span, f"`set` needs a mapping, not {kind_of(given)}", help_)]
    if "when" in given:
        place = given.key_spans["when"]
        help_ = f"write `{shortened(key)}: {DELETE}`, or give its argument another value"
        return [unfit(key, place, "what `when` keeps is settled before", help_)]
    given = context.substitute(given, env)
    changed = merged(node.item, given)
    if isinstance(node, Layer):
        findings = check_layer(changed)
        if not findings:
            name = changed.get("name", node.name)
            if name != node.name:
                removed[path] = Removed(span, _sibling(path, name), renamed=True)
            node.op, node.item, node.name = changed["op"], changed, name
        return findings
    if node.kind == "head":
        findings = check_form(changed, language.HEAD)
        if not findings and "layers" in given:
            fresh = context.head(node.name, changed)
            holder.children[holder.position(node)] = fresh
            gone = {gone_path for gone_path, _, _ in walk(node, node.name)}
            gone -= {gone_path for gone_path, _, _ in walk(fresh, node.name)}
            removed |= {gone_path: Removed(span) for gone_path in gone}
        elif not findings:  # changes inside it stay
            node.item = changed
        return findings
    if is_call(node):
        return []  # it was expanded again before
    help_ = "change its layers, each by its own path"
    return [unfit(key, span, "this part can only be changed layer by layer", help_)]


def merged(item: Map, given: Map) -> Map:
    """The item with the given values; `with` and `rename` of a call are merged key by key."""
    changed = item.merged(given)
    for key in ("with", "rename"):
        if isinstance(item.get(key), Map) and isinstance(given.get(key), Map):
            changed[key] = item[key].merged(given[key])
    return changed


def _sibling(path: str, name: str) -> str:
    return join(path.rpartition("/")[0], name)


def _before(path: str, holder: Scope, place: int) -> str:
    """The path of what a layer reads, as far as that has one."""
    if holder.merge is not None:
        return ""
    if place:
        return _sibling(path, name) if (name := holder.children[place - 1].name) else ""
    return {"network": "input", "head": str(holder.item.get("from", ""))}.get(holder.kind, "")


def _refuse_no_branch(holder: Scope, key: str, span: Span) -> list[Diagnostic]:
    if holder.merge is None or holder.children:
        return []
    help_ = "delete what holds it instead"
    return [unfit(key, span, "the last branch cannot be deleted", help_)]


def unfit(key: str, span: Span, reason: str, help_: str = "") -> Diagnostic:
    """The finding that a change does not fit what its key names."""
    return Diagnostic(
        "E0315",
        f"the override of `{shortened(key)}` does not fit: {reason}",
        Label(span, "cannot be applied"),
        helps=(help_,) if help_ else (),
    )
