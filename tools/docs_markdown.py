"""What pages of Markdown that are made have in common."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from inceptionspec.diagnostics.sanitize import sanitize

NOTICE = "<!-- Written by tools/make_docs.py: change what it is made of, then run it again. -->"

# What Markdown acts on inside a line; underscores only where they are not inside a word.
_MARKUP = re.compile(r"[\\`*{}\[\]<>|~&#$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
# What opens a list or a heading at the start of a line.
_BLOCK = re.compile(r"^(\d*)([-+=](?=[-+=\s]|$)|(?<=\d)[.)](?=\s|$))")
_CODE = re.compile(r"`([^`|]+)`")


def prose(text: str) -> str:
    """Somebody's text on one line, of which Markdown makes nothing but text.

    Words between backticks are set as code, in which nothing is markup.
    """
    parts = _CODE.split(sanitize(" ".join(text.split())))
    line = "".join(
        f"`{part}`" if number % 2 else _MARKUP.sub(r"\\\g<0>", part)
        for number, part in enumerate(parts)
    )
    return _BLOCK.sub(r"\1\\\2", line)


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table; a title that ends in ``:`` heads a column of numbers."""
    yield f"| {' | '.join(title.rstrip(':') for title in titles)} |"
    yield f"|{'|'.join('---:' if title.endswith(':') else '---' for title in titles)}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def fenced(text: str) -> Iterator[str]:
    """A text as a block of code, in a fence that does not occur in it."""
    fence = "```"
    while fence in text:
        fence += "`"
    yield from (f"{fence}yaml", text, fence)


def anchor(heading: str) -> str:
    """Where a link to a heading leads."""
    return heading.lower().replace(" ", "-")
