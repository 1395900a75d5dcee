"""Document to findings: whether every mapping of a network keeps to its form.

The walk is that of every language (``form_checker``); here is what only networks have.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from itertools import islice
from types import MappingProxyType
from typing import Any

from inceptionspec.diagnostics.codes import CODES, WARNINGS
from inceptionspec.diagnostics.diagnostic import Diagnostic, Findings, SpecError
from inceptionspec.diagnostics.limits import DEFAULT_LIMITS, Limits
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.frontend.language import forms as language
from inceptionspec.frontend.language.expressions import expressed, syntax_error
from inceptionspec.frontend.language.form import (
    NAME,
    TEXT,
    Field,
    Form,
    Listed,
    Named,
    Section,
)
from inceptionspec.frontend.language.form_checker import FormChecker
from inceptionspec.frontend.language.forms import DELETE
from inceptionspec.frontend.language.other_words import (
    ATTRIBUTES,
    MERGES,
    OPERATORS,
    counterpart,
)
from inceptionspec.frontend.language.value_check import admits
from inceptionspec.frontend.reading.document import Map, Seq, kind_of
from inceptionspec.ops import LAYER_OPS, MERGE_OPS, OPS
from inceptionspec.ops.attribute_types import Kind
from inceptionspec.ops.record import Op


def check(root: Map, limits: Limits = DEFAULT_LIMITS) -> Findings:
    """Everything in one file that does not keep to the form of a spec or a variant."""
    blocks = root.get("blocks")
    checker = _Checker(limits, blocks if isinstance(blocks, Map) else {})
    if not checker.version(root, "spec", language.VERSION, "a spec", _other_language(root)):
        return checker.findings
    with suppress(SpecError):  # too many: the rest is left out
        checker.form(root, language.VARIANT if "extends" in root else language.SPEC)
    return checker.findings


def check_layer(item: Map) -> list[Diagnostic]:
    """The same for one ``op:`` line, after an override has changed it."""
    checker = _Checker()
    with suppress(SpecError):
        checker.item(item, item.span)
    return checker.findings


def check_form(
    value: Map, form: Form, blocks: Mapping[str, Any] = MappingProxyType({})
) -> list[Diagnostic]:
    """The same for one mapping of a known form.

    Args:
        blocks: definitions by name, whose arguments may be mistaken for keys of a call.
    """
    checker = _Checker(blocks=blocks)
    with suppress(SpecError):
        checker.form(value, form)
    return checker.findings


def check_defaults(op: Op, value: Map) -> list[Diagnostic]:
    """The same for an operator's usual attributes."""
    checker = _Checker()
    with suppress(SpecError):
        checker.attributes(op, value)
    return checker.findings


def _other_language(root: Map) -> tuple[str, ...]:
    """What to do about a file that is a recipe, or would be with its keys in order."""
    if "recipe" not in root:
        return ()
    if next(iter(root)) == "recipe":
        return ("this is a recipe, which trains a network: name a spec here",)
    return ("start a recipe with the key `recipe`, before all others",)


_PROVENANCE = Listed("a note of provenance", Section(language.PROVENANCE))

#: What a code stands for that `allow` cannot name, by its first letter.
_NO_ADVICE = {
    "E": "an error, which cannot be allowed",
    "W": "about a checkpoint, not about a spec",
}


