"""Changes by path: what a variant sets, replaces, inserts and deletes in the expanded tree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.diagnostics.source import Span
from inceptionspec.frontend.expansion.changes import (
    apply_change,
    is_call,
    merged,
    surround,
    unfit,
    wrap,
)
from inceptionspec.frontend.expansion.context import ExpansionContext
from inceptionspec.frontend.expansion.override_keys import (
    Matches,
    conflicts,
    match,
    matched_paths,
    nodes_of,
    pattern_matches,
)
from inceptionspec.frontend.expansion.patterns import is_pattern, matching
from inceptionspec.frontend.expansion.spec import ITSELF, Removed
from inceptionspec.frontend.expansion.tree import (
    Layer,
    Node,
    Scope,
    join,
    settle_all_names,
    walk,
    way_to,
)
from inceptionspec.frontend.language import forms as language
from inceptionspec.frontend.language.checker import check_form
from inceptionspec.frontend.language.forms import DELETE
from inceptionspec.frontend.reading.document import Map


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
    around = changes.get(ITSELF)
    changes = changes.without(ITSELF) if around is not None else changes
    _call_anew(root, changes, context, env, earlier)
    nodes = nodes_of(root)
    matches, claimed = match(nodes, changes, context)
    context.findings += conflicts(root, changes, matches, claimed, context)
    if root.kind == "network":
        context.spec.patterns += pattern_matches(nodes, changes, matches)
    if root.kind == "network":
        _change_all(changes, matches, context, env, context.spec.removed)
    else:
        _change_all(changes, matches, context, env, {}, f"blocks.{root.block}/")
    if around is not None:
        surround(root, around, context, env)
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
    nodes = nodes_of(root, prefix)
    sets = [key for key in changes if changes[key] != DELETE and "set" in changes[key]]
    paths = {path: key for key in sets for path in matched_paths(key, nodes, changes, context)}
    for path in sorted(paths, key=lambda path: path.count("/")):
        node, holder = nodes.get(path, (None, root))
        if not isinstance(node, Scope) or not is_call(node):
            continue
        given = changes[paths[path]]["set"]
        if not isinstance(given, Map):
            continue
        fresh = _fresh_call(node, path, paths[path], given, context, env, earlier)
        if fresh is None:
            continue
        holder.children[holder.position(node)] = fresh
        for gone, _, _ in walk(node, path):
            nodes.pop(gone, None)
        nodes |= {path: (fresh, holder), **nodes_of(fresh, path)}


def _fresh_call(
    node: Scope,
    path: str,
    key: str,
    given: Map,
    context: ExpansionContext,
    env: Mapping[str, Any],
    earlier: Sequence[Map],
) -> Scope | None:
    """A call with changed arguments, expanded; None after a finding."""
    changed = merged(node.item, context.substitute(given, env))
    blocks = {name: definition for name, (definition, _) in context.spec.blocks.items()}
    findings = check_form(changed, language.CALL, blocks)
    if "name" in given:
        findings.append(unfit(key, given.key_spans["name"], "a call keeps its name"))
    fresh = None if findings else context.call(changed, env, node.group)
    context.findings += findings
    if fresh is None:
        return None
    fresh.name = node.name
    settle_all_names(fresh)
    for before in earlier:
        _replay(fresh, before, context, env, path)
    return fresh


def call_again(
    root: Scope, path: str, given: Map, context: ExpansionContext, env: Mapping[str, Any]
) -> Scope | None:
    """A tree after all its overrides in which one call has other arguments, expanded anew.

    The tree stays as it is, and the new one shares all its parts but those around the call.

    Args:
        root: the tree.
        path: of a call.
        given: what the last overrides of the spec set there, in place of what they did set.
        context: the expander; findings are added to its own.
        env: the arguments of the spec.

    Returns:
        None where there is no such call, or after a finding.
    """
    way = way_to(root, path)
    if not way or not is_call(way[-1]):
        return None
    node = way[-1]
    earlier = context.spec.overrides[:-1]
    below = _fresh_call(node, path, path, given, context, env, earlier)
    if below is None:
        return None
    for scope, child in zip(way[-2::-1], way[:0:-1], strict=True):
        below = replace(scope, children=[below if one is child else one for one in scope.children])
    return below


def _replay(
    fresh: Scope, changes: Map, context: ExpansionContext, env: Mapping[str, Any], path: str
) -> None:
    """Apply again what an earlier file changed inside a call that was expanded again."""
    _call_anew(fresh, changes, context, env, (), path)
    matches, _ = match(nodes_of(fresh, path), changes, context)
    _change_all(changes, matches, context, env, context.spec.removed)
    for key in changes:
        change = changes[key]
        # The call is new, so that what was put around its content is gone too.
        if change != DELETE and "wrap" in change and matched_paths(key, [path], changes, context):
            wrap(fresh, fresh, change["wrap"], context, env)
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
    wrong: dict[str, dict[str, Any]] = {}
    places = []
    for key, found in matches.items():
        twice = _inserted_twice(changes, key, found)
        if twice is not None:
            context.findings.append(twice)
            continue
        wrong[key] = {}
        places += [(key, *match) for match in found]
    # Inner places first: what is wrapped around them takes them away from what held them.
    for key, path, node, holder in sorted(places, key=lambda place: -place[1].count("/")):
        findings = apply_change(path, node, holder, changes, key, context, env, removed)
        if findings:
            wrong[key][path] = findings
    for key, unfit_paths in wrong.items():
        if is_pattern(key) and unfit_paths:
            span = changes.key_spans[key]
            context.findings += _of_matches(key, span, matches[key], unfit_paths, section)
        else:
            context.findings += [one for findings in unfit_paths.values() for one in findings]


def _inserted_twice(
    changes: Map, key: str, found: Sequence[tuple[str, Node, Scope]]
) -> Diagnostic | None:
    """The finding that a pattern puts in one name at several places of one path."""
    change = changes[key]
    if not is_pattern(key) or not isinstance(change, Map):
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
