"""Scalars to text: without quotes if every YAML reader reads them as the same value."""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache
from typing import Any

import yaml
from yaml.resolver import Resolver

from inceptionspec.frontend.formatting.parts import Scalar
from inceptionspec.frontend.reading.document import scalar_value

_STARTS = re.compile(r"[^\W]|[$./(]|-[0-9]")
_TEXT_TAG = "tag:yaml.org,2002:str"


def one_line(scalar: Scalar, *, flow: bool) -> str:
    """A value on one line; fractions as they are written."""
    if scalar.style:
        return text_of(scalar.text, flow=flow)
    value = scalar_value(scalar.text)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)  # 010 is ten here, and eight to others
    return text_of(value, flow=flow) if isinstance(value, str) else scalar.text


@lru_cache(4096)
def text_of(text: str, *, flow: bool) -> str:
    """A text, in quotes where something would take it for another value or for syntax."""
    return text if _is_plain(text, flow) else _quoted(text)


def _is_plain(text: str, flow: bool) -> bool:
    if not text.isprintable() or not _STARTS.match(text) or text[-1] in " :":
        return False
    if ": " in text or " #" in text or (flow and not set(text).isdisjoint(",[]{}:")):
        return False
    return isinstance(scalar_value(text), str) and _other_readers_see_text(text)


def _other_readers_see_text(text: str) -> bool:
    """Whether a reader of YAML 1.1 takes it for a text: `yes`, `010`, `1:30` are none to it."""
    tag: str = _resolver().resolve(yaml.ScalarNode, text, (True, False))
    return tag == _TEXT_TAG


@cache
def _resolver() -> Any:
    return Resolver()


def _quoted(text: str) -> str:
    # JSON's strings are YAML's double-quoted ones, but for characters beyond U+FFFF.
    return "".join(
        character if character.isprintable() else _escape(character)
        for character in json.dumps(text, ensure_ascii=False)
    )


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def block_lines(scalar: Scalar) -> tuple[str, list[str]] | None:
    """The head and the lines of a block scalar, its line breaks kept.

    None where it cannot be written so: an end of several line breaks, spaces at the end of
    a line, or a first line that leans in.
    """
    lines = scalar.written.split("\n")[1:]
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines or any(line != line.rstrip() for line in lines if line.strip()):
        return None
    first = next(line for line in lines if line.strip())
    indent = len(first) - len(first.lstrip(" "))
    cut = [line[indent:] for line in lines]
    head = scalar.style + ("" if scalar.text.endswith("\n") else "-")
    again = f"a: {head}\n" + "".join(f"  {line}\n" if line else "\n" for line in cut)
    try:
        value = yaml.load(again, Loader=yaml.BaseLoader)["a"]
    except yaml.YAMLError:
        return None
    return (head, cut) if value == scalar.text else None


def folded(text: str, width: int) -> list[str] | None:
    """A long text as lines that fold back into it; None where it would not."""
    words = text.split(" ")
    if len(words) < 2 or "" in words or not text.isprintable():
        return None
    lines = [words[0]]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
