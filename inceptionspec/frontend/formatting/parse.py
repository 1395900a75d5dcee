"""Text to entries with their comments. The text was read before, so it is valid YAML."""

from __future__ import annotations

from typing import Any

import yaml

from inceptionspec.frontend.formatting.attach import attach
from inceptionspec.frontend.formatting.comments import Comment, Lines, comments_of
from inceptionspec.frontend.formatting.parts import Collection, Entry, Node, Scalar, Text
from inceptionspec.frontend.reading.yaml_reader import PARSER


def parse(text: str) -> tuple[Text, list[Comment]]:
    """A text whose line breaks are line feeds to its entries, and its comments in order."""
    builder = _Builder(text)
    for event in yaml.parse(text, Loader=PARSER):
        builder.take(event)
    assert builder.root is not None
    found = Text(builder.root, builder.entries)
    lines = Lines(text)
    for entry in found.entries:
        entry.blank = lines.opens_after_blank(entry.start)
    comments = comments_of(text, builder.scalars)
    for comment in comments:
        attach(comment, found, lines)
    first = found.root.entries[0]
    if found.header:
        found.blank_after_header, first.blank = first.blank, False
    return found, comments


def _place(mark: Any) -> int:
    place: int = mark.index
    return place


class _Builder:
    """One pass over the events of a text, with the open collections on a stack."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root: Collection | None = None
        self.entries: list[Entry] = []
        self.scalars: list[Scalar] = []
        self.stack: list[Collection] = []
        self.keys: list[Scalar | None] = []

    def take(self, event: Any) -> None:
        """One event; those of streams and documents say nothing about the layout."""
        match event:
            case yaml.ScalarEvent():
                start, end = _place(event.start_mark), _place(event.end_mark)
                written = self.text[start:end]
                scalar = Scalar(event.value, event.style or "", written, start, end)
                self.scalars.append(scalar)
                if self.stack[-1].is_mapping and self.keys[-1] is None:
                    self.keys[-1] = scalar
                else:
                    self._enter(scalar)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                mark: Any = event.start_mark
                is_mapping = isinstance(event, yaml.MappingStartEvent)
                flow = bool(event.flow_style)
                opened = Collection(is_mapping, flow, mark.column, mark.index)
                if self.stack:
                    opened.entry = self._enter(opened)
                else:
                    self.root = opened
                self.stack.append(opened)
                self.keys.append(None)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self.stack.pop().end = _place(event.end_mark)
                self.keys.pop()

    def _enter(self, value: Node) -> Entry:
        owner, key = self.stack[-1], self.keys[-1]
        start = value.start if key is None else key.start
        entry = Entry(key, value, owner, start)
        owner.entries.append(entry)
        self.keys[-1] = None
        # A mapping starts with its first key, so its holder comes first.
        self.entries.append(entry)
        return entry
