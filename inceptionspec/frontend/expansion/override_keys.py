"""The keys under `override`: what each matches, and keys that match nothing or too much."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from inceptionspec.diagnostics.diagnostic import Diagnostic, Findings, Label
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.suggest import MOST_SEARCHES, did_you_mean
from inceptionspec.frontend.expansion.conditions import left_out
from inceptionspec.frontend.expansion.context import ExpansionContext
from inceptionspec.frontend.expansion.override_sections import section_key
from inceptionspec.frontend.expansion.patterns import (
    NOT,
    fault,
    idle_pattern,
    is_pattern,
    matching,
    nearest,
)
from inceptionspec.frontend.expansion.spec import PatternMatch
from inceptionspec.frontend.expansion.tree import Node, Scope, dropped_at, walk
from inceptionspec.frontend.language.forms import DELETE
from inceptionspec.frontend.reading.document import Map

Matches = dict[str, list[tuple[str, Node, Scope]]]
# Reading a pattern takes one step of the expander for this many characters.
_CHARACTERS = 8


def nodes_of(root: Scope, prefix: str = "") -> dict[str, tuple[Node, Scope]]:
    """Every node below a scope and the scope that holds it, by path."""
    return {path: (node, holder) for path, node, holder in walk(root, prefix)}


def match(
    nodes: Mapping[str, tuple[Node, Scope]], changes: Map, context: ExpansionContext
) -> tuple[Matches, dict[str, str]]:
    """What each key matches, and the first key that matches each path."""
    matches: Matches = {}
    claimed: dict[str, str] = {}
    for key in changes:
        paths = matched_paths(key, nodes, changes, context)
        for path in paths:
            claimed.setdefault(path, key)
        matches[key] = [(path, *nodes[path]) for path in paths]
    return matches, claimed


def matched_paths(
    key: str, nodes: Collection[str], changes: Map, context: ExpansionContext
) -> list[str]:
    """The paths that a key names, or matches as a pattern."""
    if not is_pattern(key):
        context.work(1, changes.key_spans[key])
        return [key] if key in nodes else []
    # Each of several patterns is compared with each path.
    steps = len(key) // _CHARACTERS + len(nodes) * len(key.split())
    context.work(steps, changes.key_spans[key])
    return matching(key, nodes)


def pattern_matches(
    nodes: Mapping[str, tuple[Node, Scope]], changes: Map, matches: Matches
) -> Iterator[PatternMatch]:
    """What each pattern matches, and what its first star or set matches in vain."""
    for key, found in matches.items():
        if not is_pattern(key):
            continue
        paths = tuple(path for path, _, _ in found)
        elements = key.split("/")
        several = " " in key or NOT in key
        first = next((number for number, text in enumerate(elements, 1) if is_pattern(text)), 0)
        missed: tuple[str, ...] = ()
        if paths and first < len(elements) and not several:
            inside = {"/".join(path.split("/")[:first]) for path in paths}
            around = matching("/".join(elements[:first]), nodes)
            missed = tuple(path for path in around if path not in inside)
        yield PatternMatch(key, changes.key_spans[key], paths, missed)


def conflicts(
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
    nodes = list(nodes_of(root))
    for key, found in matches.items():
        span = changes.key_spans[key]
        gone = None if found else dropped_at(root, key)
        if gone is not None:
            # Each call decides what of its definition is there: a change is for those that keep it.
            if root.kind == "network":
                help_ = "leave the change out, or let the argument keep what it changes"
                findings.append(left_out(key, span, "changed here", gone, help_))
        elif not found:
            base = context.spec.removed.get(key) if root.kind == "network" else None
            findings.append(
                Diagnostic(
                    "E0310",
                    f"the override `{shortened(key)}` matches nothing",
                    Label(span, f"not a path of {_root_text(root)}"),
                    (Label(base.span, "a base removes it"),) if base else (),
                    helps=_section_helps(root, key, changes[key], context, findings)
                    or _deeper(key, nodes, findings)
                    or nearest(key, nodes, findings),
                )
            )
        elif is_pattern(key) and (idle := idle_pattern(key, nodes)):
            what = "exclusion" if idle.startswith(NOT) else "pattern"
            findings.append(
                Diagnostic(
                    "E0310",
                    f"the {what} `{shortened(idle)}` matches nothing",
                    Label(span, f"not a path of {_root_text(root)}"),
                    helps=fault(key) or nearest(idle.removeprefix(NOT), nodes, findings),
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