class _Checker(FormChecker):
    """The walk over a network: what is its own in it, one method for each structure."""

    def __init__(
        self, limits: Limits = DEFAULT_LIMITS, blocks: Mapping[str, Any] = MappingProxyType({})
    ) -> None:
        super().__init__(limits)
        self.blocks = blocks
        self.named = {
            "items": self._items,
            "branches": self._branches,
            "merge": self._merge,
            "residual": self.section(language.RESIDUAL),
            "input": self.section(language.INPUT),
            "preprocessing": self.section(language.PREPROCESSING),
            "width": self.section(language.WIDTH),
            "defaults": self._defaults,
            "arguments": self._arguments,
            "parameters": self.walk(Named(Section(language.PARAMETER, language.TYPE))),
            "blocks": self.walk(Named(Section(language.BLOCK))),
            "heads": self.walk(Named(Section(language.HEAD))),
            "with": self.scalars(language.SCALAR, arguments=True),
            "rename": self.scalars(NAME),
            "end_points": self._end_points,
            "expect": self._expect,
            "budget": self.section(language.BUDGET),
            "provenance": self.walk(_PROVENANCE),
            "differences": self.scalars(TEXT),
            "override": self._override,
            "set": self._any_mapping,
        }

    # Forms

    def form(
        self, value: Map, form: Form, others: Mapping[str, Form] = MappingProxyType({})
    ) -> None:
        """Check a mapping against its form, and that it has one body."""
        super().form(value, form, others)
        if "layers" in form.fields and "branches" in form.fields:
            self._body(value, form)

    def unknown_key(self, key: str, value: Map, form: Form, helps: Iterable[str] = ()) -> None:
        """Collect that a form has no such key, with where it belongs or what it may stand for."""
        if _rest_of_an_expression(key, value):
            return  # the parenthesis that a comma cut off is reported where it opens
        span = value.key_spans[key]
        if form is language.VARIANT and key in language.SPEC.fields:
            self.add(
                "E0202",
                f"a variant has no key `{key}`",
                span,
                "not a key of a variant",
                [_VARIED.get(key, "change what it extends under `override`")],
            )
            return
        if form is language.SPEC and key == "override":
            self.add(
                "E0202",
                "only a variant has the key `override`",
                span,
                "nothing to override",
                ["name a base with `extends`, or write the change where it belongs"],
            )
            return
        op = OPS.get(value.get("op", "")) if isinstance(value.get("op", ""), str) else None
        if op is not None:
            # A misspelled key of every layer, such as `name`, looks like an unknown attribute.
            self.add(
                "E0203",
                f"unknown attribute `{shortened(key)}` of `{op.name}`",
                span,
                f"not an attribute of `{op.name}`",
                _attribute_helps(op, key, value, form),
                _needs(op),
            )
            return
        if form is language.CALL and key in self._arguments_of(value["block"]):
            self.add(
                "E0202",
                f"`{key}` is an argument of `{value['block']}`, not a key of a call",
                span,
                "belongs under `with`",
                [f"write `with: {{{key}: {_short(value[key])}}}`"],
            )
            return
        if form is language.CHANGE and key in _KEYS_OF_SETS:
            self.add(
                "E0202",
                f"`{key}` is not a key of an override",
                span,
                "belongs under `set`",
                [f"write `set: {{{key}: ...}}`"],
            )
            return
        super().unknown_key(
            key, value, form, helps or _MISPLACED.get(key) or _misplaced_in(form, key, value)
        )

    def _arguments_of(self, block: Any) -> Any:
        """The arguments that a block declares, as far as its definition is known here."""
        definition = self.blocks.get(block) if isinstance(block, str) else None
        section = definition.get("args") if isinstance(definition, Map) else None
        return section if isinstance(section, Map) else ()

    def scalar(self, key: str, value: Any, span: Span, field: Field, owner: str) -> None:
        """Check a value against its kind."""
        kind = field.value
        assert isinstance(kind, Kind)
        if kind is language.ALLOW and isinstance(value, Map):
            self._allow(value)
            return
        expression = expressed(kind, value) if field.arguments else None
        if expression is None:
            super().scalar(key, value, span, field, owner)
            return
        wrong = syntax_error(expression, f"`{key}` of {owner}", span)
        self.findings += [wrong] if wrong else []

    def _allow(self, value: Map) -> None:
        """Codes one by one, since a misspelled one would not silence its warning."""
        for code in value:
            if code not in WARNINGS:
                about = _NO_ADVICE.get(code[:1]) if code in CODES else None
                self.add(
                    "E0202",
                    f"`{code}` cannot be allowed"
                    if about
                    else f"unknown warning `{shortened(code)}`",
                    value.key_spans[code],
                    about or "not the code of one",
                    () if about else did_you_mean(code, WARNINGS),
                )
            elif not admits(TEXT, value[code]):
                self.add(
                    "E0205",
                    f"the reason for `{code}` must be {TEXT.expected}",
                    value.value_spans[code],
                    f"this is {kind_of(value[code])}",
                )

    def _any_mapping(self, value: Any, span: Span, what: str) -> None:
        """What `set` may hold depends on what it changes, and is checked when it is applied."""
        if not isinstance(value, Map) and not admits(language.SCALAR, value):
            self.wrong_kind(value, span, "a mapping", what)

    # Layers

    def _items(self, value: Any, span: Span, what: str) -> None:
        if not isinstance(value, Seq):
            self.wrong_kind(value, span, "a list of layers", what, _as_list(value, span))
            return
        for item, item_span in zip(value, value.item_spans, strict=True):
            self.item(item, item_span)

    def item(self, item: Any, span: Span) -> None:
        """One entry of a list of layers: an operator, a call, or a part of its own."""
        if not isinstance(item, Map):
            self.wrong_kind(item, span, "a mapping such as `{op: conv, ...}`", "a layer")
            return
        kinds = [kind for kind in language.ITEM_KINDS if kind in item]
        if len(kinds) != 1:
            self._not_one_thing(item, kinds)
        elif kinds == ["op"]:
            self._layer(item)
        elif kinds == ["block"]:
            self.form(item, language.CALL)
        else:
            self.form(item, language.PART)

    def _not_one_thing(self, item: Map, kinds: list[str]) -> None:
        if kinds:
            message = f"an entry cannot have {listed(kinds)} at once"
            self.add(
                "E0208",
                message,
                item.key_spans[kinds[1]],
                "a second one",
                ["make two entries of it"],
            )
            return
        strange = [key for key in islice(item, _MOST_KEYS) if key not in _KEYS_OF_ITEMS]
        near = next((key for key in strange if did_you_mean(key, language.ITEM_KINDS)), None)
        helps = did_you_mean(near, language.ITEM_KINDS) if near else ("`op` names its operator",)
        self.add(
            "E0208",
            f"an entry needs one of {listed(language.ITEM_KINDS, 'or')}",
            item.key_spans[near] if near else item.span,
            "not a key of any entry" if near else "neither a layer nor a call",
            helps,
        )

    def _layer(self, item: Map) -> None:
        op = self._op(item, LAYER_OPS)
        if op is not None:
            self.form(item, language.layer_form(op))

    def _op(self, item: Map, table: Mapping[str, Op]) -> Op | None:
        name, span = item["op"], item.value_spans["op"]
        if isinstance(name, str) and name in table:
            return table[name]
        if isinstance(name, str) and name in MERGE_OPS:
            helps: Iterable[str] = [f"write `branches:` with `merge: {name}`"]
            self.add("E0206", f"`{name}` is a merge, not a layer", span, "needs branches", helps)
            return None
        word = shortened(str(name))
        helps = counterpart(word, table, OPERATORS) or [f"operators are {listed(sorted(table))}"]
        self.add("E0206", f"unknown operator `{word}`", span, "not an operator", helps)
        return None

    def _branches(self, value: Any, span: Span, what: str) -> None:
        if isinstance(value, Seq):
            for branch, branch_span in zip(value, value.item_spans, strict=True):
                self._items(branch, branch_span, "a branch")
        elif isinstance(value, Map):
            for name, branch, branch_span in self.entries(value, span, what):
                self._items(branch, branch_span, f"the branch `{name}`")
        else:
            self.wrong_kind(value, span, "a mapping from names to lists of layers", what)
            return
        if not value:
            self.add(
                "E0205",
                "`branches` is empty",
                span,
                "at least one branch is needed",
                ["write `[]` for a branch that passes its input on"],
            )

    def _body(self, value: Map, form: Form) -> None:
        kinds = [kind for kind in ("layers", "branches") if kind in value]
        if len(kinds) == 2:
            self.add(
                "E0208",
                f"{form.title} cannot have {listed(kinds)} at once",
                value.key_spans[kinds[1]],
                "a second one",
                ["nest one in the other"],
            )
        elif not kinds:
            self.add(
                "E0204",
                f"{form.title} needs {listed(('layers', 'branches'), 'or')}",
                value.span,
                "nothing to compute here",
            )
        if "merge" in value and "branches" not in value:
            self.add(
                "E0210",
                "`merge` is given without `branches`",
                value.key_spans["merge"],
                "nothing to merge",
                ["write the parallel paths under `branches:`"],
            )

    def _merge(self, value: Any, span: Span, what: str) -> None:
        if isinstance(value, Map):
            if "op" not in value:
                self.add(
                    "E0204",
                    "`merge` lacks the key `op`",
                    value.span,
                    "`op` is missing here",
                    [f"merges are {listed(tuple(MERGE_OPS))}"],
                )
                return
            op = self._op(value, MERGE_OPS)
            if op is not None:
                self.form(value, language.merge_form(op))
        elif not _names_merge(value) and language.argument_name(value) is None:
            word = shortened(str(value))
            self.add(
                "E0206",
                f"unknown merge `{word}`",
                span,
                "not a merge",
                counterpart(word, MERGE_OPS, MERGES) or [f"merges are {listed(tuple(MERGE_OPS))}"],
            )

    # Sections

    def _defaults(self, value: Any, span: Span, what: str) -> None:
        if not isinstance(value, Map):
            self.wrong_kind(value, span, "a mapping", what)
            return
        for name in value:
            op = OPS.get(name)
            if op is None or not op.attributes:
                known = [op.name for op in OPS.values() if op.attributes]
                self.add(
                    "E0206",
                    f"unknown operator `{shortened(name)}`",
                    value.key_spans[name],
                    "not an operator that has attributes",
                    did_you_mean(name, known, least=0.7),
                )
            elif not isinstance(value[name], Map):
                self.wrong_kind(value[name], value.value_spans[name], "a mapping", f"`{name}`")
            else:
                self.attributes(op, value[name])

    def attributes(self, op: Op, value: Map) -> None:
        """The entry of an operator under `defaults`."""
        form = language.defaults_form(op)
        for key in value:
            if key in form.fields:
                self.field(key, value, form.fields[key], form)
            else:
                self.add(
                    "E0203",
                    f"unknown attribute `{shortened(key)}` of `{op.name}`",
                    value.key_spans[key],
                    f"not an attribute of `{op.name}`",
                    counterpart(key, form.fields, ATTRIBUTES),
                    _needs(op),
                )

    def _arguments(self, value: Any, span: Span, what: str) -> None:
        self.walk(Named(Section(language.ARGUMENT, language.SCALAR)))(value, span, what)
        for name in value if isinstance(value, Map) else ():
            if name in language.RESERVED_ARGUMENTS:
                self.add(
                    "E0209",
                    f"`{name}` cannot be the name of an argument",
                    value.key_spans[name],
                    "every spec has an option of this name",
                    ["choose another name"],
                )

    def _end_points(self, value: Any, span: Span, what: str) -> None:
        for name, path, path_span in self.entries(value, span, what):
            self.scalar(name, path, path_span, Field(language.PATH, ""), what)

    def _expect(self, value: Any, span: Span, what: str) -> None:
        if not isinstance(value, Map):
            self.wrong_kind(value, span, "a mapping", what)
            return
        for path in value:
            if path == language.TOTAL:
                totals = self.section(language.TOTALS)
                totals(value[path], value.value_spans[path], f"`{path}` of {what}")
            elif isinstance(value[path], Map):
                self.form(value[path], language.CONTRACT)
            else:
                field = Field(language.SHAPE, "")
                self.scalar(path, value[path], value.value_spans[path], field, what)

    def _override(self, value: Any, span: Span, what: str) -> None:
        if not isinstance(value, Map):
            self.wrong_kind(value, span, "a mapping", what)
            return
        for path in value:
            change, change_span = value[path], value.value_spans[path]
            # What a number or a text may be meant for depends on the base: see `inheritance`.
            if isinstance(change, (str, int, float)):
                continue
            if not isinstance(change, Map):
                self.wrong_kind(
                    change,
                    change_span,
                    "`delete` or a mapping such as `{set: {...}}`",
                    f"the override of `{shortened(path)}`",
                    [f"write `{shortened(path)}: {DELETE}` to leave it out"]
                    if change is None
                    else (),
                )
                continue
            if path in (*_SECTIONS, "heads") and change.keys().isdisjoint(language.CHANGE.fields):
                self._section_alone(path, change, value.key_spans[path])
                continue
            if DELETE in change:
                self.add(
                    "E0202",
                    f"`{DELETE}` is not a key of an override",
                    change.key_spans[DELETE],
                    "stands for the whole change",
                    [f"write `{shortened(path)}: {DELETE}`"],
                )
                continue
            self.form(change, language.CHANGE)
            if not change:
                self.add(
                    "E0208",
                    f"the override of `{shortened(path)}` changes nothing",
                    change_span,
                    "empty",
                    [f"use {listed([*language.CHANGE.fields, DELETE], 'or')}"],
                )
            elif "replace" in change and len(change) > 1:
                self.add(
                    "E0208",
                    f"an override cannot have {listed(list(change))} at once",
                    change.key_spans["replace"],
                    "must be alone",
                    ["make the other changes in the layers that replace it"],
                )

    def _section_alone(self, section: str, change: Map, span: Span) -> None:
        """Refuse a whole section under `override`, whose keys are single names."""
        name = next(iter(change), "NAME")
        value = change.get(name)
        key = name if section == "heads" else f"{section}.{name}"
        written = f"{{set: {'{...}' if isinstance(value, (Map, Seq)) else _short(value)}}}"
        written = DELETE if value == DELETE else written
        self.add(
            "E0310",
            f"the override `{section}` names a whole section",
            span,
            "one key for each name",
            [f"write `{shortened(key)}: {written}`"],
        )


