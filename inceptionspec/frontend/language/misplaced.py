"""What to do about keys and values that belong elsewhere, or are written in another way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import listed
from inceptionspec.frontend.language import forms as language
from inceptionspec.frontend.language.form import Form
from inceptionspec.frontend.language.other_words import ATTRIBUTES, counterpart
from inceptionspec.frontend.reading.document import Map, Seq
from inceptionspec.ops import LAYER_OPS, MERGE_OPS
from inceptionspec.ops.attribute_types import ACTIVATION, FUNCTION
from inceptionspec.ops.functions import ACTIVATIONS, NUMBERS
from inceptionspec.ops.record import Op

# What a variant may write under `override` instead of a section that only a spec has.
VARIED = {
    "network": "change what it extends under `override`, layer by layer: `PATH: {...}`",
}
# Arguments that nearly every base has.
USUAL_ARGUMENTS = ("classes", "dropout")
# No entry has more keys than this; a larger one is not searched for a misspelled key.
MOST_KEYS = 40
KEYS_OF_ITEMS = {
    key
    for form in (language.CALL, language.PART, *map(language.layer_form, LAYER_OPS.values()))
    for key in form.fields
}


def no_help(value: Any) -> tuple[str, ...]:
    """What is said of most values: nothing more than what they must be."""
    return ()


def _source_helps(value: Any) -> tuple[str, ...]:
    """What to do about a list where one name belongs."""
    if isinstance(value, Seq) and value and all(isinstance(name, str) for name in value):
        names = shortened(", ".join(value))
        if len(value) == 1:
            return (f"write `{names}`, without brackets",)
        return (f"merge them first, as `{{op: concat, name: Both, from: [{names}]}}`",)
    return ()


def _sources_helps(value: Any) -> tuple[str, ...]:
    """What to do about one name where a merge needs several."""
    name = value if isinstance(value, str) else value[0] if isinstance(value, Seq) and value else ""
    return (f"write `[{shortened(str(name))}, ...]`",) if isinstance(name, str) and name else ()


def _condition_helps(value: Any) -> tuple[str, ...]:
    """What to do about a condition that is more, or less, than an argument."""
    if isinstance(value, bool):
        return ("name an argument of type bool, as in `when: $deep`",)
    if isinstance(value, str) and len(language.arguments_in(value)) > 1:
        return ("test one argument: put the entry into `layers` with a `when` of their own",)
    return ()


def _function_helps(value: Any) -> tuple[str, ...]:
    """What to do about a function with a number that it does not have."""
    if isinstance(value, Map) and len(value) == 1:
        ((name, number),) = value.items()
        if isinstance(number, str) and language.arguments_in(number):
            return ()  # known once the argument is
        if name in NUMBERS:
            return (f"`{name}` takes a number above 0, as in `{{{name}: {NUMBERS[name]:g}}}`",)
        if name in ACTIVATIONS:
            return (f"`{name}` has no number: write the name alone",)
    return ()


SHAPED_HELPS: Mapping[str, Any] = {
    ACTIVATION.expected: _function_helps,
    FUNCTION.expected: _function_helps,
    language.SOURCE.expected: _source_helps,
    language.SOURCES.expected: _sources_helps,
    language.CONDITION.expected: _condition_helps,
}


# Keys that only one kind of entry has.
MISPLACED = {
    "repeat": ("only a call repeats: define it under `blocks` and call that with `repeat`",),
}


def misplaced_in(form: Form, key: str, value: Map) -> tuple[str, ...]:
    """Where a key belongs that a call or a head does not have."""
    if form is language.WRAP and key in ("op", "block"):
        return (f"write `layers: [{language.INNER}, {{{key}: ...}}]` for what follows it",)
    if form is language.CALL and key in language.BLOCK.fields:
        wrapped = "an override puts one around a call: `wrap: {residual: true}`"
        where = f"`{key}` belongs to the definition, `blocks.{shortened(str(value['block']))}`"
        return (where, wrapped) if key == "residual" else (where,)
    if form is language.HEAD and key in ("name", "rename"):
        return ("a head keeps its name: delete it, and write another one under `heads`",)
    return ()


def rest_of_an_expression(key: str, value: Map) -> bool:
    """Whether a key is what a comma cut off: ``{filters: min(input, 64)}``."""
    return (
        value[key] is None
        and key.endswith(")")
        and any(
            isinstance(text, str) and text.count("(") > text.count(")") for text in value.values()
        )
    )


def is_away(value: Any) -> bool:
    """Whether a value is written to leave something out, where the language says `delete`."""
    return value is None or (isinstance(value, (str, bool)) and str(value).lower() in _AWAY)


_AWAY = ("delete", "drop", "false", "no", "none", "off", "remove", "removed")


def as_list(value: Any, span: Span) -> tuple[str, ...]:
    """How to write as a list of one layer what was written as that layer."""
    if isinstance(value, str) and value in LAYER_OPS:
        return (f"write `[{{op: {value}}}]`",)
    if not isinstance(value, Map) or value.keys().isdisjoint(language.ITEM_KINDS):
        return ()
    if span.source.line(span.line)[span.column - 1 :].startswith("{"):
        return ("put it in brackets: `[{...}]`",)
    return ("write `- ` before its first key, and indent the other keys like that one",)


def short(value: Any) -> str:
    """A scalar as a spec writes it, as far as a help has room for it."""
    return str(value).lower() if isinstance(value, bool) else shortened(str(value))


def attribute_helps(op: Op, key: str, layer: Map, form: Form) -> tuple[str, ...]:
    """What to do about an attribute that a layer does not have."""
    if key == "residual":
        return ("write `{residual: true, layers: [...]}` around it; an override does so with "
                "`wrap: {residual: true}`",)  # fmt: skip
    if key in MISPLACED:
        return MISPLACED[key]
    if key == "merge" and op.name in MERGE_OPS and layer[key] in MERGE_OPS:
        return (f"write `op: {layer[key]}`",)
    return counterpart(key, form.fields, ATTRIBUTES)


def needs(op: Op) -> list[str]:
    """The note on what an operator requires."""
    required = sorted(attribute.name for attribute in op.attributes if attribute.required)
    return [f"`{op.name}` needs {listed(required)}"] if required else []
