"""Whether a value keeps to the JSON Schema of its kind.

jsonschema decides. But importing it takes longer than reading a whole network, and nearly
every value of every spec is valid. So the few keywords that kinds use are tested here first,
and jsonschema decides only about values that this test does not accept.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import listed
from inceptionspec.frontend.language.forms import with_arguments
from inceptionspec.frontend.language.other_words import VALUES, counterpart
from inceptionspec.frontend.reading.document import kind_of
from inceptionspec.ops.attribute_types import NONE, Kind, Schema, is_finite

_KNOWN: dict[tuple[int, bool, type, Any], bool] = {}
_MOST_KNOWN = 10_000
_KINDS: dict[int, Kind] = {}


def admits(kind: Kind, value: Any, arguments: bool = False) -> bool:
    """Whether a value is of a kind, or names an argument where the kind allows one.

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
        Label(span, f"this is {kind_of(value)}{_excess(kind, value)}"),
        labels,
        helps=meant(kind, value),
    )


def _excess(kind: Kind, value: Any) -> str:
    """What to add about a number that is of the right kind but for its size."""
    most = _most(kind.schema)
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return ", which is too large" if number and most is not None and value > most else ""


_TRUTH = {"yes": "true", "on": "true", "no": "false", "off": "false"}


def meant(kind: Kind, value: Any) -> tuple[str, ...]:
    """What an invalid value may have been meant for, as a help."""
    words = _words(kind.schema)
    if isinstance(value, str):
        if "$" in value and not value.startswith("$") and admits(kind, 1):
            return ("an argument stands alone here: compute it where it is given, under `with`",)
        if value.startswith("$"):
            return ("an argument is written `$name`, with nothing around it",)
        if value.lower() in _TRUTH and admits(kind, _TRUTH[value.lower()] == "true"):
            return (f"write `{_TRUTH[value.lower()]}`",)
        if value.isascii() and value.isdigit() and len(value) < 16 and admits(kind, int(value)):
            return (f"write `{int(value)}`, without quotes",)
        several = (f"it may be {listed(words, 'or')}",) if len(words) > 2 else ()
        return counterpart(value, words, VALUES if words else {}) or several
    if value is None and NONE in words:
        return (f"write `{NONE}`",)
    if value is None and admits(kind, 0) and not (words or admits(kind, "text")):
        return ("write `0` to switch it off",)
    if isinstance(value, bool) and "batch_norm" in words:
        return (f"write `{'batch_norm' if value else NONE}`",)
    sides = value if isinstance(value, list) and len(value) == 2 else (value, value)
    pair = "x".join(str(side) for side in sides)
    any_text = admits(kind, "text")
    return (f"write `{pair}`",) if admits(kind, pair) and not any_text else ()


def _words(schema: Schema) -> list[str]:
    """The texts that a schema admits one by one."""
    own = [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())]
    inner = [word for part in schema.get("anyOf", ()) for word in _words(part)]
    return [word for word in own if isinstance(word, str)] + inner


def _most(schema: Schema) -> int | float | None:
    """The largest number that a schema admits, if it names one."""
    inner = [most for part in schema.get("anyOf", ()) if (most := _most(part)) is not None]
    return max([*inner, *([schema["maximum"]] if "maximum" in schema else [])], default=None)


Test = Callable[[Any], bool]


def plain_test(schema: Schema) -> Test:
    """Whether a value is valid by keywords that are simple enough to be tried here.

    False decides nothing: the value may be wrong, or the schema may use another keyword.
    """
    if "anyOf" in schema:
        tests = [plain_test(part) for part in schema["anyOf"]]
        return lambda value: any(test(value) for test in tests)
    if "const" in schema or "enum" in schema:
        known = schema["enum"] if "enum" in schema else [schema["const"]]
        return lambda value: any(
            type(option) is type(value) and option == value for option in known
        )
    if isinstance(schema.get("type"), list):
        return plain_test({"anyOf": [{**schema, "type": name} for name in schema["type"]]})
    keywords, make = _TYPES.get(schema.get("type"), (frozenset[str](), _undecided))
    return make(schema) if schema.keys() <= keywords else _undecided(schema)


def _undecided(schema: Schema) -> Test:
    return lambda value: False


def _truth(schema: Schema) -> Test:
    return lambda value: isinstance(value, bool)


def _nothing(schema: Schema) -> Test:
    return lambda value: value is None


def _number(schema: Schema) -> Test:
    wanted = int if schema["type"] == "integer" else (int, float)
    least, most = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    return lambda value: (
        isinstance(value, wanted)
        and not isinstance(value, bool)
        and (least is None or value >= least)
        and (most is None or value <= most)
        and (above is None or value > above)
        and (below is None or value < below)
    )


def _text(schema: Schema) -> Test:
    least, most = schema.get("minLength", 0), schema.get("maxLength", math.inf)
    found = re.compile(schema["pattern"]).search if "pattern" in schema else None
    return lambda value: (
        isinstance(value, str)
        and least <= len(value) <= most
        and (found is None or found(value) is not None)
    )


def _list(schema: Schema) -> Test:
    least, most = schema.get("minItems", 0), schema.get("maxItems", math.inf)
    item = plain_test(schema["items"])
    return lambda value: (
        isinstance(value, list) and least <= len(value) <= most and all(map(item, value))
    )


def _mapping(schema: Schema) -> Test:
    least, most = schema.get("minProperties", 0), schema.get("maxProperties", math.inf)
    required = set(schema.get("required", ()))
    parts = {key: plain_test(part) for key, part in schema["properties"].items()}
    return lambda value: (
        isinstance(value, Mapping)
        and least <= len(value) <= most
        and required <= value.keys() <= parts.keys()
        and all(parts[key](part) for key, part in value.items())
    )


_NUMBER = frozenset(("type", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"))
_MAPPING = frozenset(
    ("type", "properties", "required", "additionalProperties", "minProperties", "maxProperties")
)
_TYPES: Mapping[Any, tuple[frozenset[str], Callable[[Schema], Test]]] = {
    "boolean": (frozenset(("type",)), _truth),
    "null": (frozenset(("type",)), _nothing),
    "integer": (_NUMBER, _number),
    "number": (_NUMBER, _number),
    "string": (frozenset(("type", "pattern", "minLength", "maxLength")), _text),
    "array": (frozenset(("type", "items", "minItems", "maxItems")), _list),
    "object": (_MAPPING, _mapping),
}


def _is_valid(key: int, arguments: bool, value: Any) -> bool:
    return _plain(key, arguments)(value) or bool(_validator(key, arguments).is_valid(value))


@cache
def _plain(key: int, arguments: bool) -> Test:
    return plain_test(_schema(key, arguments))


@cache
def _schema(key: int, arguments: bool) -> Schema:
    kind = _KINDS[key]
    return with_arguments(kind) if arguments else kind.schema


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
        return all(type(part) is str or _all_finite(part) for part in value)
    return is_finite(value)
