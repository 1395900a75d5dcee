"""Changes by path: what a variant sets, replaces, inserts and deletes in the expanded tree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from inceptionspec.diagnostics.diagnostic import Diagnostic, Findings, Label
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import MOST_SEARCHES, did_you_mean
from inceptionspec.frontend.expansion.context import ExpansionContext
from inceptionspec.frontend.expansion.inheritance import PatternMatch, Removed, section_key
from inceptionspec.frontend.expansion.patterns import matching, nearest
from inceptionspec.frontend.expansion.tree import (
    Layer,
    Node,
    Scope,
    join,
    settle_all_names,
    walk,
)
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
    """Apply the changes of one file to a tree; a change that does not fit is a finding.

    First, calls with changed arguments are expanded again, with the changes of ``earlier``
    files inside them. Then all keys are matched before anything else changes, so that their
    order does not matter.
    """
    _call_anew(root, changes, context, env, earlier)
    nodes = _nodes(root)
    matches, claimed = _match(nodes, changes, context)
    context.findings += _conflicts(root, changes, matches, claimed, context)
    if root.kind == "network":
        context.spec.patterns += _patterns(nodes, changes, matches)
    if root.kind == "network":
        _change_all(changes, matches, context, env, context.spec.removed)
    else:
        _change_all(changes, matches, context, env, {}, f"blocks.{root.block}/")
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
    """Expand again every call that a key sets, outer calls first.

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
        changed = _merged(node.item, context.substitute(given, env))
        blocks = {name: definition for name, (definition, _) in context.spec.blocks.items()}
        findings = check_form(changed, language.CALL, blocks)
        if "name" in given:
            span = given.key_spans["name"]
            findings.append(_unfit(paths[path], span, "a call keeps its name"))
        fresh = None if findings else context.call(changed, env, node.group)
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
    """Apply again what an earlier file changed inside a call that was expanded again."""
    _call_anew(fresh, changes, context, env, (), path)
    matches, _ = _match(_nodes(fresh, path), changes, context)
    _change_all(changes, matches, context, env, context.spec.removed)
    settle_all_names(fresh)


def _change_all(
    changes: Map,
    matches: Matches,
    context: ExpansionContext,
    env: Mapping[str, Any],
    removed: dict[str, Removed],
    section: str = "",
) -> None:
    """Apply all changes.

    Args:
        removed: filled with what is taken away, by path.
        section: the prefix of the keys in the file.
    """
    for key, found in matches.items():
        twice = _inserted_twice(changes, key, found)
        if twice is not None:
            context.findings.append(twice)
            continue
        wrong = {
            path: findings
            for path, node, holder in found
            if (findings := _change(path, node, holder, changes, key, context, env, removed))
        }
        if "*" in key and wrong:
            context.findings += _of_matches(key, changes.key_spans[key], found, wrong, section)
        else:
            context.findings += [finding for findings in wrong.values() for finding in findings]


def _inserted_twice(
    changes: Map, key: str, found: Sequence[tuple[str, Node, Scope]]
) -> Diagnostic | None:
    """The finding that a pattern puts in one name at several places of one path."""
    change = changes[key]
    if "*" not in key or not isinstance(change, Map):
        return None
    counts = Counter(path.rpartition("/")[0] for path, _, _ in found)
    most = max(counts, key=lambda parent: counts[parent], default="")
    if counts[most] < 2:
        return None
    for word in ("before", "after", "replace"):
        for name, span in _names_in(change.get(word, ())):
            where = f" inside `{most}`" if most else ""
            return Diagnostic(
                "E0301",
                f"the override inserts `{name}` {counts[most]} times{where}",
                Label(changes.key_spans[key], f"matches {counts[most]} layers there"),
                (Label(span, "each is given this name"),),
                helps=("leave the name out: each is named after its operator, and numbered",),
            )
    return None


def _names_in(items: Sequence[Any]) -> Iterator[tuple[str, Span]]:
    """The names that entries add to their scope, and where they are written."""
    for item in items:
        if "name" in item:
            yield item["name"], item.value_spans["name"]
            continue
        yield from _names_in(item.get("layers", ()))
        branches = item.get("branches", ())
        if isinstance(branches, Map):
            yield from branches.key_spans.items()
        else:
            for branch in branches:
                yield from _names_in(branch)


