"""A variant as an ``extends`` spec of a few lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from inceptionspec.frontend.reading.document import scalar_value
from inceptionspec.frontend.writing.yaml_writer import value_text
from inceptionspec.sweep.records import Knob


class Turned(NamedTuple):
    """A knob, the value that it has, and the paths of a base that it changes."""

    knob: Knob
    value: str
    paths: tuple[str, ...] = ()


class VariantText(NamedTuple):
    """The text of a variant, and the knobs that each line stands for, as ``NAME=VALUE``."""

    text: str
    settings: dict[int, str]


def variant_text(base: str, name: str, turned: Sequence[Turned]) -> VariantText:
    """The text of a spec that says no more than how it differs from its base.

    Args:
        base: what it extends: a built-in name, or a path.
        name: what it calls itself.
        turned: the knobs; that of whole bases has no line.
    """
    lines = ["spec: 1", f"extends: {value_text(base)}", f"name: {value_text(name)}"]
    settings: dict[int, str] = {}

    def add(line: str, *knobs: Turned) -> None:
        lines.append(line)
        settings[len(lines)] = ", ".join(f"{one.knob.name}={one.value}" for one in knobs)

    for one in turned:
        if one.knob.kind == "input":
            add(f"input: {{size: {_value(size_of(one.value))}}}", one)
        elif one.knob.kind == "width":
            add(f"width: {{factor: {_value(one.value)}}}", one)
    args = [one for one in turned if one.knob.kind == "argument"]
    if args:
        lines.append("args:")
    for one in args:
        add(f"  {one.knob.key}: {_value(one.value)}", one)
    changed: dict[str, list[Turned]] = {}
    for one in turned:
        for path in one.paths:
            changed.setdefault(path, []).append(one)
    if changed:
        lines.append("override:")
    for path, knobs in changed.items():
        keys = [f"repeat: {_value(one.value)}" for one in knobs if one.knob.kind == "repeat"]
        given = [f"{one.knob.key}: {_value(one.value)}" for one in knobs if one.knob.kind == "call"]
        keys += [f"with: {{{', '.join(given)}}}"] if given else []
        add(f"  {value_text(path)}: {{set: {{{', '.join(keys)}}}}}", *knobs)
    return VariantText("\n".join(lines) + "\n", settings)


def size_of(value: str) -> str:
    """An input size: a number alone is a square."""
    return f"{value}x{value}" if value.isdecimal() else value


def _value(text: str) -> str:
    """A value as YAML has it, whatever characters it holds."""
    return value_text(scalar_value(text))
