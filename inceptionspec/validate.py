"""Whether a value keeps to the JSON Schema of its kind.

jsonschema decides. Importing it takes longer than reading a whole network, though, and
nearly every value of nearly every spec is right: so the few keywords that kinds use are
tried first, and jsonschema is asked about whatever they do not plainly admit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from inceptionspec.diagnostics import Diagnostic, Label, did_you_mean, listed
from inceptionspec.document import kind_of
from inceptionspec.language import with_arguments
from inceptionspec.ops.kinds import Kind, Schema, is_finite
from inceptionspec.source import Span

_KNOWN: dict[tuple[int, bool, type, Any], bool] = {}
_MOST_KNOWN = 10_000
_KINDS: dict[int, Kind] = {}


def admits(kind: Kind, value: Any, arguments: bool = False) -> bool:
    """Whether a value is of a kind, or, where arguments may stand, names one.

    Infinities and NaN, which JSON does not have, are of no kind.
    """
    key = id(kind.schema)
    _KINDS.setdefault(key, kind)  # keeps the schema alive, so that its id stays its own
    if isinstance(value, (dict, list)):
        return _all_finite(value) and _is_valid(key, arguments, value)
    if not is_finite(value):
        return False
    # One file says `3x3` and `64` hundreds of times.
    known = (key, arguments, type(value), value)
    if known not in _KNOWN:
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN[known] = _is_valid(key, arguments, value)
    return _KNOWN[known]


def unfit(
    kind: Kind, value: Any, what: str, span: Span, labels: tuple[Label, ...] = ()
) -> Diagnostic:
    """The finding that a value is not of its kind, with what may have been meant."""
    return Diagnostic(
        "E0205",
        f"{what} must be {kind.expected}",
        Label(span, f"this is {kind_of(value)}"),
        labels,
        helps=_meant(kind, value),
    )


_TRUTH = {"yes": "true", "on": "true", "no": "false", "off": "false"}


def _meant(kind: Kind, value: Any) -> tuple[str, ...]:
    """What a value that is not of its kind may stand for, as a help."""
    words = _words(kind.schema)
    if isinstance(value, str):
        if value.startswith("$"):
            return ("an argument is written `$name`, with nothing around it",)
        if value.lower() in _TRUTH and admits(kind, _TRUTH[value.lower()] == "true"):
            return (f"write `{_TRUTH[value.lower()]}`",)
        several = (f"it may be {listed(words, 'or')}",) if len(words) > 2 else ()
        return did_you_mean(value, words) or several
    sides = value if isinstance(value, list) and len(value) == 2 else (value, value)
    pair = "x".join(str(side) for side in sides)
    any_text = admits(kind, "text")
    return (f"write `{pair}`",) if admits(kind, pair) and not any_text else ()


def _words(schema: Schema) -> list[str]:
    """The texts that a schema admits one by one."""
    own = [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())]
    inner = [word for part in schema.get("anyOf", ()) for word in _words(part)]
    return [word for word in own if isinstance(word, str)] + inner


def plainly_valid(schema: Schema, value: Any) -> bool:
    """Whether a value is valid by keywords that are simple enough to be tried here.

    False says nothing: the value may be wrong, or the schema may use another keyword.
    """
    if "anyOf" in schema:
        return any(plainly_valid(part, value) for part in schema["anyOf"])
    if "const" in schema or "enum" in schema:
        known = schema["enum"] if "enum" in schema else [schema["const"]]
        return any(type(one) is type(value) and one == value for one in known)
    if isinstance(schema.get("type"), list):
        return any(plainly_valid({**schema, "type": one}, value) for one in schema["type"])
    test = _TYPES.get(schema.get("type"))
    return test is not None and schema.keys() <= test[0] and test[1](schema, value)


def _plain_number(schema: Schema, value: Any) -> bool:
    wanted = int if schema["type"] == "integer" else (int, float)
    return (
        isinstance(value, wanted)
        and not isinstance(value, bool)
        and schema.get("minimum", value) <= value <= schema.get("maximum", value)
        and not value <= schema.get("exclusiveMinimum", value - 1)
        and not value >= schema.get("exclusiveMaximum", value + 1)
    )


def _plain_text(schema: Schema, value: Any) -> bool:
    return (
        isinstance(value, str)
        and schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))
        and re.search(schema.get("pattern", ""), value) is not None
    )


def _plain_list(schema: Schema, value: Any) -> bool:
    return (
        isinstance(value, list)
        and schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value))
        and all(plainly_valid(schema["items"], part) for part in value)
    )


def _plain_mapping(schema: Schema, value: Any) -> bool:
    properties = schema["properties"]
    return (
        isinstance(value, Mapping)
        and schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", len(value))
        and set(schema.get("required", ())) <= value.keys() <= properties.keys()
        and all(plainly_valid(properties[key], part) for key, part in value.items())
    )


_NUMBER = frozenset(("type", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"))
_MAPPING = frozenset(
    ("type", "properties", "required", "additionalProperties", "minProperties", "maxProperties")
)
_TYPES: Mapping[Any, Any] = {
    "boolean": (frozenset(("type",)), lambda schema, value: isinstance(value, bool)),
    "integer": (_NUMBER, _plain_number),
    "number": (_NUMBER, _plain_number),
    "string": (frozenset(("type", "pattern", "minLength", "maxLength")), _plain_text),
    "array": (frozenset(("type", "items", "minItems", "maxItems")), _plain_list),
    "object": (_MAPPING, _plain_mapping),
}


def _is_valid(key: int, arguments: bool, value: Any) -> bool:
    schema = _schema(key, arguments)
    return plainly_valid(schema, value) or bool(_validator(key, arguments).is_valid(value))


@cache
def _schema(key: int, arguments: bool) -> Schema:
    schema = _KINDS[key].schema
    return with_arguments(schema) if arguments else schema


@cache
def _validator(key: int, arguments: bool) -> Any:
    from jsonschema import Draft202012Validator
    from referencing import Registry

    # An empty registry: no `$ref` can reach a file or a network.
    return Draft202012Validator(_schema(key, arguments), registry=Registry())


def _all_finite(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_all_finite(part) for part in value.values())
    if isinstance(value, list):
        return all(_all_finite(part) for part in value)
    return is_finite(value)