def _of_matches(
    key: str,
    span: Span,
    found: Sequence[tuple[str, Node, Scope]],
    wrong: Mapping[str, Any],
    section: str,
) -> Iterator[Diagnostic]:
    """Findings about matches of a pattern, with the match, and the pattern without it."""
    good = [path for path, _, _ in found if path not in wrong]
    narrower = _narrower(key, good, list(wrong))
    helps = (f"narrow the pattern to `{section}{narrower}`",) if narrower else ()
    for path, node, _ in found:
        what = ""
        if isinstance(node, Layer):
            what = f", {'an' if node.op[0] in 'aeiou' else 'a'} `{node.op}`"
        for finding in wrong.get(path, ()):
            label = Label(span, f"matches `{path}`{what}")
            yield replace(finding, labels=(*finding.labels, label), helps=(*finding.helps, *helps))


def _narrower(key: str, good: Sequence[str], bad: Sequence[str]) -> str:
    """A pattern for some matches of another and not for the rest; empty if none is simple."""
    names = sorted({path.rpartition("/")[2] for path in good})
    if not names:
        return ""
    start = _common(names)
    end = _common([name[len(start) :][::-1] for name in names])[::-1]
    last = start if len(names) == 1 else f"{start}*{end}"
    narrower = join(key.rpartition("/")[0], last)
    fits = matching(narrower, good) == list(good) and not matching(narrower, bad)
    return narrower if fits else ""


def _common(texts: Sequence[str]) -> str:
    """What all texts start with."""
    first, last = min(texts), max(texts)
    length = next((i for i, one in enumerate(first) if one != last[i : i + 1]), len(first))
    return first[:length]


def _patterns(
    nodes: Mapping[str, tuple[Node, Scope]], changes: Map, matches: Matches
) -> Iterator[PatternMatch]:
    """What each pattern matches, and what its first star matches in vain."""
    for key, found in matches.items():
        if "*" not in key:
            continue
        paths = tuple(path for path, _, _ in found)
        elements = key.split("/")
        first = next(number for number, text in enumerate(elements, 1) if "*" in text)
        missed: tuple[str, ...] = ()
        if paths and first < len(elements):
            inside = {"/".join(path.split("/")[:first]) for path in paths}
            around = matching("/".join(elements[:first]), nodes)
            missed = tuple(path for path in around if path not in inside)
        yield PatternMatch(key, changes.key_spans[key], paths, missed)


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
    root: Scope,
    changes: Map,
    matches: Matches,
    claimed: Mapping[str, str],
    context: ExpansionContext,
) -> Findings:
    """Findings for keys that match nothing, or what another key matches or removes.

    What another key also matches is removed from ``matches``.
    """
    findings = Findings(context.limits)
    known: list[str] = []
    for key, found in matches.items():
        span = changes.key_spans[key]
        if not found:
            known = known or list(_nodes(root))
            gone = context.spec.removed.get(key) if root.kind == "network" else None
            findings.append(
                Diagnostic(
                    "E0310",
                    f"the override `{shortened(key)}` matches nothing",
                    Label(span, f"not a path of {_root_text(root)}"),
                    (Label(gone.span, "a base removes it"),) if gone else (),
                    helps=_section_helps(root, key, changes[key], context, findings)
                    or _deeper(key, known, findings)
                    or nearest(key, known, findings),
                )
            )
        for path, _, _ in found:
            if claimed[path] != key:
                findings.append(
                    Diagnostic(
                        "E0311",
                        f"two overrides match `{path}`",
                        Label(span, "matches it too"),
                        (Label(changes.key_spans[claimed[path]], "matches it"),),
                        helps=("merge the two changes, or narrow a pattern",),
                    )
                )
        matches[key] = [match for match in found if claimed[match[0]] == key]
    findings += _inside_removed(changes, claimed)
    return findings


def _section_helps(
    root: Scope, key: str, change: Any, context: ExpansionContext, findings: Findings
) -> tuple[str, ...]:
    """The help for a key that lacks the name of its section."""
    if key == "width" and root.kind == "network":
        return ("write `width: {...}` at the top of the file, next to `override`",)
    meant = section_key(context.spec, key, change) if root.kind == "network" else ""
    block, _, inside = key.partition("/")
    if not meant or not inside or len(findings) >= MOST_SEARCHES:
        return (f"write `{meant}`",) if meant else ()
    call = next(
        (node for _, node, _ in walk(root) if isinstance(node, Scope) and node.block == block), None
    )
    known = [] if call is None else [path for path, _, _ in walk(call)]
    if inside in known:
        return (f"write `{meant}`, which changes the definition and all its calls",)
    near = did_you_mean(inside, known)
    return (f"inside the definition, paths start with `blocks.{block}/`",) if near else ()


