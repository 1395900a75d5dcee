"""The sections of one file, merged into those of its bases."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from inceptionspec.diagnostics.diagnostic import Diagnostic, Findings, Label
from inceptionspec.diagnostics.source import Span
from inceptionspec.frontend.expansion.patterns import matching
from inceptionspec.frontend.expansion.spec import Spec
from inceptionspec.frontend.language import forms as language
from inceptionspec.frontend.language.arguments import Argument, declared, wrong_type
from inceptionspec.frontend.language.checker import check_form
from inceptionspec.frontend.language.forms import DELETE
from inceptionspec.frontend.reading.document import Map
from inceptionspec.ops.attribute_types import NONE


@dataclass(slots=True, eq=False)
class Merged:
    """What came of the sections of one file.

    Attributes:
        findings: what does not fit the base.
        changed: where something of the base was given other values, by the key that
            ``override`` has for it.
        paths: changes of heads, which are applied by path.
        whole: whether the file is a whole spec: then its form has been checked, once for all.
    """

    findings: Findings
    paths: Map
    whole: bool
    changed: dict[str, Span] = field(default_factory=dict)


def merge_sections(spec: Spec, document: Map) -> Merged:
    """Merge what a file has under its own keys: mappings key by key, the rest as a whole."""
    whole = "extends" not in document
    merged = Merged(Findings(spec.limits), Map(document.span), whole)
    if "input" in document:
        if spec.input:
            merged.changed["input"] = document.key_spans["input"]
        merged.findings += merge_input(spec, document["input"])
    _arguments(spec, document.get("args", Map(document.span)), merged)
    _defaults(spec, document.get("defaults", Map(document.span)), merged)
    _blocks(spec, document.get("blocks", Map(document.span)), merged)
    _end_points(spec, document.get("end_points", Map(document.span)), merged)
    known_heads = list(spec.heads)
    _heads(spec, document.get("heads", Map(document.span)), merged)
    spec.width = spec.width.merged(document.get("width", Map(document.span)))
    spec.budget = spec.budget.merged(document.get("budget", Map(document.span)))
    if "main" in document:
        spec.main = (document["main"], document.value_spans["main"])
        if document["main"] == NONE and NONE not in spec.heads:
            _no_main(spec, document, known_heads, merged)
    spec.checkpoint_scope = document.get("checkpoint_scope", spec.checkpoint_scope)
    return merged


def merge_input(spec: Spec, given: Map) -> list[Diagnostic]:
    """Give keys of the input and of its preprocessing other values."""
    before = spec.input
    spec.input = before.merged(given)
    steps = "preprocessing"
    if isinstance(given.get(steps), Map) and steps in before:
        merged = before[steps].merged(given[steps])
        spec.input.put(steps, merged, given.key_spans[steps], given.value_spans[steps])
    return check_form(given.merged(spec.input), language.INPUT)


def merge_defaults(spec: Spec, name: str, given: Map, span: Span) -> None:
    """Give some usual attributes of an operator other values."""
    spec.defaults[name] = spec.defaults.get(name, Map(span)).merged(given)


def set_argument(spec: Spec, name: str, value: Any, span: Span) -> list[Diagnostic]:
    """Give an argument of the base another default."""
    argument = spec.args[name]
    spec.args[name] = Argument(argument.type, value, argument.span, argument.doc)
    return wrong_type(name, argument, value, span)


def _arguments(spec: Spec, section: Map, merged: Merged) -> None:
    for name in section:
        value, span = section[name], section.value_spans[name]
        if name not in spec.args or name in spec.deleted_args:
            spec.deleted_args.pop(name, None)
            spec.args[name] = declared(section, name)
            merged.findings += _wrong_default(section, name)
            continue
        merged.changed[f"args.{name}"] = section.key_spans[name]
        if isinstance(value, Map):  # declared anew
            doc = spec.args[name].doc
            spec.args[name] = new = declared(section, name)
            if not new.doc:
                spec.args[name] = Argument(new.type, new.value, new.span, doc)
            merged.findings += _wrong_default(section, name)
            continue
        for finding in set_argument(spec, name, value, span):
            if value == DELETE:
                help_ = f"write `args.{name}: {DELETE}` under `override`"
                finding = replace(finding, helps=(help_,))
            merged.findings.append(finding)


def _wrong_default(section: Map, name: str) -> list[Diagnostic]:
    given = section[name]
    if not isinstance(given, Map):
        return []
    return wrong_type(name, declared(section, name), given["default"], given.value_spans["default"])


def _defaults(spec: Spec, section: Map, merged: Merged) -> None:
    for name in section:
        if name in spec.defaults:
            merged.changed[f"defaults.{name}"] = section.key_spans[name]
        merge_defaults(spec, name, section[name], section.key_spans[name])


def _blocks(spec: Spec, section: Map, merged: Merged) -> None:
    for name in section:
        given, span = section[name], section.key_spans[name]
        if name in spec.blocks:
            merged.changed[f"blocks.{name}"] = span
            base, span = spec.blocks[name]
            given = _merged_block(base, given)
        spec.blocks[name] = (given, span)
        if not merged.whole:
            merged.findings += check_form(given, language.BLOCK)


def _merged_block(base: Map, given: Map) -> Map:
    """A definition with what a variant says of it.

    Its arguments and its branches are merged by name. A body of the other kind takes the
    place of the base's.
    """
    others = {"layers": ("branches", "merge"), "branches": ("layers",)}
    gone = [key for body, keys in others.items() if body in given for key in keys]
    merged = base.without(*gone).merged(given)
    for key in ("args", "branches"):
        if isinstance(base.get(key), Map) and isinstance(given.get(key), Map):
            merged[key] = base[key].merged(given[key])
    return merged


def _end_points(spec: Spec, section: Map, merged: Merged) -> None:
    for name in section:
        if name in spec.end_points:
            merged.changed[f"end_points.{name}"] = section.key_spans[name]
        spec.end_points.take(name, section)


def _heads(spec: Spec, section: Map, merged: Merged) -> None:
    for name in section:
        given, span = section[name], section.key_spans[name]
        if name not in spec.heads:
            spec.heads[name] = (given, span)
            if not merged.whole:
                merged.findings += check_form(given, language.HEAD)
            continue
        change = Map(section.value_spans[name])
        change.put("set", given, span, section.value_spans[name])
        merged.paths.put(name, change, span, section.value_spans[name])
        merged.changed[name] = span


def _no_main(spec: Spec, document: Map, heads: list[str], merged: Merged) -> None:
    """Leave out all heads of the base, so that the trunk alone is the network."""
    span, place = document.key_spans["main"], document.value_spans["main"]
    own = document.get("heads", {})
    if own:
        name = next(iter(own))
        merged.findings.append(
            Diagnostic(
                "E0210",
                f"`main: {NONE}` is a network without heads, and `{name}` is one",
                Label(place, "no head is the main one"),
                (Label(own.key_spans[name], "a head"),),
                helps=("leave `heads` out for the layers alone, or name the main head",),
            )
        )
        return
    spec.main, spec.headless = None, place
    gone = {
        head
        for changes in spec.overrides
        for key in changes
        if changes[key] == DELETE
        for head in matching(key, heads)
    }
    for name in heads:
        if name not in gone:
            merged.paths.put(name, DELETE, span, place)
            merged.changed[name] = span