# What a variant may write under `override` instead of a section that only a spec has.
_VARIED = {
    "input": "change what it extends under `override`, as `input: {set: {...}}`",
    "defaults": "change what it extends under `override`, as `defaults.conv: {set: {...}}`",
    "network": "change what it extends under `override`, layer by layer: `PATH: {set: {...}}`",
}
# No entry has more keys than this; a larger one is not searched for a misspelled key.
_MOST_KEYS = 40
_KEYS_OF_ITEMS = {
    key
    for form in (language.CALL, language.PART, *map(language.layer_form, LAYER_OPS.values()))
    for key in form.fields
}


# Every key that `set` may give something.
_KEYS_OF_SETS = _KEYS_OF_ITEMS | {*language.HEAD.fields, *language.INPUT.fields}
_SECTIONS = ("args", "blocks", "defaults", "end_points")
# Keys that only one kind of entry has.
_MISPLACED = {
    "repeat": ("only a call repeats: define it under `blocks` and call that with `repeat`",),
    "from": ("a layer reads the one before it: write parallel paths as `branches`",),
}


def _misplaced_in(form: Form, key: str, value: Map) -> tuple[str, ...]:
    """Where a key belongs that a call or a head does not have."""
    if form is language.CALL and key in language.BLOCK.fields:
        return (f"`{key}` belongs to the definition, `blocks.{shortened(str(value['block']))}`",)
    if form is language.HEAD and key in ("name", "rename"):
        return ("a head keeps its name: delete it, and write another one under `heads`",)
    return ()


