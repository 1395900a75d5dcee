"""A chain of files to one Spec: the bases first, then the sections of each variant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from inceptionspec.diagnostics.diagnostic import Diagnostic, Findings, Label, SpecError
from inceptionspec.diagnostics.limits import DEFAULT_LIMITS, Limits
from inceptionspec.diagnostics.sanitize import sanitize, shortened
from inceptionspec.diagnostics.source import Source, Span
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.frontend.expansion.chain import extended_here, read_chain
from inceptionspec.frontend.language import forms as language
from inceptionspec.frontend.language.arguments import Argument, declared, wrong_type
from inceptionspec.frontend.language.checker import check, check_defaults, check_form
from inceptionspec.frontend.language.forms import DELETE
from inceptionspec.frontend.language.value_check import admits, unfit
from inceptionspec.frontend.reading.document import Map, Seq, kind_of
from inceptionspec.ops import OPS


class Removed(NamedTuple):
    """Where an override takes something away, and the path that stands for it then, if any."""

    span: Span
    instead: str = ""


class PatternMatch(NamedTuple):
    """What a pattern under ``override`` matched.

    ``missed`` are what its first element with a star matches, but nothing inside of.
    """

    key: str
    span: Span
    paths: tuple[str, ...]
    missed: tuple[str, ...]


@dataclass(slots=True)
class Spec:
    """A spec after its bases: all sections are complete, overrides by path are not yet applied.

    ``files`` are its documents, the variant first. ``overrides`` holds one
    mapping of final paths for each file that has any, the base's first; ``inside`` the
    overrides of a block's definition, by block. ``deleted_args`` stay in ``args``, since the
    base is expanded before its layers are overridden, and cannot be set. Applying the
    overrides fills ``removed``, by path, and ``patterns``, in file order.
    """

    files: tuple[Map, ...]
    input: Map
    width: Map
    args: dict[str, Argument]
    defaults: dict[str, Map]
    blocks: dict[str, tuple[Map, Span]]
    network: Seq
    heads: dict[str, tuple[Map, Span]]
    end_points: Map
    budget: Map
    main: tuple[str, Span] | None
    checkpoint_scope: str
    overrides: list[Map] = field(default_factory=list)
    inside: dict[str, list[Map]] = field(default_factory=dict)
    deleted_args: dict[str, Span] = field(default_factory=dict)
    removed: dict[str, Removed] = field(default_factory=dict)
    patterns: list[PatternMatch] = field(default_factory=list)
    limits: Limits = DEFAULT_LIMITS

    def __repr__(self) -> str:
        return f"<Spec {sanitize(self.name)}: {len(self.files)} files>"

    @property
    def document(self) -> Map:
        """The file that was asked for."""
        return self.files[0]

    @property
    def name(self) -> str:
        """What the network calls itself."""
        return str(self.document["name"])

    @property
    def expect(self) -> Map | None:
        """The contracts of the file that was asked for; a variant does not inherit contracts."""
        return self.document.get("expect")


def inherit(source: Source, limits: Limits = DEFAULT_LIMITS) -> Spec:
    """Read a spec and everything it extends.

    Raises:
        SpecError: a file cannot be read, breaks the form of the language, extends itself,
            or overrides a section that is not there.
    """
    chain = read_chain(source, limits, check)
    spec = _base(chain, limits)
    findings = Findings(limits)
    for document in reversed(chain[:-1]):
        findings += _lay_over(spec, document)
    if findings:
        raise SpecError(findings)
    return spec


def _base(chain: list[Map], limits: Limits) -> Spec:
    root = chain[-1]
    spec = Spec(
        files=tuple(chain),
        input=root["input"],
        width=Map(root.span),
        args={},
        defaults=dict(root.get("defaults", {})),
        blocks={},
        network=root["network"],
        heads={},
        end_points=Map(root.span),
        budget=Map(root.span),
        main=None,
        checkpoint_scope="",
        limits=limits,
    )
    findings = _add_sections(spec, root)
    if findings:
        raise SpecError(findings)
    return spec


def _lay_over(spec: Spec, document: Map) -> Findings:
    findings = _add_sections(spec, document)
    paths = Map(document.span)
    override = document.get("override", Map(document.span))
    for key in override:
        section, _, rest = key.partition(".")
        if override[key] != DELETE and not isinstance(override[key], Map):
            findings.append(_no_change(spec, override, key))
        elif key == "input" or rest:
            findings += _override_section(spec, override, key, section, rest, findings)
        else:
            paths.take(key, override)
    if paths:
        spec.overrides.append(paths)
    return findings


def _no_change(spec: Spec, override: Map, key: str) -> Diagnostic:
    """The finding that there is a number or a text where a change belongs."""
    value, span = override[key], override.value_spans[key]
    section, _, name = key.partition(".")
    written = str(value).lower() if isinstance(value, bool) else shortened(str(value))
    helps: tuple[str, ...] = ()
    if key in spec.args:
        helps = (f"write `args.{key}: {{set: {written}}}`",)
    elif key == "input" and admits(language.SIZE, value):
        helps = (f"write `input: {{set: {{size: {written}}}}}`",)
    elif section in ("args", "end_points") and name:
        helps = (f"write `{key}: {{set: {written}}}`",)
    elif isinstance(value, bool) or str(value).lower() in _AWAY:
        helps = (f"write `{shortened(key)}: {DELETE}` to leave it out",)
    return Diagnostic(
        "E0201",
        f"the override of `{shortened(key)}` must be `{DELETE}` or a mapping such as "
        "`{set: {...}}`",
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


def _add_sections(spec: Spec, document: Map) -> Findings:
    """Add what a file has under its own keys; a name that the base already has is a finding."""
    findings = Findings(spec.limits)
    sections: tuple[tuple[str, Any], ...] = (
        ("args", spec.args),
        ("blocks", spec.blocks),
        ("heads", spec.heads),
        ("end_points", spec.end_points),
    )
    for section, known in sections:
        added = document.get(section, {})
        for name in added:
            span = added.key_spans[name]
            if name in known:
                key = name if section == "heads" else f"{section}.{name}"
                findings.append(
                    Diagnostic(
                        "E0301",
                        f"the base already has `{name}` under `{section}`",
                        Label(span, "given again here"),
                        extended_here(spec.files[-1].span, spec.files),
                        helps=(f"change it under `override`, with the key `{key}`",),
                    )
                )
            elif section == "args":
                spec.args[name] = declared(added, name)
                findings += _wrong_default(added, name)
            elif section == "end_points":
                spec.end_points.take(name, added)
            else:
                known[name] = (added[name], span)
    spec.width = spec.width.merged(document.get("width", Map(document.span)))
    spec.budget = spec.budget.merged(document.get("budget", Map(document.span)))
    if "main" in document:
        spec.main = (document["main"], document.value_spans["main"])
    spec.checkpoint_scope = document.get("checkpoint_scope", spec.checkpoint_scope)
    return findings


def _wrong_default(section: Map, name: str) -> list[Diagnostic]:
    given = section[name]
    if not isinstance(given, Map):
        return []
    return wrong_type(name, declared(section, name), given["default"], given.value_spans["default"])


def _override_section(
    spec: Spec, override: Map, key: str, section: str, rest: str, earlier: Findings
) -> list[Diagnostic]:
    change, span = override[key], override.key_spans[key]
    name, _, inside = rest.partition("/")
    if section == "input":
        return _set_mapping(spec, change, key, span)
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
        return [
            Diagnostic(
                "E0310",
                f"the override `{shortened(key)}` names no section",
                Label(span, "not a section"),
                helps=(*did_you_mean(section, sections), f"sections are {listed(sections)}"),
            )
        ]
    if name not in known:
        return [
            Diagnostic(
                "E0310",
                f"the override `{shortened(key)}` matches nothing",
                Label(span, f"there is no `{shortened(name)}` under `{section}`"),
                helps=did_you_mean(name, known, earlier),
            )
        ]
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
    argument = spec.args[name]
    spec.args[name] = Argument(argument.type, value, argument.span, argument.doc)
    return wrong_type(name, argument, value, value_span)


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


def _set_mapping(spec: Spec, change: Any, key: str, span: Span) -> list[Diagnostic]:
    if not _only_sets(change):
        return [_unfit(key, span, "`{set: {...}}`")]
    given, before = change["set"], spec.input
    spec.input = before.merged(given)
    steps = "preprocessing"
    if isinstance(given.get(steps), Map) and steps in before:
        merged = before[steps].merged(given[steps])
        spec.input.put(steps, merged, given.key_spans[steps], given.value_spans[steps])
    return check_form(given.merged(spec.input), language.INPUT)


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
    spec.defaults[name] = spec.defaults.get(name, Map(span)).merged(change["set"])
    return findings


def _override_block(
    spec: Spec, override: Map, key: str, name: str, inside: str
) -> list[Diagnostic]:
    change, span = override[key], override.key_spans[key]
    if inside:
        files = spec.inside.setdefault(name, [])
        if not files or files[-1].span is not override.span:  # one mapping for each file
            files.append(Map(override.span))
        files[-1].put(inside, change, span, override.value_spans[key])
        return []
    if change == DELETE:
        del spec.blocks[name]
        return []
    if not _only_sets(change):
        return [_unfit(key, span, "`delete` or `{set: {...}}`")]
    block, block_span = spec.blocks[name]
    spec.blocks[name] = (block.merged(change["set"]), block_span)
    return check_form(spec.blocks[name][0], language.BLOCK)


def given_arguments(
    spec: Spec, given: Mapping[str, tuple[Any, Span]]
) -> tuple[dict[str, Argument], list[Diagnostic]]:
    """The spec's arguments with the values that a user gives, and what is wrong with those."""
    args, findings = dict(spec.args), []
    for name, (value, span) in given.items():
        if name not in args or name in spec.deleted_args:
            known = tuple(arg for arg in args if arg not in spec.deleted_args)
            helps = did_you_mean(name, known)
            note = f"its arguments are {listed(known)}" if known else "it has no arguments"
            findings.append(
                Diagnostic(
                    "E0806",
                    f"`{spec.name}` has no argument `{shortened(name)}`",
                    Label(span),
                    helps=helps,
                    notes=(note,),
                )
            )
            continue
        if args[name].type == "string" and not isinstance(value, str):
            value = str(value)
        if isinstance(value, float):
            value += 0.0  # -0.0 becomes 0.0, as in the reader
        if admits(language.SCALAR, value):
            findings += wrong_type(name, args[name], value, span, "E0805")
        else:
            findings.append(
                Diagnostic("E0805", f"the argument `{name}` must be finite", Label(span))
            )
        args[name] = Argument(args[name].type, value, span, args[name].doc)
    return args, findings
