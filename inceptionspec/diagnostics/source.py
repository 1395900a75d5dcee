"""Where a text came from, and places in it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from inceptionspec.diagnostics.sanitize import sanitize, shortened


class Source:
    """A text under the name that findings print.

    A source without text stands for a place outside any file, such as the
    command-line option ``--set classes=ten``: findings name it and quote nothing.
    ``path`` is the file that the text was read from, if any: a base is searched for in
    its folder.
    """

    __slots__ = ("_lines", "name", "path", "text")

    def __init__(self, name: str, text: str | None = None, path: Path | None = None) -> None:
        self.name = name
        self.text = text
        self.path = path
        self._lines: list[str] | None = None

    def line(self, number: int) -> str:
        """The text of one line, counted from 1, without its line break."""
        if self._lines is None:
            # Only the breaks that YAML knows count: `str.splitlines` also splits at
            # form feeds and separators, which would shift every later line.
            self._lines = (self.text or "").replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return self._lines[number - 1] if 0 < number <= len(self._lines) else ""

    def whole(self) -> Span:
        """The source as one place, for a finding that is about no particular line."""
        return Span(self, 1, 1, 1, 1)

    def __repr__(self) -> str:
        return f"<Source {sanitize(shortened(self.name, 80))}>"


class Span(NamedTuple):
    """A range in a source: lines and columns count from 1, the end is exclusive."""

    source: Source
    line: int
    column: int
    end_line: int
    end_column: int


def external(text: str) -> Span:
    """The place of something outside of files: an option, a value from Python, a package.

    Findings name it and quote nothing: ``--set classes=ten``.
    """
    return Source(text).whole()
