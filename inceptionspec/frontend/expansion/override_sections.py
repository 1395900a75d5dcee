"""Sections under `override`: arguments, defaults, definitions, end points, the input.

The same may be written as sections of the variant: see `sections`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inceptionspec.diagnostics.diagnostic import Diagnostic, Findings, Label
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.frontend.expansion.patterns import fault, is_pattern, matching, nearest
from inceptionspec.frontend.expansion.sections import (
    Merged,
    merge_defaults,
    merge_input,
    set_argument,
)
from inceptionspec.frontend.expansion.spec import ITSELF, Spec
from inceptionspec.frontend.language import forms as language
from inceptionspec.frontend.language.checker import check_defaults, check_form
from inceptionspec.frontend.language.forms import DELETE
from inceptionspec.frontend.language.value_check import admits, unfit
from inceptionspec.frontend.reading.document import Map, kind_of
from inceptionspec.ops import OPS


def overridden(spec: Spec, document: Map, merged: Merged) -> Findings:
    """Apply what is under `override` to sections, and keep the rest for the tree.

    Args:
        spec: what the sections of the file are merged into.
        document: the file.
        merged: what came of its sections.
    """
    findings = Findings(spec.limits)
    paths = merged.paths
    override = document.get("override", Map(document.span))
    for key in override:
        section, _, rest = key.partition(".")
        if override[key] != DELETE and not isinstance(override[key], Map):
            findings.append(_no_change(spec, override, key))
        elif key in merged.changed:
            if override[key] != DELETE or paths.get(key) != DELETE:
                findings.append(_twice(key, override.key_spans[key], merged.changed[key]))
        elif key == "input" or rest:
            changes = _normal(override, key)
            findings += _override_section(spec, changes, key, section, rest, findings)
        else:
            paths.take(key, _normal(override, key))
    if paths:
        spec.overrides.append(paths)
    return findings


def _normal(override: Map, key: str) -> Map:
    """The override with the change under a key in its long form: a bare mapping is set."""
    change, place = override[key], override.value_spans[key]
    if not isinstance(change, Map) or not language.CHANGE.fields.keys().isdisjoint(change):
        return override
    normal = Map(override.span)
    long = Map(change.span)
    long.put("set", change, override.key_spans[key], place)
    normal.put(key, long, override.key_spans[key], place)
    return normal


def _twice(key: str, span: Span, other: Span) -> Diagnostic:
    """The finding that a section and an override of one file change the same."""
    return Diagnostic(
        "E0311",
        f"`{shortened(key)}` is changed twice in this file",
        Label(span, "changed here"),
        (Label(other, "changed here too"),),
        helps=("merge the two changes",),
    )


def _no_change(spec: Spec, override: Map, key: str) -> Diagnostic:
    """The finding that there is a number or a text where a change belongs."""
    value, span = override[key], override.value_spans[key]
    section, _, name = key.partition(".")
    written = str(value).lower() if isinstance(value, bool) else shortened(str(value))
    helps: tuple[str, ...] = ()
    if key in spec.args:
        helps = (f"write `args: {{{key}: {written}}}` next to `override`",)
    elif key == "input" and admits(language.SIZE, value):
        helps = (f"write `input: {{size: {written}}}` next to `override`",)
    elif section in ("args", "end_points") and name:
        helps = (f"write `{section}: {{{name}: {written}}}` next to `override`",)
    elif key in _TEXTS:
        helps = (f"write `{key}: {written}` next to `override`",)
    elif isinstance(value, bool) or str(value).lower() in _AWAY:
        helps = (f"write `{shortened(key)}: {DELETE}` to leave it out",)
    return Diagnostic(
        "E0201",
        f"the override of `{shortened(key)}` must be `{DELETE}` or a mapping of what it changes",
        Label(span, f"this is {kind_of(value)}"),
        helps=helps,
    )


def section_key(spec: Spec, key: str, change: Any) -> str:
    """The key of a section that was written without the section's name; empty for none.

    ``classes`` may mean ``args.classes``, and ``inception_a/Branch_1`` a definition.
    """
    name = key.partition("/")[0]
    given = change.get("set") if isinstance(change, Map) else None
    if key in spec.args and given is not None and not isinstance(given, Map):
        return f"args.{key}"
    if key in spec.end_points:
        return f"end_points.{key}"
    if name in spec.blocks:
        return f"blocks.{key}"
    if key in OPS and OPS[key].attributes and _only_sets(change):
        return f"defaults.{key}"
    return ""


def _override_section(
    spec: Spec, override: Map, key: str, section: str, rest: str, earlier: Findings
) -> list[Diagnostic]:
    change, span = override[key], override.key_spans[key]
    name, _, inside = rest.partition("/")
    if section == "input":
        if not _only_sets(change):
            return [_unfit(key, span, "`{set: {...}}`")]
        return merge_input(spec, change["set"])
    if section == "defaults":
        return _set_defaults(spec, change, name, key, span)
    tables: Mapping[str, Any] = {
        "args": spec.args,
        "blocks": spec.blocks,
        "end_points": spec.end_points,
    }
    known = tables.get(section, {})
    if section not in ("args", "blocks", "end_points") or (inside and section != "blocks"):
        sections = ("args", "blocks", "defaults", "end_points", "input")
        known_sections = (*did_you_mean(section, sections), f"sections are {listed(sections)}")
        return [
            Diagnostic(
                "E0310",
                f"the override `{shortened(key)}` names no section",
                Label(span, "not a section"),
                helps=fault(key) or known_sections,
            )
        ]
    if section == "blocks" and is_pattern(name):
        names = matching(name, known)
        return [
            finding
            for block in names
            for finding in _override_block(spec, override, key, block, inside)
        ] or ([] if names else [_unknown(key, name, section, span, known, earlier)])
    if name not in known:
        return [_unknown(key, name, section, span, known, earlier)]
    if section == "blocks":
        return _override_block(spec, override, key, name, inside)
    if change == DELETE and section == "end_points":
        spec.end_points.drop(name)
        return []
    if change == DELETE:
        spec.deleted_args[name] = span
        return []
    if not isinstance(change, Map) or list(change) != ["set"] or isinstance(change["set"], Map):
        return [_unfit(key, span, "`delete` or `{set: VALUE}`")]
    value, value_span = change["set"], change.value_spans["set"]
    if section == "end_points":
        if not admits(language.PATH, value):
            return [unfit(language.PATH, value, f"the end point `{name}`", value_span)]
        spec.end_points.put(name, value, spec.end_points.key_spans[name], value_span)
        return []
    return set_argument(spec, name, value, value_span)


def _unknown(
    key: str, name: str, section: str, span: Span, known: Mapping[str, Any], earlier: Findings
) -> Diagnostic:
    """The finding that a section has nothing of a name."""
    return Diagnostic(
        "E0310",
        f"the override `{shortened(key)}` matches nothing",
        Label(span, f"there is no `{shortened(name)}` under `{section}`"),
        helps=nearest(name, list(known), earlier),
    )


# Keys of a variant that hold a text.
_TEXTS = ("name", "doc", "checkpoint_scope", "main")
# What may be written to leave something out, where the language says `delete`.
_AWAY = ("drop", "false", "no", "none", "off", "remove", "removed")


def _only_sets(change: Any) -> bool:
    return isinstance(change, Map) and list(change) == ["set"] and isinstance(change["set"], Map)


def _unfit(key: str, span: Span, wanted: str) -> Diagnostic:
    return Diagnostic(
        "E0315",
        f"`{shortened(key)}` can only be overridden by {wanted}",
        Label(span, f"expected {wanted}"),
    )


def _set_defaults(spec: Spec, change: Any, name: str, key: str, span: Span) -> list[Diagnostic]:
    op = OPS.get(name)
    if op is None or not op.attributes:
        known = [op.name for op in OPS.values() if op.attributes]
        return [
            Diagnostic(
                "E0310",
                f"the override `{shortened(key)}` matches nothing",
                Label(span, f"there is no operator `{shortened(name)}`"),
                helps=did_you_mean(name, known),
            )
        ]
    if not _only_sets(change):
        return [_unfit(key, span, "`{set: {...}}`")]
    findings = check_defaults(op, change["set"])
    merge_defaults(spec, name, change["set"], span)
    return findings


def _override_block(
    spec: Spec, override: Map, key: str, name: str, inside: str
) -> list[Diagnostic]:
    change, span = override[key], override.key_spans[key]
    if inside:
        _later(spec, override, key, name, inside, change)
        return []
    if change == DELETE:
        del spec.blocks[name]
        return []
    if "replace" in change:
        return [_unfit(key, change.key_spans["replace"], "what keeps its name, such as `set`")]
    around = change.without("set")
    if around:
        _later(spec, override, key, name, ITSELF, around)
    if "set" not in change:
        return []
    if not isinstance(change["set"], Map):
        return [_unfit(key, span, "`delete` or a mapping")]
    block, block_span = spec.blocks[name]
    spec.blocks[name] = (block.merged(change["set"]), block_span)
    return check_form(spec.blocks[name][0], language.BLOCK)


def _later(spec: Spec, override: Map, key: str, name: str, path: str, change: Any) -> None:
    """Keep a change of a definition for its calls: one mapping of paths for each file."""
    files = spec.inside.setdefault(name, [])
    if not files or files[-1].span is not override.span:
        files.append(Map(override.span))
    files[-1].put(path, change, override.key_spans[key], override.value_spans[key])
