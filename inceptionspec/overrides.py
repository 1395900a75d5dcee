"""Changes by path: what a variant sets, replaces, inserts and deletes in an expanded tree."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from inceptionspec import language
from inceptionspec.check import check_form, check_layer
from inceptionspec.diagnostics import Diagnostic, Label, did_you_mean
from inceptionspec.document import Map, kind_of, shortened
from inceptionspec.language import DELETE
from inceptionspec.ops import MERGE_OPS
from inceptionspec.source import Span
from inceptionspec.tree import Layer, Node, Scope, settle_all_names, walk

if TYPE_CHECKING:
    from inceptionspec.expand import Expander

Matches = dict[str, list[tuple[str, Node, Scope]]]


def apply(
    root: Scope,
    changes: Map,
    expander: Expander,
    env: Mapping[str, Any],
    earlier: Sequence[Map] = (),
) -> None:
    """Apply one file's changes to a tree; what does not fit becomes a finding.

    Calls that are given other arguments are written out anew first, with the changes of
    ``earlier`` files inside them. Then all keys are matched before anything else changes,
    so that their order does not matter.
    """
    _call_anew(root, changes, expander, env, earlier)
    matches, findings = _match(root, changes)
    expander.findings += findings
    for key, found in matches.items():
        for _, node, holder in found:
            expander.findings += _change(node, holder, changes, key, expander, env)
    settle_all_names(root)


def _call_anew(
    root: Scope,
    changes: Map,
    expander: Expander,
    env: Mapping[str, Any],
    earlier: Sequence[Map],
    inside: str = "",
) -> None:
    """Write out anew every call that a key sets, the outermost first."""
    sets = [key for key in changes if changes[key] != DELETE and "set" in changes[key]]
    paths = {path: key for key in sets for path in _paths(key, _nodes(root, inside))}
    for path in sorted(paths, key=lambda path: path.count("/")):
        node, holder = _nodes(root, inside).get(path, (None, root))
        if not isinstance(node, Scope) or not _is_call(node):
            continue
        given = changes[paths[path]]["set"]
        if not isinstance(given, Map):
            continue
        made = _merged(node.item, expander.substitute(given, env))
        findings = check_form(made, language.CALL)
        if "name" in given:
            span = given.key_spans["name"]
            findings.append(_unfit(paths[path], span, "a call keeps its name"))
        fresh = None if findings else expander.call(made, env, node.group)
        expander.findings += findings
        if fresh is None:
            continue
        fresh.name = node.name
        holder.children[_place(node, holder)] = fresh
        settle_all_names(fresh)
        for before in earlier:
            _replay(root, before, expander, env, f"{path}/")


def _replay(
    root: Scope, changes: Map, expander: Expander, env: Mapping[str, Any], inside: str
) -> None:
    """Apply again what an earlier file changed inside a call that was written out anew."""
    _call_anew(root, changes, expander, env, (), inside)
    matches, _ = _match(root, changes, inside)
    for key, found in matches.items():
        for _, node, holder in found:
            expander.findings += _change(node, holder, changes, key, expander, env)
    settle_all_names(root)


def _nodes(root: Scope, inside: str = "") -> dict[str, tuple[Node, Scope]]:
    return {path: (node, holder) for path, node, holder in walk(root) if path.startswith(inside)}


def _is_call(node: Scope) -> bool:
    return node.kind in ("block", "repeat") and "block" in node.item


def _place(node: Node, holder: Scope) -> int:
    return next(i for i, child in enumerate(holder.children) if child is node)


def _match(root: Scope, changes: Map, inside: str = "") -> tuple[Matches, list[Diagnostic]]:
    nodes = _nodes(root, inside)
    matches: Matches = {}
    findings: list[Diagnostic] = []
    claimed: dict[str, str] = {}
    for key in changes:
        span = changes.key_spans[key]
        paths = _paths(key, nodes)
        if not paths:
            findings.append(
                Diagnostic(
                    "E0310",
                    f"the override `{shortened(key)}` matches nothing",
                    Label(span, "not a path of the network"),
                    helps=did_you_mean(key, nodes),
                )
            )
        for path in paths:
            other = claimed.setdefault(path, key)
            if other != key:
                findings.append(
                    Diagnostic(
                        "E0311",
                        f"two overrides meet at `{path}`",
                        Label(span, "matches it too"),
                        (Label(changes.key_spans[other], "matches it"),),
                        helps=("make one change of the two, or narrow a pattern",),
                    )
                )
        matches[key] = [(path, *nodes[path]) for path in paths if claimed[path] == key]
    findings += _inside_removed(changes, claimed)
    return matches, findings


def _paths(key: str, nodes: Mapping[str, Any]) -> list[str]:
    if "*" not in key:
        return [key] if key in nodes else []
    pattern = re.compile("[^/]*".join(re.escape(part) for part in key.split("*")))
    return [path for path in nodes if pattern.fullmatch(path)]


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
    node: Node, holder: Scope, changes: Map, key: str, expander: Expander, env: Mapping[str, Any]
) -> list[Diagnostic]:
    change, span = changes[key], changes.key_spans[key]
    if node is holder.merge:
        return _change_merge(node, change, key, span, expander, env)
    place = _place(node, holder)
    if change == DELETE:
        del holder.children[place]
        return _refuse_no_branch(holder, key, span)
    if holder.merge is not None and set(change) - {"set"}:
        return [_unfit(key, span, "a branch can only be deleted, or changed layer by layer")]
    if isinstance(node, Scope) and node.kind == "head" and set(change) != {"set"}:
        return [_unfit(key, span, "a head can only be set or deleted; give `layers` under `set`")]
    if "replace" in change:
        made = expander.items(change["replace"], env, node.group)
        holder.children[place : place + 1] = made
        if len(made) == 1 and not made[0].name:
            made[0].name = node.name  # what stands in for one thing keeps its name
        return []
    findings: list[Diagnostic] = []
    if "set" in change:
        findings = _set(node, holder, place, change["set"], key, span, expander, env)
    if "after" in change:
        holder.children[place + 1 : place + 1] = expander.items(change["after"], env, node.group)
    if "before" in change:
        holder.children[place:place] = expander.items(change["before"], env, node.group)
    return findings


def _change_merge(
    node: Layer, change: Any, key: str, span: Span, expander: Expander, env: Mapping[str, Any]
) -> list[Diagnostic]:
    if change == DELETE or set(change) != {"set"} or not isinstance(change["set"], Map):
        return [_unfit(key, span, "a merge can only be changed by `{set: {...}}`")]
    made = node.item.merged(expander.substitute(change["set"], env))
    if "op" not in made:
        made.put("op", node.op, span, span)
    if made["op"] not in MERGE_OPS:
        return [_unfit(key, span, f"`{made['op']}` is not a merge")]
    findings = check_form(made, language.merge_form(MERGE_OPS[made["op"]]))
    if not findings:
        node.op, node.item = made["op"], made
    return findings


def _set(
    node: Node,
    holder: Scope,
    place: int,
    given: Any,
    key: str,
    span: Span,
    expander: Expander,
    env: Mapping[str, Any],
) -> list[Diagnostic]:
    if not isinstance(given, Map):
        return [_unfit(key, span, f"`set` needs a mapping, not {kind_of(given)}")]
    given = expander.substitute(given, env)
    made = _merged(node.item, given)
    if isinstance(node, Layer):
        findings = check_layer(made)
        if not findings:
            node.op, node.item, node.name = made["op"], made, made.get("name", node.name)
        return findings
    if node.kind == "head":
        findings = check_form(made, language.HEAD)
        if not findings and "layers" in given:
            holder.children[place] = expander.head(node.name, made)
        elif not findings:  # what was changed inside it stays
            node.item = made
        return findings
    if _is_call(node):
        return []  # it was written out anew before
    return [_unfit(key, span, "this part can only be changed layer by layer")]


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
    return [_unfit(key, span, "the last branch cannot be deleted: delete what holds it")]


def _unfit(key: str, span: Span, reason: str) -> Diagnostic:
    return Diagnostic(
        "E0315",
        f"the override of `{shortened(key)}` does not fit: {reason}",
        Label(span, "cannot be applied"),
    )
