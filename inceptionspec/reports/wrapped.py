"""Sentences that are wrapped at the width of a report; names and paths stay whole."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from inceptionspec.diagnostics.sanitize import sanitize

WIDTH = 80
_NAME = 11


def wrapped(text: str, first: str, others: str) -> Iterator[str]:
    """Lines of a text: the first begins with one text, the others with another."""
    yield from textwrap.wrap(
        sanitize(text),
        WIDTH,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )


def named_rows(rows: Iterable[tuple[str, str]]) -> str:
    """Rows of a name and a text next to it."""
    lines = (line for name, text in rows for line in wrapped(text, name.ljust(_NAME), " " * _NAME))
    return "\n".join(lines) + "\n"
