"""A payload, the page's own text, style and scripts to one file."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from inceptionspec.diagnostics.source import external
from inceptionspec.utils.atomic_write import write_file

#: In the order in which they run: each uses those before it.
SCRIPTS = (
    "words",
    "model",
    "lines",
    "paper",
    "layout",
    "coloring",
    "view",
    "names",
    "drawing",
    "titles",
    "details",
    "card",
    "table",
    "search",
    "findings",
    "print",
    "saving",
    "link",
    "keys",
    "page",
)

#: Later ones may change what earlier ones say.
STYLES = ("page", "diagram", "paper")


def page_text(
    payload: Mapping[str, Any], *, scripts: Iterable[str] = (), connect: bool = False
) -> str:
    """The whole page as text.

    Args:
        payload: what is shown first.
        scripts: further scripts, run after the page's own.
        connect: whether they may reach the server that the page came from.
    """
    script = "\n".join((_script(), *scripts))
    return whole_page(_read("page.html"), payload, _style(), script, connect=connect)


def whole_page(
    content: str, payload: Mapping[str, Any], style: str, script: str, *, connect: bool = False
) -> str:
    """A document of HTML with its data, style and script, and the policy that admits no others.

    Args:
        content: what its body holds, as HTML.
        payload: its data; ``name`` is the title.
        style: its style, next to that of all pages.
        script: its script.
        connect: whether it may reach the server that it came from.
    """
    style = "\n".join((_read("theme.css"), style))
    for name, text in (("style", style), ("script", script)):
        if f"</{name}" in text.lower() or "<!--" in text:
            raise ValueError(f"a {name} must not hold what ends it")
    return _filled(
        _read("document.html"),
        {
            "policy": _policy(style, script, connect),
            "title": html.escape(str(payload.get("name", ""))),
            "style": style,
            "content": content,
            "data": inert_json(payload),
            "script": script,
        },
    )


def write_page(payload: Mapping[str, Any], file: str) -> None:
    """Write the page, whole or not at all.

    Raises:
        SpecError: E0803 where the file cannot be written.
    """
    write_file(file, page_text(payload).encode("utf-8"), external(f"-o {file}"))


def inert_json(value: Any) -> str:
    """JSON that no reader of HTML or of JavaScript takes for anything but text."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def _policy(style: str, script: str, connect: bool) -> str:
    """Nothing but the page's own style and scripts, by their hashes."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hash(script)}",
            f"style-src {_hash(style)}",
            "img-src data:",
            f"connect-src {_connect(connect)}",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _connect(connect: bool) -> str:
    return "'self'" if connect else "'none'"


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"


def _filled(frame: str, parts: Mapping[str, str]) -> str:
    """The frame of a page with its parts inserted; inserted text is never searched again."""
    pieces = frame.split("{{")
    filled = [pieces[0]]
    for piece in pieces[1:]:
        name, rest = piece.split("}}", 1)
        filled += [parts[name], rest]
    return "".join(filled)


@cache
def _style() -> str:
    return "\n".join(_read(f"{name}.css") for name in STYLES)


@cache
def _script() -> str:
    body = "\n".join(_read("scripts", f"{name}.js") for name in SCRIPTS)
    return f'"use strict";\n{body}'


@cache
def _read(*parts: str) -> str:
    return files(__package__).joinpath(*parts).read_text(encoding="utf-8")
