"""Plain data to the text of a spec: one line for each layer, sections in blocks."""

from __future__ import annotations

import json
import re
from typing import Any

from inceptionspec.frontend.reading.document import scalar_value

# Words that need no quotes, in flow collections too.
_PLAIN = re.compile(r"[A-Za-z0-9_$./][A-Za-z0-9_$./?-]*( [A-Za-z0-9_$./()-]+)*")
# What is written over several lines: lists of layers, and mappings that hold them.
_LISTS = frozenset(("network", "layers", "shortcut", "sources", "provenance"))
_MAPPINGS = frozenset(("branches", "heads", "expect", "residual"))
# What makes the section of the input too long for one line.
_PICTURES = "preprocessing"


def spec_text(data: dict[str, Any]) -> str:
    """A whole spec as YAML that reads back as the same data."""
    return "\n".join(_mapping(data, 0)) + "\n"


def part_text(items: list[dict[str, Any]]) -> str:
    """Entries of a list of layers, as a spec would have them."""
    return "\n".join(_sequence(items, 0)) + "\n"


def _mapping(data: dict[str, Any], indent: int, inside: str = "") -> list[str]:
    lines = []
    for key, value in data.items():
        lead = f"{' ' * indent}{_scalar(key)}:"
        if not value or not isinstance(value, (dict, list)):
            lines.append(f"{lead} {value_text(value)}")
        elif isinstance(value, list) and (key in _LISTS or "branches" in (key, inside)):
            lines += [lead, *_sequence(value, indent + 2)]
        elif isinstance(value, dict) and (
            key in _MAPPINGS or inside == "heads" or (indent == 0 and _PICTURES in value)
        ):
            lines += [lead, *_mapping(value, indent + 2, key)]
        else:
            lines.append(f"{lead} {value_text(value)}")
    return lines


def _sequence(items: list[Any], indent: int) -> list[str]:
    lines = []
    for item in items:
        if isinstance(item, dict) and not {"layers", "branches"}.isdisjoint(item):
            first, *rest = _mapping(item, indent + 2)
        elif isinstance(item, list) and item:
            first, *rest = _sequence(item, indent + 2)
        else:
            first, rest = value_text(item), []
        lines += [f"{' ' * indent}- {first.strip()}", *rest]
    return lines


def value_text(value: Any) -> str:
    """A value on one line, as specs write it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(k)}: {value_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(value_text(part) for part in value) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if _PLAIN.fullmatch(value) and isinstance(scalar_value(value), str):
        return str(value)
    # JSON's strings are YAML's double-quoted ones, but for characters beyond U+FFFF.
    return "".join(
        character if " " <= character <= "~" else _escaped(character)
        for character in json.dumps(value, ensure_ascii=False)
    )


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
