"""What the layout is made of: scalars, collections, entries and comments."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Remark(NamedTuple):
    """A comment on a line of its own, and whether an empty line precedes it."""

    text: str
    blank: bool


@dataclass(slots=True)
class Scalar:
    """A scalar as it is written: its text without quotes, its style and its place.

    ``style`` is empty, a quote, ``|`` or ``>``; ``written`` is its source text.
    """

    text: str
    style: str
    written: str
    start: int
    end: int


@dataclass(slots=True)
class Entry:
    """A key with its value, or an item of a list, and the comments that belong to it."""

    key: Scalar | None
    value: Node
    owner: Collection
    start: int
    blank: bool = False
    before: list[Remark] = field(default_factory=list)
    inline: str | None = None
    inline_line: int = -1


@dataclass(slots=True)
class Collection:
    """A mapping or a list. ``entry`` holds it; ``after`` are the comments at its end."""

    is_mapping: bool
    flow: bool
    column: int
    start: int
    end: int = 0
    entry: Entry | None = None
    entries: list[Entry] = field(default_factory=list)
    after: list[Remark] = field(default_factory=list)

    def keys(self) -> list[str]:
        """The keys of a mapping, in order."""
        return [entry.key.text for entry in self.entries if entry.key is not None]


Node = Scalar | Collection


@dataclass(slots=True)
class Text:
    """A whole text: its root, the comments above it, and every entry in order of place."""

    root: Collection
    entries: list[Entry]
    header: list[Remark] = field(default_factory=list)
    blank_after_header: bool = False
