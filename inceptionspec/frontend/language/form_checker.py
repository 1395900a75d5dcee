"""Document to findings by any table of forms: what holds for every language alike.

The walk follows the structures of the language, and checks each scalar against the JSON Schema
of its kind. So it names a misspelled key at its place; one schema for the whole file could only
say that nothing fits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from inceptionspec.diagnostics.diagnostic import Diagnostic, Findings, Label
from inceptionspec.diagnostics.limits import DEFAULT_LIMITS, Limits
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.frontend.language.form import (
    KIND,
    NAME,
    Choice,
    Field,
    Form,
    Listed,
    Named,
    OneOrSeveral,
    Section,
    Structure,
    is_name,
)
from inceptionspec.frontend.language.value_check import admits, unfit
from inceptionspec.frontend.reading.document import Map, Seq, kind_of
from inceptionspec.ops.attribute_types import Kind

_NO_FORMS: Mapping[str, Form] = MappingProxyType({})
Walk = Callable[[Any, Span, str], object]
"""Checks a value at its place; the text says what it is."""


class FormChecker:
    """Collects findings while it walks a document.

    Attributes:
        findings: what it found.
        named: the walks of structures that fields name.
    """

    named: Mapping[str, Walk]

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self.findings = Findings(limits)
        self.named = {}

    # Findings

    def add(
        self,
        code: str,
        message: str,
        span: Span,
        label: str = "",
        helps: Iterable[str] = (),
        notes: Iterable[str] = (),
    ) -> None:
        """Collect one finding at one place."""
        self.findings.append(
            Diagnostic(code, message, Label(span, label), helps=tuple(helps), notes=tuple(notes))
        )

    def wrong_kind(
        self, value: Any, span: Span, wanted: str, what: str, helps: Iterable[str] = ()
    ) -> None:
        """Collect that a value is not the kind of collection that it should be."""
        self.add("E0201", f"{what} must be {wanted}", span, f"this is {kind_of(value)}", helps)

    # Forms

    def version(
        self, root: Map, key: str, version: int, what: str, helps: Iterable[str] = ()
    ) -> bool:
        """Refuse another version of a language before its words are read.

        Args:
            root: the file.
            key: the key that gives the version, with which a file starts.
            version: the one that is known.
            what: what a file is called in a sentence.
            helps: what to do about a file without the key.
        """
        if key not in root:
            self.add(
                "E0204",
                f"the key `{key}` is missing",
                root.span,
                f"{what} starts here",
                tuple(helps)
                or [f"start the file with `{key}: {version}`, the version of the language"],
            )
        elif root[key] != version or isinstance(root[key], bool):
            self.add(
                "E0207",
                f"version {shortened(str(root[key]))} of the language is unknown"
                if isinstance(root[key], (int, float)) and not isinstance(root[key], bool)
                else f"the version of the language is a number, not {kind_of(root[key])}",
                root.value_spans[key],
                f"expected `{version}`",
                [
                    f"write `{key}: {version}`, or use the release of specbuild that reads this "
                    "version"
                ],
            )
        return not self.findings

    def form(self, value: Map, form: Form, others: Mapping[str, Form] = _NO_FORMS) -> None:
        """Check a mapping against its form, key by key.

        Args:
            value: the mapping.
            form: what it must keep to.
            others: the forms of all kinds that it might have been.
        """
        for key in value:
            field = form.fields.get(key)
            if field is None:
                kinds = [kind for kind, other in others.items() if key in other.fields]
                helps = [f"it is a key of {listed(kinds)}: give the `{KIND}` too"] if kinds else ()
                self.unknown_key(key, value, form, helps)
            else:
                self.field(key, value, field, form)
        for key, field in form.fields.items():
            if field.required and key not in value:
                self.add(
                    "E0204",
                    f"{form.title} lacks the key `{key}`",
                    value.span,
                    f"`{key}` is missing here",
                    [f"`{key}`: {field.doc}"],
                )

    def unknown_key(self, key: str, value: Map, form: Form, helps: Iterable[str] = ()) -> None:
        """Collect that a form has no such key, with the closest one unless ``helps`` are given."""
        span = value.key_spans[key]
        # Keys that an override adds to are in another file, and may be given again.
        known = [
            name
            for name in form.fields
            if name not in value or value.key_spans[name].source is not span.source
        ]
        self.add(
            "E0202",
            f"unknown key `{shortened(key)}` of {form.title}",
            span,
            f"not a key of {form.title}",
            tuple(helps)
            or did_you_mean(key, form.fields)
            or [f"it may have {listed(known)}"] * bool(known),
        )

    def field(self, key: str, value: Map, field: Field, form: Form) -> None:
        """Check one value of a mapping."""
        span = value.value_spans[key]
        if isinstance(field.value, Kind):
            self.scalar(key, value[key], span, field, form.title)
            return
        walk = self.named[field.value] if isinstance(field.value, str) else self.walk(field.value)
        walk(value[key], span, f"`{key}` of {form.title}")

    def scalar(self, key: str, value: Any, span: Span, field: Field, owner: str) -> None:
        """Check a value against its kind."""
        kind = field.value
        assert isinstance(kind, Kind)
        if kind is NAME:
            self.name(value, span)
        elif not admits(kind, value, field.arguments):
            self.findings.append(unfit(kind, value, f"`{key}` of {owner}", span))

    def name(self, value: Any, span: Span) -> bool:
        """Whether a value is a name; what is none is reported."""
        if isinstance(value, str) and is_name(value):
            return True
        near = re.sub(r"[^A-Za-z0-9_]", "_", str(value))
        self.add(
            "E0209",
            f"{kind_of(value)} cannot be a name",
            span,
            "not a name",
            [f"write `{near}`"] if isinstance(value, str) and is_name(near) else (),
            [f"a name is {NAME.expected.partition(': ')[2]}"],
        )
        return False

    # Structures

    def walk(self, structure: Structure) -> Walk:
        """How values of a structure are checked."""
        match structure:
            case Section(form, short):
                return self.section(form, short)
            case Choice():
                return self._choice(structure)
            case Named(Section(form, short)):
                return self._named(form, short)
            case Listed():
                return self._listed(structure)

    def section(self, form: Form, short: Kind | None = None) -> Walk:
        """A mapping of a form."""

        def walk(value: Any, span: Span, what: str) -> None:
            if isinstance(value, Map):
                self.form(value, form)
            elif short is not None:
                self._short(value, span, what, short)
            else:
                self.wrong_kind(value, span, "a mapping", what)

        return walk

    def entries(self, value: Any, span: Span, what: str) -> Iterable[tuple[str, Any, Span]]:
        """Entries of a mapping whose keys are names; other keys are reported."""
        if not isinstance(value, Map):
            self.wrong_kind(value, span, "a mapping", what, _by_name(value))
            return
        for name in value:
            if self.name(name, value.key_spans[name]):
                yield name, value[name], value.value_spans[name]

    def scalars(self, kind: Kind, arguments: bool = False) -> Walk:
        """A mapping from anything to scalars of one kind."""
        field = Field(kind, "", arguments=arguments)

        def walk(value: Any, span: Span, what: str) -> None:
            if not isinstance(value, Map):
                self.wrong_kind(value, span, "a mapping", what)
                return
            for key in value:
                self.scalar(key, value[key], value.value_spans[key], field, what)

        return walk

    def mapping_of(self, walk: Walk) -> Walk:
        """A mapping from anything to values of one structure; one at least."""

        def walk_all(value: Any, span: Span, what: str) -> None:
            if not isinstance(value, Map):
                self.wrong_kind(value, span, "a mapping", what)
                return
            if not value:
                self.add("E0205", f"{what} is empty", span, "at least one entry is needed")
            for key in value:
                walk(value[key], value.value_spans[key], f"`{key}` of {what}")

        return walk_all

    def one_or_several(self, structure: OneOrSeveral) -> Walk:
        """A scalar, or a list of some, in which each is checked at its place."""

        def walk(value: Any, span: Span, what: str) -> None:
            if isinstance(value, Seq) and 0 < len(value) <= structure.most:
                for item, place in zip(value, value.item_spans, strict=True):
                    if not admits(structure.one, item):
                        self.findings.append(unfit(structure.one, item, f"each of {what}", place))
            elif not admits(structure.kind, value):
                self.findings.append(unfit(structure.kind, value, what, span))

        return walk

    def _short(self, value: Any, span: Span, what: str, short: Kind) -> None:
        """A scalar in the place of a mapping; the kind's own words speak of both."""
        if not admits(short, value):
            self.findings.append(unfit(short, value, what, span))

    def _choice(self, choice: Choice) -> Walk:
        def walk(value: Any, span: Span, what: str) -> None:
            kinds = list(choice.forms)
            if isinstance(value, str) and value in kinds:
                written = f"write `{{{KIND}: {value}}}`"
                self.wrong_kind(value, span, "a mapping", what, [written])
                return
            if not isinstance(value, Map):
                self.section(next(iter(choice.forms.values())), choice.short)(value, span, what)
                return
            kind = value.get(KIND)
            if isinstance(kind, str) and kind in choice.forms:
                self.form(value, choice.forms[kind], choice.forms)
            elif KIND not in value:
                self.add(
                    "E0204",
                    f"{choice.title} lacks the key `{KIND}`",
                    value.span,
                    f"`{KIND}` is missing here",
                    [f"`{KIND}` is {listed(kinds, 'or')}"],
                )
            else:
                self.add(
                    "E0205",
                    f"`{KIND}` of {choice.title} must be {listed(kinds, 'or')}",
                    value.value_spans[KIND],
                    f"this is {kind_of(kind)}",
                    did_you_mean(str(kind), kinds),
                )

        return walk

    def _named(self, form: Form, short: Kind | None) -> Walk:
        def walk(value: Any, span: Span, what: str) -> None:
            section = self.section(form, short)
            for name, part, part_span in self.entries(value, span, what):
                noun = form.title.partition(" ")[2]
                section(part, part_span, f"`{name}`" if short is None else f"the {noun} `{name}`")

        return walk

    def _listed(self, structure: Listed) -> Walk:
        def walk(value: Any, span: Span, what: str) -> None:
            if not isinstance(value, Seq):
                self.wrong_kind(value, span, "a list", what)
                return
            if len(value) > structure.most:
                label = f"this has {len(value):,}"
                self.add("E0205", f"{what} may have {structure.most:,} entries", span, label)
                return
            for part, part_span in zip(value, value.item_spans, strict=True):
                self.walk(structure.entry)(part, part_span, structure.what)
            if len(value) < structure.least:
                self.add("E0205", f"{what} is empty", span, f"at least {structure.what} is needed")

        return walk


def _by_name(value: Any) -> tuple[str, ...]:
    """How to write as a mapping what was written as a list of named things."""
    first = value[0] if isinstance(value, Seq) and value else None
    name = first.get("name") if isinstance(first, Map) else None
    if not isinstance(name, str):
        return ()
    return (f"write each under its name, as `{shortened(name)}: {{...}}`, without `name`",)
