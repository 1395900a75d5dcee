"""Document to findings: whether every mapping of a network keeps to its form.

The walk is that of every language (``form_checker``); here is what only networks have.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import partial
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
from inceptionspec.frontend.language.misplaced import (
    KEYS_OF_ITEMS,
    MISPLACED,
    MOST_KEYS,
    SHAPED_HELPS,
    USUAL_ARGUMENTS,
    VARIED,
    as_list,
    attribute_helps,
    is_away,
    misplaced_in,
    needs,
    no_help,
    rest_of_an_expression,
    short,
)
from inceptionspec.frontend.language.other_words import (
    ATTRIBUTES,
    MERGES,
    OPERATORS,
    counterpart,
)
from inceptionspec.frontend.language.override_check import (
    KEYS_OF_SETS,
    check_changed,
    check_override,
    check_wrap,
    without_inner,
)
from inceptionspec.frontend.language.value_check import admits
from inceptionspec.frontend.reading.document import Map, Seq, kind_of
from inceptionspec.ops import LAYER_OPS, MERGE_OPS, OPS
from inceptionspec.ops.attribute_types import NONE, Kind
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
            "residual": self._residual,
            "input": partial(self._input, language.INPUT),
            "preprocessing": self.section(language.PREPROCESSING),
            "width": self.section(language.WIDTH),
            "defaults": self._defaults,
            "arguments": self._arguments,
            "parameters": self.walk(Named(Section(language.PARAMETER, language.PARAMETER_TYPE))),
            "blocks": self.walk(Named(Section(language.BLOCK))),
            "heads": self.walk(Named(Section(language.HEAD))),
            "changed_input": partial(self._input, language.CHANGED_INPUT),
            **{
                f"changed_{section}": partial(
                    check_changed, self, section, self.walk(Named(Section(form)))
                )
                for section, form in (
                    ("blocks", language.CHANGED_BLOCK),
                    ("heads", language.CHANGED_HEAD),
                )
            },
            "wrap": partial(check_wrap, self),
            "wrap_items": lambda value, *place: self._items(without_inner(value), *place),
            "wrap_branches": lambda value, *place: self._branches(without_inner(value), *place),
            "with": self.scalars(language.SCALAR, arguments=True),
            "rename": self.scalars(NAME),
            "names": self._names,
            "next": self.scalars(language.SOURCE),
            "end_points": self._end_points,
            "expect": self._expect,
            "budget": self.section(language.BUDGET),
            "provenance": self.walk(_PROVENANCE),
            "differences": self.scalars(TEXT),
            "override": partial(check_override, self),
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
        if form is language.CALL and "names" in value and "repeat" not in value:
            self.add(
                "E0210",
                "`names` is given without `repeat`",
                value.key_spans["names"],
                "one call has one name",
                ["write `name` for one call, or `repeat` for as many as there are names"],
            )

    def unknown_key(self, key: str, value: Map, form: Form, helps: Iterable[str] = ()) -> None:
        """Collect that a form has no such key, with where it belongs or what it may stand for."""
        if rest_of_an_expression(key, value):
            return  # the parenthesis that a comma cut off is reported where it opens
        span = value.key_spans[key]
        if form is language.VARIANT and key in language.SPEC.fields:
            self.add(
                "E0202",
                f"a variant has no key `{key}`",
                span,
                "not a key of a variant",
                [VARIED.get(key, "change what it extends under `override`")],
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
        if form is language.VARIANT and key in USUAL_ARGUMENTS:
            helps = [f"write `args: {{{key}: {short(value[key])}}}`"]
        name = value.get("op", "") if form is not language.WRAP else ""
        op = OPS.get(name) if isinstance(name, str) else None
        if op is not None:
            # A misspelled key of every layer, such as `name`, looks like an unknown attribute.
            self.add(
                "E0203",
                f"unknown attribute `{shortened(key)}` of `{op.name}`",
                span,
                f"not an attribute of `{op.name}`",
                attribute_helps(op, key, value, form),
                needs(op),
            )
            return
        if form is language.CALL and key in self._arguments_of(value["block"]):
            self.add(
                "E0202",
                f"`{key}` is an argument of `{value['block']}`, not a key of a call",
                span,
                "belongs under `with`",
                [f"write `with: {{{key}: {short(value[key])}}}`"],
            )
            return
        if form is language.CHANGE and key in KEYS_OF_SETS:
            self.add(
                "E0202",
                f"`{key}` is not a key of an override",
                span,
                "belongs under `set`",
                [f"write `set: {{{key}: ...}}`"],
            )
            return
        super().unknown_key(
            key, value, form, helps or MISPLACED.get(key) or misplaced_in(form, key, value)
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
        helps = SHAPED_HELPS.get(kind.expected, no_help)(value)
        if helps and not admits(kind, value):
            label = f"this is {kind_of(value)}"
            self.add("E0205", f"`{key}` of {owner} must be {kind.expected}", span, label, helps)
            return
        if key == "main" and is_away(value) and not isinstance(value, str):
            label = f"this is {kind_of(value)}"
            helps = [f"write `main: {NONE}` for a network without heads"]
            self.add("E0209", f"`main` is the name of a head, or `{NONE}`", span, label, helps)
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
            self.wrong_kind(value, span, "a list of layers", what, as_list(value, span))
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
            if "next" in item and "repeat" not in item:
                self.add(
                    "E0210",
                    "`next` is given without `repeat`",
                    item.key_spans["next"],
                    "there is no next member",
                    ["write what the block reads under `with`"],
                )
        else:
            self.form(item, language.PART)

    def _residual(self, value: Any, span: Span, what: str) -> None:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            wanted = language.IS_RESIDUAL.expected
            label, help_ = f"this is {kind_of(value)}", f"write `{{scale: {short(value)}}}`"
            self.add("E0205", f"{what} must be {wanted}", span, label, [help_])
            return
        self.section(language.RESIDUAL, language.IS_RESIDUAL)(value, span, what)

    def _names(self, value: Any, span: Span, what: str) -> None:
        """The names of the members of a repeat."""
        if not isinstance(value, Seq):
            self.wrong_kind(value, span, "a list of names", what)
            return
        seen: set[str] = set()
        for name, place in zip(value, value.item_spans, strict=True):
            if self.name(name, place) and name in seen:
                self.add("E0301", f"{what} has `{name}` twice", place, "given again here")
            seen.add(str(name))

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
        strange = [key for key in islice(item, MOST_KEYS) if key not in KEYS_OF_ITEMS]
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
        merges = "from" in item and isinstance(item["op"], str) and item["op"] in MERGE_OPS
        op = self._op(item, MERGE_OPS if merges else LAYER_OPS)
        if op is not None:
            self.form(item, language.line_form(op) if merges else language.layer_form(op))

    def _op(self, item: Map, table: Mapping[str, Op]) -> Op | None:
        name, span = item["op"], item.value_spans["op"]
        if isinstance(name, str) and name in table:
            return table[name]
        if isinstance(name, str) and name in MERGE_OPS:
            helps: Iterable[str] = [
                f"write `branches:` with `merge: {name}`",
                "or name what it reads, as `from: [A, B]`",
            ]
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
        elif not kinds and not form.partial:
            self.add(
                "E0204",
                f"{form.title} needs {listed(('layers', 'branches'), 'or')}",
                value.span,
                "nothing to compute here",
            )
        if "merge" in value and "branches" not in value and form is not language.CHANGED_BLOCK:
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
                given, place = value[name], value.value_spans[name]
                attribute = name in language.defaults_form(LAYER_OPS["conv"]).fields
                written = f"write it for each operator, as `conv: {{{name}: {short(given)}}}`"
                self.wrong_kind(given, place, "a mapping", f"`{name}`", [written] * attribute)
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
                    needs(op),
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

    def _input(self, form: Form, value: Any, span: Span, what: str) -> None:
        size = f"{value}x{value}" if type(value) is int else value
        if not isinstance(value, Map) and admits(language.SIZE, size):
            self.wrong_kind(value, span, "a mapping", what, [f"write `input: {{size: {size}}}`"])
            return
        self.section(form)(value, span, what)

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


def _names_merge(value: Any) -> bool:
    return isinstance(value, str) and value in MERGE_OPS
