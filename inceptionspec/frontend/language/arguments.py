"""Arguments of specs and blocks: types, values, and how they are substituted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.frontend.language.expressions import bad_expression, inside
from inceptionspec.frontend.language.forms import LAYER, argument_name, arguments_in
from inceptionspec.frontend.language.value_check import meant
from inceptionspec.frontend.reading.document import Given, Map, kind_of
from inceptionspec.ops.attribute_types import BOOL
from inceptionspec.ops.expression import ExpressionError, is_expression, parse

# Keys whose values are names, prose or layers: no argument is substituted there. Names of layers
# are looked up where all layers are known, and conditions where entries are kept or dropped.
_NOT_SUBSTITUTED = frozenset(
    ("op", "block", "name", "group", "doc", "allow", "rename", "layers", "branches", "shortcut",
     "from", "when", "next")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a spec or a block: its type, and its value where it has one."""

    type: str
    value: Any
    span: Span
    doc: str = ""

    @property
    def required(self) -> bool:
        """Whether a call must give it."""
        return self.value is None


#: The arguments that are visible at some place.
Environment = Mapping[str, Argument]


def declared(section: Map, name: str) -> Argument:
    """An argument as a section declares it, in the short form or the long one."""
    given, span = section[name], section.key_spans[name]
    if isinstance(given, Map):
        return Argument(given["type"], given.get("default"), span, given.get("doc", ""))
    if isinstance(given, bool):
        return Argument("bool", given, span)
    if isinstance(given, int):
        return Argument("int", given, span)
    if isinstance(given, float):
        return Argument("float", given, span)
    return Argument("string", given, span)


def written_at(item: Map, key: str) -> tuple[Span, tuple[Label, ...]]:
    """Where the value of a key is written, and where an argument stands for it, if one does."""
    used, given = item.value_spans[key], item.given.get(key)
    if given is None or given.span is None:
        return used, ()
    return given.span, (Label(used, "an argument stands for it here"),)


def wrong_type(
    name: str, argument: Argument, value: Any, span: Span, code: str = "E0306"
) -> list[Diagnostic]:
    """The finding that a value is not of its argument's type, if it is not."""
    fits = {
        "int": isinstance(value, int) and not isinstance(value, bool),
        "float": isinstance(value, (int, float)) and not isinstance(value, bool),
        "bool": isinstance(value, bool),
        "string": isinstance(value, str),
        LAYER: isinstance(value, str),
    }[argument.type]
    if fits:
        return []
    return [
        Diagnostic(
            code,
            f"the argument `{name}` must be of type {argument.type}",
            Label(span, f"this is {kind_of(value)}"),
            (Label(argument.span, "declared here"),)
            if argument.span.source is not span.source or argument.span.line != span.line
            else (),
            _meant_as(argument.type, value),
        )
    ]


def _meant_as(type_: str, value: Any) -> tuple[str, ...]:
    """What a value of another type may have been meant for, as a help."""
    if type_ == "int" and is_expression(value):
        return ("`input` is not known here: write the expression in a layer of the block",)
    return meant(BOOL, value) if type_ == "bool" else ()


def substituted(
    value: Map,
    env: Environment,
    findings: list[Diagnostic],
    only: str | None = None,
    *,
    calls: bool = False,
) -> Map:
    """A mapping with the arguments put in, or the mapping itself where it names none.

    Only scalars are replaced, those of inner mappings too, and arguments in expressions: one
    that needs no shape becomes its value. A name that is no argument is added to
    ``findings``, and stays.

    Args:
        only: look at this key alone.
        calls: whether these are the arguments of a call, which hands on names of layers as
            they are: a name means what it means where it was written.
    """
    result: Map | None = None
    for key, part in value.items():
        if key in _NOT_SUBSTITUTED or (only and key != only):
            continue
        if isinstance(part, Map):
            new: Any = substituted(part, env, findings, calls=key == "with")
            if new is part:
                continue
        elif isinstance(part, str) and "$" in part:
            name = argument_name(part)
            if name is None and is_expression(part):
                new = computed(part, key, value.value_spans[key], env, findings)
                given = Given(tuple(arguments_in(part)))
            elif name is None or name not in env:
                findings.append(unknown(part, value.value_spans[key], env, findings))
                continue
            elif env[name].type == LAYER:
                if not calls:
                    findings.append(_names_a_layer(part, env[name], value.value_spans[key]))
                continue
            else:
                new, given = env[name].value, Given((name,), env[name].span)
        else:
            continue
        if result is None:
            result = value.merged(Map(value.span))
        result[key] = new
        if isinstance(part, str):
            result.given[key] = given
    return value if result is None else result


def computed(
    text: str, key: str, span: Span, env: Environment, findings: list[Diagnostic]
) -> int | str:
    """An expression with the arguments put in: its value, or a text that needs shapes still.

    What is wrong with it is added to ``findings``, and the text stays.
    """
    try:
        expression = parse(text)
        values = {}
        for reference in sorted(name for name in expression.names if name.startswith("$")):
            at = text.index(reference)
            place = inside(text, at, at + len(reference), span)
            argument = env.get(reference[1:])
            if argument is None:
                findings.append(unknown(reference, place, env, findings))
                return text
            if not isinstance(argument.value, int) or isinstance(argument.value, bool):
                findings.append(_not_whole(reference, argument, place))
                return text
            values[reference] = argument.value
        if values.keys() == expression.names:
            return expression.value(values)
        return expression.filled_in(values)
    except ExpressionError as error:
        findings.append(bad_expression(text, error, f"`{key}`", span))
        return text


def _not_whole(reference: str, argument: Argument, place: Span) -> Diagnostic:
    return Diagnostic(
        "E0306",
        f"an expression needs whole numbers, and `{reference}` is of type {argument.type}",
        Label(place, f"this is {kind_of(argument.value)}"),
        (Label(argument.span, "declared here"),) if argument.span.line != place.line else (),
    )


def _names_a_layer(reference: str, argument: Argument, span: Span) -> Diagnostic:
    return Diagnostic(
        "E0306",
        f"`{reference}` names a layer, which is no value",
        Label(span, "a value belongs here"),
        (Label(argument.span, "the layer"),),
        helps=(f"write `from: {reference}` in an entry that reads it",),
    )


def unknown(
    reference: str, span: Span, env: Environment, earlier: Sequence[Diagnostic]
) -> Diagnostic:
    """The finding that a name stands for no argument that is visible here."""
    known = tuple(env)
    helps = did_you_mean(reference, [f"${name}" for name in known], earlier) or (
        "declare it under `args`",
    )
    return Diagnostic(
        "E0303",
        f"there is no argument `{shortened(reference)}` here",
        Label(span, "not an argument"),
        helps=helps,
        notes=(f"arguments here: {listed(known)}",) if known else (),
    )
