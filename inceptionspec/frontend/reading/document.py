"""A document as plain values that know their places."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Span


class Given(NamedTuple):
    """The arguments that a value was made of.

    ``span`` is where the value of the argument stands if the value was ``$name``; a finding
    shows both places. An expression has none.
    """

    names: tuple[str, ...]
    span: Span | None = None


class Map(dict[str, Any]):
    """A mapping that knows its place and that of each key and value.

    ``given`` holds, for a value that arguments were put into, which ones they were.
    """

    __slots__ = ("given", "key_spans", "span", "value_spans")

    def __init__(self, span: Span) -> None:
        self.span = span
        self.key_spans: dict[str, Span] = {}
        self.value_spans: dict[str, Span] = {}
        self.given: dict[str, Given] = {}

    def put(self, key: str, value: Any, key_span: Span, value_span: Span) -> None:
        """Set one entry together with its places."""
        self[key] = value
        self.key_spans[key] = key_span
        self.value_spans[key] = value_span

    def take(self, key: str, other: Map) -> None:
        """Set one entry to another mapping's, places included."""
        self.put(key, other[key], other.key_spans[key], other.value_spans[key])
        if key in other.given:
            self.given[key] = other.given[key]
        else:
            self.given.pop(key, None)

    def drop(self, key: str) -> None:
        """Take out one entry."""
        del self[key], self.key_spans[key], self.value_spans[key]
        self.given.pop(key, None)

    def merged(self, other: Map) -> Map:
        """A copy in which the entries of ``other`` win, with their places."""
        result = Map(self.span)
        for part in (self, other):
            for key in part:
                result.take(key, part)
        return result

    def without(self, *keys: str) -> Map:
        """A copy that lacks some keys."""
        result = Map(self.span)
        for key in self:
            if key not in keys:
                result.take(key, self)
        return result


class Seq(list[Any]):
    """A sequence that knows its place and that of each item."""

    __slots__ = ("item_spans", "span")

    def __init__(self, span: Span) -> None:
        self.span = span
        self.item_spans: list[Span] = []

    def put(self, value: Any, span: Span) -> None:
        """Append one item together with its place."""
        self.append(value)
        self.item_spans.append(span)


_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_MOST_DIGITS = 4_200
_INT = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL_FLOAT = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def scalar_value(text: str) -> bool | int | float | str | None:
    """What a plain scalar means by the YAML 1.2 core schema.

    ``1e-3`` is a number, ``no`` a string, ``010`` ten. Of the core schema one form is
    left out: ``0x3`` is the text that says 0 x 3 pixels, not a hexadecimal number. A whole
    number of thousands of digits is infinite, as ``1e400`` is, and no key accepts it.
    """
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if not (text[0].isdigit() or text[0] in "+-."):
        return text
    if _INT.fullmatch(text):
        # Python refuses to read longer ones, since the time grows with the square.
        return int(text) if len(text) <= _MOST_DIGITS else float(text)
    if _FLOAT.fullmatch(text):
        return float(text) + 0.0  # -0.0 becomes 0.0, so that zero is written in one way
    if _OCTAL.fullmatch(text):
        return int(text, 8) if len(text) <= _MOST_DIGITS else float("inf")
    if _SPECIAL_FLOAT.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


def kind_of(value: object) -> str:
    """The words for a value's kind: ``a mapping``, ``a list``, ``the text `abc```, ..."""
    if value is None:
        return "empty"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, str):
        return f"the text `{shortened(value)}`"
    return f"the number `{shortened(str(value))}`"
