"""Objects that print themselves: in a few lines of text, and in a notebook."""

from __future__ import annotations

import html
from abc import abstractmethod

#: An object prints at most this many lines.
MOST_LINES = 40
#: Lines kept from the end of a longer text: totals and counts are there.
_TAIL = 14


class Printed:
    """A base for public objects: ``str`` and notebooks show at most 40 lines of their text."""

    __slots__ = ()

    @abstractmethod
    def to_text(self) -> str:
        """The whole text, which `str` shortens."""

    def __str__(self) -> str:
        return short_text(self.to_text())

    def _repr_html_(self) -> str:
        return preformatted(str(self))


def short_text(text: str) -> str:
    """A text without its last line break, and without its middle where it is too long."""
    lines = text.rstrip("\n").split("\n")
    if len(lines) > MOST_LINES:
        head = MOST_LINES - _TAIL - 1
        hidden = len(lines) - head - _TAIL
        lines[head:-_TAIL] = [f"... {hidden:,} more lines: `to_text()` has all ..."]
    return "\n".join(lines)


def preformatted(text: str) -> str:
    """Text as HTML in the colors of the page around it, so that it suits any theme."""
    return f'<pre style="background: none; color: inherit">{html.escape(text)}</pre>'