def _rest_of_an_expression(key: str, value: Map) -> bool:
    """Whether a key is what a comma cut off: ``{filters: min(input, 64)}``."""
    return (
        value[key] is None
        and key.endswith(")")
        and any(
            isinstance(text, str) and text.count("(") > text.count(")") for text in value.values()
        )
    )


def _as_list(value: Any, span: Span) -> tuple[str, ...]:
    """How to write as a list of one layer what was written as that layer."""
    if not isinstance(value, Map) or value.keys().isdisjoint(language.ITEM_KINDS):
        return ()
    if span.source.line(span.line)[span.column - 1 :].startswith("{"):
        return ("put it in brackets: `[{...}]`",)
    return ("write `- ` before its first key, and indent the other keys like that one",)


def _short(value: Any) -> str:
    """A scalar as a spec writes it, as far as a help has room for it."""
    return str(value).lower() if isinstance(value, bool) else shortened(str(value))


def _names_merge(value: Any) -> bool:
    return isinstance(value, str) and value in MERGE_OPS


def _attribute_helps(op: Op, key: str, layer: Map, form: Form) -> tuple[str, ...]:
    """What to do about an attribute that a layer does not have."""
    if key in _MISPLACED:
        return _MISPLACED[key]
    if key == "merge" and op.name in MERGE_OPS and layer[key] in MERGE_OPS:
        return (f"write `op: {layer[key]}`",)
    if key == "ceil_mode":
        return _ceil_mode(layer) if "count_padding" in form.fields or "pool" in op.name else ()
    return counterpart(key, form.fields, ATTRIBUTES)


def _ceil_mode(pool: Map) -> tuple[str, ...]:
    """The padding that gives a pool the output of another tool's ceil mode, where one does.

    One pixel less than the stride at the bottom and on the right lets the last window start.
    A mean that counts zeros would count those too.
    """
    stride, padding = pool.get("stride", 1), pool.get("padding", 0)
    kernel = pool.get("kernel", 0)
    if pool.get("ceil_mode") is False:
        return ("leave it out",)
    if pool.get("count_padding", False) is not False:
        return ()
    before = 0 if padding == "valid" else padding
    sides = kernel.split("x") if isinstance(kernel, str) else [kernel]
    known = type(stride) is type(before) is int and all(str(side).isdigit() for side in sides)
    # Otherwise the last window could start after the map, where ceil mode drops it.
    if not known or before + stride > min(map(int, sides)):
        return ()
    after = before + stride - 1
    written = f"{{top: {before}, bottom: {after}, left: {before}, right: {after}}}"
    return (f"write `padding: {written}`, which gives what ceil mode gives",)


def _needs(op: Op) -> list[str]:
    required = sorted(attribute.name for attribute in op.attributes if attribute.required)
    return [f"`{op.name}` needs {listed(required)}"] if required else []
