"""Calls as lines of text, laid out as formatters of Python do."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from inceptionspec.backends.keras_source.call import Call, Code, literal
from inceptionspec.backends.keras_source.calls import COMPUTED
from inceptionspec.diagnostics.sanitize import sanitize

WIDTH = 88
INDENT = "    "
#: Functions that take a list of tensors and a name, instead of layers that are called.
MERGES = ("layers.concatenate", "layers.add", "layers.multiply")


def called(target: str, function: str, args: Sequence[str], after: str, depth: int) -> list[str]:
    """A call on one line, or with its arguments on a line of their own, or a line for each.

    Args:
        target: what stands before the call, such as ``x = ``.
        function: what is called.
        args: its arguments.
        after: what follows the closing parenthesis.
        depth: how far it is indented.
    """
    indent = INDENT * depth
    joined = ", ".join(args)
    whole = f"{indent}{target}{function}({joined}){after}"
    if len(whole) <= WIDTH:
        return [whole]
    if after.startswith("(") and len(f"{indent}{target}{function}({joined})(") <= WIDTH:
        return [
            f"{indent}{target}{function}({joined})(",
            f"{indent}{INDENT}{after[1:-1]}",
            f"{indent})",
        ]
    first, last = f"{indent}{target}{function}(", f"{indent}){after}"
    second = f"{indent}{INDENT}{joined}"
    if len(second) <= WIDTH:
        return [first, second, last]
    lines = [first]
    for arg in args:
        lines += _argument_lines(arg, depth + 1)
    return [*lines, last]


def _argument_lines(arg: str, depth: int) -> list[str]:
    """An argument on a line of its own, or split at its parentheses."""
    indent = INDENT * depth
    if len(f"{indent}{arg},") <= WIDTH or arg[-1] not in ")}":
        return [f"{indent}{arg},"]
    if arg.endswith("}"):
        entries = [f"{indent}{INDENT}{entry}," for entry in arg[1:-1].split(", ")]
        return [f"{indent}{{", *entries, f"{indent}}},"]
    head, _, inner = arg.partition("(")
    return [f"{indent}{head}(", f"{indent}{INDENT}{inner[:-1]}", f"{indent}),"]


def call_lines(target: str, call: Call, inputs: Sequence[str], name: str, depth: int) -> list[str]:
    """The lines of a call.

    Args:
        target: what stands before it, such as ``x = `` or ``return ``.
        call: what is called.
        inputs: the variables that it reads.
        name: the expression of its name.
        depth: how far it is indented.
    """
    args = [*arguments(call), f"name={name}"]
    if call.function in MERGES:
        return called(target, call.function, [f"[{', '.join(inputs)}]", *args], "", depth)
    if call.function.startswith("layers."):
        return called(target, call.function, args, f"({', '.join(inputs)})", depth)
    return called(target, call.function, [*inputs, *args], "", depth)


def arguments(call: Call) -> list[str]:
    """The arguments of a call but for its inputs and its name, without its defaults."""
    written: list[str] = []
    in_order = True
    for key, value in call.args.items():
        if key in call.defaults and call.defaults[key] == value:
            in_order = False
            continue
        text = literal(value) if call.function in COMPUTED else value_text(key, value)
        if key in call.positional and in_order:
            written.append(text)
        else:
            in_order = False
            written.append(f"{key}={text}")
    return written


_SIDES = ("kernel_size", "strides", "pool_size", "dilation_rate")


def value_text(key: str, value: Any) -> str:
    """A value as it is written: equal sides as one number."""
    if isinstance(value, Code):
        return value.text
    if isinstance(value, tuple) and key in _SIDES and len(set(value)) == 1:
        return repr(value[0])
    if key == "padding" and isinstance(value, tuple) and len({*value[0], *value[1]}) == 1:
        return repr(value[0][0])
    return literal(value)


def name_text(prefix: str, parts: Sequence[str], variables: Mapping[str, str]) -> str:
    """The expression of a layer's name.

    Args:
        prefix: the variable that the name starts with; empty for none.
        parts: the elements of the rest.
        variables: by an element, the variable that stands for it.
    """
    written = [f"{{{variables[part]}}}" if part in variables else part for part in parts]
    whole = ".".join([f"{{{prefix}}}", *written] if prefix else written)
    if whole == f"{{{prefix}}}":
        return prefix
    return f'f"{whole}"' if "{" in whole else f'"{whole}"'


def docstring(paragraphs: Sequence[str], depth: int) -> list[str]:
    """A docstring; nothing in a text can end it."""
    indent = INDENT * depth
    lines: list[str] = []
    for number, paragraph in enumerate(paragraphs):
        lines += [""] if number else []
        for line in paragraph.split("\n"):
            safe = sanitize(line).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
            lines += _wrapped(safe, indent, first=not lines)
    if len(lines) == 1 and not lines[0].endswith('"') and len(indent + lines[0]) + 6 <= WIDTH:
        return [f'{indent}"""{lines[0]}"""']
    body = [f"{indent}{line}" if line else "" for line in lines[1:]]
    return [f'{indent}"""{lines[0]}', *body, f'{indent}"""']


def _wrapped(text: str, indent: str, *, first: bool) -> list[str]:
    if text.startswith(INDENT):  # an example
        return [text]
    width = WIDTH - len(indent)
    quotes = "   " if first else ""
    found = textwrap.wrap(
        text, width, initial_indent=quotes, break_long_words=False, break_on_hyphens=False
    )
    return [line.removeprefix(quotes) for line in found[:1]] + found[1:] or [""]