def _deeper(key: str, known: Sequence[str], findings: Findings) -> tuple[str, ...]:
    """The help for a path that lacks its first element."""
    if len(findings) >= MOST_SEARCHES or "/" not in key:
        return ()
    count = len(matching(f"*/{key}", known))
    return (f'write `"*/{key}"`, which matches {count} of its paths',) if count else ()


def _root_text(root: Scope) -> str:
    return f"the block `{root.block}`" if root.kind == "block" else "the network"


def _paths(
    key: str, nodes: Mapping[str, Any], changes: Map, context: ExpansionContext
) -> list[str]:
    if "*" not in key:
        context.work(1, changes.key_spans[key])
        return [key] if key in nodes else []
    context.work(len(key) // _CHARACTERS + len(nodes), changes.key_spans[key])
    return matching(key, nodes)


def _inside_removed(changes: Map, claimed: Mapping[str, str]) -> list[Diagnostic]:
    """Findings for changes inside something that another key removes."""
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
    path: str,
    node: Node,
    holder: Scope,
    changes: Map,
    key: str,
    context: ExpansionContext,
    env: Mapping[str, Any],
    removed: dict[str, Removed],
) -> list[Diagnostic]:
    change, span = changes[key], changes.key_spans[key]
    if node is holder.merge:
        return _change_merge(node, holder, change, key, span, context, env)
    if change == DELETE:
        place = holder.position(node)
        removed[path] = Removed(span, _before(path, holder, place))
        del holder.children[place]
        return _refuse_no_branch(holder, key, span)
    others = [change.key_spans[word] for word in change if word != "set"]
    if holder.merge is not None and others:
        help_ = "delete it, or change its layers, each by its own path"
        return [_unfit(key, others[0], "a branch can only be deleted", help_)]
    if isinstance(node, Scope) and node.kind == "head" and others:
        help_ = "give it other `layers` under `set`"
        return [_unfit(key, others[0], "a head can only be set or deleted", help_)]
    if "replace" in change:
        layers = context.items(change["replace"], env, node.group)
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
        findings = _set(node, holder, change["set"], key, span, context, env, removed)
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
    changed = node.item.merged(context.substitute(change["set"], env))
    if "op" not in changed:
        changed.put("op", node.op, span, span)
    if not isinstance(changed["op"], str):
        return [_unfit(key, span, f"{kind_of(changed['op'])} is not a merge")]
    if changed["op"] not in MERGE_OPS:
        return [_unfit(key, span, f"`{shortened(changed['op'])}` is not a merge")]
    if holder.residual and changed["op"] != node.op:
        help_ = "write the two sides as `branches`, which any merge can join"
        return [_unfit(key, span, f"a residual adds, and is no `{changed['op']}`", help_)]
    findings = check_form(changed, language.merge_form(MERGE_OPS[changed["op"]]))
    if not findings:
        node.op, node.item = changed["op"], changed
    return findings


def _set(
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
        return [_unfit(key, span, f"`set` needs a mapping, not {kind_of(given)}", help_)]
    given = context.substitute(given, env)
    changed = _merged(node.item, given)
    if isinstance(node, Layer):
        findings = check_layer(changed)
        if not findings:
            node.op, node.item, node.name = changed["op"], changed, changed.get("name", node.name)
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
    if _is_call(node):
        return []  # it was expanded again before
    help_ = "change its layers, each by its own path"
    return [_unfit(key, span, "this part can only be changed layer by layer", help_)]


def _merged(item: Map, given: Map) -> Map:
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
    return [_unfit(key, span, "the last branch cannot be deleted", help_)]


def _unfit(key: str, span: Span, reason: str, help_: str = "") -> Diagnostic:
    return Diagnostic(
        "E0315",
        f"the override of `{shortened(key)}` does not fit: {reason}",
        Label(span, "cannot be applied"),
        helps=(help_,) if help_ else (),
    )
