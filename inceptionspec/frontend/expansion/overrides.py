"""Changes by path: what a variant sets, replaces, inserts and deletes in an expanded tree."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from inceptionspec.diagnostics.diagnostic import Diagnostic, Findings, Label
from inceptionspec.diagnostics.limits import Limits
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import did_you_mean
from inceptionspec.frontend.expansion.context import ExpansionContext
from inceptionspec.frontend.expansion.tree import Layer, Node, Scope, settle_all_names, walk
from inceptionspec.frontend.language import forms as language
from inceptionspec.frontend.language.checker import check_form, check_layer
from inceptionspec.frontend.language.forms import DELETE
from inceptionspec.frontend.reading.document import Map, kind_of
from inceptionspec.ops import MERGE_OPS

Matches = dict[str, list[tuple[str, Node, Scope]]]
# Reading a pattern takes one step of the expander for this many characters.
_CHARACTERS = 8


def apply(
    root: Scope,
    changes: Map,
    context: ExpansionContext,
    env: Mapping[str, Any],
    earlier: Sequence[Map] = (),
) -> None:
    """Apply one file's changes to a tree; what does not fit becomes a finding.

    Calls that are given other arguments are written out anew first, with the changes of
    ``earlier`` files inside them. Then all keys are matched before anything else changes,
    so that their order does not matter.
    """
    _call_anew(root, changes, context, env, earlier)
    matches, claimed = _match(_nodes(root), changes, context)
    context.findings += _conflicts(root, changes, matches, claimed, context.limits)
    _change_all(changes, matches, context, env)
    settle_all_names(root)
    context.refuse_deep(root, changes.span)


def _call_anew(
    root: Scope,
    changes: Map,
    context: ExpansionContext,
    env: Mapping[str, Any],
    earlier: Sequence[Map],
    prefix: str = "",
) -> None:
    """Write out anew every call that a key sets, the outermost first.

    ``prefix`` is the path of ``root``.
    """
    nodes = _nodes(root, prefix)
    sets = [key for key in changes if changes[key] != DELETE and "set" in changes[key]]
    paths = {path: key for key in sets for path in _paths(key, nodes, changes, context)}
    for path in sorted(paths, key=lambda path: path.count("/")):
        node, holder = nodes.get(path, (None, root))
        if not isinstance(node, Scope) or not _is_call(node):
            continue
        given = changes[paths[path]]["set"]
        if not isinstance(given, Map):
            continue
        made = _merged(node.item, context.substitute(given, env))
        findings = check_form(made, language.CALL)
        if "name" in given:
            span = given.key_spans["name"]
            findings.append(_unfit(paths[path], span, "a call keeps its name"))
        fresh = None if findings else context.call(made, env, node.group)
        context.findings += findings
        if fresh is None:
            continue
        fresh.name = node.name
        holder.children[holder.position(node)] = fresh
        settle_all_names(fresh)
        for before in earlier:
            _replay(fresh, before, context, env, path)
        for gone, _, _ in walk(node, path):
            nodes.pop(gone, None)
        nodes |= {path: (fresh, holder), **_nodes(fresh, path)}


def _replay(
    fresh: Scope, changes: Map, context: ExpansionContext, env: Mapping[str, Any], path: str
) -> None:
    """Apply again what an earlier file changed inside a call that was written out anew."""
    _call_anew(fresh, changes, context, env, (), path)
    matches, _ = _match(_nodes(fresh, path), changes, context)
    _change_all(changes, matches, context, env)
    settle_all_names(fresh)


def _change_all(
    changes: Map, matches: Matches, context: ExpansionContext, env: Mapping[str, Any]
) -> None:
    for key, found in matches.items():
        for _, node, holder in found:
            context.findings += _change(node, holder, changes, key, context, env)


def _nodes(root: Scope, prefix: str = "") -> dict[str, tuple[Node, Scope]]:
    return {path: (node, holder) for path, node, holder in walk(root, prefix)}


def _is_call(node: Scope) -> bool:
    return node.kind in ("block", "repeat") and "block" in node.item


def _match(
    nodes: Mapping[str, tuple[Node, Scope]], changes: Map, context: ExpansionContext
) -> tuple[Matches, dict[str, str]]:
    """What each key matches, and the first key that matches each path."""
    matches: Matches = {}
    claimed: dict[str, str] = {}
    for key in changes:
        paths = _paths(key, nodes, changes, context)
        for path in paths:
            claimed.setdefault(path, key)
        matches[key] = [(path, *nodes[path]) for path in paths]
    return matches, claimed


def _conflicts(
    root: Scope, changes: Map, matches: Matches, claimed: Mapping[str, str], limits: Limits
) -> Findings:
    """Keys that match nothing, or what another key matches or removes.

    What another key matches is taken out of ``matches``.
    """
    findings = Findings(limits)
    known: list[str] = []
    for key, found in matches.items():
        span = changes.key_spans[key]
        if not found:
            known = known or list(_nodes(root))
            findings.append(
                Diagnostic(
                    "E0310",
                    f"the override `{shortened(key)}` matches nothing",
                    Label(span, f"not a path of {_what(root)}"),
                    helps=did_you_mean(key, known, findings),
                )
            )
        for path, _, _ in found:
            if claimed[path] != key:
                findings.append(
                    Diagnostic(
                        "E0311",
                        f"two overrides meet at `{path}`",
                        Label(span, "matches it too"),
                        (Label(changes.key_spans[claimed[path]], "matches it"),),
                        helps=("make one change of the two, or narrow a pattern",),
                    )
                )
        matches[key] = [one for one in found if claimed[one[0]] == key]
    findings += _inside_removed(changes, claimed)
    return findings


def _what(root: Scope) -> str:
    return f"the block `{root.block}`" if root.kind == "block" else "the network"


def _paths(
    key: str, nodes: Mapping[str, Any], changes: Map, context: ExpansionContext
) -> list[str]:
    if "*" not in key:
        context.work(1, changes.key_spans[key])
        return [key] if key in nodes else []
    context.work(len(key) // _CHARACTERS + len(nodes), changes.key_spans[key])
    # Stars next to each other match what one of them does.
    pattern = [re.sub(r"\*+", "*", element).split("*") for element in key.split("/")]
    return [path for path in nodes if _matches(pattern, path.split("/"))]


def _matches(pattern: Sequence[Sequence[str]], path: Sequence[str]) -> bool:
    """Whether a pattern matches a path element by element.

    Args:
        pattern: for each element of a path, the texts between its stars.
        path: the elements of a path.
    """
    return len(pattern) == len(path) and all(map(_element_matches, pattern, path))


def _element_matches(texts: Sequence[str], element: str) -> bool:
    """Whether the texts follow each other in an element, the first and the last at its ends.

    Each text in between is taken where it comes first, which is never worse than a later
    place: the time is linear in the element.
    """
    first, *middle = texts
    if not middle:
        return element == first
    last = middle.pop()
    end = len(element) - len(last)
    if end < len(first) or not (element.startswith(first) and element.endswith(last)):
        return False
    place = len(first)
    for text in middle:
        place = element.find(text, place, end)
        if place < 0:
            return False
        place += len(text)
    return True


def _inside_removed(changes: Map, claimed: Mapping[str, str]) -> list[Diagnostic]:
    """Changes of something that another key removes: one of the two cannot be meant."""
    findings = []
    for path, key in claimed.items():
        parents = path.split("/")[:-1]
        for length in range(1, len(parents) + 1):
            other = claimed.get("/".join(parents[:length]))
            if other is None or other == key:
                continue
            change = changes[other]
            layers = (
                isinstance(change, Map)
                and isinstance(change.get("set"), Map)
                and ("layers" in change["set"])
            )
            if change == DELETE or "replace" in change or layers:
                findings.append(
                    Diagnostic(
                        "E0311",
                        f"`{path}` is changed inside what another override removes",
                        Label(changes.key_spans[key], "changed here"),
                        (Label(changes.key_spans[other], "removed here"),),
                        helps=("keep one of the two",),
                    )
                )
    return findings


def _change(
    node: Node,
    holder: Scope,
    changes: Map,
    key: str,
    context: ExpansionContext,
    env: Mapping[str, Any],
) -> list[Diagnostic]:
    change, span = changes[key], changes.key_spans[key]
    if node is holder.merge:
        return _change_merge(node, holder, change, key, span, context, env)
    if change == DELETE:
        del holder.children[holder.position(node)]
        return _refuse_no_branch(holder, key, span)
    others = [change.key_spans[word] for word in change if word != "set"]
    if holder.merge is not None and others:
        help_ = "delete it, or change it layer by layer, each by its own path"
        return [_unfit(key, others[0], "a branch can only be deleted", help_)]
    if isinstance(node, Scope) and node.kind == "head" and others:
        help_ = "give it other `layers` under `set`"
        return [_unfit(key, others[0], "a head can only be set or deleted", help_)]
    if "replace" in change:
        made = context.items(change["replace"], env, node.group)
        place = holder.position(node)
        holder.children[place : place + 1] = made
        if len(made) == 1 and not made[0].name:
            made[0].name = node.name  # what stands in for one thing keeps its name
        return []
    findings: list[Diagnostic] = []
    if "set" in change:
        findings = _set(node, holder, change["set"], key, span, context, env)
    if "after" in change:
        place = holder.position(node) + 1
        holder.children[place:place] = context.items(change["after"], env, node.group)
    if "before" in change:
        place = holder.position(node)
        holder.children[place:place] = context.items(change["before"], env, node.group)
    return findings


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
        return [_unfit(key, span, "a merge can only be changed by `{set: {...}}`")]
    made = node.item.merged(context.substitute(change["set"], env))
    if "op" not in made:
        made.put("op", node.op, span, span)
    if not isinstance(made["op"], str):
        return [_unfit(key, span, f"{kind_of(made['op'])} is not a merge")]
    if made["op"] not in MERGE_OPS:
        return [_unfit(key, span, f"`{shortened(made['op'])}` is not a merge")]
    if holder.residual and made["op"] != node.op:
        help_ = "write the two sides as `branches`, which any merge can join"
        return [_unfit(key, span, f"a residual adds, and is no `{made['op']}`", help_)]
    findings = check_form(made, language.merge_form(MERGE_OPS[made["op"]]))
    if not findings:
        node.op, node.item = made["op"], made
    return findings


def _set(
    node: Node,
    holder: Scope,
    given: Any,
    key: str,
    span: Span,
    context: ExpansionContext,
    env: Mapping[str, Any],
) -> list[Diagnostic]:
    if not isinstance(given, Map):
        return [_unfit(key, span, f"`set` needs a mapping, not {kind_of(given)}")]
    given = context.substitute(given, env)
    made = _merged(node.item, given)
    if isinstance(node, Layer):
        findings = check_layer(made)
        if not findings:
            node.op, node.item, node.name = made["op"], made, made.get("name", node.name)
        return findings
    if node.kind == "head":
        findings = check_form(made, language.HEAD)
        if not findings and "layers" in given:
            holder.children[holder.position(node)] = context.head(node.name, made)
        elif not findings:  # what was changed inside it stays
            node.item = made
        return findings
    if _is_call(node):
        return []  # it was written out anew before
    help_ = "change its layers, each by its own path"
    return [_unfit(key, span, "this part can only be changed layer by layer", help_)]


def _merged(item: Map, given: Map) -> Map:
    """The item with other values; the arguments of a call are merged one by one."""
    made = item.merged(given)
    for key in ("with", "rename"):
        if isinstance(item.get(key), Map) and isinstance(given.get(key), Map):
            made[key] = item[key].merged(given[key])
    return made


def _refuse_no_branch(holder: Scope, key: str, span: Span) -> list[Diagnostic]:
    if holder.merge is None or holder.children:
        return []
    help_ = "delete what holds it instead"
    return [_unfit(key, span, "the last branch cannot be deleted", help_)]


def _unfit(key: str, span: Span, reason: str, help_: str = "") -> Diagnostic:
    return Diagnostic(
        "E0315",
        f"the override of `{shortened(key)}` does not fit: {reason}",
        Label(span, "cannot be applied"),
        helps=(help_,) if help_ else (),
    )
